// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * In a guest, user space's view of a table that changes:
 *
 * reader snapshots RESOURCE COUNT GENERATIONS
 *     Map the BAR (a function's resource0 in sysfs), take COUNT good snapshots
 *     as fast as possible while the host writes the pattern of pvfeat_pattern.h,
 *     of so many generations at least, and print what came of it. Exit status 1
 *     if one snapshot was of two generations.
 *
 * reader await FILE VALUE SECONDS
 *     Wait by poll() until the sysfs file has the value.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "pvfeat_pattern.h"

static void die(const char *what)
{
	perror(what);
	exit(2);
}

/* The guests are little-endian, as the table is */
static __u32 read_word(void *context, unsigned int word)
{
	return __atomic_load_n((const __u32 *)context + word, __ATOMIC_ACQUIRE);
}

static int snapshots(const char *resource, unsigned long count,
		     unsigned long want)
{
	unsigned long accepted = 0, mixed = 0, generations = 0, again = 0;
	struct pvfeat_verdict verdict;
	struct pvfeat_table table;
	__u32 last = ~0u;
	int fd = open(resource, O_RDONLY);
	void *bar;

	if (fd < 0)
		die(resource);
	bar = mmap(NULL, PVFEAT_TABLE_MAX_BYTES, PROT_READ, MAP_SHARED, fd, 0);
	if (bar == MAP_FAILED)
		die("mmap");
	while (accepted < count || generations < want) {
		if (pvfeat_table_read(&table, read_word, bar,
				      PVFEAT_TABLE_MAX_WORDS, &verdict)) {
			accepted++;
			mixed += !pvfeat_pattern_table(&table);
			generations += table.words[PVFEAT_W_GENERATION] != last;
			last = table.words[PVFEAT_W_GENERATION];
		} else if (pvfeat_verdict_transient(&verdict)) {
			again++;
		} else {
			printf("malformed: %s (0x%x, 0x%x)\n",
			       pvfeat_check_text(verdict.check), verdict.found,
			       verdict.bound);
			return 1;
		}
	}
	printf("user: %lu accepted, %lu mixed, %lu generations, %lu tried again\n",
	       accepted, mixed, generations, again);
	return mixed != 0;
}

static int await(const char *file, const char *value, int seconds)
{
	const time_t end = time(NULL) + seconds;
	struct pollfd p = { .events = POLLPRI };
	char text[64];
	ssize_t len;

	p.fd = open(file, O_RDONLY);
	if (p.fd < 0)
		die(file);
	for (;;) {
		len = pread(p.fd, text, sizeof(text) - 1, 0);
		if (len < 0)
			die(file);
		text[len] = '\0';
		text[strcspn(text, "\n")] = '\0';
		if (!strcmp(text, value))
			return 0;
		if (time(NULL) >= end) {
			fprintf(stderr, "%s is '%s', and not '%s' after %d s\n",
				file, text, value, seconds);
			return 1;
		}
		if (poll(&p, 1, (end - time(NULL)) * 1000) < 0 && errno != EINTR)
			die("poll");
	}
}

int main(int argc, char **argv)
{
	if (argc == 5 && !strcmp(argv[1], "snapshots"))
		return snapshots(argv[2], strtoul(argv[3], NULL, 0),
				 strtoul(argv[4], NULL, 0));
	if (argc == 5 && !strcmp(argv[1], "await"))
		return await(argv[2], argv[3], atoi(argv[4]));
	fprintf(stderr, "usage: reader snapshots RESOURCE COUNT GENERATIONS\n"
			"       reader await FILE VALUE SECONDS\n");
	return 2;
}
