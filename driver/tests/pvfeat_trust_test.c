// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit: which windows are trusted, in each kind of guest.
 *
 * A stub replaces the platform's report, which no test machine can produce; the driver's
 * own code makes the decisions based on it.
 */
#include <kunit/static_stub.h>
#include <kunit/test.h>
#include <linux/panic.h>

#include "../pvfeat_trust.h"
#include "../pvfeat_window.h"
#include "pvfeat_test_window.h"

static const struct pvfeat_provider * const providers[] = {
	&test_pci, &test_cpuid, &test_dt, &test_acpi,
};

static const enum pvfeat_policy policies[] = {
	PVFEAT_POLICY_INTERSECT, PVFEAT_POLICY_ALL_OR_NOTHING, PVFEAT_POLICY_PCI_WINS,
};

static enum pvfeat_guest confidential_guest(void)
{
	return PVFEAT_GUEST_CONFIDENTIAL;
}

static enum pvfeat_guest plain_guest(void)
{
	return PVFEAT_GUEST_PLAIN;
}

static enum pvfeat_guest unknown_guest(void)
{
	return PVFEAT_GUEST_UNKNOWN;
}

static enum pvfeat_guest guest_now;

static enum pvfeat_guest some_guest(void)
{
	return guest_now;
}

static struct pvfeat_window *add_with(struct kunit *test,
				      const struct pvfeat_provider *provider,
				      bool range_private, unsigned int feature)
{
	struct pvfeat_table *t = new_table(test, 1);

	turn_on(t, feature);
	return add_window(test, provider, range_private, t);
}

/* Each kind of window alone turns its feature on, or not, under each policy */
static void expect_alone(struct kunit *test, bool range_private, bool on)
{
	struct pvfeat_window *window;
	unsigned int i, k;

	for (i = 0; i < ARRAY_SIZE(policies) * ARRAY_SIZE(providers); i++) {
		k = i / ARRAY_SIZE(policies);
		pvfeat_windows_set_policy(policies[i % ARRAY_SIZE(policies)]);
		window = add_with(test, providers[k], range_private, PVFEAT_VTPM);
		KUNIT_EXPECT_EQ_MSG(test, pvfeat_has(PVFEAT_VTPM), on, "%s, policy %u",
				    providers[k]->name, policies[i % ARRAY_SIZE(policies)]);
		KUNIT_EXPECT_EQ(test, count_effective(), on);
		KUNIT_EXPECT_EQ(test, (int)window->status, on ?
				(int)PVFEAT_STATUS_CURRENT : (int)PVFEAT_STATUS_UNTRUSTED);
		pvfeat_window_remove(window);
	}
}

/* In a guest that is not confidential all windows are trusted */
static void trust_plain(struct kunit *test)
{
	kunit_activate_static_stub(test, pvfeat_guest_kind, plain_guest);
	expect_alone(test, false, true);
	expect_alone(test, true, true);
}

/* PVF-DRV-41, PVF-DRV-42: the host can write a shared range */
static void trust_confidential(struct kunit *test)
{
	kunit_activate_static_stub(test, pvfeat_guest_kind, confidential_guest);
	expect_alone(test, false, false);
	expect_alone(test, true, true);
}

/* PVF-DRV-41: if the kind of guest is unknown, no window is trusted */
static void trust_unknown(struct kunit *test)
{
	kunit_activate_static_stub(test, pvfeat_guest_kind, unknown_guest);
	expect_alone(test, false, false);
	expect_alone(test, true, false);
}

/* This platform reports neither a private range nor a confidential guest */
static void trust_real(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, (int)pvfeat_guest_kind(), (int)PVFEAT_GUEST_PLAIN);
	KUNIT_EXPECT_FALSE(test, pvfeat_range_private(0xfe000ff0, 0x1000));
	KUNIT_EXPECT_FALSE(test, pvfeat_range_private(~(resource_size_t)0, 1));
}

/* An untrusted window turns no feature off by disagreeing, nor on when it is the last */
static void trust_no_veto(struct kunit *test)
{
	struct pvfeat_window *pci, *cpuid;
	unsigned int i;

	kunit_activate_static_stub(test, pvfeat_guest_kind, confidential_guest);
	for (i = 0; i < ARRAY_SIZE(policies); i++) {
		pvfeat_windows_set_policy(policies[i]);
		cpuid = add_with(test, &test_cpuid, false, PVFEAT_TRUSTED_TIME);
		pci = add_with(test, &test_pci, true, PVFEAT_VTPM);
		KUNIT_EXPECT_TRUE(test, pvfeat_has(PVFEAT_VTPM));
		KUNIT_EXPECT_EQ(test, count_effective(), 1);
		pvfeat_window_remove(pci);
		KUNIT_EXPECT_EQ(test, count_effective(), 0);
		pvfeat_window_remove(cpuid);
	}
}

/* An untrusted function that was added first has no precedence over a trusted one */
static void trust_later(struct kunit *test)
{
	struct pvfeat_window *first, *second;

	kunit_activate_static_stub(test, pvfeat_guest_kind, confidential_guest);
	first = add_with(test, &test_pci, false, PVFEAT_TRUSTED_TIME);
	second = add_with(test, &test_pci, true, PVFEAT_VTPM);
	KUNIT_EXPECT_TRUE(test, pvfeat_has(PVFEAT_VTPM));
	KUNIT_EXPECT_EQ(test, count_effective(), 1);
	pvfeat_window_remove(second);
	KUNIT_EXPECT_EQ(test, count_effective(), 0);
	pvfeat_window_remove(first);
}

/* Windows added before allow_untrusted is set stay untrusted; later ones contribute */
static void trust_allowed(struct kunit *test)
{
	struct pvfeat_window *before, *after;

	kunit_activate_static_stub(test, pvfeat_guest_kind, confidential_guest);
	before = add_with(test, &test_cpuid, false, PVFEAT_TRUSTED_TIME);
	pvfeat_windows_allow_untrusted(true);
	KUNIT_EXPECT_TRUE(test, test_taint(TAINT_USER));
	KUNIT_EXPECT_EQ(test, count_effective(), 0);
	after = add_with(test, &test_pci, false, PVFEAT_VTPM);
	KUNIT_EXPECT_TRUE(test, pvfeat_has(PVFEAT_VTPM));
	KUNIT_EXPECT_EQ(test, count_effective(), 1);
	pvfeat_window_remove(after);
	pvfeat_window_remove(before);
	expect_alone(test, false, true);
	kunit_deactivate_static_stub(test, pvfeat_guest_kind);
	kunit_activate_static_stub(test, pvfeat_guest_kind, unknown_guest);
	expect_alone(test, false, true);
	pvfeat_windows_allow_untrusted(false);
	expect_alone(test, false, false);
}

/* PVF-DRV-34: a trusted function displaces one that is only allowed */
static void trust_allowed_first(struct kunit *test)
{
	struct pvfeat_window *allowed, *trusted;

	kunit_activate_static_stub(test, pvfeat_guest_kind, confidential_guest);
	pvfeat_windows_allow_untrusted(true);
	allowed = add_with(test, &test_pci, false, PVFEAT_TRUSTED_TIME);
	KUNIT_EXPECT_TRUE(test, pvfeat_has(PVFEAT_TRUSTED_TIME));
	trusted = add_with(test, &test_pci, true, PVFEAT_VTPM);
	KUNIT_EXPECT_TRUE(test, pvfeat_has(PVFEAT_VTPM));
	KUNIT_EXPECT_EQ(test, count_effective(), 1);
	pvfeat_window_remove(trusted);
	KUNIT_EXPECT_TRUE(test, pvfeat_has(PVFEAT_TRUSTED_TIME));
	pvfeat_window_remove(allowed);
}

/* Clearing allow_untrusted does not taint. This case runs first: a taint is permanent. */
static void trust_taint(struct kunit *test)
{
	if (test_taint(TAINT_USER))
		kunit_skip(test, "tainted already");
	pvfeat_windows_allow_untrusted(false);
	KUNIT_EXPECT_FALSE(test, test_taint(TAINT_USER));
}

static void endorse(struct kunit *test, const struct pvfeat_table *t, bool endorsed)
{
	u8 digest[PVFEAT_DIGEST_BYTES];

	KUNIT_ASSERT_TRUE(test, pvfeat_table_digest(t, digest));
	KUNIT_ASSERT_EQ(test, endorsed ?
			pvfeat_windows_endorse(digest, PVFEAT_ORIGIN_SYSFS) :
			pvfeat_windows_revoke(digest), 0);
}

/* PVF-DRV-41, PVF-DRV-42: each kind of guest, range, endorsement, permission, window */
static void trust_truth_table(struct kunit *test)
{
	static const enum pvfeat_guest guests[] = {
		PVFEAT_GUEST_PLAIN, PVFEAT_GUEST_CONFIDENTIAL, PVFEAT_GUEST_UNKNOWN,
	};
	struct pvfeat_table *t = new_table(test, 1), *other = new_table(test, 1);
	struct pvfeat_window *window;
	unsigned int i;

	turn_on(t, PVFEAT_VTPM);
	turn_on(other, PVFEAT_TRUSTED_TIME);
	kunit_activate_static_stub(test, pvfeat_guest_kind, some_guest);
	for (i = 0; i < ARRAY_SIZE(guests) * ARRAY_SIZE(providers) * 8; i++) {
		const enum pvfeat_guest guest = guests[i / 8 / ARRAY_SIZE(providers)];
		const bool private = i & 1, endorsed = i & 2, allowed = i & 4;
		const bool on = guest == PVFEAT_GUEST_PLAIN ||
				(guest == PVFEAT_GUEST_CONFIDENTIAL && private) ||
				endorsed || allowed;

		guest_now = guest;
		pvfeat_windows_allow_untrusted(allowed);
		endorse(test, endorsed ? t : other, true);
		window = add_window(test, providers[i / 8 % ARRAY_SIZE(providers)],
				    private, t);
		KUNIT_EXPECT_EQ_MSG(test, pvfeat_has(PVFEAT_VTPM), on, "case %u", i);
		KUNIT_EXPECT_EQ_MSG(test, count_effective(), on, "case %u", i);
		pvfeat_window_remove(window);
		endorse(test, endorsed ? t : other, false);
	}
}

/* The endorsement applies to the words that are merged, whatever their GENERATION */
static void trust_endorsed_change(struct kunit *test)
{
	struct pvfeat_table *good = new_table(test, 1), *other = new_table(test, 1);
	struct pvfeat_window *window;

	kunit_activate_static_stub(test, pvfeat_guest_kind, confidential_guest);
	turn_on(good, PVFEAT_VTPM);
	turn_on(other, PVFEAT_VTPM);
	turn_on(other, PVFEAT_TRUSTED_TIME);
	window = add_window(test, &test_pci, false, good);
	KUNIT_EXPECT_EQ(test, count_effective(), 0);
	endorse(test, good, true);
	KUNIT_EXPECT_TRUE(test, pvfeat_has(PVFEAT_VTPM));
	KUNIT_EXPECT_EQ(test, (int)window->status, (int)PVFEAT_STATUS_CURRENT);

	other->words[PVFEAT_W_GENERATION] = 2;
	pvfeat_window_update(window, other);
	KUNIT_EXPECT_EQ(test, count_effective(), 0);
	KUNIT_EXPECT_EQ(test, (int)window->status, (int)PVFEAT_STATUS_UNTRUSTED);
	good->words[PVFEAT_W_GENERATION] = 4;
	pvfeat_window_update(window, good);
	KUNIT_EXPECT_EQ(test, count_effective(), 1);
	pvfeat_window_refuse(window);
	KUNIT_EXPECT_EQ(test, count_effective(), 0);
	pvfeat_window_update(window, good);
	KUNIT_EXPECT_EQ(test, count_effective(), 1);

	endorse(test, good, false);
	KUNIT_EXPECT_EQ(test, count_effective(), 0);
	pvfeat_window_remove(window);
}

/* PVF-DRV-34: precedence is trusted, endorsed, allowed, in any order of addition */
static void trust_precedence(struct kunit *test)
{
	struct pvfeat_window *allowed, *endorsed, *trusted;
	struct pvfeat_table *t = new_table(test, 1);

	kunit_activate_static_stub(test, pvfeat_guest_kind, confidential_guest);
	pvfeat_windows_allow_untrusted(true);
	turn_on(t, PVFEAT_VTPM);
	endorse(test, t, true);
	allowed = add_with(test, &test_pci, false, PVFEAT_TRUSTED_TIME);
	endorsed = add_window(test, &test_pci, false, t);
	KUNIT_EXPECT_TRUE(test, pvfeat_has(PVFEAT_VTPM));
	KUNIT_EXPECT_EQ(test, count_effective(), 1);
	trusted = add_with(test, &test_pci, true, PVFEAT_ATTESTATION_REPORT);
	KUNIT_EXPECT_TRUE(test, pvfeat_has(PVFEAT_ATTESTATION_REPORT));
	KUNIT_EXPECT_EQ(test, count_effective(), 1);
	KUNIT_EXPECT_EQ(test, (int)endorsed->status, (int)PVFEAT_STATUS_UNUSED);
	endorse(test, t, false);
	pvfeat_window_remove(trusted);
	pvfeat_window_remove(endorsed);
	pvfeat_window_remove(allowed);
}

/* PVF-DRV-34: a function that becomes accepted does not displace the one in use */
static void trust_endorsed_last(struct kunit *test)
{
	struct pvfeat_table *a = new_table(test, 1), *b = new_table(test, 1);
	struct pvfeat_table *other = new_table(test, 1);
	struct pvfeat_window *first, *second;

	kunit_activate_static_stub(test, pvfeat_guest_kind, confidential_guest);
	turn_on(a, PVFEAT_VTPM);
	turn_on(b, PVFEAT_TRUSTED_TIME);
	turn_on(other, PVFEAT_ATTESTATION_REPORT);
	endorse(test, a, true);
	endorse(test, b, true);
	first = add_window(test, &test_pci, false, a);
	second = add_window(test, &test_pci, false, b);
	KUNIT_EXPECT_TRUE(test, pvfeat_has(PVFEAT_VTPM));
	pvfeat_window_update(first, other);
	KUNIT_EXPECT_TRUE(test, pvfeat_has(PVFEAT_TRUSTED_TIME));
	pvfeat_window_update(first, a);
	KUNIT_EXPECT_TRUE(test, pvfeat_has(PVFEAT_TRUSTED_TIME));
	KUNIT_EXPECT_EQ(test, count_effective(), 1);
	endorse(test, b, false);
	KUNIT_EXPECT_TRUE(test, pvfeat_has(PVFEAT_VTPM));
	endorse(test, b, true);
	KUNIT_EXPECT_TRUE(test, pvfeat_has(PVFEAT_VTPM));
	KUNIT_EXPECT_EQ(test, count_effective(), 1);
	endorse(test, a, false);
	endorse(test, b, false);
	pvfeat_window_remove(second);
	pvfeat_window_remove(first);
}

static void trust_endorsed_limit(struct kunit *test)
{
	u8 digest[PVFEAT_DIGEST_BYTES] = { 0 };
	unsigned int i;

	for (i = 0; i < PVFEAT_ENDORSED_MAX; i++) {
		digest[0] = i;
		KUNIT_EXPECT_EQ(test, pvfeat_windows_endorse(digest, PVFEAT_ORIGIN_SYSFS), 0);
		KUNIT_EXPECT_EQ(test, pvfeat_windows_endorse(digest, PVFEAT_ORIGIN_SYSFS), 0);
	}
	digest[0] = PVFEAT_ENDORSED_MAX;
	KUNIT_EXPECT_EQ(test, pvfeat_windows_endorse(digest, PVFEAT_ORIGIN_SYSFS), -ENOSPC);
	KUNIT_EXPECT_EQ(test, pvfeat_windows_revoke(digest), -ENOENT);
	while (digest[0]--)
		KUNIT_EXPECT_EQ(test, pvfeat_windows_revoke(digest), 0);
}

static void trust_digest_text(struct kunit *test)
{
	static const char text[] =
		"00112233445566778899AABBCCDDEEFF00112233445566778899aabbccddeeff";
	static const char prefixed[] =
		"0x112233445566778899AABBCCDDEEFF00112233445566778899aabbccddeeff";
	u8 digest[PVFEAT_DIGEST_BYTES];

	KUNIT_EXPECT_EQ(test, pvfeat_digest_parse(text, 64, digest), 0);
	KUNIT_EXPECT_EQ(test, (int)digest[0], 0);
	KUNIT_EXPECT_EQ(test, (int)digest[10], 0xaa);
	KUNIT_EXPECT_EQ(test, (int)digest[31], 0xff);
	KUNIT_EXPECT_EQ(test, pvfeat_digest_parse(text, 0, digest), -EINVAL);
	KUNIT_EXPECT_EQ(test, pvfeat_digest_parse(text, 63, digest), -EINVAL);
	KUNIT_EXPECT_EQ(test, pvfeat_digest_parse(text, 65, digest), -EINVAL);
	KUNIT_EXPECT_EQ(test, pvfeat_digest_parse(prefixed, 64, digest), -EINVAL);
}

/* PVF-DRV-46: the digest covers the words with GENERATION 0; its value: guest tests */
static void trust_digest_generation(struct kunit *test)
{
	struct pvfeat_table *t = new_table(test, 1);
	u8 first[PVFEAT_DIGEST_BYTES], second[PVFEAT_DIGEST_BYTES];

	KUNIT_ASSERT_TRUE(test, pvfeat_table_digest(t, first));
	t->words[PVFEAT_W_GENERATION] = 0xfffffffc;
	KUNIT_ASSERT_TRUE(test, pvfeat_table_digest(t, second));
	KUNIT_EXPECT_MEMEQ(test, first, second, sizeof(first));
	turn_on(t, PVFEAT_VTPM);
	KUNIT_ASSERT_TRUE(test, pvfeat_table_digest(t, second));
	KUNIT_EXPECT_MEMNEQ(test, first, second, sizeof(first));
}

static void trust_exit(struct kunit *test)
{
	pvfeat_windows_allow_untrusted(false);
	pvfeat_windows_set_policy(PVFEAT_POLICY_INTERSECT);
}

static struct kunit_case pvfeat_trust_cases[] = {
	KUNIT_CASE(trust_taint),
	KUNIT_CASE(trust_plain),
	KUNIT_CASE(trust_confidential),
	KUNIT_CASE(trust_unknown),
	KUNIT_CASE(trust_real),
	KUNIT_CASE(trust_no_veto),
	KUNIT_CASE(trust_later),
	KUNIT_CASE(trust_allowed),
	KUNIT_CASE(trust_allowed_first),
	KUNIT_CASE(trust_truth_table),
	KUNIT_CASE(trust_endorsed_change),
	KUNIT_CASE(trust_precedence),
	KUNIT_CASE(trust_endorsed_last),
	KUNIT_CASE(trust_endorsed_limit),
	KUNIT_CASE(trust_digest_text),
	KUNIT_CASE(trust_digest_generation),
	{}
};

static struct kunit_suite pvfeat_trust_suite = {
	.name = "pvfeat_trust",
	.exit = trust_exit,
	.test_cases = pvfeat_trust_cases,
};

kunit_test_suite(pvfeat_trust_suite);
