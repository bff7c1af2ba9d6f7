/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Paravisor features: what the platform reports about the guest and about private ranges.
 */
#ifndef _PVFEAT_TRUST_H
#define _PVFEAT_TRUST_H

#include <linux/types.h>

enum pvfeat_guest {
	PVFEAT_GUEST_PLAIN,		/* the host is trusted */
	PVFEAT_GUEST_CONFIDENTIAL,	/* the host is not trusted */
	PVFEAT_GUEST_UNKNOWN,		/* this kernel cannot determine the kind */
};

struct pvfeat_hyperv;

enum pvfeat_guest pvfeat_guest_kind(void);
bool pvfeat_isolation_read(struct pvfeat_hyperv *leaves);
bool pvfeat_paravisor_answers(void);
bool pvfeat_range_private(resource_size_t start, resource_size_t bytes);

#endif /* _PVFEAT_TRUST_H */
