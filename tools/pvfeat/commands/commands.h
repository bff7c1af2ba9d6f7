/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The options of the command line, and functions that the commands share.
 */
#ifndef COMMANDS_H
#define COMMANDS_H

#include "report.h"
#include "status.h"

enum color { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

/**
 * struct options - the options of the command line
 * @request: --source, --device
 * @function: the address of --device, in full
 * @color: --color
 * @json: --json
 * @quiet: --quiet
 * @count: --count, 0 without
 * @change: --change, or NULL
 * @no_writes: --no-writes
 * @allow_untrusted: --allow-untrusted
 * @revoke: --revoke
 * @described: whether @table is described
 * @table: --features, --tee and so on: a table that is described
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
	bool allow_untrusted;
	bool revoke;
	bool described;
	struct pvfeat_table table;
};

/* Print what is wrong with the command line; returns STATUS_USAGE */
enum status usage(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

/* Print one line of trouble */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* In a confidential guest, warn that the host provides what user space maps */
void warn_of_host(void);

/* The exit status for an error's code */
enum status status_of(int code);

/* Print what failed; returns the exit status for it */
enum status complain_of(const struct pvfeat_error *error);

/* Print what went wrong with each window, and with the search for windows */
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
