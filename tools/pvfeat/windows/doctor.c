// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the running system shows of what a feature set reports: the kernel's view of the
 * guest, VMPL, TPMs, providers of attestation reports, Hyper-V's leaves.
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

const char *const finding_names[] = {
	[FINDING_AGREES] = "agrees",
	[FINDING_CONTRADICTS] = "contradicts",
	[FINDING_UNSEEN] = "unseen",
};

__attribute__((format(printf, 3, 4)))
static void find(struct check *check, enum finding finding, const char *format, ...)
{
	va_list args;

	check->finding = finding;
	va_start(args, format);
	vsnprintf(check->shows, sizeof(check->shows), format, args);
	va_end(args);
}

static void check_confidential(struct check *check)
{
	switch (guest_kind()) {
	case GUEST_CONFIDENTIAL:
		find(check, check->on ? FINDING_AGREES : FINDING_CONTRADICTS,
		     "the guest is confidential");
		break;
	case GUEST_PLAIN:
		find(check, check->on ? FINDING_UNSEEN : FINDING_AGREES,
		     "the guest is plain%s", check->on ? ", unless a paravisor hides the TEE" : "");
		break;
	default:
		find(check, FINDING_UNSEEN, "whether the guest is confidential is not known");
	}
}

/* An SVSM can be there without running the TEE's protocol for the OS */
static void check_vmpl(struct check *check)
{
	char level[8];

	if (!read_text(SEV, "vmpl", level, sizeof(level)))
		find(check, FINDING_UNSEEN, "the kernel exposes no VMPL");
	else if (!strcmp(level, "0"))
		find(check, check->on ? FINDING_CONTRADICTS : FINDING_AGREES,
		     "the OS runs at VMPL 0, the most privileged one");
	else
		find(check, check->on ? FINDING_AGREES : FINDING_UNSEEN,
		     "the OS runs at VMPL %s, under an SVSM", level);
}

static int is_tpm(const struct dirent *entry)
{
	return !strncmp(entry->d_name, "tpm", 3) && strncmp(entry->d_name, "tpmrm", 5);
}

/* The first TPM. That of an SVSM is the paravisor's; others do not show whose they are. */
static void check_vtpm(struct check *check)
{
	char folder[sizeof(TPMS) + 300], driver[64] = "", version[8];
	struct dirent **names;
	int n = scandir(TPMS, &names, is_tpm, versionsort), i;

	if (n <= 0) {
		find(check, check->on ? FINDING_UNSEEN : FINDING_AGREES, "no TPM is registered%s",
		     check->on ? "; its driver may not be loaded" : "");
	} else {
		snprintf(folder, sizeof(folder), TPMS "/%s", names[0]->d_name);
		if (!read_text(folder, "tpm_version_major", version, sizeof(version)))
			snprintf(version, sizeof(version), "?");
		snprintf(folder, sizeof(folder), TPMS "/%s/device/driver", names[0]->d_name);
		link_name(folder, driver, sizeof(driver));
		find(check, check->on ? FINDING_AGREES :
		     !strcmp(driver, "tpm-svsm") ? FINDING_CONTRADICTS : FINDING_UNSEEN,
		     "%.16s is a TPM %s, driver %s%s", names[0]->d_name, version,
		     *driver ? driver : "unknown", check->on ? "" : "; whose it is cannot be seen");
		if (check->finding == FINDING_CONTRADICTS)
			find(check, FINDING_CONTRADICTS, "%.16s is the TPM of an SVSM",
			     names[0]->d_name);
	}
	for (i = 0; i < n; i++)
		free(names[i]);
	if (n >= 0)
		free(names);
}

/* A report's folder has its provider, and can be made only if there is one */
static void check_report(struct check *check)
{
	char folder[64], provider[64];

	snprintf(folder, sizeof(folder), REPORTS "/pvfeat-%d", (int)getpid());
	if (access(REPORTS, F_OK)) {
		find(check, FINDING_UNSEEN, "%s is not there (modprobe tsm_report, and mount configfs)",
		     REPORTS);
	} else if (!mkdir(folder, 0700)) {
		if (!read_text(folder, "provider", provider, sizeof(provider)))
			snprintf(provider, sizeof(provider), "unknown");
		rmdir(folder);
		find(check, check->on ? FINDING_AGREES : FINDING_CONTRADICTS,
		     "the kernel has attestation reports, provider %s", provider);
	} else if (errno == EACCES || errno == EPERM || errno == EROFS) {
		find(check, FINDING_UNSEEN, "%s: %s", REPORTS, strerror(errno));
	} else {
		find(check, check->on ? FINDING_UNSEEN : FINDING_AGREES,
		     "the kernel has no provider of attestation reports%s",
		     check->on ? "; its driver may not be loaded" : "");
	}
}

static void add_check(struct diagnosis *diagnosis, struct feature_set set, unsigned int feature,
		      void (*run)(struct check *check))
{
	struct check *check = &diagnosis->checks[diagnosis->nr++];

	check->feature = feature;
	check->on = set_has(set, feature);
	if (run)
		run(check);
}

/* Each feature that the leaves can express */
static void check_hyperv(struct diagnosis *diagnosis, struct feature_set set)
{
	struct pvfeat_table table;
	struct check *check;
	unsigned int feature;
	__u32 mask;

	diagnosis->isolated = cpuid_hyperv(&diagnosis->leaves);
	if (!diagnosis->isolated)
		return;
	mask = pvfeat_hyperv_translate(&diagnosis->leaves, &table);
	for (feature = 0; feature < PVFEAT_BITS_PER_WORD; feature++) {
		if (!(mask >> feature & 1))
			continue;
		add_check(diagnosis, set, feature, NULL);
		check = &diagnosis->checks[diagnosis->nr - 1];
		find(check, pvfeat_table_has(&table, feature) == check->on ?
		     FINDING_AGREES : FINDING_CONTRADICTS, "Hyper-V's CPUID leaves report %s",
		     pvfeat_table_has(&table, feature) ? "on" : "off");
	}
}

/**
 * diagnose - compare a feature set with what the system shows
 * @diagnosis: filled in
 * @set: the set
 *
 * Nothing is changed. As root, a folder for an attestation report is made and removed.
 */
void diagnose(struct diagnosis *diagnosis, struct feature_set set)
{
	memset(diagnosis, 0, sizeof(*diagnosis));
	add_check(diagnosis, set, PVFEAT_CONFIDENTIAL, check_confidential);
	add_check(diagnosis, set, PVFEAT_PARAVISOR_MANAGED, check_vmpl);
	add_check(diagnosis, set, PVFEAT_ATTESTATION_REPORT, check_report);
	add_check(diagnosis, set, PVFEAT_VTPM, check_vtpm);
	check_hyperv(diagnosis, set);
}
