// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * "pvfeat doctor": whether what the paravisor reports is what this system shows.
 */
#include <errno.h>
#include <string.h>

#include "commands.h"
#include "doctor.h"
#include "output.h"

/* The effective set, or the only good window of what was read; NULL if there is none */
static const char *choose_set(const struct report *report, struct feature_set *set,
			      struct pvfeat_error *error)
{
	const struct view *view;
	size_t good;

	if (report->effective.present && !report->error.code) {
		*set = effective_features(&report->effective);
		return "effective";
	}
	good = report_good(report, &view);
	if (good) {
		*set = view_features(view);
		return view->name;
	}
	report_error(report, error);
	return NULL;
}

enum status cmd_doctor(const struct options *options, int argc, char **argv)
{
	enum status status = STATUS_DONE;
	struct diagnosis diagnosis;
	struct pvfeat_error error;
	struct feature_set set;
	struct report report;
	const char *name;
	size_t i;

	(void)argv;
	if (argc)
		return usage("doctor takes no arguments");
	report_collect(&report, &options->request);
	name = choose_set(&report, &set, &error);
	if (!name) {
		report_free(&report);
		return complain_of(&error);
	}
	if (strcmp(name, "effective"))
		warn_of_host();
	diagnose(&diagnosis, set);
	for (i = 0; i < diagnosis.nr; i++) {
		if (diagnosis.checks[i].finding == FINDING_CONTRADICTS)
			status = STATUS_OFF;
	}
	if (!options->json)
		show_diagnosis(&diagnosis, name);
	else if (!json_diagnosis(&diagnosis, name))
		status = STATUS_OUTPUT;
	report_free(&report);
	return status;
}
