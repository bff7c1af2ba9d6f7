// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Compare a feature set with what the running system exposes: the kernel's view of the
 * guest, the VMPL, TPMs, providers of attestation reports, Hyper-V's leaves.
 */
#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "doctor.h"
#include "sysfs.h"

#define TPMS		"/sys/class/tpm"
#define SEV		"/sys/devices/system/cpu/sev"
#define REPORTS		"/sys/kernel/config/tsm/report"

/* What the state of the system implies for the value of a feature */
enum implication { IMPLIES_NOTHING, IMPLIES_ON, IMPLIES_OFF };

__attribute__((format(printf, 3, 4)))
static void find(struct check *check, enum implication implication, const char *format, ...)
{
	va_list args;

	check->finding = implication == IMPLIES_NOTHING ? FINDING_UNSEEN :
			 (implication == IMPLIES_ON) == check->on ? FINDING_AGREES :
			 FINDING_CONTRADICTS;
	va_start(args, format);
	vsnprintf(check->shows, sizeof(check->shows), format, args);
	va_end(args);
}

static void check_confidential(struct check *check)
{
	switch (guest_kind()) {
	case GUEST_CONFIDENTIAL:
		find(check, IMPLIES_ON, "the guest is confidential");
		break;
	case GUEST_PLAIN:
		find(check, IMPLIES_NOTHING,
		     "the guest is not confidential, or its paravisor hides the TEE");
		break;
	default:
		find(check, IMPLIES_NOTHING, "it is unknown whether the guest is confidential");
	}
}

static void check_vmpl(struct check *check)
{
	char level[8];

	if (!read_text(SEV, "vmpl", level, sizeof(level)))
		find(check, IMPLIES_NOTHING, "the kernel exposes no VMPL");
	else if (!strcmp(level, "0"))
		find(check, IMPLIES_OFF, "the OS runs at VMPL 0, the most privileged level");
	else
		find(check, IMPLIES_NOTHING,
		     "the OS runs at VMPL %s, under an SVSM, which may leave the TEE's protocol to the OS",
		     level);
}

static int is_tpm(const struct dirent *entry)
{
	return !strncmp(entry->d_name, "tpm", 3) && strncmp(entry->d_name, "tpmrm", 5);
}

/* Only the driver of an SVSM's TPM indicates where the TPM is implemented */
static void check_tpm(struct check *check, const char *name)
{
	char folder[sizeof(TPMS) + 300], driver[64], version[8];

	snprintf(folder, sizeof(folder), TPMS "/%s", name);
	if (!read_text(folder, "tpm_version_major", version, sizeof(version)))
		snprintf(version, sizeof(version), "?");
	snprintf(folder, sizeof(folder), TPMS "/%s/device/driver", name);
	if (!link_name(folder, driver, sizeof(driver)))
		snprintf(driver, sizeof(driver), "unknown");
	if (!strcmp(driver, "tpm-svsm"))
		find(check, IMPLIES_ON, "%.16s is the TPM of an SVSM", name);
	else
		find(check, IMPLIES_NOTHING,
		     "%.16s is a TPM %s, driver %s; its provider cannot be determined", name,
		     version, driver);
}

/* Check the TPM of an SVSM if there is one, otherwise the first TPM */
static void check_vtpm(struct check *check)
{
	struct dirent **names;
	int n = scandir(TPMS, &names, is_tpm, versionsort), i;

	find(check, IMPLIES_NOTHING, "no TPM is registered; its driver may not be loaded");
	for (i = n - 1; i >= 0; i--) {
		if (check->finding == FINDING_UNSEEN)
			check_tpm(check, names[i]->d_name);
		free(names[i]);
	}
	if (n >= 0)
		free(names);
}

/* The kernel permits a folder for a report only if a provider is registered */
static void check_report(struct check *check)
{
	char folder[sizeof(REPORTS) + 32], provider[64];

	if (access(REPORTS, F_OK)) {
		find(check, IMPLIES_NOTHING, "%s: %s (modprobe tsm_report or tsm, and mount configfs)",
		     REPORTS, strerror(errno));
		return;
	}
	snprintf(folder, sizeof(folder), REPORTS "/pvfeat-%d", (int)getpid());
	if (mkdir(folder, 0700)) {
		if (errno == ENXIO)
			find(check, IMPLIES_NOTHING,
			     "no provider of attestation reports is registered; its driver may not be loaded");
		else
			find(check, IMPLIES_NOTHING, "%s: %s", folder, strerror(errno));
		return;
	}
	if (!read_text(folder, "provider", provider, sizeof(provider)))
		snprintf(provider, sizeof(provider), "unknown");
	rmdir(folder);
	find(check, IMPLIES_ON, "the kernel has attestation reports, provider %s", provider);
}

static struct check *add_check(struct diagnosis *diagnosis, struct feature_set set,
			       unsigned int feature)
{
	struct check *check = &diagnosis->checks[diagnosis->nr++];

	check->feature = feature;
	check->on = set_has(set, feature);
	return check;
}

/* Check each feature that the leaves can express */
static void check_hyperv(struct diagnosis *diagnosis, struct feature_set set)
{
	struct pvfeat_verdict verdict;
	struct pvfeat_table table;
	unsigned int feature;
	bool on;
	__u32 mask;

	mask = pvfeat_hyperv_translate(&diagnosis->leaves, &table);
	if (!pvfeat_table_check(&table, &verdict))
		return;
	for (feature = 0; feature < PVFEAT_BITS_PER_WORD; feature++) {
		if (!(mask >> feature & 1))
			continue;
		on = pvfeat_table_has(&table, feature);
		find(add_check(diagnosis, set, feature), on ? IMPLIES_ON : IMPLIES_OFF,
		     "Hyper-V's CPUID leaves report %s", on ? "on" : "off");
	}
}

/**
 * diagnose - compare a feature set with what the system exposes
 * @diagnosis: filled in
 * @set: the set
 * @mask: 0; for a translation, the features of word 0 that it can express
 *
 * Creates and removes a folder for an attestation report, if the caller is root.
 */
void diagnose(struct diagnosis *diagnosis, struct feature_set set, __u32 mask)
{
	static const struct {
		unsigned int feature;
		void (*run)(struct check *check);
	} checks[] = {
		{ PVFEAT_CONFIDENTIAL, check_confidential },
		{ PVFEAT_PARAVISOR_MANAGED, check_vmpl },
		{ PVFEAT_ATTESTATION_REPORT, check_report },
		{ PVFEAT_VTPM, check_vtpm },
	};
	size_t i;

	memset(diagnosis, 0, sizeof(*diagnosis));
	diagnosis->isolated = cpuid_hyperv(&diagnosis->leaves);
	for (i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		if (!mask || mask >> checks[i].feature & 1)
			checks[i].run(add_check(diagnosis, set, checks[i].feature));
	}
	/* A translation was made from these leaves and always agrees with them */
	if (diagnosis->isolated && !mask)
		check_hyperv(diagnosis, set);
}
