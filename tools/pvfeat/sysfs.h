/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Links in sysfs, which name a function's driver, its group, a window's function.
 */
#ifndef SYSFS_H
#define SYSFS_H

#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

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

#endif /* SYSFS_H */
