// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * "pvfeat doctor": compare the reported features with what this system exposes.
 */
#include <errno.h>
#include <string.h>

#include "commands.h"
#include "doctor.h"
#include "output.h"

/* A feature set to check, its name, and its mask if it is a translation */
struct subject {
	const char *name;
	struct feature_set set;
	__u32 mask;
};

/*
 * Choose the effective set, or a window if one is selected or the driver is not
 * loaded
 */
static bool choose_subject(const struct options *options, const struct report *report,
			   struct subject *subject, struct pvfeat_error *error)
{
	const struct view *view = NULL;
	size_t i;

	if (!report->effective.present || options->request.function) {
		if (!report_good(report, &view)) {
			report_error(report, error);
			return false;
		}
		*subject = (struct subject){ view->name, view_features(view), view->mask };
		return true;
	}
	for (i = 0; i < report->nr; i++) {
		if (!strcmp(report->views[i].name, report->effective.reference))
			view = &report->views[i];
	}
	if (!view)
		return pvfeat_fail(error, ENODEV,
				   "no window contributes; select one with --device or --source");
	*subject = (struct subject){ "effective", effective_features(&report->effective),
				     view->mask };
	return true;
}

enum status cmd_doctor(const struct options *options, int argc, char **argv)
{
	enum status status = STATUS_DONE;
	struct diagnosis diagnosis;
	struct pvfeat_error error;
	struct subject subject = { "effective", { 0 }, 0 };
	struct report report;
	size_t i;

	(void)argv;
	if (argc)
		return usage("doctor takes no arguments");
	report_collect(&report, &options->request);
	if (!choose_subject(options, &report, &subject, &error)) {
		report_free(&report);
		return complain_of(&error);
	}
	if (strcmp(subject.name, "effective"))
		warn_of_host();
	complain_of_report(&report);
	diagnose(&diagnosis, subject.set, subject.mask);
	for (i = 0; i < diagnosis.nr; i++) {
		if (diagnosis.checks[i].finding == FINDING_CONTRADICTS)
			status = STATUS_OFF;
	}
	if (!options->json)
		show_diagnosis(&diagnosis, subject.name);
	else if (!json_diagnosis(&diagnosis, subject.name))
		status = STATUS_OUTPUT;
	report_free(&report);
	return status;
}
