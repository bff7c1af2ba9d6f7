// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pvfeat: parse the command line and run the command.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "parse.h"

void complain(const char *format, ...)
{
	va_list args;

	/* Keep the order of output and messages if both go to the same file */
	fflush(stdout);
	fputs("pvfeat: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

enum status status_of(int code)
{
	switch (code) {
	case 0:
		return STATUS_DONE;
	case EINVAL:
		return STATUS_USAGE;
	case EACCES:
	case EPERM:
	case EROFS:
	case EBUSY:
		return STATUS_NOT_PERMITTED;
	case EKEYREJECTED:
		return STATUS_UNTRUSTED;
	case EBADMSG:
	case EIO:
	case EAGAIN:
	case ENXIO:
		return STATUS_BAD_TABLE;
	default:
		return STATUS_NOTHING;
	}
}

void warn_of_host(void)
{
	if (guest_kind() == GUEST_CONFIDENTIAL)
		complain("host-provided mapping: in this confidential guest the driver may read a different table");
}

enum status complain_of(const struct pvfeat_error *error)
{
	complain("%s", error->text);
	return status_of(error->code);
}

/* Option letters of DESCRIPTION(), in the same order */
#define DESCRIBES	"FTABIPM"
_Static_assert(sizeof(DESCRIBES) - 1 == NR_DESCRIPTIONS, "DESCRIBES");

void complain_of_report(const struct report *report)
{
	size_t i;

	for (i = 0; i < report->nr; i++) {
		if (report->views[i].error.code)
			complain("%s: %s", report->views[i].name, report->views[i].error.text);
	}
	if (report->error.code)
		complain("%s", report->error.text);
}

static const struct command {
	const char *name;
	enum status (*run)(const struct options *options, int argc, char **argv);
	const char *arguments;
	/* Letters of the supported options */
	const char *options;
	const char *what;
} commands[] = {
	{ "show", cmd_show, "", "sdjc",
	  "Print the windows and their features (default)" },
	{ "has", cmd_has, "FEATURE...", "sdjqa",
	  "Exit with 0 if all features are on, 1 if not" },
	{ "watch", cmd_watch, "", "sdjn", "Print each change as it happens" },
	{ "doctor", cmd_doctor, "", "sdj",
	  "Compare the features with what this system exposes" },
	{ "digest", cmd_digest, "", "sdj" DESCRIBES,
	  "Print the digest of each window or described table" },
	{ "endorse", cmd_endorse, "WINDOW|DIGEST", "qr",
	  "Let an untrusted table contribute, by its digest" },
	{ "list", cmd_list, "", "j", "Print the features that have a name" },
	{ "conformance", cmd_conformance, "[ADDRESS]", "sdxwub",
	  "Check a function against the specification (TAP)" },
};

#define NR_COMMANDS	(sizeof(commands) / sizeof(commands[0]))

/* Internal letters of the options without a short form */
enum {
	OPTION_COLOR = 'c', OPTION_CHANGE = 'x', OPTION_NO_WRITES = 'w',
	OPTION_ALLOW_UNTRUSTED = 'a', OPTION_REVOKE = 'r', OPTION_DUMP = 'u', OPTION_BAR = 'b',
};

static const struct option long_options[] = {
	{ "source", required_argument, NULL, 's' },
	{ "device", required_argument, NULL, 'd' },
	{ "json", no_argument, NULL, 'j' },
	{ "quiet", no_argument, NULL, 'q' },
	{ "count", required_argument, NULL, 'n' },
	{ "color", required_argument, NULL, OPTION_COLOR },
	{ "change", required_argument, NULL, OPTION_CHANGE },
	{ "no-writes", no_argument, NULL, OPTION_NO_WRITES },
	{ "dump", required_argument, NULL, OPTION_DUMP },
	{ "bar", required_argument, NULL, OPTION_BAR },
	{ "revoke", no_argument, NULL, OPTION_REVOKE },
	{ "allow-untrusted", no_argument, NULL, OPTION_ALLOW_UNTRUSTED },
#define OPTION_(id, name, value, what) { name, required_argument, NULL, DESCRIBES[DESCRIBE_##id] },
	DESCRIPTION(OPTION_)
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ }
};

enum status usage(const char *format, ...)
{
	char text[256];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	complain("%s", text);
	fputs("Try 'pvfeat --help'.\n", stderr);
	return STATUS_USAGE;
}

static void help(void)
{
	size_t i;

	puts("Usage: pvfeat [OPTION]... [COMMAND [ARGUMENT]...]\n"
	     "Print the features that this guest's paravisor offers, from every window that\n"
	     "exposes its feature table.\n"
	     "\n"
	     "Commands:");
	for (i = 0; i < NR_COMMANDS; i++)
		printf("  %-11s %-13s  %s\n", commands[i].name, commands[i].arguments,
		       commands[i].what);
	puts("\n"
	     "Selecting windows:\n"
	     "  -s, --source=SOURCE   Read SOURCE (default: sysfs if the driver is loaded,\n"
	     "                        otherwise pci, cpuid, dt and hyperv):");
#define PRINT_(id, name, what) printf("                          %-6s  %s\n", name, what);
	SOURCES(PRINT_)
	puts("  -d, --device=ADDRESS  Read only the PCI function at\n"
	     "                        [DOMAIN:]BUS:DEVICE.FUNCTION\n"
	     "\n"
	     "Output:\n"
	     "  -j, --json            Print JSON\n"
	     "  -q, --quiet           Print nothing (has and endorse only)\n"
	     "      --color=WHEN      Use colour: auto, always or never (show only)\n"
	     "  -h, --help            Print this help\n"
	     "  -V, --version         Print the version\n"
	     "\n"
	     "has:\n"
	     "      --allow-untrusted Answer even if the host may have written the answer\n"
	     "\n"
	     "watch:\n"
	     "  -n, --count=N         Exit after N changes\n"
	     "\n"
	     "endorse, digest:\n"
	     "      --revoke          Revoke an endorsement (endorse)\n"
	     "  Print the digest of the table that these options describe (digest):");
#define FIELD_(id, name, value, what) printf("      --%-24s  %s\n", name "=" value, what);
	DESCRIPTION(FIELD_)
	puts("\n"
	     "conformance:\n"
	     "      --change=COMMAND  Run this shell command, which makes the host change the\n"
	     "                        table once\n"
	     "      --no-writes       Do not test writes to the BAR\n"
	     "      --dump=FILE       Check a function of a dump, the output of lspci -vvxxxx\n"
	     "      --bar=FILE        Image of the BAR that contains the table, for --dump\n"
	     "\n"
	     "Exit status:\n"
	     "  0  Success; all features are on; no requirement failed\n"
	     "  1  A feature is off; a requirement failed; a check contradicts; not endorsed\n"
	     "  2  The command line is wrong\n"
	     "  3  There is nothing to read\n"
	     "  4  There is no good table\n"
	     "  5  Not permitted, or in use\n"
	     "  6  The output could not be written\n"
	     "  7  The host may have written the answer, so there is none (has)\n"
	     "\n"
	     "The manual page pvfeat(1) has the details, including the JSON fields.");
}

/* Apply an option; return false after printing an error */
static bool take_option(struct options *options, int option, const char *value)
{
	static const char *const colors[] = { "auto", "always", "never" };
	struct pvfeat_error error;
	char *end;

	switch (option) {
	case 's':
		for (options->request.source = 0; options->request.source < NR_SOURCES;
		     options->request.source++) {
			if (!strcmp(source_names[options->request.source], value))
				return true;
		}
		usage("there is no source '%s'; sources are sysfs, pci, vfio, cpuid, dt and hyperv",
		      value);
		return false;
	case 'd':
		if (parse_address(value, options->function, sizeof(options->function))) {
			options->request.function = options->function;
			return true;
		}
		usage("'%s' is not a PCI address; the format is [DOMAIN:]BUS:DEVICE.FUNCTION",
		      value);
		return false;
	case 'j':
		options->json = true;
		return true;
	case 'q':
		options->quiet = true;
		return true;
	case 'n':
		errno = 0;
		options->count = strtoul(value, &end, 10);
		if (*value >= '0' && *value <= '9' && !*end && !errno &&
		    options->count && options->count < 1000000000)
			return true;
		usage("--count must be a number from 1 to 999999999, not '%s'", value);
		return false;
	case OPTION_COLOR:
		for (options->color = 0; options->color <= COLOR_NEVER; options->color++) {
			if (!strcmp(colors[options->color], value))
				return true;
		}
		usage("--color must be auto, always or never, not '%s'", value);
		return false;
	case OPTION_CHANGE:
		options->change = value;
		return true;
	case OPTION_NO_WRITES:
		options->no_writes = true;
		return true;
	case OPTION_DUMP:
		options->dump = value;
		return true;
	case OPTION_BAR:
		options->bar = value;
		return true;
	case OPTION_REVOKE:
		options->revoke = true;
		return true;
	case OPTION_ALLOW_UNTRUSTED:
		options->allow_untrusted = true;
		return true;
	case '?':
		/* getopt_long() has printed the error */
		fputs("Try 'pvfeat --help'.\n", stderr);
		return false;
	default:
		options->described = true;
		if (table_describe(&options->table, strchr(DESCRIBES, option) - DESCRIBES,
				   value, &error))
			return true;
		complain_of(&error);
		return false;
	}
}

static const char *long_name(int letter)
{
	const struct option *option;

	for (option = long_options; option->name; option++) {
		if (option->val == letter)
			break;
	}
	return option->name;
}

static const struct command *find_command(const char *name)
{
	size_t i;

	for (i = 0; i < NR_COMMANDS; i++) {
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	}
	usage("there is no command '%s'", name);
	return NULL;
}

static enum status run(int argc, char **argv)
{
	struct options options = { .request.source = SOURCE_AUTO };
	const struct command *command;
	char given[128] = "";
	int c, nr = 0;
	size_t i;

	while ((c = getopt_long(argc, argv, "s:d:jqn:hV", long_options, NULL)) != -1) {
		if (c == 'h') {
			help();
			return STATUS_DONE;
		}
		if (c == 'V') {
			printf("pvfeat %s, feature table %d.%d\n", VERSION,
			       PVFEAT_VERSION_MAJOR, PVFEAT_VERSION_MINOR);
			return STATUS_DONE;
		}
		if (!take_option(&options, c, optarg))
			return STATUS_USAGE;
		if (!strchr(given, c) && nr < (int)sizeof(given) - 1)
			given[nr++] = c;
	}
	argc -= optind;
	argv += optind;
	if (argc && !strcmp(*argv, "help")) {
		help();
		return STATUS_DONE;
	}
	command = find_command(argc ? *argv : "show");
	if (!command)
		return STATUS_USAGE;
	i = strspn(given, command->options);
	if (given[i])
		return usage("option --%s is not supported by command %s",
			     long_name(given[i]), command->name);
	if (options.request.function && (options.request.source == SOURCE_CPUID ||
					 options.request.source == SOURCE_DT ||
					 options.request.source == SOURCE_HYPERV))
		return usage("--device names a PCI function; source %s has none",
			     source_names[options.request.source]);
	return command->run(&options, argc ? argc - 1 : 0, argc ? argv + 1 : argv);
}

/* Handle SIGBUS, which an access to the BAR of a removed function raises */
static void gone(int signal)
{
	static const char text[] = "pvfeat: the function was removed\n";

	(void)signal;
	if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
		_exit(STATUS_OUTPUT);
	_exit(STATUS_BAD_TABLE);
}

/*
 * Open standard descriptors that are closed, so that no other file gets their numbers.
 * The access modes make reads and writes fail.
 */
static void fill_standard(void)
{
	int fd;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) < 0)
			open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
	}
}

int main(int argc, char **argv)
{
	enum status status;

	fill_standard();

	/* Report a closed pipe as an error of the output, like a full disk */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGBUS, gone);
	status = run(argc, argv);
	if (fflush(stdout) || ferror(stdout)) {
		fprintf(stderr, "pvfeat: output: %s\n", strerror(errno));
		return STATUS_OUTPUT;
	}
	return status;
}
