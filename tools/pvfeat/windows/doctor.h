/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Compare a feature set with what the running system exposes.
 */
#ifndef DOCTOR_H
#define DOCTOR_H

#include "cpuid_window.h"
#include "report.h"

enum finding { FINDING_AGREES, FINDING_CONTRADICTS, FINDING_UNSEEN, NR_FINDINGS };

/**
 * struct check - a feature, compared with one aspect of the system
 * @feature: number of the feature
 * @on: whether the set has the feature
 * @finding: the result; FINDING_UNSEEN if the system's state permits both values
 * @shows: the system's state, or why it cannot be determined
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
 * @leaves: Hyper-V's leaves, if it does
 */
struct diagnosis {
	size_t nr;
	struct check checks[16];
	bool isolated;
	struct pvfeat_hyperv leaves;
};

void diagnose(struct diagnosis *diagnosis, struct feature_set set, __u32 mask);

#endif /* DOCTOR_H */
