/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PCI functions as libpci finds them.
 */
#ifndef PVFEAT_PCI_H
#define PVFEAT_PCI_H

#include <pci/pci.h>

#include "transport.h"

/**
 * pci_start - get ready to look for functions
 *
 * What libpci takes for fatal ends the program, with a message.
 *
 * Return: to be given to pci_find(), and in the end to pci_cleanup().
 */
struct pci_access *pci_start(void);

/**
 * pci_find - find the functions that may have a feature table
 * @access: from pci_start()
 * @address: only this one, from pci_address(), or NULL
 * @each: called for each function that carries a locator, a good one or not, and
 *        for the one at @address in any case; false ends the search
 * @context: for @each
 * @error: ENODEV: no function is there; EACCES: config space cannot be read
 *
 * Return: true if @each was called.
 */
bool pci_find(struct pci_access *access, const char *address,
	      bool (*each)(void *context, struct pci_dev *dev), void *context,
	      struct pvfeat_error *error);

/**
 * pci_address - the address of a function in full, as the kernel writes it
 * @text: [DOMAIN:]BUS:DEVICE.FUNCTION
 * @name: filled in: DDDD:BB:DD.F
 * @size: bytes of @name
 *
 * Return: false if @text is no address.
 */
bool pci_address(const char *text, char *name, size_t size);

/**
 * pci_driver - what the driver of a function is called
 * @name: the function's address, in full
 * @driver: filled in
 * @size: bytes of @driver
 *
 * Return: false if it has none.
 */
bool pci_driver(const char *name, char *driver, size_t size);

/* The address of a function as it is written: DDDD:BB:DD.F */
void pci_name(const struct pci_dev *dev, char *name, size_t size);

/**
 * pci_open - open a function through sysfs
 * @dev: from pci_find(); must live as long as the function
 *
 * A function without driver is enabled in between, that its BARs answer.
 *
 * Return: the function, to be mapped, or NULL if memory is out.
 */
struct pvfeat_function *pci_open(struct pci_dev *dev);

#endif /* PVFEAT_PCI_H */
