// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Collect tables: from the kernel driver's sysfs, PCI, VFIO, CPUID, DeviceTree and
 * Hyper-V's leaves.
 */
#include <dirent.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cpuid_window.h"
#include "parse.h"
#include "pci.h"
#include "report.h"
#include "sysfs.h"

#define CLASS		"/sys/class/pvfeat"
/* A symbolic link to the root of the tree */
#define DEVICETREE	"/proc/device-tree/"

/* Room for the path of a folder in CLASS */
#define FOLDER		(64 + NAME_MAX)

#define NAME_(id, name, what) [SOURCE_##id] = name,
const char *const source_names[] = { SOURCES(NAME_) [SOURCE_AUTO] = "auto" };

/* Read file @name in @folder, as far as it fits; -1 if it cannot be read */
static ssize_t read_file(const char *folder, const char *name, void *buf, size_t size)
{
	char path[PATH_MAX];
	ssize_t n, total = 0;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	do {
		n = read(fd, (char *)buf + total, size - total);
		if (n > 0)
			total += n;
	} while (n > 0 && (size_t)total < size);
	close(fd);
	return n < 0 ? -1 : total;
}

/**
 * read_text - read a file of lines, see parse_lines()
 * @folder: of the file
 * @name: of the file
 * @text: filled in, as far as it fits; empty if the file cannot be read
 * @size: bytes of @text
 *
 * Return: false if the file cannot be read.
 */
bool read_text(const char *folder, const char *name, char *text, size_t size)
{
	ssize_t n = read_file(folder, name, text, size - 1);

	parse_lines(text, n);
	return n >= 0;
}

static struct view *add_view(struct report *report, const char *name,
			     const char *function)
{
	struct view *views = realloc(report->views, (report->nr + 1) * sizeof(*views));
	struct view *view;

	if (!views) {
		pvfeat_fail(&report->error, ENOMEM, "out of memory");
		return NULL;
	}
	report->views = views;
	view = memset(&views[report->nr++], 0, sizeof(*view));
	snprintf(view->name, sizeof(view->name), "%s", name);
	snprintf(view->function, sizeof(view->function), "%s", function);
	view->direct = true;
	view->trust = report->guest == GUEST_CONFIDENTIAL ? TRUST_NO : TRUST_UNKNOWN;
	return view;
}

/* Read a word of an array in CPU byte order, for pvfeat_table_read() */
static __u32 array_word(void *context, unsigned int word)
{
	return ((const __u32 *)context)[word];
}

/* Read a window that does not change, which takes one attempt */
static void read_constant(struct view *view, pvfeat_read_fn read, void *context,
			  unsigned int words)
{
	struct pvfeat_verdict verdict;
	char text[PVFEAT_VERDICT_TEXT];

	if (pvfeat_table_read(&view->table, read, context, words, &verdict))
		return;
	pvfeat_describe_verdict(&verdict, text, sizeof(text));
	pvfeat_fail(&view->error, EBADMSG, "%s", text);
}

/* ---- the kernel driver -------------------------------------------------- */

/* Whether the kernel driver is loaded */
bool driver_loaded(void)
{
	return access(EFFECTIVE "bitmap", F_OK) == 0;
}

/* Why the kernel driver cannot be asked */
const char *driver_absent(void)
{
	return sysfs_mounted() ? "the kernel driver is not loaded (modprobe pvfeat)" :
				 "/sys is not mounted";
}

/**
 * effective_words - read the words of the kernel's effective set
 * @effective: its words are filled in, from one read; trailing words of 0 are not in use
 *
 * Return: false if the driver is not loaded.
 */
bool effective_words(struct effective *effective)
{
	__u32 *words = effective->words;
	unsigned int i;

	effective->present = read_file(EFFECTIVE, "bitmap", words, sizeof(effective->words)) ==
			     sizeof(effective->words);
	effective->nwords = 0;
	for (i = 0; effective->present && i < PVFEAT_NWORDS_MAX; i++) {
		words[i] = le32toh(words[i]);
		if (words[i])
			effective->nwords = i + 1;
	}
	return effective->present;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	/* PCI windows first: the others are compared with them */
	const int pci_a = strncmp((*a)->d_name, "pci", 3);
	const int pci_b = strncmp((*b)->d_name, "pci", 3);

	if (!pci_a != !pci_b)
		return pci_a ? 1 : -1;
	return strverscmp((*a)->d_name, (*b)->d_name);
}

static int is_source(const struct dirent *entry)
{
	return entry->d_name[0] != '.' && strcmp(entry->d_name, "effective");
}

static void free_names(struct dirent **names, int n)
{
	int i;

	for (i = 0; i < n; i++)
		free(names[i]);
	if (n >= 0)
		free(names);
}

static void add_line(char *text, size_t size, const char *line)
{
	const size_t n = strlen(text);

	if (n + strlen(line) + 2 <= size)
		snprintf(text + n, size - n, "%s%s", n ? "\n" : "", line);
}

/**
 * effective_read - read all of the kernel's effective set
 * @effective: filled in; all of one generation, unless the generation changes during
 *             every attempt
 *
 * Return: false if the driver is not loaded.
 */
bool effective_read(struct effective *effective)
{
	char after[sizeof(effective->generation)], flag[8], folder[FOLDER];
	unsigned int tries = 100;
	bool there;

	memset(effective, 0, sizeof(*effective));
	read_text("/sys/module/pvfeat/parameters", "policy", effective->policy,
		  sizeof(effective->policy));
	do {
		there = read_text(EFFECTIVE, "generation", effective->generation,
				  sizeof(effective->generation)) &&
			effective_words(effective) &&
			read_text(EFFECTIVE, "reference", effective->reference,
				  sizeof(effective->reference)) &&
			read_text(EFFECTIVE, "generation", after, sizeof(after));
	} while (there && strcmp(effective->generation, after) && --tries);
	snprintf(folder, sizeof(folder), CLASS "/%s", effective->reference);
	/* A window that is being added or removed has no such file; a uevent follows */
	effective->notifies = !*effective->reference ||
			      !read_text(folder, "notifies", flag, sizeof(flag)) ||
			      *flag == '1';
	effective->present = there;
	return there;
}

/*
 * Check the table again, although the driver checked it: the bytes of the file may be
 * of two tables if it changed while it was read.
 */
static void sysfs_table(const char *folder, struct view *view)
{
	__u32 words[PVFEAT_TABLE_MAX_WORDS];
	ssize_t n, i;

	n = read_file(folder, "table", words, sizeof(words));
	if (n < 0) {
		pvfeat_fail(&view->error, errno, "%s", strerror(errno));
		return;
	}
	if (!n) {
		pvfeat_fail(&view->error, EBADMSG,
			    "the table is malformed or was removed, see the kernel log");
		return;
	}
	for (i = 0; i < n / 4; i++)
		words[i] = le32toh(words[i]);
	read_constant(view, array_word, words, n / 4);
}

static void add_difference(void *context, const char *text)
{
	struct view *view = context;

	add_line(view->differs, sizeof(view->differs), text);
}

static struct view *reference_of(const struct report *report)
{
	size_t i;

	for (i = 0; i < report->nr; i++) {
		if (!strcmp(report->views[i].name, report->effective.reference))
			return &report->views[i];
	}
	return NULL;
}

/* List the contributing windows, and record how each table differs from the reference */
static void relate_views(struct report *report)
{
	struct view *first = reference_of(report), *view;
	struct pvfeat_table filled;

	if (*report->effective.reference)
		add_line(report->sources, sizeof(report->sources),
			 report->effective.reference);
	for (view = report->views; view < report->views + report->nr; view++) {
		if (view == first)
			continue;
		if (!strcmp(view->status, "current"))
			add_line(report->sources, sizeof(report->sources), view->name);
		if (!first || !view->table.nr || !first->table.nr)
			continue;
		/* Take the features that a translation cannot express from the other table */
		if (view->mask)
			pvfeat_translation_fill(&filled, &view->table, view->mask,
						&first->table);
		if (first->mask)
			pvfeat_translation_fill(&filled, &first->table, first->mask,
						&view->table);
		pvfeat_table_compare(view->mask ? &filled : &view->table,
				     first->mask ? &filled : &first->table, add_difference,
				     view);
	}
}

static void sysfs_window(struct report *report, const char *name)
{
	char function[sizeof(report->views->function)] = "", folder[FOLDER], trust[16], mask[16];
	struct view *view;

	snprintf(folder, sizeof(folder), CLASS "/%s/device", name);
	link_name(folder, function, sizeof(function));
	view = add_view(report, name, function);
	if (!view)
		return;
	view->direct = false;
	snprintf(folder, sizeof(folder), CLASS "/%s", name);
	sysfs_table(folder, view);
	/* A window that is being removed has no status, and must not contribute */
	if (!read_text(folder, "status", view->status, sizeof(view->status)) &&
	    view->table.nr) {
		pvfeat_fail(&view->error, ENODEV, "it was removed while it was read");
		view->table.nr = 0;
	}
	read_text(folder, "digest", view->digest, sizeof(view->digest));
	if (read_text(folder, "mask", mask, sizeof(mask)))
		view->mask = strtoul(mask, NULL, 16);
	view->trust = TRUST_UNKNOWN;
	if (read_text(folder, "trust", trust, sizeof(trust)))
		view->trust = !strcmp(trust, "trusted") ? TRUST_YES :
			      !strcmp(trust, "endorsed") ? TRUST_ENDORSED : TRUST_NO;
}

/* Remove the views of all other functions */
static void keep_function(struct report *report, const char *function)
{
	size_t i, nr = 0;

	for (i = 0; i < report->nr; i++) {
		if (!strcmp(report->views[i].function, function))
			report->views[nr++] = report->views[i];
	}
	report->nr = nr;
}

/* Read all windows, and the effective set that results from them */
static bool sysfs_read(struct report *report)
{
	char before[sizeof(report->effective.generation)];
	struct dirent **names;
	unsigned int tries = 100;
	int i, n;

	do {
		report->nr = 0;
		if (!read_text(EFFECTIVE, "generation", before, sizeof(before)))
			return false;
		n = scandir(CLASS, &names, is_source, by_name);
		for (i = 0; i < n; i++)
			sysfs_window(report, names[i]->d_name);
		free_names(names, n);
		if (!effective_read(&report->effective))
			return false;
		/* Retry after a change: the windows must be those that the set results from */
	} while (strcmp(before, report->effective.generation) && --tries);
	return true;
}

/* Why the driver has no table of a function */
static bool no_table_of(const char *function, struct pvfeat_error *error)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), SYS_DEVICES "/%s", function);
	if (access(path, F_OK))
		return pvfeat_fail(error, ENODEV, "%s: there is no such function", function);
	return pvfeat_fail(error, ENODEV,
			   "%s: the kernel driver has no table of this function; the kernel log has the reason if it refused one",
			   function);
}

static bool collect_sysfs(struct report *report, const struct request *request,
			  struct pvfeat_error *error)
{
	if (!sysfs_read(report))
		return pvfeat_fail(error, ENODEV, "%s; other sources are pci, vfio, cpuid, dt and hyperv",
				   driver_absent());
	relate_views(report);
	if (request->function)
		keep_function(report, request->function);
	if (!report->nr && request->function)
		return no_table_of(request->function, error);
	if (!report->nr)
		return pvfeat_fail(error, ENODEV,
				   "the kernel driver found no feature table");
	return true;
}

/* ---- PCI and VFIO ------------------------------------------------------- */

struct search {
	struct report *report;
	enum source source;
};

static bool collect_function(void *context, struct pci_dev *dev)
{
	const struct search *search = context;
	struct pvfeat_function *f;
	struct view *view;
	char name[24];
	bool good;

	pci_name(dev, name, sizeof(name));
	view = add_view(search->report, name, name);
	if (!view)
		return false;
	if (search->source == SOURCE_VFIO) {
		f = pvfeat_vfio_open(name, &view->error);
		good = f && pvfeat_snapshot(f, &view->table, &view->error);
	} else {
		f = pci_open(dev);
		good = f && pvfeat_map(f, &view->error) &&
		       pvfeat_snapshot(f, &view->table, &view->error);
	}
	pvfeat_close(f);
	if (!good)
		view->table.nr = 0;
	return true;
}

/* libpci's order is unspecified. Addresses have leading zeros. */
static int by_address(const void *a, const void *b)
{
	return strcmp(((const struct view *)a)->name, ((const struct view *)b)->name);
}

static bool collect_functions(struct report *report,
			      const struct request *request,
			      struct pvfeat_error *error)
{
	struct search search = { report, request->source };
	struct pci_access *access = pci_start();
	bool found;

	found = pci_find(access, request->function, collect_function, &search,
			 error);
	pci_cleanup(access);
	if (report->nr)
		qsort(report->views, report->nr, sizeof(*report->views), by_address);
	return found;
}

/* ---- CPUID -------------------------------------------------------------- */

/* PVF-DRV-43: an unimplemented range may return any values */
static bool collect_cpuid(struct report *report, struct pvfeat_error *error)
{
	struct cpuid_window w = { 0 };
	struct view *view;

	if (!cpuid_exists())
		return pvfeat_fail(error, ENODEV, "this architecture has no CPUID");
	if (!cpuid_has_hypervisor() ||
	    cpuid_word(&w, PVFEAT_W_SIGNATURE_B) != PVFEAT_SIGNATURE_B ||
	    cpuid_word(&w, PVFEAT_W_SIGNATURE_C) != PVFEAT_SIGNATURE_C ||
	    cpuid_word(&w, PVFEAT_W_SIGNATURE_D) != PVFEAT_SIGNATURE_D)
		return pvfeat_fail(error, ENODEV,
				   "CPUID leaf 0x%x carries no feature table",
				   PVFEAT_BASE);
	view = add_view(report, "cpuid", "");
	if (view)
		read_constant(view, cpuid_word, &w, PVFEAT_TABLE_MAX_WORDS);
	return true;
}

/* ---- DeviceTree --------------------------------------------------------- */

static bool is_compatible(const char *folder)
{
	char list[1024];
	ssize_t n = read_file(folder, "compatible", list, sizeof(list) - 1);

	if (n < 0)
		return false;
	list[n] = '\0';
	return parse_compatible(list, n);
}

/* Like the kernel's of_device_is_available() */
static bool is_available(const char *folder)
{
	char status[8];
	ssize_t n = read_file(folder, "status", status, sizeof(status) - 1);

	if (n < 0)
		return true;
	status[n] = '\0';
	return !strcmp(status, "okay") || !strcmp(status, "ok");
}

/* PVF-DRV-44: use the first of these properties that consists of whole words */
static void read_node(struct report *report, const char *folder)
{
	static const char *const names[] = { PVFEAT_DT_PROPERTY,
					     PVFEAT_DT_PROPERTY_ARM };
	__u32 words[PVFEAT_TABLE_MAX_WORDS];
	struct view *view = add_view(report, "dt", "");
	ssize_t i, n = -1;

	if (!view)
		return;
	for (i = 0; (n <= 0 || n % 4) && i < 2; i++)
		n = read_file(folder, names[i], words, sizeof(words));
	if (n <= 0 || n % 4) {
		pvfeat_fail(&view->error, EBADMSG,
			    "%s has no property %s or %s of 32-bit words", folder,
			    PVFEAT_DT_PROPERTY, PVFEAT_DT_PROPERTY_ARM);
		return;
	}
	for (i = 0; i < n / 4; i++)
		words[i] = be32toh(words[i]);
	read_constant(view, array_word, words, n / 4);
}

/* The node that visit_node() found; nftw() passes no context */
static char dt_node[PATH_MAX - NAME_MAX];

static int visit_node(const char *path, const struct stat *st, int type,
		      struct FTW *where)
{
	(void)st;
	(void)where;
	if (type != FTW_D || !is_compatible(path) || !is_available(path))
		return 0;
	snprintf(dt_node, sizeof(dt_node), "%s", path);
	return 1;
}

/* Search the whole tree for the node, as the driver does */
static bool collect_dt(struct report *report, struct pvfeat_error *error)
{
	char root[PATH_MAX];

	/* FTW_PHYS does not follow symbolic links */
	if (!realpath(DEVICETREE, root))
		return pvfeat_fail(error, ENODEV, "this machine has no DeviceTree");
	if (nftw(root, visit_node, 16, FTW_PHYS) != 1)
		return pvfeat_fail(error, ENODEV,
				   "no node of the DeviceTree carries a feature table");
	read_node(report, dt_node);
	return true;
}

/* ---- Hyper-V ------------------------------------------------------------ */

static bool collect_hyperv(struct report *report, struct pvfeat_error *error)
{
	struct pvfeat_verdict verdict;
	char text[PVFEAT_VERDICT_TEXT];
	struct pvfeat_hyperv leaves;
	struct view *view;

	if (!cpuid_exists())
		return pvfeat_fail(error, ENODEV, "this architecture has no CPUID");
	if (!cpuid_hyperv(&leaves))
		return pvfeat_fail(error, ENODEV,
				   "CPUID leaf 0x%x does not report isolation by Hyper-V",
				   PVFEAT_HV_ISOLATION);
	view = add_view(report, "hyperv", "");
	if (!view)
		return true;
	view->mask = pvfeat_hyperv_translate(&leaves, &view->table);
	if (pvfeat_table_check(&view->table, &verdict))
		return true;
	view->table.nr = 0;
	pvfeat_describe_verdict(&verdict, text, sizeof(text));
	pvfeat_fail(&view->error, EBADMSG, "%s", text);
	return true;
}

/* ---- all of them -------------------------------------------------------- */

/* Read the windows without the driver; a missing window is not an error */
static bool collect_directly(struct report *report, const struct request *request,
			     struct pvfeat_error *error)
{
	const struct request pci = { SOURCE_PCI, request->function };
	struct pvfeat_error absent;
	bool done;

	/* Report a failed search of PCI in addition to the windows that were found */
	done = collect_functions(report, &pci, error) || error->code == ENODEV;
	if (request->function)
		return report->nr;
	collect_cpuid(report, &absent);
	collect_dt(report, &absent);
	collect_hyperv(report, &absent);
	if (!done || report->nr)
		return done;
	return pvfeat_fail(error, ENODEV,
			   "%s, and neither %sCPUID nor DeviceTree has a feature table, nor does Hyper-V report isolation",
			   sysfs_mounted() ? "the kernel driver is not loaded" :
			   "/sys is not mounted", sysfs_mounted() ? "PCI nor " : "");
}

/**
 * report_collect - read windows
 * @report: filled in; release it with report_free()
 * @request: the windows to read
 */
void report_collect(struct report *report, const struct request *request)
{
	struct pvfeat_error error = { 0 };
	bool found;
	size_t i;

	memset(report, 0, sizeof(*report));
	report->guest = guest_kind();
	switch (request->source) {
	case SOURCE_SYSFS:
		found = collect_sysfs(report, request, &error);
		break;
	case SOURCE_PCI:
	case SOURCE_VFIO:
		found = collect_functions(report, request, &error);
		break;
	case SOURCE_CPUID:
		found = collect_cpuid(report, &error);
		break;
	case SOURCE_DT:
		found = collect_dt(report, &error);
		break;
	case SOURCE_HYPERV:
		found = collect_hyperv(report, &error);
		break;
	default:
		found = driver_loaded() ? collect_sysfs(report, request, &error) :
					  collect_directly(report, request, &error);
	}
	if (!found)
		report->error = error;
	for (i = 0; i < report->nr; i++) {
		if (report->views[i].table.nr && !*report->views[i].digest)
			table_digest(&report->views[i].table, report->views[i].digest);
	}
}

/**
 * report_error - get the first error of a report
 * @report: the report
 * @error: filled in; code 0 if there is none
 */
void report_error(const struct report *report, struct pvfeat_error *error)
{
	size_t i;

	*error = report->error;
	for (i = 0; i < report->nr && !error->code; i++) {
		if (report->views[i].error.code)
			pvfeat_fail(error, report->views[i].error.code, "%s: %s",
				    report->views[i].name,
				    report->views[i].error.text);
	}
}

void report_free(struct report *report)
{
	free(report->views);
	report->views = NULL;
	report->nr = 0;
}

/**
 * firmware_table - read the table of a firmware window, to compare others with
 * @table: filled in; nr is 0 if the window is malformed
 * @error: filled in: why the window is malformed
 *
 * Return: the window's name, or NULL if this machine has none.
 */
const char *firmware_table(struct pvfeat_table *table, struct pvfeat_error *error)
{
	static const struct request requests[] = {
		{ SOURCE_CPUID, NULL }, { SOURCE_DT, NULL }, { SOURCE_SYSFS, NULL }
	};
	static char name[sizeof(((struct view *)0)->name)];
	struct report report;
	bool found = false;
	size_t i, v;

	for (i = 0; i < sizeof(requests) / sizeof(requests[0]) && !found; i++) {
		report_collect(&report, &requests[i]);
		for (v = 0; v < report.nr && !found; v++) {
			if (*report.views[v].function || report.views[v].mask ||
			    (!report.views[v].table.nr &&
			     report.views[v].error.code != EBADMSG))
				continue;
			*table = report.views[v].table;
			*error = report.views[v].error;
			memcpy(name, report.views[v].name, sizeof(name));
			found = true;
		}
		report_free(&report);
	}
	return found ? name : NULL;
}
