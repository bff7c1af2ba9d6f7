/*
 * Paravisor feature table: the CPUID window under KVM
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TARGET_I386_KVM_PARAVISOR_H
#define TARGET_I386_KVM_PARAVISOR_H

struct kvm_cpuid_entry2;

/**
 * kvm_add_paravisor_leaves: add the table's leaves, if there is a table
 * @entries: the entries that will be passed to KVM_SET_CPUID2
 * @used: number of entries in use
 * @limit: number of entries that there is room for
 * @errp: error object
 *
 * Returns: the new number of entries in use; -1 with @errp set if other entries
 * use the leaves already, or if the leaves do not fit.
 */
int kvm_add_paravisor_leaves(struct kvm_cpuid_entry2 *entries, int used,
                             int limit, Error **errp);

#endif
