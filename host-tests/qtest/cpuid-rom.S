/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A ROM that replaces a PC's BIOS: prints the CPUID leaves of the feature table
 * on the first serial port, one line of four words per leaf, and resets the machine.
 * It uses only instructions that every KVM supports. cpuid.t passes the PVFEAT_
 * symbols of the ABI header to the assembler.
 */
#define COM1		0x3f8
#define COM1_LSR	0x3fd
#define LSR_THR_EMPTY	0x20

	.code16
start:
	cli
	xorw	%ax, %ax
	movw	%ax, %ss
	movw	$0x7000, %sp

	movl	$PVFEAT_BASE, %esi	/* this leaf */
	movl	%esi, %edi		/* the last one */
next_leaf:
	movl	%esi, %eax
	xorl	%ecx, %ecx
	cpuid
	cmpl	$PVFEAT_BASE, %esi
	jne	print
	/* The first leaf contains the last leaf's number, if the signature matches */
	cmpl	$PVFEAT_SIGNATURE_B, %ebx
	jne	print
	cmpl	$(PVFEAT_BASE + PVFEAT_TABLE_MAX_LEAVES), %eax
	jae	print
	movl	%eax, %edi
print:
	pushl	%edx
	pushl	%ecx
	pushl	%ebx
	pushl	%eax
	movw	$4, %bp
next_word:
	popl	%ebx
	movw	$8, %cx
next_digit:
	roll	$4, %ebx
	movb	%bl, %al
	andb	$0xf, %al
	addb	$'0', %al
	cmpb	$'9', %al
	jbe	1f
	addb	$('a' - '9' - 1), %al
1:	call	putc
	loop	next_digit
	movb	$' ', %al
	call	putc
	decw	%bp
	jnz	next_word
	movb	$'\n', %al
	call	putc
	incl	%esi
	cmpl	%edi, %esi
	jbe	next_leaf

	/* The keyboard controller resets the machine */
	movb	$0xfe, %al
	outb	%al, $0x64
hang:
	hlt
	jmp	hang

putc:
	movb	%al, %ah
	movw	$COM1_LSR, %dx
2:	inb	%dx, %al
	testb	$LSR_THR_EMPTY, %al
	jz	2b
	movb	%ah, %al
	movw	$COM1, %dx
	outb	%al, %dx
	ret

	.org	0xfff0
	ljmp	$0xf000, $start
	.org	0xffff
	.byte	0
