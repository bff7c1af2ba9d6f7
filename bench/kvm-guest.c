// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A minimal guest for a KVM that cannot run Linux: a Multiboot kernel that enumerates
 * WORDS words of a table TIMES times, then powers the machine off. Its command line is
 * "pci|mmio WORDS TIMES".
 */
#include "linux/pvfeat-abi.h"

#define MULTIBOOT_MAGIC 0x1badb002
#define EDU_IDS 0x11e81234

__attribute__((section(".multiboot"), used))
static const unsigned int multiboot[] = { MULTIBOOT_MAGIC, 0, -MULTIBOOT_MAGIC };

static inline void out32(unsigned short port, unsigned int value)
{
	asm volatile("outl %0, %1" : : "a"(value), "d"(port));
}

static inline unsigned int in32(unsigned short port)
{
	unsigned int value;

	asm volatile("inl %1, %0" : "=a"(value) : "d"(port));
	return value;
}

static unsigned int config(unsigned int slot, unsigned int offset)
{
	out32(0xcf8, 1u << 31 | slot << 11 | offset);
	return in32(0xcfc);
}

static void stop(void)
{
	for (;;)
		asm volatile("cli; hlt");
}

/* BAR 0, as assigned by the firmware, of the function on bus 0 with these IDs */
static const volatile unsigned int *bar(unsigned int ids)
{
	unsigned int slot;

	for (slot = 0; slot < 32; slot++)
		if (config(slot, 0) == ids)
			return (const volatile unsigned int *)(config(slot, 0x10) & ~0xfu);
	return 0;
}

static unsigned int number(const char **text)
{
	unsigned int n = 0;

	while (**text == ' ')
		(*text)++;
	while (**text >= '0' && **text <= '9')
		n = n * 10 + *(*text)++ - '0';
	return n;
}

__attribute__((used))
static void enumerate(const char *arguments)
{
	const volatile unsigned int *registers;
	unsigned int words, times, i;

	/* The first word is the name of the kernel file */
	while (*arguments && *arguments != ' ')
		arguments++;
	while (*arguments == ' ')
		arguments++;
	registers = bar(*arguments == 'p' ?
			PVFEAT_PCI_DEVICE_ID << 16 | PVFEAT_PCI_VENDOR_ID : EDU_IDS);
	/*
	 * Check the signature: the absence of exits is meaningful only if there is a table.
	 */
	if (!registers || (*arguments == 'p' &&
			   registers[PVFEAT_W_SIGNATURE_B] != PVFEAT_SIGNATURE_B))
		stop();
	while (*arguments && *arguments != ' ')
		arguments++;
	words = PVFEAT_W_FEATURES + number(&arguments);
	for (times = number(&arguments); times; times--)
		for (i = 0; i < words; i++)
			registers[i];
	/* Power off through Q35's PM registers, at the address that SeaBIOS assigns */
	asm volatile("outw %0, %1" : : "a"((unsigned short)0x2000), "d"((unsigned short)0x604));
	stop();
}

/* Multiboot: EBX has the information, with the command line at offset 16 */
asm(".globl _start\n"
    "_start: movl $stack, %esp\n"
    "	pushl 16(%ebx)\n"
    "	call enumerate\n"
    "	.bss\n"
    "	.space 4096\n"
    "stack:\n"
    "	.text\n");
