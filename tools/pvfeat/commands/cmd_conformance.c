// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * "pvfeat conformance": run the checks of conformance.c on a function of this machine or of
 * a dump.
 */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "commands.h"
#include "conformance.h"
#include "dump.h"
#include "parse.h"
#include "pci.h"

/**
 * struct candidate - the function to check
 * @dev: libpci's device
 * @nr: number of functions found
 */
struct candidate {
	struct pci_dev *dev;
	unsigned int nr;
};

static bool take(void *context, struct pci_dev *dev)
{
	struct candidate *candidate = context;

	if (!candidate->nr++)
		candidate->dev = dev;
	return true;
}

/* Run the command of --change; its output goes to standard error, not into the TAP */
static bool change(struct conformance *c)
{
	char *argv[4] = { "sh", "-c", c->context, NULL };
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	sigset_t defaults;
	int status = -1;
	pid_t pid;

	sigemptyset(&defaults);
	sigaddset(&defaults, SIGPIPE);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setsigdefault(&attributes, &defaults);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_adddup2(&files, STDERR_FILENO, STDOUT_FILENO);
	if (posix_spawn(&pid, "/bin/sh", &files, &attributes, argv, environ) ||
	    waitpid(pid, &status, 0) != pid)
		status = -1;
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attributes);
	return status == 0;
}

static bool open_function(const struct options *options, struct pci_dev *dev,
			  struct pvfeat_function **function,
			  struct pvfeat_error *error)
{
	const bool vfio = options->request.source == SOURCE_VFIO;
	char name[24], driver[NAME_MAX];

	pci_name(dev, name, sizeof(name));
	/* Refuse a function that a driver uses: the checks write to it and reset it */
	if (!vfio && pci_driver(name, driver, sizeof(driver)))
		return pvfeat_fail(error, EBUSY,
				   "%s is in use by driver %s; unbind it, or bind it to vfio-pci and use --source=vfio",
				   name, driver);
	*function = vfio ? pvfeat_vfio_attach(name, error) : pci_open(dev);
	if (!*function && !vfio)
		pvfeat_fail(error, ENOMEM, "out of memory");
	if (*function)
		(*function)->writable = !options->no_writes;
	return *function;
}

/* Run the checks, and close the function */
static enum status judge(struct conformance *c)
{
	enum status status = conformance_run(c) ? STATUS_OFF : STATUS_DONE;

	/* If the function could not be read, skipped checks must not pass as success */
	if (c->error.code)
		status = complain_of(&c->error);
	pvfeat_close(c->function);
	return status;
}

/* Judge a function of a dump: nothing of this machine is read */
static enum status judge_dump(const struct options *options, const char *address)
{
	struct conformance c = { .offline = true, .out = stdout };
	struct pvfeat_error error;

	if (options->change || options->no_writes || options->request.source != SOURCE_AUTO)
		return usage("conformance: --dump excludes --change, --no-writes and --source");
	c.function = dump_open(options->dump, options->bar, address, &error);
	return c.function ? judge(&c) : complain_of(&error);
}

/**
 * cmd_conformance - check a function, or one of a dump, against the specification
 * @options: the options
 * @argc: number of arguments
 * @argv: the function's address, or nothing
 *
 * Return: STATUS_OFF if a requirement failed.
 */
enum status cmd_conformance(const struct options *options, int argc, char **argv)
{
	const char *address = options->request.function;
	const enum source source = options->request.source;
	struct conformance c = {
		.change = options->change ? change : NULL,
		.context = (void *)options->change,
		.writes = !options->no_writes,
		.out = stdout,
	};
	struct candidate candidate = { 0 };
	struct pvfeat_table firmware;
	char name[24];
	struct pvfeat_error error, malformed;
	struct pci_access *access;
	enum status status;

	if (argc + !!address > 1)
		return usage("conformance takes one function at a time");
	if (argc && !parse_address(*argv, name, sizeof(name)))
		return usage("'%s' is not a PCI address; the format is [DOMAIN:]BUS:DEVICE.FUNCTION",
			     *argv);
	if (argc)
		address = name;
	if (source != SOURCE_AUTO && source != SOURCE_PCI && source != SOURCE_VFIO)
		return usage("conformance: source %s is not supported; sources are pci and vfio",
			     source_names[source]);
	if (options->dump)
		return judge_dump(options, address);
	if (options->bar)
		return usage("conformance: --bar requires --dump");
	access = pci_start();
	if (!pci_find(access, address, take, &candidate, &error)) {
		status = complain_of(&error);
	} else if (candidate.nr > 1) {
		status = usage("%u functions carry a locator: name one",
			       candidate.nr);
	} else if (!open_function(options, candidate.dev, &c.function, &error)) {
		status = complain_of(&error);
	} else {
		warn_of_host();
		c.firmware_name = firmware_table(&firmware, &malformed);
		if (c.firmware_name && firmware.nr)
			c.firmware = &firmware;
		else if (c.firmware_name)
			c.firmware_error = malformed.text;
		status = judge(&c);
	}
	pci_cleanup(access);
	return status;
}
