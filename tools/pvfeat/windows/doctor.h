/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the running system shows of what a feature set reports.
 */
#ifndef DOCTOR_H
#define DOCTOR_H

#include "cpuid_window.h"
#include "report.h"

enum finding { FINDING_AGREES, FINDING_CONTRADICTS, FINDING_UNSEEN, NR_FINDINGS };

/**
 * struct check - a feature, compared with one thing that the system shows
 * @feature: number of the feature
 * @on: whether the set has it
 * @finding: the result; FINDING_UNSEEN if what the system shows permits both values
 * @shows: what the system shows, or why it cannot be seen
 */
struct check {
	unsigned int feature;
	bool on;
	enum finding finding;
	char shows[160];
};

/**
 * struct diagnosis - all checks
 * @nr: number of @checks
 * @checks: the checks
 * @isolated: whether Hyper-V reports isolation
 * @leaves: what it reports
 */
struct diagnosis {
	size_t nr;
	struct check checks[16];
	bool isolated;
	struct pvfeat_hyperv leaves;
};

void diagnose(struct diagnosis *diagnosis, struct feature_set set, __u32 mask);

#endif /* DOCTOR_H */
