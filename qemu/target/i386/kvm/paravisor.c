/*
 * Paravisor feature table: the CPUID window under KVM
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "qemu/osdep.h"
#include <linux/kvm.h>
#include "qapi/error.h"
#include "hw/misc/paravisor-features.h"
#include "target/i386/kvm/paravisor.h"

int kvm_add_paravisor_leaves(struct kvm_cpuid_entry2 *entries, int used,
                             int limit, Error **errp)
{
    /*
     * KVM refuses changed leaves once a vCPU has run. A vCPU that is plugged in
     * later gets the same leaves as all other vCPUs.
     */
    const ParavisorTable *t = paravisor_firmware_table_at_creation();
    unsigned leaves;

    if (!t) {
        return used;
    }
    leaves = t->nr / PVFEAT_WORDS_PER_LEAF;
    for (int i = 0; i < used; i++) {
        if (entries[i].function >= PVFEAT_BASE &&
            entries[i].function < PVFEAT_BASE + leaves) {
            error_setg(errp, "paravisor-features: CPUID leaf 0x%x is another "
                       "hypervisor interface's already; set firmware=off",
                       entries[i].function);
            return -1;
        }
    }
    if (leaves > limit - used) {
        error_setg(errp, "paravisor-features: the table takes %u CPUID leaves, "
                   "KVM has room for %d more (%d feature words at most); "
                   "shorten it or set firmware=off", leaves, limit - used,
                   MAX(0, (limit - used) * PVFEAT_WORDS_PER_LEAF -
                       PVFEAT_W_FEATURES));
        return -1;
    }
    for (unsigned i = 0; i < leaves; i++) {
        const uint32_t *w = t->words + i * PVFEAT_WORDS_PER_LEAF;

        entries[used++] = (struct kvm_cpuid_entry2) {
            .function = PVFEAT_BASE + i,
            .eax = w[0], .ebx = w[1], .ecx = w[2], .edx = w[3],
        };
    }
    return used;
}
