// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Access to PCI functions through EFI_PCI_IO_PROTOCOL.
 */
#include <errno.h>
#include <linux/pci_regs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <efi.h>
#include <efilib.h>

#include "pci.h"

/*
 * A QWORD address space descriptor of ACPI, in which firmware reports the range of a BAR.
 * @address is on the processor's side, @address + @translation on the bus.
 */
#define DESCRIPTOR_QWORD	0x8a
#define DESCRIPTOR_MEMORY	0
struct descriptor {
	UINT8 tag;
	UINT16 bytes;
	UINT8 type, flags, type_flags;
	UINT64 granularity, address, last, translation, length;
} __attribute__((packed));

/**
 * struct pci_function - a function through EFI_PCI_IO_PROTOCOL
 * @f: the function, as the caller uses it
 * @io: its protocol
 * @index: the firmware's number for the BAR in use
 * @enabled: whether its memory decoding was enabled here
 * @command: its command register before that
 * @attributes: its attributes before that
 */
struct pci_function {
	struct pvfeat_function f;
	EFI_PCI_IO_PROTOCOL *io;
	UINT8 index;
	bool enabled;
	UINT16 command;
	UINT64 attributes;
};

#define to_pci(function) ((struct pci_function *)(function))

static bool config(struct pvfeat_function *f, unsigned int pos, void *buf, unsigned int n)
{
	EFI_PCI_IO_PROTOCOL *io = to_pci(f)->io;
	/* Dwords where possible, as in the kernel */
	const bool dwords = !((pos | n) % 4);

	return !EFI_ERROR(io->Pci.Read(io, dwords ? EfiPciIoWidthUint32 : EfiPciIoWidthUint8,
				       pos, dwords ? n / 4 : n, buf));
}

/*
 * Find the firmware's number for a BAR. Firmware may count a 64-bit BAR as one or as two,
 * so that only the address identifies it. Returns the size, 0 if there is no such BAR.
 */
static UINT64 find_bar(struct pvfeat_function *f, unsigned int bar, UINT8 *index)
{
	EFI_PCI_IO_PROTOCOL *io = to_pci(f)->io;
	UINT64 size = 0;
	__u64 address;
	VOID *resources;

	if (!pvfeat_bar_address(f, bar, &address) ||
	    !address)
		return 0;
	for (*index = 0; *index <= PVFEAT_LOCATOR_BAR_MAX; ++*index) {
		const struct descriptor *d;

		if (EFI_ERROR(io->GetBarAttributes(io, *index, NULL, &resources)))
			continue;
		d = resources;
		if (d->tag == DESCRIPTOR_QWORD && d->type == DESCRIPTOR_MEMORY &&
		    d->address + d->translation == address)
			size = d->length;
		FreePool(resources);
		if (size)
			break;
	}
	return size;
}

static __u64 bar_size(struct pvfeat_function *f, unsigned int bar)
{
	UINT8 index;

	return find_bar(f, bar, &index);
}

static bool decodes(struct pci_function *p, UINT16 *command)
{
	return config(&p->f, PCI_COMMAND, command, sizeof(*command)) &&
	       *command & PCI_COMMAND_MEMORY;
}

static bool map(struct pvfeat_function *f, unsigned int bar, struct pvfeat_error *error)
{
	struct pci_function *p = to_pci(f);
	const unsigned int power = pvfeat_capability(f, PCI_CAP_ID_PM);
	UINT16 command, state = 0;

	/* PVF-DRV-13 */
	if (power && config(f, power + PCI_PM_CTRL, &state, sizeof(state)) &&
	    state & PCI_PM_CTRL_STATE_MASK)
		return pvfeat_fail(error, ENODEV, "it is in power state D%u, not D0",
				   state & PCI_PM_CTRL_STATE_MASK);
	if (!find_bar(f, bar, &p->index))
		return pvfeat_fail(error, ENODEV, "firmware has no range of BAR%u", bar);
	if (decodes(p, &p->command))
		return true;
	if (EFI_ERROR(p->io->Attributes(p->io, EfiPciIoAttributeOperationGet, 0,
					&p->attributes)))
		return pvfeat_fail(error, ENODEV, "its attributes cannot be read");
	p->enabled = true;
	p->io->Attributes(p->io, EfiPciIoAttributeOperationEnable, EFI_PCI_IO_ATTRIBUTE_MEMORY,
			  NULL);
	return decodes(p, &command) ||
	       pvfeat_fail(error, ENODEV, "its memory decoding is off and cannot be enabled");
}

static __u64 read_bar(struct pvfeat_function *f, __u64 offset, unsigned int width)
{
	static const EFI_PCI_IO_PROTOCOL_WIDTH widths[] = {
		[1] = EfiPciIoWidthUint8, [2] = EfiPciIoWidthUint16,
		[4] = EfiPciIoWidthUint32, [8] = EfiPciIoWidthUint64,
	};
	EFI_PCI_IO_PROTOCOL *io = to_pci(f)->io;
	__u64 value = 0;

	/* As from a function that was removed */
	if (EFI_ERROR(io->Mem.Read(io, widths[width], to_pci(f)->index, offset, 1, &value)))
		return ~0ull;
	return value;
}

static void close_function(struct pvfeat_function *f)
{
	struct pci_function *p = to_pci(f);

	/* PVF-DRV-14. The register and the firmware's attributes may have differed */
	if (p->enabled && !(p->attributes & EFI_PCI_IO_ATTRIBUTE_MEMORY))
		p->io->Attributes(p->io, EfiPciIoAttributeOperationDisable,
				  EFI_PCI_IO_ATTRIBUTE_MEMORY, NULL);
	if (p->enabled)
		p->io->Pci.Write(p->io, EfiPciIoWidthUint16, PCI_COMMAND, 1, &p->command);
	free(p);
}

static const struct pvfeat_function_ops pci_ops = {
	.config = config,
	.bar_size = bar_size,
	.map = map,
	.read = read_bar,
	.close = close_function,
};

struct pvfeat_function *pci_open(const struct pci_entry *entry)
{
	struct pci_function *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->f.ops = &pci_ops;
	p->io = entry->io;
	memcpy(p->f.name, entry->name, sizeof(p->f.name));
	return &p->f;
}

/* Insert a function so that the list stays sorted by address, of which text has full width */
static void insert(struct pci_entry *list, size_t nr, const struct pci_entry *entry)
{
	for (; nr && strcmp(list[nr - 1].name, entry->name) > 0; nr--)
		list[nr] = list[nr - 1];
	list[nr] = *entry;
}

size_t pci_list(struct pci_entry **list, struct pvfeat_error *error)
{
	EFI_GUID guid = EFI_PCI_IO_PROTOCOL_GUID;
	EFI_HANDLE *handles = NULL;
	UINTN count = 0, i;
	size_t nr = 0;

	if (EFI_ERROR(BS->LocateHandleBuffer(ByProtocol, &guid, NULL, &count, &handles)))
		count = 0;
	*list = calloc(count + 1, sizeof(**list));
	if (!*list)
		abort();
	for (i = 0; i < count; i++) {
		UINTN segment, bus, device, function;
		struct pci_entry entry;
		VOID *io;

		if (EFI_ERROR(BS->HandleProtocol(handles[i], &guid, &io)))
			continue;
		entry.io = io;
		if (EFI_ERROR(entry.io->GetLocation(entry.io, &segment, &bus, &device, &function)))
			continue;
		snprintf(entry.name, sizeof(entry.name), "%04x:%02x:%02x.%x", (unsigned int)segment,
			 (unsigned int)bus, (unsigned int)device, (unsigned int)function);
		insert(*list, nr++, &entry);
	}
	if (handles)
		FreePool(handles);
	if (!nr)
		pvfeat_fail(error, ENODEV, "firmware has no PCI functions");
	return nr;
}
