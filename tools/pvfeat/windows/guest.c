// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Determine the kind of guest, from the first of several sources that has an answer.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cpuid_window.h"
#include "report.h"

/* Read the driver's result; false if the driver is not loaded */
static bool ask_driver(enum guest *kind)
{
	char word[16];

	if (!read_text(EFFECTIVE, "guest", word, sizeof(word)))
		return false;
	*kind = !strcmp(word, "plain") ? GUEST_PLAIN :
		!strcmp(word, "confidential") ? GUEST_CONFIDENTIAL : GUEST_UNKNOWN;
	return true;
}

static enum guest ask_flag(const char *folder, const char *name)
{
	char word[16];

	if (!read_text(folder, name, word, sizeof(word)))
		return GUEST_UNKNOWN;
	return !strcmp(word, "1") ? GUEST_CONFIDENTIAL :
	       !strcmp(word, "0") ? GUEST_PLAIN : GUEST_UNKNOWN;
}

/* Secure Execution: a machine without facility 158 has no Ultravisor */
static enum guest ask_s390(void)
{
	enum guest kind = ask_flag("/sys/firmware/uv", "prot_virt_guest");
	char line[1024];
	FILE *file;

	if (kind != GUEST_UNKNOWN)
		return kind;
	file = fopen("/proc/cpuinfo", "re");
	while (file && fgets(line, sizeof(line), file)) {
		if (strncmp(line, "facilities", 10))
			continue;
		/* Without an end of line the list is truncated */
		if (strchr(line, '\n') && !strstr(line, " 158"))
			kind = GUEST_PLAIN;
		break;
	}
	if (file)
		fclose(file);
	return kind;
}

/* Protected Execution Facility */
static enum guest ask_powerpc(void)
{
	return ask_flag("/sys/devices/system/cpu", "svm");
}

enum guest guest_kind(void)
{
	static enum guest (*const sources[])(void) = {
		cpuid_guest, ask_s390, ask_powerpc,
	};
	enum guest kind = GUEST_UNKNOWN;
	unsigned int i;

	/* The kernel has more sources than user space, so its "unknown" is final */
	if (ask_driver(&kind))
		return kind;
	for (i = 0; i < sizeof(sources) / sizeof(sources[0]) && kind == GUEST_UNKNOWN; i++)
		kind = sources[i]();
	return kind;
}
