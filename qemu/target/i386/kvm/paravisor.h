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
 * @entries: what KVM_SET_CPUID2 will be given
 * @used: how many entries are in use
 * @limit: how many there is room for
 * @errp: error object
 *
 * Returns: how many entries are in use then; -1 with @errp set if the leaves
 * are taken or do not fit.
 */
int kvm_add_paravisor_leaves(struct kvm_cpuid_entry2 *entries, int used,
                             int limit, Error **errp);

#endif
