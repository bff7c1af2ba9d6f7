// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Helper for tests in a guest: user space's view of a table that changes.
 *
 * reader snapshots FILE COUNT GENERATIONS
 *     Map the BAR (a function's resource0 in sysfs), or, if FILE cannot be mapped,
 *     read the driver's copy (a window's table in sysfs). Take COUNT good snapshots,
 *     of at least GENERATIONS generations, as fast as possible while the host writes
 *     the pattern of pvfeat_pattern.h, and print statistics. Exit with 1 if a snapshot
 *     mixes generations.
 *
 * reader await FILE VALUE SECONDS
 *     Wait by poll() until the sysfs file has the value.
 *
 * reader words FILE NWORDS
 *     Map a BAR and load each word of a table with NWORDS feature words once. Print
 *     the second word, which is part of a table's signature.
 *
 * reader wakes TEXT COUNT
 *     Wait for COUNT uevents that have TEXT in their first line, and print "@@woke"
 *     at each. Print "@@woke" once before, when ready.
 *
 * reader time COUNT PROGRAM ARGUMENT...
 *     Run the program COUNT times, discard its output, and print the median of its
 *     run times in microseconds.
 *
 * reader fail [from] N write FILE TEXT
 * reader fail [from] N load MODULE.ko
 * reader fail [from] N unload MODULE
 *     Perform the action with the Nth allocation of memory made to fail, or, with
 *     "from", all from the Nth on. Print "failed" if there was an Nth allocation, else
 *     "none left", followed by the result: 0 or the name of the error.
 */
#define _GNU_SOURCE
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <poll.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "pvfeat_pattern.h"

static void die(const char *what)
{
	perror(what);
	exit(2);
}

static __u32 read_word(void *context, unsigned int word)
{
	return le32toh(__atomic_load_n((const __u32 *)context + word,
				       __ATOMIC_ACQUIRE));
}

static int snapshots(const char *file, unsigned long count, unsigned long want)
{
	unsigned long accepted = 0, mixed = 0, generations = 0, again = 0;
	struct pvfeat_verdict verdict;
	struct pvfeat_table table;
	__u32 last = ~0u;
	__le32 copy[PVFEAT_TABLE_MAX_WORDS] = {};
	int fd = open(file, O_RDONLY);
	void *bar;
	bool mapped;

	if (fd < 0)
		die(file);
	bar = mmap(NULL, PVFEAT_TABLE_MAX_BYTES, PROT_READ, MAP_SHARED, fd, 0);
	mapped = bar != MAP_FAILED;
	if (!mapped && errno != ENODEV)
		die("mmap");
	while (accepted < count || generations < want) {
		if (!mapped) {
			bar = copy;
			if (pread(fd, copy, sizeof(copy), 0) < 0)
				die(file);
		}
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
			fprintf(stderr, "%s is '%s', not '%s', after %d s\n",
				file, text, value, seconds);
			return 1;
		}
		if (poll(&p, 1, (end - time(NULL)) * 1000) < 0 && errno != EINTR)
			die("poll");
	}
}

static int words(const char *file, unsigned long nwords)
{
	const unsigned long count = PVFEAT_W_FEATURES + nwords;
	const size_t page = sysconf(_SC_PAGESIZE);
	const int fd = open(file, O_RDONLY);
	__u32 second = 0;
	unsigned long i;
	char *bar;

	if (fd < 0)
		die(file);
	bar = mmap(NULL, (count * sizeof(__u32) + page - 1) & -page, PROT_READ,
		   MAP_SHARED, fd, 0);
	if (bar == MAP_FAILED)
		die("mmap");
	for (i = 0; i < count; i++) {
		const __u32 word = read_word(bar, i);

		if (i == PVFEAT_W_SIGNATURE_B)
			second = word;
	}
	printf("%08x\n", second);
	return 0;
}

static int wakes(const char *text, unsigned long count)
{
	struct sockaddr_nl any = { .nl_family = AF_NETLINK, .nl_groups = 1 };
	char event[4096];
	ssize_t len;
	int fd;

	fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC,
		    NETLINK_KOBJECT_UEVENT);
	if (fd < 0 || bind(fd, (struct sockaddr *)&any, sizeof(any)))
		die("uevents");
	puts("@@woke");
	fflush(stdout);
	while (count) {
		len = recv(fd, event, sizeof(event) - 1, 0);
		if (len < 0)
			die("uevent");
		event[len] = '\0';
		if (!strstr(event, text))
			continue;
		puts("@@woke");
		fflush(stdout);
		count--;
	}
	return 0;
}

static int by_size(const void *a, const void *b)
{
	const long x = *(const long *)a, y = *(const long *)b;

	return (x > y) - (x < y);
}

static int time_program(unsigned long count, char **argv)
{
	long *us = calloc(count, sizeof(*us));
	posix_spawn_file_actions_t quiet;
	struct timespec start, end;
	unsigned long i;
	int status;
	pid_t pid;

	posix_spawn_file_actions_init(&quiet);
	posix_spawn_file_actions_addopen(&quiet, STDOUT_FILENO, "/dev/null",
					 O_WRONLY, 0);
	for (i = 0; us && i < count; i++) {
		clock_gettime(CLOCK_MONOTONIC, &start);
		errno = posix_spawn(&pid, argv[0], &quiet, NULL, argv, NULL);
		if (errno || waitpid(pid, &status, 0) != pid || status)
			die(argv[0]);
		clock_gettime(CLOCK_MONOTONIC, &end);
		us[i] = (end.tv_sec - start.tv_sec) * 1000000 +
			(end.tv_nsec - start.tv_nsec) / 1000;
	}
	if (!us || !count)
		die("time");
	qsort(us, count, sizeof(*us), by_size);
	printf("%ld\n", us[count / 2]);
	free(us);
	return 0;
}

/* Open all files first, because that allocates memory too; inject faults into one system call */
static int with_failures(bool from, const char *nth, const char *verb,
			 const char *what, const char *text)
{
	int fd = -1, counter, every;
	long ret = -1, left;
	char buf[16] = "";

	counter = open("/proc/self/fail-nth", O_RDWR);
	every = open("/proc/self/make-it-fail", O_WRONLY);
	if (counter < 0 || every < 0)
		die("fault injection");
	if (strcmp(verb, "unload"))
		fd = open(what, !strcmp(verb, "write") ? O_WRONLY : O_RDONLY);
	if (strcmp(verb, "unload") && fd < 0)
		die(what);
	if (mlockall(MCL_CURRENT))
		die("mlockall");

	if (pwrite(every, from ? "1" : "0", 1, 0) < 0 ||
	    pwrite(counter, nth, strlen(nth), 0) < 0)
		die("fault injection");
	errno = 0;
	switch (verb[0]) {
	case 'w':
		ret = write(fd, text, strlen(text));
		break;
	case 'l':
		ret = syscall(SYS_finit_module, fd, "", 0);
		break;
	case 'u':
		ret = syscall(SYS_delete_module, what, O_NONBLOCK);
		break;
	}
	ret = ret < 0 ? errno : 0;
	if (pread(counter, buf, sizeof(buf) - 1, 0) < 0 ||
	    pwrite(counter, "0", 1, 0) < 0 || pwrite(every, "0", 1, 0) < 0)
		die("fault injection");
	left = atol(buf);
	printf("%s %s\n", left ? "none left," : "failed,",
	       ret ? strerrorname_np(ret) : "0");
	return 0;
}

int main(int argc, char **argv)
{
	const bool from = argc > 2 && !strcmp(argv[2], "from");

	if (argc > 4 + from && !strcmp(argv[1], "fail") &&
	    argc == (!strcmp(argv[3 + from], "write") ? 6 : 5) + from)
		return with_failures(from, argv[2 + from], argv[3 + from],
				     argv[4 + from], argv[5 + from]);
	if (argc > 3 && !strcmp(argv[1], "time"))
		return time_program(strtoul(argv[2], NULL, 0), argv + 3);
	if (argc == 5 && !strcmp(argv[1], "snapshots"))
		return snapshots(argv[2], strtoul(argv[3], NULL, 0),
				 strtoul(argv[4], NULL, 0));
	if (argc == 5 && !strcmp(argv[1], "await"))
		return await(argv[2], argv[3], atoi(argv[4]));
	if (argc == 4 && !strcmp(argv[1], "words"))
		return words(argv[2], strtoul(argv[3], NULL, 0));
	if (argc == 4 && !strcmp(argv[1], "wakes"))
		return wakes(argv[2], strtoul(argv[3], NULL, 0));
	fprintf(stderr, "usage: reader snapshots FILE COUNT GENERATIONS\n"
			"       reader await FILE VALUE SECONDS\n"
			"       reader words FILE NWORDS\n"
			"       reader wakes TEXT COUNT\n"
			"       reader time COUNT PROGRAM ARGUMENT...\n"
			"       reader fail [from] N write FILE TEXT\n"
			"       reader fail [from] N load MODULE.ko\n"
			"       reader fail [from] N unload MODULE\n");
	return 2;
}
