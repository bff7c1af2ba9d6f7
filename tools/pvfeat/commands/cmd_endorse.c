// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * "pvfeat digest" and "pvfeat endorse": print the digests of tables, and endorse
 * digests. The kernel driver keeps the list of endorsed digests.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "output.h"

/* Print the digest of the table that the options describe */
static enum status digest_described(const struct options *options)
{
	struct pvfeat_table table = options->table;
	struct pvfeat_error error;
	char digest[DIGEST_TEXT];

	if (options->request.function || options->request.source != SOURCE_AUTO)
		return usage("digest: select a window or describe a table, not both");
	if (!table_complete(&table, &error))
		return complain_of(&error);
	table_digest(&table, digest);
	if (!options->json)
		puts(digest);
	else if (!json_digest("described", digest))
		return STATUS_OUTPUT;
	return STATUS_DONE;
}

enum status cmd_digest(const struct options *options, int argc, char **argv)
{
	enum status status = STATUS_DONE;
	struct pvfeat_error error;
	struct report report;
	size_t i;

	(void)argv;
	if (argc)
		return usage("digest takes no arguments");
	if (options->described)
		return digest_described(options);
	report_collect(&report, &options->request);
	if (report.nr && report.views->direct)
		warn_of_host();
	report_error(&report, &error);
	if (options->json) {
		if (!json_digests(&report))
			status = STATUS_OUTPUT;
	} else {
		for (i = 0; i < report.nr; i++) {
			if (*report.views[i].digest)
				printf("%s  %s\n", report.views[i].digest, report.views[i].name);
		}
	}
	if (error.code && !status)
		status = complain_of(&error);
	report_free(&report);
	return status;
}

/* Whether @text is 64 hexadecimal digits */
static bool is_digest(const char *text)
{
	return strspn(text, "0123456789abcdefABCDEF") == DIGEST_TEXT - 1 &&
	       strlen(text) == DIGEST_TEXT - 1;
}

/* Look up the digest of one of the driver's windows */
static bool window_digest(const char *name, char *digest, struct pvfeat_error *error)
{
	const struct request request = { SOURCE_SYSFS, NULL };
	struct report report;
	bool found = false;
	size_t i;

	report_collect(&report, &request);
	if (report.error.code)
		*error = report.error;
	else
		pvfeat_fail(error, ENODEV,
			    "'%s' is neither a window with a good table nor 64 hexadecimal digits",
			    name);
	for (i = 0; i < report.nr && !found; i++) {
		found = !strcmp(report.views[i].name, name) && *report.views[i].digest;
		if (found)
			memcpy(digest, report.views[i].digest, DIGEST_TEXT);
	}
	report_free(&report);
	return found;
}

static enum status write_endorse(const char *digest, bool revoke)
{
	char text[DIGEST_TEXT + 2];
	int fd, n, done;

	n = snprintf(text, sizeof(text), "%s%s\n", revoke ? "-" : "", digest);
	fd = open(EFFECTIVE "endorse", O_WRONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT) {
		complain("%s", driver_loaded() ?
			 "this version of the kernel driver does not support endorsements" :
			 driver_absent());
		return STATUS_NOTHING;
	}
	if (fd < 0) {
		complain("%s: %s", EFFECTIVE "endorse", strerror(errno));
		return STATUS_NOT_PERMITTED;
	}
	done = write(fd, text, n) == n ? 0 : errno;
	close(fd);
	if (!done)
		return STATUS_DONE;
	complain("%s", done == ENOSPC ? "the list of endorsed digests is full; revoke one" :
		 done == ENOENT ? "the digest is not endorsed" : strerror(done));
	return STATUS_OFF;
}

enum status cmd_endorse(const struct options *options, int argc, char **argv)
{
	char digest[DIGEST_TEXT];
	struct pvfeat_error error;
	enum status status;

	if (argc != 1)
		return usage("endorse: name a window, such as pci0, or a digest");
	if (is_digest(*argv))
		memcpy(digest, *argv, sizeof(digest));
	else if (!window_digest(*argv, digest, &error))
		return complain_of(&error);
	status = write_endorse(digest, options->revoke);
	if (!status && !options->quiet)
		printf("%s: %s\n", options->revoke ? "revoked" : "endorsed", digest);
	return status;
}
