/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PCI functions of a dump: the output of lspci, and an image of a BAR.
 */
#ifndef PVFEAT_DUMP_H
#define PVFEAT_DUMP_H

#include "transport.h"

/**
 * dump_open - open a function of a dump
 * @file: the output of "lspci -xxxx" or, for the sizes of BARs, of "lspci -vvxxxx"
 * @image: a file with the contents of the BAR that the locator names; NULL: none
 * @address: the function, from parse_address(); NULL: the only one that carries a locator,
 *           or the only one of the dump
 * @error: why it cannot be opened
 *
 * libpci ends the program, with a message, if it cannot read @file.
 *
 * Return: the function, not mapped yet, or NULL.
 */
struct pvfeat_function *dump_open(const char *file, const char *image, const char *address,
				  struct pvfeat_error *error);

#endif /* PVFEAT_DUMP_H */
