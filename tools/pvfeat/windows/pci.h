/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Find PCI functions through libpci, and open them through sysfs.
 */
#ifndef PVFEAT_PCI_H
#define PVFEAT_PCI_H

#include <pci/pci.h>

#include "transport.h"

/**
 * pci_start - prepare the search for functions
 *
 * An error that libpci treats as fatal ends the program, with a message.
 *
 * Return: libpci's handle, for pci_find(); release it with pci_cleanup().
 */
struct pci_access *pci_start(void);

/**
 * pci_find - find the functions that may have a feature table
 * @access: from pci_start()
 * @address: consider this function only, from parse_address(); NULL: all
 * @each: called for each function that carries a locator, good or broken, and for
 *        the function at @address in any case; returns false to end the search
 * @context: passed to @each
 * @error: ENODEV: there is no such function; EACCES: config space cannot be read
 *
 * Return: true if @each was called.
 */
bool pci_find(struct pci_access *access, const char *address,
	      bool (*each)(void *context, struct pci_dev *dev), void *context,
	      struct pvfeat_error *error);

/**
 * pci_driver - get the name of a function's driver
 * @name: the function's address, in full
 * @driver: filled in
 * @size: bytes of @driver
 *
 * Return: false if the function has no driver.
 */
bool pci_driver(const char *name, char *driver, size_t size);

/* Print the address of a function in the kernel's format, DDDD:BB:DD.F */
void pci_name(const struct pci_dev *dev, char *name, size_t size);

/**
 * pci_open - open a function through sysfs
 * @dev: from pci_find(); must outlive the function
 *
 * Mapping a function whose memory decoding is off enables it, until it is closed.
 *
 * Return: the function, not mapped yet, or NULL if the allocation failed.
 */
struct pvfeat_function *pci_open(struct pci_dev *dev);

#endif /* PVFEAT_PCI_H */
