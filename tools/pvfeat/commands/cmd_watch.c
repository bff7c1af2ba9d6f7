// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * "pvfeat watch": print each change of the effective set, or of a function's table.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "commands.h"
#include "output.h"

/**
 * struct watch - the set that "watch" printed last, and how to continue
 * @json: print JSON
 * @left: number of changes left to print; negative: unlimited
 * @generation: of the set, as text
 * @nwords: words in use of @words
 * @words: the features of the set
 */
struct watch {
	bool json;
	long left;
	char generation[16];
	unsigned int nwords;
	__u32 words[PVFEAT_NWORDS_MAX];
};

/* Print how a set differs from the last one, if it does; false if that fails */
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
	/* A program that reads the output is waiting for this line */
	return !fflush(stdout) && done;
}

/* The events of a pipe or a socket whose other end is closed */
#define OUTPUT_CLOSED	(POLLERR | POLLHUP | POLLNVAL)

/* Unloading the driver does not wake poll(), but the kernel sends a uevent */
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
		/* Discard the uevents: any of them is a reason to read the set again */
		while (recv(p[1].fd, &c, 1, 0) >= 0)
			;
		/* Reading the file arms poll(): a later change wakes it */
		if (p[0].fd < 0 || pread(p[0].fd, &c, 1, 0) < 0 ||
		    !effective_read(&now)) {
			/* Whatever was printed last: now every feature is off */
			const bool printed =
				first || saw(watch, "", (struct feature_set){ watch->words, 0 });

			complain("%s", first ? driver_absent() :
				 "the kernel driver is not loaded any more");
			status = printed ? STATUS_NOTHING : STATUS_OUTPUT;
		} else if (!saw(watch, now.generation, effective_features(&now))) {
			status = STATUS_OUTPUT;
		} else if (!watch->left) {
			break;
		} else if (!now.notifies && !strncmp(now.reference, "pci", 3)) {
			complain("%s does not notify the driver of changes: write 1 to its function's pvfeat_rescan after a change",
				 now.reference);
			status = STATUS_NOTHING;
		} else if (poll(p, 3, -1) < 0 && errno != EINTR) {
			complain("%s", strerror(errno));
			status = STATUS_NOTHING;
		} else if (p[2].revents & OUTPUT_CLOSED) {
			/* Do not wait for the next change to detect this by a failing write */
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
	/* Limit the CPU time that a device can use by sending messages continuously */
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

	warn_of_host();
	f = pvfeat_vfio_open(address, &error);
	if (f && !pvfeat_listen(f))
		pvfeat_fail(&error, ENODEV, "it has no MSI-X vector that VFIO can signal");
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
		/* PVF-DEV-30: vector 0 fires once an unstable table is stable again */
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

enum status cmd_watch(const struct options *options, int argc, char **argv)
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
			return usage("watch: the driver's effective set covers all functions; --device requires --source vfio");
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
	/* Differs from every generation, so that the present set is printed first */
	watch->generation[0] = '?';
	/* The present set is not a change */
	watch->left = options->count ? (long)options->count + 1 : -1;
	if (options->request.source == SOURCE_VFIO)
		status = watch_vfio(watch, options->request.function);
	else
		status = watch_sysfs(watch);
	free(watch);
	return status;
}
