/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PCI functions through EFI_PCI_IO_PROTOCOL.
 */
#ifndef UEFI_PCI_H
#define UEFI_PCI_H

#include <efi.h>

#include "transport.h"

/**
 * struct pci_entry - a PCI function of the machine
 * @io: its protocol
 * @name: its address, DDDD:BB:DD.F
 */
struct pci_entry {
	EFI_PCI_IO_PROTOCOL *io;
	char name[24];
};

/**
 * pci_list - list the machine's PCI functions
 * @list: filled in: the functions in ascending order of their addresses; free() it
 * @error: ENODEV: there are none
 *
 * Return: their number.
 */
size_t pci_list(struct pci_entry **list, struct pvfeat_error *error);

/**
 * pci_open - open a function
 * @entry: the function
 *
 * Mapping it enables its memory decoding; closing it restores its command register.
 *
 * Return: the function, not mapped yet, or NULL if the allocation failed.
 */
struct pvfeat_function *pci_open(const struct pci_entry *entry);

#endif /* UEFI_PCI_H */
