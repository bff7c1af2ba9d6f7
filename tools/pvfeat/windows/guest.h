/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kind of guest: whether its host is trusted.
 */
#ifndef GUEST_H
#define GUEST_H

enum guest {
	GUEST_PLAIN,		/* the host is trusted */
	GUEST_CONFIDENTIAL,	/* the host is not trusted */
	GUEST_UNKNOWN,		/* may be either */
};

/**
 * guest_kind - determine the kind of guest that this program runs in
 *
 * Uses the kernel driver if it is loaded, otherwise CPUID on x86 and the Ultravisor's
 * files on s390x and powerpc.
 *
 * Return: the kind; GUEST_UNKNOWN on other architectures without the driver.
 */
enum guest guest_kind(void);

#endif /* GUEST_H */
