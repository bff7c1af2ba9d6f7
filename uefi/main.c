// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pvfeat.efi: the tool's commands show, has, list and digest before an OS runs, and the
 * measurement of tables.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <efi.h>
#include <efilib.h>
#include <efishell.h>

#include "measure.h"
#include "output.h"
#include "parse.h"
#include "pci.h"
#include "status.h"

/* Words of the command line, at most */
#define ARGUMENTS_MAX	64

/**
 * struct options - the options of the command line
 * @device: --device, in full, or empty
 * @pcr: --pcr
 * @allow_untrusted: --allow-untrusted
 */
struct options {
	char device[24];
	unsigned int pcr;
	bool allow_untrusted;
};

struct command {
	const char *name, *arguments, *what;
	enum status (*run)(const struct options *options, int argc, char **argv);
};

/* The status for the loader or the shell; none of the failures is a mere warning */
static const EFI_STATUS statuses[] = {
	[STATUS_DONE] = EFI_SUCCESS,
	[STATUS_OFF] = EFI_UNSUPPORTED,
	[STATUS_USAGE] = EFI_INVALID_PARAMETER,
	[STATUS_NOTHING] = EFI_NOT_FOUND,
	[STATUS_BAD_TABLE] = EFI_COMPROMISED_DATA,
	[STATUS_NOT_PERMITTED] = EFI_ACCESS_DENIED,
	[STATUS_OUTPUT] = EFI_DEVICE_ERROR,
	[STATUS_UNTRUSTED] = EFI_SECURITY_VIOLATION,
};

static enum status complain(enum status status, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static enum status complain(enum status status, const char *format, ...)
{
	va_list args;

	printf("pvfeat: ");
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	return status;
}

static enum status status_of(int code)
{
	switch (code) {
	case 0:
		return STATUS_DONE;
	case EINVAL:
		return STATUS_USAGE;
	case EBADMSG:
	case EAGAIN:
	case ENXIO:
		return STATUS_BAD_TABLE;
	case EIO:
		return STATUS_OUTPUT;
	default:
		return STATUS_NOTHING;
	}
}

/* ---- reading the windows ----------------------------------------------------- */

/* Read the window of one function; return false if the function has no locator */
static bool read_window(struct view *view, const struct pci_entry *entry, enum trust trust)
{
	struct pvfeat_function *f = pci_open(entry);
	bool carries;

	if (!f)
		abort();
	memset(view, 0, sizeof(*view));
	memcpy(view->name, entry->name, sizeof(view->name));
	memcpy(view->function, entry->name, sizeof(view->function));
	view->trust = trust;
	view->direct = true;
	carries = pvfeat_locate(f, &view->error);
	if (carries && f->ops->map(f, f->locator.bar, &view->error) &&
	    pvfeat_snapshot(f, &view->table, &view->error))
		table_digest(&view->table, view->digest);
	carries |= view->error.code == EBADMSG;
	pvfeat_close(f);
	return carries;
}

/* Read the windows of all functions, or of the one that the user names */
static void collect(struct report *report, const struct options *options)
{
	const enum trust trust = measure_tee() ? TRUST_NO : TRUST_UNKNOWN;
	struct pci_entry *list;
	size_t nr, i;

	memset(report, 0, sizeof(*report));
	nr = pci_list(&list, &report->error);
	report->views = calloc(nr + 1, sizeof(*report->views));
	if (!report->views)
		abort();
	for (i = 0; i < nr; i++) {
		const bool named = !strcmp(list[i].name, options->device);

		if ((!*options->device || named) &&
		    (read_window(&report->views[report->nr], &list[i], trust) || named))
			report->nr++;
	}
	free(list);
	if (nr && !report->nr && *options->device)
		pvfeat_fail(&report->error, ENODEV, "%s: there is no such function",
			    options->device);
	else if (nr && !report->nr)
		pvfeat_fail(&report->error, ENODEV, "no PCI function carries a feature table");
}

/* Print the errors; return the status of the first one if no table is good */
static enum status complain_of(const struct report *report)
{
	enum status status = report->error.code ?
			     complain(status_of(report->error.code), "%s", report->error.text) :
			     STATUS_DONE;
	const struct view *good;
	size_t i;

	for (i = 0; i < report->nr; i++) {
		const struct view *view = &report->views[i];

		if (view->error.code) {
			complain(STATUS_DONE, "%s: %s", view->name, view->error.text);
			status = status ?: status_of(view->error.code);
		}
	}
	return report_good(report, &good) ? STATUS_DONE : status;
}

/* ---- commands ---------------------------------------------------------------- */

static unsigned int console_width(void)
{
	UINTN columns = 0, rows;

	if (EFI_ERROR(ST->ConOut->QueryMode(ST->ConOut, ST->ConOut->Mode->Mode, &columns, &rows)))
		return 0;
	return columns;
}

static enum status show(const struct options *options, int argc, char **argv)
{
	const char *tee = measure_tee();
	const struct view *good;
	struct report report;
	enum status status;

	(void)argc;
	(void)argv;
	collect(&report, options);
	if (report_good(&report, &good)) {
		if (tee)
			printf("Paravisor: firmware reports a confidential guest (%s); it does not report\n"
			       "whether the paravisor or the host provides these windows.\n", tee);
		else
			printf("Paravisor: firmware does not report whether this guest is confidential, so it\n"
			       "is unknown which windows are trusted.\n");
		show_windows(&report, console_width(), false);
	}
	status = complain_of(&report);
	free(report.views);
	return status;
}

/* Find the only good table */
static const struct view *only_table(const struct report *report, enum status *status)
{
	const struct view *found;
	size_t good;

	*status = complain_of(report);
	good = report_good(report, &found);
	if (good > 1) {
		*status = complain(STATUS_USAGE,
				   "%u functions have a table: name one with --device",
				   (unsigned int)good);
		return NULL;
	}
	return found;
}

static enum status has(const struct options *options, int argc, char **argv)
{
	char label[PVFEAT_FEATURE_LABEL];
	unsigned int features[ARGUMENTS_MAX];
	struct pvfeat_error error = { 0 };
	const struct view *view;
	struct report report;
	enum status status;
	int i;

	if (!argc)
		return complain(STATUS_USAGE,
				"has: name a feature, such as attestation-report or 13");
	for (i = 0; i < argc; i++) {
		if (!parse_feature(argv[i], &features[i], &error))
			return complain(STATUS_USAGE, "%s", error.text);
	}
	collect(&report, options);
	view = only_table(&report, &status);
	/* Section 10: firmware that cannot detect a confidential guest acts on no service */
	if (view && !options->allow_untrusted)
		status = complain(STATUS_UNTRUSTED,
				  "%s: %s: use --allow-untrusted if you know that the host is trusted",
				  view->name, view->trust == TRUST_NO ?
				  "this guest is confidential, and the host may provide the table" :
				  "it is unknown whether this guest is confidential");
	for (i = 0; view && options->allow_untrusted && i < argc; i++) {
		const bool on = pvfeat_table_has(&view->table, features[i]);

		printf("%s: %s\n", pvfeat_feature_label(features[i], label, sizeof(label)),
		       on ? "on" : "off");
		if (!on)
			status = STATUS_OFF;
	}
	free(report.views);
	return status;
}

static enum status digest(const struct options *options, int argc, char **argv)
{
	struct report report;
	enum status status;
	size_t i;

	(void)argc;
	(void)argv;
	collect(&report, options);
	for (i = 0; i < report.nr; i++) {
		if (*report.views[i].digest)
			printf("%s  %s\n", report.views[i].digest, report.views[i].name);
	}
	status = complain_of(&report);
	free(report.views);
	return status;
}

static enum status measure(const struct options *options, int argc, char **argv)
{
	struct pvfeat_error error = { 0 };
	struct report report;
	enum status status;
	size_t i;

	(void)argc;
	(void)argv;
	collect(&report, options);
	status = complain_of(&report);
	for (i = 0; i < report.nr && !error.code; i++) {
		const struct view *view = &report.views[i];

		if (view->table.nr &&
		    !measure_table(&view->table, options->pcr, view->name, &error))
			status = complain(status_of(error.code), "%s: %s", view->name, error.text);
	}
	free(report.views);
	return status;
}

static enum status list(const struct options *options, int argc, char **argv)
{
	(void)options;
	(void)argc;
	(void)argv;
	show_registry();
	return STATUS_DONE;
}

static const struct command commands[] = {
	{ "show", "", "Print the windows and their features (default)", show },
	{ "has", "FEATURE...", "Return success if all features are on", has },
	{ "digest", "", "Print the digest of each table", digest },
	{ "measure", "", "Measure each table into the TPM or the measurement registers", measure },
	{ "list", "", "Print the features that have a name", list },
};

/* ---- the command line -------------------------------------------------------- */

static enum status help(void)
{
	size_t i;

	puts("Usage: pvfeat.efi [OPTION]... [COMMAND [ARGUMENT]...]\n"
	     "Print the features that this guest's paravisor offers, from the PCI functions\n"
	     "that carry its feature table.\n"
	     "\n"
	     "Commands:");
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		printf("  %-7s %-10s  %s\n", commands[i].name, commands[i].arguments,
		       commands[i].what);
	printf("\n"
	       "Options:\n"
	       "  -d, --device=ADDRESS   Read only the function at\n"
	       "                         [SEGMENT:]BUS:DEVICE.FUNCTION\n"
	       "      --allow-untrusted  Answer even if the host may have written the answer (has)\n"
	       "      --pcr=NUMBER       Measure into this PCR, 0 to %u (default %u)\n"
	       "  -h, --help             Print this help\n"
	       "  -V, --version          Print the version\n"
	       "\n"
	       "Status, as %%lasterror%% in the UEFI shell, without its highest bit:\n"
	       "  0x0   Success; all features are on\n"
	       "  0x3   A feature is off (unsupported)\n"
	       "  0x2   The command line is wrong (invalid parameter)\n"
	       "  0xE   There is nothing to read, or to measure into (not found)\n"
	       "  0x21  There is no good table (compromised data)\n"
	       "  0x7   The table could not be measured (device error)\n"
	       "  0x1A  The host may have written the answer (security violation)\n",
	       MEASURE_PCR_MAX, MEASURE_PCR);
	return STATUS_DONE;
}

/**
 * struct words - the words of the command line that were not parsed yet
 * @argc: their number
 * @argv: the words
 */
struct words {
	int argc;
	char **argv;
};

/* The value of the option @name, after "=" or in the next word; NULL if @word is not that */
static const char *value_of(const char *word, const char *name, struct words *rest)
{
	const size_t n = strlen(name);

	if (strncmp(word, name, n))
		return NULL;
	if (word[n] == '=')
		return word + n + 1;
	if (word[n] || !rest->argc)
		return NULL;
	rest->argc--;
	return *rest->argv++;
}

/* Apply an option; return STATUS_USAGE after printing an error */
static enum status take_option(struct options *options, const char *word, struct words *rest)
{
	const char *value;
	char *end;

	if (!strcmp(word, "--allow-untrusted")) {
		options->allow_untrusted = true;
		return STATUS_DONE;
	}
	value = value_of(word, "--device", rest) ?: value_of(word, "-d", rest);
	if (value) {
		if (parse_address(value, options->device, sizeof(options->device)))
			return STATUS_DONE;
		return complain(STATUS_USAGE,
				"'%s' is not a PCI address; the format is [SEGMENT:]BUS:DEVICE.FUNCTION",
				value);
	}
	value = value_of(word, "--pcr", rest);
	if (value) {
		options->pcr = strtoul(value, &end, 10);
		if (*value && !*end && end - value <= 2 && options->pcr <= MEASURE_PCR_MAX)
			return STATUS_DONE;
		return complain(STATUS_USAGE, "--pcr must be a number from 0 to %u, not '%s'",
				MEASURE_PCR_MAX, value);
	}
	return complain(STATUS_USAGE, "unknown option '%s', or its value is missing; see --help",
			word);
}

static enum status run(int argc, char **argv)
{
	struct options options = { .pcr = MEASURE_PCR };
	struct words rest = { argc, argv };
	char *words[ARGUMENTS_MAX] = { "show" };
	int nr = 0;
	size_t i;

	if (argc > ARGUMENTS_MAX)
		return complain(STATUS_USAGE, "there are more than %u arguments", ARGUMENTS_MAX);
	while (rest.argc) {
		char *word = *rest.argv++;

		rest.argc--;
		if (!strcmp(word, "-h") || !strcmp(word, "--help"))
			return help();
		if (!strcmp(word, "-V") || !strcmp(word, "--version")) {
			printf("pvfeat %s, feature table %d.%d\n", VERSION, PVFEAT_VERSION_MAJOR,
			       PVFEAT_VERSION_MINOR);
			return STATUS_DONE;
		}
		if (*word != '-')
			words[nr++] = word;
		else if (take_option(&options, word, &rest))
			return STATUS_USAGE;
	}
	if (!strcmp(words[0], "help"))
		return help();
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(words[0], commands[i].name))
			continue;
		if (nr > 1 && !*commands[i].arguments)
			return complain(STATUS_USAGE, "%s takes no arguments", words[0]);
		return commands[i].run(&options, nr ? nr - 1 : 0, words + 1);
	}
	return complain(STATUS_USAGE, "there is no command '%s'; see --help", words[0]);
}

/* Convert a word to ASCII; other characters become '?', which no argument contains */
static char *to_ascii(const CHAR16 *word, size_t n)
{
	char *text = calloc(n + 1, 1);
	size_t i;

	if (!text)
		abort();
	for (i = 0; i < n; i++)
		text[i] = word[i] > ' ' && word[i] < 0x7f ? word[i] : '?';
	return text;
}

/* The arguments from a shell, without the program's name; false if there is no shell */
static bool shell_arguments(EFI_HANDLE image, int *argc, char **argv)
{
	EFI_GUID guid = EFI_SHELL_PARAMETERS_PROTOCOL_GUID;
	EFI_SHELL_PARAMETERS_PROTOCOL *shell;
	VOID *protocol;
	UINTN i;

	if (EFI_ERROR(BS->HandleProtocol(image, &guid, &protocol)))
		return false;
	shell = protocol;
	for (i = 1; i < shell->Argc && *argc <= ARGUMENTS_MAX; i++)
		argv[(*argc)++] = to_ascii(shell->Argv[i], StrLen(shell->Argv[i]));
	return true;
}

/* The arguments from a loader: the words of the load options (-append of QEMU) */
static void loader_arguments(EFI_HANDLE image, int *argc, char **argv)
{
	EFI_GUID guid = EFI_LOADED_IMAGE_PROTOCOL_GUID;
	EFI_LOADED_IMAGE *loaded;
	const CHAR16 *text;
	UINTN n, i, start;
	VOID *protocol;

	if (EFI_ERROR(BS->HandleProtocol(image, &guid, &protocol)))
		return;
	loaded = protocol;
	text = loaded->LoadOptions;
	n = text ? loaded->LoadOptionsSize / sizeof(*text) : 0;
	for (i = 0; i < n && text[i] && *argc <= ARGUMENTS_MAX;) {
		for (start = i; i < n && text[i] && text[i] != ' '; i++)
			;
		if (i > start)
			argv[(*argc)++] = to_ascii(text + start, i - start);
		for (; i < n && text[i] == ' '; i++)
			;
	}
}

/* Called by gnu-efi's start-up code, in the C calling convention */
EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *table);

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *table)
{
	/* One more than is supported, so that run() can refuse it */
	char *argv[ARGUMENTS_MAX + 1];
	enum status status;
	int argc = 0, i;

	InitializeLib(image, table);
	if (!shell_arguments(image, &argc, argv))
		loader_arguments(image, &argc, argv);
	status = run(argc, argv);
	for (i = 0; i < argc; i++)
		free(argv[i]);
	return statuses[status];
}
