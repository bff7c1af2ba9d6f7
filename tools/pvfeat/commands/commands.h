/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The options of the command line, and the functions that the commands share.
 */
#ifndef COMMANDS_H
#define COMMANDS_H

#include "report.h"
#include "status.h"

enum color { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

/**
 * struct options - the options of the command line
 * @request: --source, --device
 * @function: the address given by --device, in full
 * @color: --color
 * @json: --json
 * @quiet: --quiet
 * @count: --count, or 0
 * @change: --change, or NULL
 * @no_writes: --no-writes
 * @dump: --dump, or NULL
 * @bar: --bar, or NULL
 * @allow_untrusted: --allow-untrusted
 * @revoke: --revoke
 * @described: whether options describe @table
 * @table: the table that --features, --tee and so on describe
 */
struct options {
	struct request request;
	char function[24];
	enum color color;
	bool json;
	bool quiet;
	unsigned long count;
	const char *change;
	bool no_writes;
	const char *dump;
	const char *bar;
	bool allow_untrusted;
	bool revoke;
	bool described;
	struct pvfeat_table table;
};

/* Print an error in the command line; returns STATUS_USAGE */
enum status usage(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

/* Print an error or a warning, as one line on standard error */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* In a confidential guest, warn that the host provides mappings of user space */
void warn_of_host(void);

/* The exit status for an error's errno value */
enum status status_of(int code);

/* Print an error; returns the exit status for it */
enum status complain_of(const struct pvfeat_error *error);

/* Print the errors of each window and of the search for windows */
void complain_of_report(const struct report *report);

enum status cmd_show(const struct options *options, int argc, char **argv);
enum status cmd_has(const struct options *options, int argc, char **argv);
enum status cmd_list(const struct options *options, int argc, char **argv);
enum status cmd_doctor(const struct options *options, int argc, char **argv);
enum status cmd_digest(const struct options *options, int argc, char **argv);
enum status cmd_endorse(const struct options *options, int argc, char **argv);
enum status cmd_watch(const struct options *options, int argc, char **argv);
enum status cmd_conformance(const struct options *options, int argc, char **argv);

#endif /* COMMANDS_H */
