// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Parse text from the user and the kernel: names of features, addresses, lists and lines of
 * files.
 * The text is in memory; there is no I/O. pvfeat_table.c parses tables.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "parse.h"

/* The edit distance of a name and a word; the maximum if the word is too long */
static unsigned int distance(const char *a, const char *b)
{
	unsigned int row[64], i, j, n = strlen(b);

	if (n >= sizeof(row) / sizeof(row[0]))
		return ~0u;
	for (j = 0; j <= n; j++)
		row[j] = j;
	for (i = 1; a[i - 1]; i++) {
		unsigned int corner = row[0];

		row[0] = i;
		for (j = 1; j <= n; j++) {
			unsigned int best = corner + (a[i - 1] != b[j - 1]);

			corner = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[n];
}

/* The registered name that is most similar to @name; NULL if none is similar */
static const char *nearest(const char *name)
{
	const char *best = NULL;
	unsigned int i, least = strlen(name) / 3 + 2;

	for (i = 0; i < PVFEAT_NR_REGISTERED; i++) {
		unsigned int d = distance(pvfeat_feature_name(i), name);

		if (d < least || (!best && strlen(name) > 2 &&
				  strstr(pvfeat_feature_name(i), name))) {
			best = pvfeat_feature_name(i);
			least = d < least ? d : least;
		}
	}
	return best;
}

/**
 * parse_feature - parse a feature: its name, its number or feature-N
 * @text: as the user typed it
 * @feature: filled in: the number
 * @error: EINVAL: there is no such feature; the text may suggest one
 *
 * Return: false if there is no such feature.
 */
bool parse_feature(const char *text, unsigned int *feature,
		   struct pvfeat_error *error)
{
	const char *digits = strncmp(text, "feature-", 8) ? text : text + 8;
	const char *guess;
	unsigned long value;
	char *end;

	for (*feature = 0; *feature < PVFEAT_NR_REGISTERED; ++*feature) {
		if (!strcasecmp(pvfeat_feature_name(*feature), text))
			return true;
	}
	errno = 0;
	value = strtoul(digits, &end, 10);
	if (*digits >= '0' && *digits <= '9' && !*end) {
		if (errno || value >= PVFEAT_FEATURES_MAX)
			return pvfeat_fail(error, EINVAL,
					   "there is no feature %s; the numbers are 0 to %u",
					   digits, PVFEAT_FEATURES_MAX - 1);
		*feature = value;
		return true;
	}
	guess = nearest(text);
	if (guess)
		return pvfeat_fail(error, EINVAL,
				   "unknown feature '%s'; did you mean %s?", text,
				   guess);
	return pvfeat_fail(error, EINVAL,
			   "unknown feature '%s'; 'pvfeat list' prints the known names; use a number for any other feature",
			   text);
}

/* Parse a hexadecimal number of up to @digits digits, and the character @end after it */
static bool parse_hex(const char **text, unsigned int digits, unsigned int max, char end,
		      unsigned int *value)
{
	const size_t n = strspn(*text, "0123456789abcdefABCDEF");

	if (!n || n > digits || (*text)[n] != end)
		return false;
	*value = strtoul(*text, NULL, 16);
	*text += n + !!end;
	return *value <= max;
}

/**
 * parse_address - convert the address of a PCI function to the kernel's format
 * @text: [DOMAIN:]BUS:DEVICE.FUNCTION
 * @name: filled in: DDDD:BB:DD.F
 * @size: bytes of @name
 *
 * Return: false if @text is not an address.
 */
bool parse_address(const char *text, char *name, size_t size)
{
	const char *bus_end = strchr(text, ':');
	unsigned int domain = 0, bus, device, function;

	if (bus_end && strchr(bus_end + 1, ':') &&
	    !parse_hex(&text, 8, 0xffffffff, ':', &domain))
		return false;
	if (!parse_hex(&text, 2, 0xff, ':', &bus) || !parse_hex(&text, 2, 0x1f, '.', &device) ||
	    !parse_hex(&text, 1, 7, '\0', &function))
		return false;
	snprintf(name, size, "%04x:%02x:%02x.%x", domain, bus, device, function);
	return true;
}

/**
 * parse_lines - terminate text that was read from a file
 * @text: the bytes, and room for one more
 * @n: number of bytes; negative if the file could not be read
 *
 * Removes the end of the last line.
 */
void parse_lines(char *text, ssize_t n)
{
	if (n > 0 && text[n - 1] == '\n')
		n--;
	text[n < 0 ? 0 : n] = '\0';
}

/**
 * parse_compatible - whether a DeviceTree node carries a table
 * @list: its property "compatible": strings, each terminated by a NUL
 * @size: bytes of @list, not counting a further NUL
 *
 * Return: true if one of the strings is PVFEAT_DT_COMPATIBLE.
 */
bool parse_compatible(const char *list, size_t size)
{
	const char *end = list + size;

	for (; list < end; list += strlen(list) + 1) {
		if (!strcmp(list, PVFEAT_DT_COMPATIBLE))
			return true;
	}
	return false;
}
