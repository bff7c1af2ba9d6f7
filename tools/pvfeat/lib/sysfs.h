/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Links in sysfs, which name a function's driver, its group, a window's function; and
 * what kind of machine it is on.
 */
#ifndef SYSFS_H
#define SYSFS_H

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SYS_DEVICES	"/sys/bus/pci/devices"

/* The last part of where a link leads to; false if there is none, or no room */
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
 * Whether a load from where a function's BAR is mapped reaches the function. On zPCI
 * it takes instructions or system calls of its own.
 */
static inline bool loads_reach(const char *function)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), SYS_DEVICES "/%s/function_handle", function);
	return access(path, F_OK);
}

#endif /* SYSFS_H */
