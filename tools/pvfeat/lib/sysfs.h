/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Helpers for sysfs: the names that links refer to, such as a function's driver or group,
 * and whether loads reach a mapped BAR.
 */
#ifndef SYSFS_H
#define SYSFS_H

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SYS_DEVICES	"/sys/bus/pci/devices"

static inline bool sysfs_mounted(void)
{
	return !access("/sys/kernel", F_OK);
}

/* Get the last component of a link's target; false if there is no link, or no room */
static inline bool link_name(const char *path, char *name, size_t size)
{
	char target[PATH_MAX];
	const char *last;
	ssize_t n = readlink(path, target, sizeof(target) - 1);

	if (n < 0)
		return false;
	target[n] = '\0';
	last = strrchr(target, '/');
	last = last ? last + 1 : target;
	if (strlen(last) >= size)
		return false;
	memcpy(name, last, strlen(last) + 1);
	return true;
}

/*
 * Whether loads from a mapped BAR reach the function. zPCI requires special instructions
 * or system calls instead.
 */
static inline bool loads_reach(const char *function)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), SYS_DEVICES "/%s/function_handle", function);
	return access(path, F_OK);
}

#endif /* SYSFS_H */
