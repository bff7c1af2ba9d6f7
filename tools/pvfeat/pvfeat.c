// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pvfeat: what a paravisor offers, asked from the command line.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/netlink.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "commands.h"
#include "pci.h"
#include "report.h"
#include "status.h"

static void __attribute__((format(printf, 1, 2))) complain(const char *format, ...)
{
	va_list args;

	/* What was found so far comes first where both go to the same place */
	fflush(stdout);
	fputs("pvfeat: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

/* Which exit status an error comes to */
static enum status status_of(int code)
{
	switch (code) {
	case 0:
		return STATUS_DONE;
	case EINVAL:
		return STATUS_USAGE;
	case EACCES:
	case EPERM:
	case EBUSY:
		return STATUS_NOT_PERMITTED;
	case EBADMSG:
	case EIO:
	case EAGAIN:
	case ENXIO:
		return STATUS_BAD_TABLE;
	default:
		return STATUS_NOTHING;
	}
}

enum status complain_of(const struct pvfeat_error *error)
{
	complain("%s", error->text);
	return status_of(error->code);
}

/* ---- show --------------------------------------------------------------- */

/* Columns of the line that output goes to; 0 if it has no end */
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

static enum status cmd_show(const struct options *options, int argc, char **argv)
{
	const struct view *good;
	struct pvfeat_error error;
	struct report report;
	enum status status;
	bool printed = true;
	size_t i;

	(void)argv;
	if (argc)
		return usage("show takes no arguments");
	report_collect(&report, &options->request);
	report_error(&report, &error);
	if (options->json)
		printed = json_report(&report);
	else if (report.nr)
		show_report(&report, line_width(), use_color(options));
	for (i = 0; i < report.nr; i++) {
		if (report.views[i].error.code)
			complain("%s: %s", report.views[i].name,
				 report.views[i].error.text);
	}
	if (report.error.code)
		complain("%s", report.error.text);
	status = report_good(&report, &good) ? STATUS_DONE : status_of(error.code);
	report_free(&report);
	return printed ? status : STATUS_OUTPUT;
}

/* ---- has ---------------------------------------------------------------- */

/*
 * The features to ask about. Without the kernel's driver the user names the
 * window to trust; the features of one that the driver does not trust are ignored
 * (PVF-DRV-42).
 */
static bool get_features(const struct options *options, struct report *report,
			 struct feature_set *set, struct pvfeat_error *error)
{
	const bool sysfs = options->request.source == SOURCE_AUTO ||
			   options->request.source == SOURCE_SYSFS;
	const struct view *view;
	size_t good;

	memset(report, 0, sizeof(*report));
	if (sysfs && !driver_loaded())
		return pvfeat_fail(error, ENODEV,
				   "the kernel driver is not loaded (modprobe pvfeat); name a window that you trust with --source");
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
	if (!strcmp(view->status, "untrusted"))
		complain("%s is untrusted, its features are ignored", view->name);
	else
		*set = view_features(view);
	return true;
}

static enum status cmd_has(const struct options *options, int argc, char **argv)
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

/* ---- list --------------------------------------------------------------- */

static enum status cmd_list(const struct options *options, int argc, char **argv)
{
	(void)argv;
	if (argc)
		return usage("list takes no arguments");
	if (options->json)
		return json_registry() ? STATUS_DONE : STATUS_OUTPUT;
	show_registry();
	return STATUS_DONE;
}

/* ---- watch -------------------------------------------------------------- */

/**
 * struct watch - what "watch" saw last, and how it goes on
 * @json: how it is printed
 * @left: how many changes are to be printed; negative: no end
 * @generation: as text
 * @nwords: words in use of @words
 * @words: the features
 */
struct watch {
	bool json;
	long left;
	char generation[16];
	unsigned int nwords;
	__u32 words[PVFEAT_NWORDS_MAX];
};

/* Print the change from what was seen last, if it is one; false if it cannot be */
static bool saw(struct watch *watch, const char *generation, struct feature_set set)
{
	const struct feature_set last = { watch->words, watch->nwords };
	bool done = true;

	if (!strcmp(watch->generation, generation) && watch->nwords == set.nwords &&
	    !memcmp(watch->words, set.words, set.nwords * sizeof(*set.words)))
		return true;
	if (watch->json)
		done = json_change(generation, last, set);
	else
		show_change(generation, last, set);
	watch->left--;
	snprintf(watch->generation, sizeof(watch->generation), "%s", generation);
	watch->nwords = set.nwords;
	memcpy(watch->words, set.words, set.nwords * sizeof(*set.words));
	/* The reader of the output waits for it */
	return !fflush(stdout) && done;
}

/* What poll() returns for an output, a pipe or a socket, whose other end is closed */
#define OUTPUT_CLOSED	(POLLERR | POLLHUP | POLLNVAL)

/* Removing the driver does not wake poll(), but the kernel sends a uevent */
static int uevents(void)
{
	const struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = 1 };
	int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
			NETLINK_KOBJECT_UEVENT);

	if (fd >= 0 && bind(fd, (const struct sockaddr *)&address, sizeof(address))) {
		close(fd);
		fd = -1;
	}
	return fd;
}

static enum status watch_sysfs(struct watch *watch)
{
	struct pollfd p[] = {
		{ .events = POLLPRI }, { .events = POLLIN }, { .fd = STDOUT_FILENO },
	};
	enum status status = STATUS_DONE;
	struct effective now;
	bool first = true;
	char c;

	p[1].fd = uevents();
	p[0].fd = open(EFFECTIVE "generation", O_RDONLY | O_CLOEXEC);
	while (!status) {
		/* Its content does not matter: it is time to read the set again */
		while (recv(p[1].fd, &c, 1, 0) >= 0)
			;
		/* Reading it arms poll(); what comes after that wakes it */
		if (p[0].fd < 0 || pread(p[0].fd, &c, 1, 0) < 0 ||
		    !effective_read(&now)) {
			complain("the kernel driver is not loaded%s",
				 first ? " (modprobe pvfeat)" : " any more");
			status = STATUS_NOTHING;
		} else if (!saw(watch, now.generation, effective_features(&now))) {
			status = STATUS_OUTPUT;
		} else if (!watch->left) {
			break;
		} else if (!now.notifies && !strncmp(now.sources, "pci", 3)) {
			complain("%.*s does not notify of changes: write 1 to its function's pvfeat_rescan after one",
				 (int)strcspn(now.sources, "\n"), now.sources);
			status = STATUS_NOTHING;
		} else if (poll(p, 3, -1) < 0 && errno != EINTR) {
			complain("%s", strerror(errno));
			status = STATUS_NOTHING;
		} else if (p[2].revents & OUTPUT_CLOSED) {
			/* The next change may be far */
			status = STATUS_OUTPUT;
		}
		first = false;
	}
	if (p[0].fd >= 0)
		close(p[0].fd);
	if (p[1].fd >= 0)
		close(p[1].fd);
	return status;
}

/* Wait for the vector, or until the output is closed */
static enum status await_vector(struct pvfeat_function *f, struct pvfeat_error *error)
{
	/* So that a device that sends messages all the time does not have the processor */
	const struct timespec pause = { .tv_nsec = 1000000 };
	struct pollfd out = { .fd = STDOUT_FILENO };
	int changed;

	do {
		changed = pvfeat_wait(f, 1000);
		if (changed < 0 && errno != EINTR)
			pvfeat_fail(error, ENXIO, "%s", errno == ENODEV ?
				    "the function is being removed" :
				    strerror(errno));
		if (poll(&out, 1, 0) > 0 && out.revents & OUTPUT_CLOSED)
			return STATUS_OUTPUT;
	} while (!changed);
	nanosleep(&pause, NULL);
	return STATUS_DONE;
}

static enum status watch_vfio(struct watch *watch, const char *address)
{
	struct pvfeat_error error = { 0 };
	enum status status = STATUS_DONE;
	struct pvfeat_function *f;
	struct pvfeat_table table;
	char generation[16];

	f = pvfeat_vfio_open(address, &error);
	if (f && !pvfeat_listen(f))
		pvfeat_fail(&error, ENODEV, "it has no MSI-X vector that VFIO can wait for");
	while (f && !error.code && !status) {
		if (pvfeat_snapshot(f, &table, &error)) {
			snprintf(generation, sizeof(generation), "%u",
				 table.words[PVFEAT_W_GENERATION]);
			if (!saw(watch, generation, table_features(&table)))
				status = STATUS_OUTPUT;
			else if (!watch->left)
				break;
		} else if (error.code != EAGAIN) {
			break;
		}
		/* PVF-DEV-30: an unstable table fires the vector when it is stable again */
		error.code = 0;
		if (!status)
			status = await_vector(f, &error);
	}
	if (error.code) {
		complain("%s: %s", address, error.text);
		status = status_of(error.code);
	}
	pvfeat_close(f);
	return status;
}

static enum status cmd_watch(const struct options *options, int argc, char **argv)
{
	struct watch *watch;
	enum status status;

	(void)argv;
	if (argc)
		return usage("watch takes no arguments");
	switch (options->request.source) {
	case SOURCE_AUTO:
	case SOURCE_SYSFS:
		if (options->request.function)
			return usage("watch: the driver's effective set is of all functions; --device goes with --source vfio");
		break;
	case SOURCE_VFIO:
		if (!options->request.function)
			return usage("watch: --source vfio needs --device");
		break;
	default:
		return usage("watch: source %s does not report changes; sources that do are sysfs and vfio",
			     source_names[options->request.source]);
	}
	watch = calloc(1, sizeof(*watch));
	if (!watch)
		abort();
	watch->json = options->json;
	/* Unlike any: what is there is printed first */
	watch->generation[0] = '?';
	/* ... and is no change */
	watch->left = options->count ? (long)options->count + 1 : -1;
	if (options->request.source == SOURCE_VFIO)
		status = watch_vfio(watch, options->request.function);
	else
		status = watch_sysfs(watch);
	free(watch);
	return status;
}

/* ---- command line ------------------------------------------------------- */

static const struct command {
	const char *name;
	enum status (*run)(const struct options *options, int argc, char **argv);
	const char *arguments;
	/* The options that it supports */
	const char *options;
	const char *what;
} commands[] = {
	{ "show", cmd_show, "", "sdjc",
	  "print the windows and their features (if no command is given)" },
	{ "has", cmd_has, "FEATURE...", "sdjq",
	  "exit with 0 if all of them are on, with 1 if not" },
	{ "watch", cmd_watch, "", "sdjn", "print each change as it happens" },
	{ "list", cmd_list, "", "j", "print the features that have a name" },
	{ "conformance", cmd_conformance, "[ADDRESS]", "sdxw",
	  "check a function against the specification, print TAP" },
};

#define NR_COMMANDS	(sizeof(commands) / sizeof(commands[0]))

/* Those without a letter for the user have one here */
enum { OPTION_COLOR = 'c', OPTION_CHANGE = 'x', OPTION_NO_WRITES = 'w' };

static const struct option long_options[] = {
	{ "source", required_argument, NULL, 's' },
	{ "device", required_argument, NULL, 'd' },
	{ "json", no_argument, NULL, 'j' },
	{ "quiet", no_argument, NULL, 'q' },
	{ "count", required_argument, NULL, 'n' },
	{ "color", required_argument, NULL, OPTION_COLOR },
	{ "change", required_argument, NULL, OPTION_CHANGE },
	{ "no-writes", no_argument, NULL, OPTION_NO_WRITES },
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
	     "Print what the paravisor under this guest offers: its feature table, from every\n"
	     "window that exposes it.\n"
	     "\n"
	     "Commands:");
	for (i = 0; i < NR_COMMANDS; i++)
		printf("  %-11s %-10s  %s\n", commands[i].name, commands[i].arguments,
		       commands[i].what);
	puts("\n"
	     "Options:\n"
	     "  -s, --source=SOURCE   where to look; without it the driver if it is loaded, else\n"
	     "                        pci, cpuid and dt");
#define PRINT_(id, name, what) printf("                          %-6s %s\n", name, what);
	SOURCES(PRINT_)
	puts("  -d, --device=ADDRESS  only the PCI function at [DOMAIN:]BUS:DEVICE.FUNCTION\n"
	     "  -j, --json            print JSON\n"
	     "  -q, --quiet           has: print nothing\n"
	     "  -n, --count=N         watch: end after N changes\n"
	     "      --change=COMMAND  conformance: a shell command that has the host change the\n"
	     "                        table once\n"
	     "      --no-writes       conformance: do not try to write to the BAR\n"
	     "      --color=WHEN      auto, always or never\n"
	     "  -h, --help            print this\n"
	     "  -V, --version         print the version\n"
	     "\n"
	     "Exit status: 0 done, on or conforming; 1 off or not conforming; 2 bad usage;\n"
	     "3 nothing to look at; 4 no good table; 5 not permitted, or in use; 6 output failed.\n"
	     "The manual page pvfeat(1) has the rest, the fields of the JSON too.");
}

/* One option; false after a complaint */
static bool take_option(struct options *options, int option, const char *value)
{
	static const char *const colors[] = { "auto", "always", "never" };
	char *end;

	switch (option) {
	case 's':
		for (options->request.source = 0; options->request.source < NR_SOURCES;
		     options->request.source++) {
			if (!strcmp(source_names[options->request.source], value))
				return true;
		}
		usage("there is no source '%s'; sources are sysfs, pci, vfio, cpuid and dt",
		      value);
		return false;
	case 'd':
		if (pci_address(value, options->function, sizeof(options->function))) {
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
		usage("--count is a number from 1 to 999999999, not '%s'", value);
		return false;
	case OPTION_COLOR:
		for (options->color = 0; options->color <= COLOR_NEVER; options->color++) {
			if (!strcmp(colors[options->color], value))
				return true;
		}
		usage("--color is auto, always or never, not '%s'", value);
		return false;
	case OPTION_CHANGE:
		options->change = value;
		return true;
	case OPTION_NO_WRITES:
		options->no_writes = true;
		return true;
	default:
		/* getopt_long() has said what is wrong */
		fputs("Try 'pvfeat --help'.\n", stderr);
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
	command = find_command(argc ? *argv : "show");
	if (!command)
		return STATUS_USAGE;
	i = strspn(given, command->options);
	if (given[i])
		return usage("option --%s is not supported by command %s",
			     long_name(given[i]), command->name);
	if (options.request.function && (options.request.source == SOURCE_CPUID ||
					 options.request.source == SOURCE_DT))
		return usage("--device names a PCI function; source %s has none",
			     source_names[options.request.source]);
	return command->run(&options, argc ? argc - 1 : 0, argc ? argv + 1 : argv);
}

/* A mapping raises this when its function goes. Nothing here can go on then. */
static void gone(int signal)
{
	static const char text[] = "pvfeat: the function is gone\n";

	(void)signal;
	if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
		_exit(STATUS_OUTPUT);
	_exit(STATUS_BAD_TABLE);
}

/* What is opened for something else must not become standard output */
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

	/* A closed pipe is an error to report, like a full disk */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGBUS, gone);
	status = run(argc, argv);
	if (fflush(stdout) || ferror(stdout)) {
		fprintf(stderr, "pvfeat: output: %s\n", strerror(errno));
		return STATUS_OUTPUT;
	}
	return status;
}
