/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether the host of this guest is trusted.
 */
#ifndef GUEST_H
#define GUEST_H

enum guest {
	GUEST_PLAIN,		/* the guest trusts its host */
	GUEST_CONFIDENTIAL,	/* it does not */
	GUEST_UNKNOWN,		/* user space cannot tell */
};

/**
 * guest_kind - the kind of guest that this program runs in
 *
 * The kernel driver's answer if it is loaded, else what user space can see: CPUID on x86,
 * the Ultravisor's files on s390x and powerpc. On other architectures there is no answer.
 */
enum guest guest_kind(void);

#endif /* GUEST_H */
