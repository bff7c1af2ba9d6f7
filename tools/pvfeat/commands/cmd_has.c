// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * "pvfeat has": print whether features are on. The exit status is the answer.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "output.h"
#include "parse.h"

/* Whether the features of a window cannot be relied on; fills in the reason */
static bool is_untrusted(const struct report *report, const struct view *view,
			 struct pvfeat_error *error)
{
	if (!view->direct && strcmp(view->status, "untrusted") &&
	    view->trust != TRUST_ENDORSED)
		return false;
	if (!view->direct && view->trust == TRUST_ENDORSED)
		/* The host can change the table between the reads of the driver's files */
		pvfeat_fail(error, EKEYREJECTED,
			    "%s is endorsed by its content, which the host can change: use the effective set, without --device",
			    view->name);
	else if (!view->direct)
		pvfeat_fail(error, EKEYREJECTED,
			    "%s is untrusted, its features are ignored", view->name);
	else if (report->guest == GUEST_CONFIDENTIAL)
		pvfeat_fail(error, EKEYREJECTED,
			    "%s: host-provided mapping, and this guest is confidential: use the driver (modprobe pvfeat) or --allow-untrusted",
			    view->name);
	else if (report->guest == GUEST_UNKNOWN)
		pvfeat_fail(error, EKEYREJECTED,
			    "%s: host-provided mapping, and it is unknown whether this guest is confidential: use the driver (modprobe pvfeat) or --allow-untrusted",
			    view->name);
	else
		return false;
	return true;
}

/*
 * Get the features of the effective set, or of the window that the user selects. The
 * features of an untrusted window are ignored (PVF-DRV-42).
 */
static bool get_features(const struct options *options, struct report *report,
			 struct feature_set *set, struct pvfeat_error *error)
{
	const bool sysfs = asks_driver(&options->request);
	const struct view *view;
	size_t good;

	memset(report, 0, sizeof(*report));
	if (sysfs && !driver_loaded())
		return pvfeat_fail(error, ENODEV,
				   "%s; name a window that you trust with --source",
				   driver_absent());
	if (sysfs && !options->request.function) {
		if (!effective_words(&report->effective))
			return pvfeat_fail(error, ENODEV, "the kernel driver was removed");
		*set = effective_features(&report->effective);
		return true;
	}
	report_collect(report, &options->request);
	good = report_good(report, &view);
	if (good > 1)
		return pvfeat_fail(error, EINVAL,
				   "%zu functions have a table: name one with --device",
				   good);
	if (!good) {
		report_error(report, error);
		return false;
	}
	if (!options->allow_untrusted && is_untrusted(report, view, error))
		return false;
	*set = view_features(view);
	return true;
}

enum status cmd_has(const struct options *options, int argc, char **argv)
{
	enum status status = STATUS_DONE;
	struct pvfeat_error error = { 0 };
	char label[PVFEAT_FEATURE_LABEL];
	struct feature_set set = { 0 };
	unsigned int *features;
	struct report report;
	bool *on;
	int i;

	if (!argc)
		return usage("has: name a feature, such as attestation-report or 13");
	features = calloc(argc, sizeof(*features));
	on = calloc(argc, sizeof(*on));
	if (!features || !on)
		abort();
	for (i = 0; i < argc && !status; i++)
		if (!parse_feature(argv[i], &features[i], &error))
			status = usage("%s", error.text);
	if (status) {
		free(features);
		free(on);
		return status;
	}

	if (!get_features(options, &report, &set, &error))
		status = complain_of(&error);
	for (i = 0; i < argc && status <= STATUS_OFF; i++) {
		on[i] = set_has(set, features[i]);
		if (!on[i])
			status = STATUS_OFF;
	}
	if (status <= STATUS_OFF && options->json) {
		if (!json_answers(features, on, argc))
			status = STATUS_OUTPUT;
	} else if (status <= STATUS_OFF && !options->quiet) {
		for (i = 0; i < argc; i++)
			printf("%s: %s\n", pvfeat_feature_label(features[i], label,
								sizeof(label)),
			       on[i] ? "on" : "off");
	}
	report_free(&report);
	free(features);
	free(on);
	return status;
}
