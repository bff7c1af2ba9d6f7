// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit: translations of other enumeration interfaces into feature tables, and their use.
 */
#include <kunit/static_stub.h>
#include <kunit/test.h>
#include <linux/err.h>
#include <linux/string.h>

#include "../pvfeat_translate.h"
#include "../pvfeat_trust.h"
#include "../pvfeat_window.h"
#include "pvfeat_test_window.h"

#define BIT_OF(id) (1u << PVFEAT_##id)
#define ALWAYS (BIT_OF(CONFIDENTIAL) | BIT_OF(PARAVISOR_MANAGED) | BIT_OF(SHARED_GPA_BOUNDARY))
#define STACK (BIT_OF(EXTENDED_DESTINATION) | BIT_OF(CONFIDENTIAL_BUS))

/* Hyper-V's leaves for one test, as the guest reads them */
static struct {
	char signature[13];
	u32 max, privileges, paravisor, isolation, stack, properties;
} hv;

static void hv_cpuid(__u32 leaf, __u32 *regs)
{
	memset(regs, 0, 4 * sizeof(*regs));
	switch (leaf) {
	case 0x40000000:
		regs[0] = hv.max;
		memcpy(&regs[1], hv.signature, 12);
		break;
	case 0x40000003:
		regs[1] = hv.privileges;
		break;
	case 0x4000000c:
		regs[0] = hv.paravisor;
		regs[1] = hv.isolation;
		break;
	case 0x40000081:
		regs[0] = hv.stack;
		break;
	case 0x40000082:
		regs[0] = hv.properties;
		break;
	}
}

/**
 * struct hv_case - leaves and their expected translation
 * @name: name of the case
 * @paravisor: EAX of 0x4000000c
 * @isolation: EBX of 0x4000000c
 * @stack: EAX of 0x40000081
 * @properties: EAX of 0x40000082
 * @check: the check that the translation fails, or PVFEAT_OK
 * @tee: type of the TEE
 * @boundary: SHARED_GPA_BOUNDARY
 * @features: the features
 * @mask: the features that the leaves can express
 */
static const struct hv_case {
	const char *name;
	u32 paravisor, isolation, stack, properties;
	enum pvfeat_check check;
	u32 tee, boundary, features, mask;
} hv_cases[] = {
	{ "VBS, boundary 46", 1, 0xba1, 0, 0, PVFEAT_OK, PVFEAT_TEE_VBS, 46, ALWAYS, ALWAYS },
	{ "VBS, boundary 39", 1, 0x9e1, 0, 0, PVFEAT_OK, PVFEAT_TEE_VBS, 39, ALWAYS, ALWAYS },
	{ "SNP", 1, 0xba2, 0, 0, PVFEAT_OK, PVFEAT_TEE_SEV_SNP, 46, ALWAYS, ALWAYS },
	{ "TDX", 1, 0xbe3, 0, 0, PVFEAT_OK, PVFEAT_TEE_TDX, 47, ALWAYS, ALWAYS },
	{ "SNP without paravisor", 0, 2, 0, 0, PVFEAT_OK, PVFEAT_TEE_SEV_SNP, 0,
	  BIT_OF(CONFIDENTIAL), ALWAYS },
	{ "other bits of EAX", ~1u, 2, 0, 0, PVFEAT_OK, PVFEAT_TEE_SEV_SNP, 0,
	  BIT_OF(CONFIDENTIAL), ALWAYS },
	{ "unknown type", 1, 0x5, 0, 0, PVFEAT_OK, PVFEAT_TEE_NONE, 0,
	  BIT_OF(CONFIDENTIAL) | BIT_OF(PARAVISOR_MANAGED), ALWAYS },
	{ "boundary not active", 1, 0x9c1, 0, 0, PVFEAT_OK, PVFEAT_TEE_VBS, 0,
	  BIT_OF(CONFIDENTIAL) | BIT_OF(PARAVISOR_MANAGED), ALWAYS },
	{ "boundary active without a bit", 1, 0x21, 0, 0, PVFEAT_BAD_BOUNDARY_BIT },
	{ "boundary 63", 1, 0xfe1, 0, 0, PVFEAT_OK, PVFEAT_TEE_VBS, 63, ALWAYS, ALWAYS },
	{ "high bits of EBX", 1, 0xfffff9e1, 0, 0, PVFEAT_OK, PVFEAT_TEE_VBS, 39, ALWAYS, ALWAYS },
	{ "virtualization stack", 1, 0xba1, 0x31235356, 0xc, PVFEAT_OK, PVFEAT_TEE_VBS, 46,
	  ALWAYS | STACK, ALWAYS | STACK },
	{ "virtualization stack without either", 1, 0xba1, 0x31235356, ~0xcu, PVFEAT_OK,
	  PVFEAT_TEE_VBS, 46, ALWAYS, ALWAYS | STACK },
	{ "properties without the signature", 1, 0xba1, 0x31235355, 0xc, PVFEAT_OK,
	  PVFEAT_TEE_VBS, 46, ALWAYS, ALWAYS },
};

static void set_leaves(const struct hv_case *c)
{
	strscpy(hv.signature, "Microsoft Hv", sizeof(hv.signature));
	hv.max = 0x4000000c;
	hv.privileges = 1u << 22;
	hv.paravisor = c->paravisor;
	hv.isolation = c->isolation;
	hv.stack = c->stack;
	hv.properties = c->properties;
}

static void hv_case_name(const struct hv_case *c, char *name)
{
	strscpy(name, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(hv, hv_cases, hv_case_name);

static void translate_hyperv(struct kunit *test)
{
	const struct hv_case *c = test->param_value;
	struct pvfeat_table *t = new_table(test, 1);
	struct pvfeat_verdict verdict;
	struct pvfeat_hyperv leaves;
	u32 mask;

	set_leaves(c);
	KUNIT_ASSERT_TRUE(test, pvfeat_hyperv_read(&leaves, hv_cpuid));
	mask = pvfeat_hyperv_translate(&leaves, t);
	pvfeat_table_check(t, &verdict);
	KUNIT_EXPECT_EQ(test, (int)verdict.check, (int)c->check);
	if (c->check != PVFEAT_OK)
		return;
	KUNIT_EXPECT_EQ(test, mask, c->mask);
	KUNIT_EXPECT_EQ(test, t->words[PVFEAT_W_FEATURES], c->features);
	KUNIT_EXPECT_EQ(test, t->words[PVFEAT_W_TEE], c->tee);
	KUNIT_EXPECT_EQ(test, pvfeat_table_boundary(t), c->boundary);
	KUNIT_EXPECT_EQ(test, t->words[PVFEAT_W_GENERATION], 0);
}

/* Leaves that do not report Hyper-V isolation */
static void translate_absent(struct kunit *test)
{
	struct pvfeat_hyperv leaves;

	set_leaves(&hv_cases[0]);
	KUNIT_EXPECT_TRUE(test, pvfeat_hyperv_read(&leaves, hv_cpuid));
	hv.isolation &= ~0xfu;
	KUNIT_EXPECT_FALSE(test, pvfeat_hyperv_read(&leaves, hv_cpuid));
	set_leaves(&hv_cases[0]);
	hv.privileges = ~(1u << 22);
	KUNIT_EXPECT_FALSE(test, pvfeat_hyperv_read(&leaves, hv_cpuid));
	set_leaves(&hv_cases[0]);
	hv.max = 0x4000000b;
	KUNIT_EXPECT_FALSE(test, pvfeat_hyperv_read(&leaves, hv_cpuid));
	set_leaves(&hv_cases[0]);
	hv.signature[11] = 'w';
	KUNIT_EXPECT_FALSE(test, pvfeat_hyperv_read(&leaves, hv_cpuid));
}

static const struct pvfeat_provider test_hyperv = { .name = "hyperv" };

static enum pvfeat_guest confidential_guest(void)
{
	return PVFEAT_GUEST_CONFIDENTIAL;
}

/* Add the window that translates the leaves of a case */
static struct pvfeat_window *add_hyperv(struct kunit *test, const struct hv_case *c,
					bool trusted)
{
	struct pvfeat_table *t = new_table(test, 1);
	struct pvfeat_window *window;
	struct pvfeat_hyperv leaves;
	u32 mask;

	set_leaves(c);
	KUNIT_ASSERT_TRUE(test, pvfeat_hyperv_read(&leaves, hv_cpuid));
	mask = pvfeat_hyperv_translate(&leaves, t);
	window = pvfeat_window_add(&test_hyperv, NULL, trusted, false, mask, t);
	KUNIT_ASSERT_FALSE(test, IS_ERR(window));
	return window;
}

/* PVF-DRV-49: a translation contributes while no table does, in any order of addition */
static void translate_alone(struct kunit *test)
{
	struct pvfeat_table *t = new_table(test, 1);
	struct pvfeat_window *hyperv, *pci, *cpuid;

	turn_on(t, PVFEAT_VTPM);
	hyperv = add_hyperv(test, &hv_cases[0], true);
	KUNIT_EXPECT_TRUE(test, pvfeat_has(PVFEAT_CONFIDENTIAL));
	KUNIT_EXPECT_TRUE(test, pvfeat_has(PVFEAT_SHARED_GPA_BOUNDARY));
	KUNIT_EXPECT_EQ(test, count_effective(), 3);
	cpuid = add_window(test, &test_cpuid, true, t);
	KUNIT_EXPECT_TRUE(test, pvfeat_has(PVFEAT_VTPM));
	KUNIT_EXPECT_EQ(test, count_effective(), 1);
	KUNIT_EXPECT_EQ(test, (int)hyperv->status, (int)PVFEAT_STATUS_UNUSED);
	t->words[PVFEAT_W_GENERATION] = 2;
	pci = add_window(test, &test_pci, true, t);
	KUNIT_EXPECT_EQ(test, (int)hyperv->status, (int)PVFEAT_STATUS_UNUSED);
	pvfeat_window_remove(cpuid);
	pvfeat_window_remove(pci);
	KUNIT_EXPECT_EQ(test, count_effective(), 3);
	KUNIT_EXPECT_EQ(test, (int)hyperv->status, (int)PVFEAT_STATUS_CURRENT);
	pvfeat_window_remove(hyperv);
	KUNIT_EXPECT_EQ(test, count_effective(), 0);
}

/* What the host of a confidential guest provides is ignored, a table or a translation */
static void translate_trust(struct kunit *test)
{
	struct pvfeat_table *t = new_table(test, 1);
	struct pvfeat_window *hyperv, *pci;

	kunit_activate_static_stub(test, pvfeat_guest_kind, confidential_guest);
	turn_on(t, PVFEAT_VTPM);
	hyperv = add_hyperv(test, &hv_cases[0], true);
	pci = add_window(test, &test_pci, false, t);
	KUNIT_EXPECT_TRUE(test, pvfeat_has(PVFEAT_CONFIDENTIAL));
	KUNIT_EXPECT_EQ(test, count_effective(), 3);
	pvfeat_window_remove(hyperv);
	hyperv = add_hyperv(test, &hv_cases[0], false);
	KUNIT_EXPECT_EQ(test, (int)hyperv->status, (int)PVFEAT_STATUS_UNTRUSTED);
	KUNIT_EXPECT_EQ(test, count_effective(), 0);
	pvfeat_window_remove(pci);
	pvfeat_window_remove(hyperv);
}

/* A translation can be endorsed like a table, and is never superseded */
static void translate_endorsed(struct kunit *test)
{
	struct pvfeat_table *t = new_table(test, 1);
	struct pvfeat_window *hyperv, *pci, *cpuid;
	u8 digest[PVFEAT_DIGEST_BYTES];

	kunit_activate_static_stub(test, pvfeat_guest_kind, confidential_guest);
	hyperv = add_hyperv(test, &hv_cases[0], false);
	KUNIT_ASSERT_TRUE(test, pvfeat_table_digest(hyperv->table, digest));
	KUNIT_EXPECT_EQ(test, pvfeat_windows_endorse(digest, PVFEAT_ORIGIN_SYSFS), 0);
	KUNIT_EXPECT_EQ(test, count_effective(), 3);
	KUNIT_EXPECT_EQ(test, pvfeat_windows_revoke(digest), 0);
	KUNIT_EXPECT_EQ(test, count_effective(), 0);
	pvfeat_window_remove(hyperv);

	/* CPUID stays superseded, the translation contributes again */
	kunit_deactivate_static_stub(test, pvfeat_guest_kind);
	hyperv = add_hyperv(test, &hv_cases[0], true);
	turn_on(t, PVFEAT_VTPM);
	cpuid = add_window(test, &test_cpuid, true, t);
	t->words[PVFEAT_W_GENERATION] = 2;
	pci = add_window(test, &test_pci, true, t);
	KUNIT_EXPECT_EQ(test, (int)cpuid->status, (int)PVFEAT_STATUS_STALE);
	KUNIT_EXPECT_EQ(test, (int)hyperv->status, (int)PVFEAT_STATUS_UNUSED);
	pvfeat_window_remove(pci);
	KUNIT_EXPECT_EQ(test, (int)hyperv->status, (int)PVFEAT_STATUS_CURRENT);
	KUNIT_EXPECT_EQ(test, count_effective(), 3);
	pvfeat_window_remove(cpuid);
	pvfeat_window_remove(hyperv);
}

/* Only what the leaves can express is compared, in both directions */
static void translate_compare(struct kunit *test)
{
	struct pvfeat_table *t = new_table(test, 2);
	struct pvfeat_window *hyperv, *pci;

	t->words[PVFEAT_W_PARAVISOR_ID] = 0x21414;
	t->words[PVFEAT_W_TEE] = PVFEAT_TEE_VBS;
	t->words[PVFEAT_W_ACCESS] = PVFEAT_ACCESS_HYPERCALL_PAGE | 46 << 8;
	t->words[PVFEAT_W_FEATURES] = ALWAYS | BIT_OF(VTPM) | BIT_OF(CONFIDENTIAL_BUS);
	hyperv = add_hyperv(test, &hv_cases[0], true);
	pci = add_window(test, &test_pci, true, t);
	KUNIT_EXPECT_FALSE(test, hyperv->mismatch);
	/* Reserved bits of TEE are not part of TYPE */
	t->words[PVFEAT_W_TEE] = PVFEAT_TEE_VBS | 0x100;
	pvfeat_window_update(pci, t);
	KUNIT_EXPECT_FALSE(test, hyperv->mismatch);
	t->words[PVFEAT_W_TEE] = PVFEAT_TEE_NONE | 0x100;
	pvfeat_window_update(pci, t);
	KUNIT_EXPECT_FALSE(test, hyperv->mismatch);
	t->words[PVFEAT_W_TEE] = PVFEAT_TEE_TDX;
	pvfeat_window_update(pci, t);
	KUNIT_EXPECT_TRUE(test, hyperv->mismatch);
	t->words[PVFEAT_W_TEE] = PVFEAT_TEE_VBS;
	t->words[PVFEAT_W_ACCESS] = 39 << 8;
	pvfeat_window_update(pci, t);
	KUNIT_EXPECT_TRUE(test, hyperv->mismatch);
	t->words[PVFEAT_W_ACCESS] = 0;
	t->words[PVFEAT_W_FEATURES] &= ~BIT_OF(SHARED_GPA_BOUNDARY);
	pvfeat_window_update(pci, t);
	KUNIT_EXPECT_TRUE(test, hyperv->mismatch);
	/* The difference does not affect the answers under any policy */
	pvfeat_windows_set_policy(PVFEAT_POLICY_ALL_OR_NOTHING);
	KUNIT_EXPECT_TRUE(test, pvfeat_has(PVFEAT_VTPM));
	KUNIT_EXPECT_FALSE(test, pvfeat_has(PVFEAT_SHARED_GPA_BOUNDARY));
	pvfeat_window_remove(pci);
	pvfeat_window_remove(hyperv);
}

static void translate_exit(struct kunit *test)
{
	pvfeat_windows_set_policy(PVFEAT_POLICY_INTERSECT);
}

static struct kunit_case pvfeat_translate_cases[] = {
	KUNIT_CASE_PARAM(translate_hyperv, hv_gen_params),
	KUNIT_CASE(translate_absent),
	KUNIT_CASE(translate_alone),
	KUNIT_CASE(translate_trust),
	KUNIT_CASE(translate_endorsed),
	KUNIT_CASE(translate_compare),
	{}
};

static struct kunit_suite pvfeat_translate_suite = {
	.name = "pvfeat_translate",
	.exit = translate_exit,
	.test_cases = pvfeat_translate_cases,
};

kunit_test_suite(pvfeat_translate_suite);
