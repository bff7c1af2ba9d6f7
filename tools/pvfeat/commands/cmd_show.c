// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * "pvfeat show" and "pvfeat list": print the windows, and the features that have a name.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "commands.h"
#include "output.h"

/* Width of the output in columns; 0 if it is unlimited */
static unsigned int line_width(void)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;

	if (columns && atoi(columns) > 0)
		return atoi(columns);
	if (!isatty(STDOUT_FILENO))
		return 0;
	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_col)
		return size.ws_col;
	return 80;
}

static bool use_color(const struct options *options)
{
	const char *term = getenv("TERM"), *no_color = getenv("NO_COLOR");

	if (options->color != COLOR_AUTO)
		return options->color == COLOR_ALWAYS;
	return isatty(STDOUT_FILENO) && !(no_color && *no_color) &&
	       term && strcmp(term, "dumb");
}

enum status cmd_show(const struct options *options, int argc, char **argv)
{
	const struct view *good;
	struct pvfeat_error error;
	struct report report;
	enum status status;
	bool printed = true;

	(void)argv;
	if (argc)
		return usage("show takes no arguments");
	report_collect(&report, &options->request);
	report_error(&report, &error);
	if (options->json)
		printed = json_report(&report);
	else if (report.nr)
		show_report(&report, line_width(), use_color(options));
	complain_of_report(&report);
	status = report_good(&report, &good) ? STATUS_DONE : status_of(error.code);
	report_free(&report);
	return printed ? status : STATUS_OUTPUT;
}

enum status cmd_list(const struct options *options, int argc, char **argv)
{
	(void)argv;
	if (argc)
		return usage("list takes no arguments");
	if (options->json)
		return json_registry() ? STATUS_DONE : STATUS_OUTPUT;
	show_registry();
	return STATUS_DONE;
}
