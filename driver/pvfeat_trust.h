/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Paravisor features: what the platform reports.
 */
#ifndef _PVFEAT_TRUST_H
#define _PVFEAT_TRUST_H

#include <linux/types.h>

enum pvfeat_guest {
	PVFEAT_GUEST_PLAIN,		/* trusts its host */
	PVFEAT_GUEST_CONFIDENTIAL,	/* does not */
	PVFEAT_GUEST_UNKNOWN,		/* this kernel has no answer */
};

struct pvfeat_hyperv;

enum pvfeat_guest pvfeat_guest_kind(void);
bool pvfeat_isolation_read(struct pvfeat_hyperv *leaves);
bool pvfeat_paravisor_answers(void);
bool pvfeat_range_private(resource_size_t start, resource_size_t bytes);

#endif /* _PVFEAT_TRUST_H */
