/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Parsers of text from the kernel and the user; no I/O.
 */
#ifndef PARSE_H
#define PARSE_H

#include <sys/types.h>

#include "transport.h"

bool parse_feature(const char *text, unsigned int *feature,
		   struct pvfeat_error *error);
bool parse_address(const char *text, char *name, size_t size);
void parse_lines(char *text, ssize_t n);
bool parse_compatible(const char *list, size_t size);

#endif /* PARSE_H */
