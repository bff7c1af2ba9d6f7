// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Access to PCI functions: config space through libpci, BARs through the resource files
 * of sysfs.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mapping.h"
#include "pci.h"
#include "status.h"
#include "sysfs.h"

/**
 * struct pci_function - a function through sysfs
 * @f: the function, as the caller uses it
 * @dev: libpci's device
 * @bar: the BAR in use
 * @enabled: whether the function was enabled here
 */
struct pci_function {
	struct pvfeat_function f;
	struct pci_dev *dev;
	struct mapping bar;
	bool enabled;
};

#define to_pci(function) ((struct pci_function *)(function))

static bool config(struct pvfeat_function *f, unsigned int pos, void *buf,
		   unsigned int n)
{
	return pci_read_block(to_pci(f)->dev, pos, buf, n);
}

static void sysfs_path(const char *function, const char *name, char *path,
		       size_t size)
{
	snprintf(path, size, SYS_DEVICES "/%s/%s", function, name);
}

static bool sysfs_write(struct pvfeat_function *f, const char *name,
			const char *value)
{
	char path[PATH_MAX];
	bool done;
	int fd;

	sysfs_path(f->name, name, path, sizeof(path));
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	done = write(fd, value, strlen(value)) == (ssize_t)strlen(value);
	close(fd);
	return done;
}

bool pci_driver(const char *name, char *driver, size_t size)
{
	char path[PATH_MAX];

	sysfs_path(name, "driver", path, sizeof(path));
	return link_name(path, driver, size);
}

static __u64 bar_size(struct pvfeat_function *f, unsigned int bar)
{
	struct pci_dev *dev = to_pci(f)->dev;
	char path[PATH_MAX];

	/* libpci treats the removal of a function that it found as a fatal error */
	sysfs_path(f->name, "resource", path, sizeof(path));
	if (bar > PVFEAT_LOCATOR_BAR_MAX || access(path, R_OK))
		return 0;
	pci_fill_info(dev, PCI_FILL_BASES | PCI_FILL_SIZES);
	if (dev->base_addr[bar] & PCI_BASE_ADDRESS_SPACE_IO)
		return 0;
	return dev->size[bar];
}

/* Enable memory decoding, which may be off while the function has no driver */
static bool enable(struct pci_function *p, struct pvfeat_error *error)
{
	if (pci_read_word(p->dev, PCI_COMMAND) & PCI_COMMAND_MEMORY)
		return true;
	p->enabled = sysfs_write(&p->f, "enable", "1");
	if (p->enabled && pci_read_word(p->dev, PCI_COMMAND) & PCI_COMMAND_MEMORY)
		return true;
	return pvfeat_fail(error, ENODEV, "its memory decoding is off and cannot be enabled");
}

static bool map(struct pvfeat_function *f, unsigned int bar,
		struct pvfeat_error *error)
{
	struct pci_function *p = to_pci(f);
	char file[16], path[PATH_MAX], driver[NAME_MAX];
	bool mapped;
	int fd, code;

	snprintf(file, sizeof(file), "resource%u", bar);
	sysfs_path(f->name, file, path, sizeof(path));
	fd = open(path, (f->writable ? O_RDWR : O_RDONLY) | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return pvfeat_fail(error, ENODEV,
				   "this kernel has no resource file for BAR%u; use --source=vfio",
				   bar);
	if (fd < 0) {
		code = errno;
		return pvfeat_fail(error, code, "%s: %s%s", path, strerror(code),
				   code == EACCES ? " (requires root)" : "");
	}
	if (!loads_reach(f->name)) {
		close(fd);
		return pvfeat_fail(error, ENODEV,
				   "loads do not reach BAR%u on this machine; use --source=vfio",
				   bar);
	}
	if (!enable(p, error)) {
		close(fd);
		return false;
	}
	mapping_free(&p->bar);
	mapped = mapping_new(&p->bar, fd, 0,
			     p->dev->base_addr[bar] & PCI_ADDR_MEM_MASK &
			     (sysconf(_SC_PAGESIZE) - 1),
			     &f->locator, bar_size(f, bar), f->writable);
	code = errno;
	close(fd);
	if (mapped)
		return true;
	if (code == EINVAL && pci_driver(f->name, driver, sizeof(driver)))
		return pvfeat_fail(error, EBUSY,
				   "BAR%u is in use by driver %s, which has exclusive access",
				   bar, driver);
	/* EINVAL is the error for memory that is claimed exclusively */
	return pvfeat_fail(error, code == EINVAL ? EBUSY : code, "%s: %s%s", path,
			   strerror(code),
			   code == EPERM ? ", the kernel is locked down" : "");
}

static __u64 read_bar(struct pvfeat_function *f, __u64 offset, unsigned int width)
{
	return mapping_read(&to_pci(f)->bar, offset, width);
}

static void write_bar(struct pvfeat_function *f, __u64 offset, unsigned int width,
		      __u64 value)
{
	mapping_write(&to_pci(f)->bar, offset, width, value);
}

static bool reset(struct pvfeat_function *f)
{
	return sysfs_write(f, "reset", "1");
}

static void close_function(struct pvfeat_function *f)
{
	struct pci_function *p = to_pci(f);

	mapping_free(&p->bar);
	if (p->enabled)
		sysfs_write(f, "enable", "0");
	free(p);
}

static const struct pvfeat_function_ops pci_ops = {
	.config = config,
	.bar_size = bar_size,
	.map = map,
	.read = read_bar,
	.write = write_bar,
	.reset = reset,
	.close = close_function,
};

void pci_name(const struct pci_dev *dev, char *name, size_t size)
{
	snprintf(name, size, "%04x:%02x:%02x.%d", dev->domain, dev->bus, dev->dev,
		 dev->func);
}

struct pvfeat_function *pci_open(struct pci_dev *dev)
{
	struct pci_function *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->f.ops = &pci_ops;
	p->dev = dev;
	pci_name(dev, p->f.name, sizeof(p->f.name));
	return &p->f;
}

static void __attribute__((noreturn, format(printf, 1, 2)))
fatal(char *format, ...)
{
	va_list args;

	fputs("pvfeat: PCI: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(STATUS_NOTHING);
}

/* Drop libpci's warnings: failed reads are reported where the data is needed */
static void __attribute__((format(printf, 1, 2))) ignore(char *format, ...)
{
	(void)format;
}

struct pci_access *pci_start(void)
{
	struct pci_access *access = pci_alloc();

	/* Use sysfs only: libpci's last resort would be I/O ports */
	access->method = PCI_ACCESS_SYS_BUS_PCI;
	access->error = fatal;
	access->warning = ignore;
	return access;
}

bool pci_find(struct pci_access *access_to, const char *address,
	      bool (*each)(void *context, struct pci_dev *dev), void *context,
	      struct pvfeat_error *error)
{
	bool found = false, more = true, unreadable = false;
	struct pvfeat_function *f;
	struct pci_dev *dev;

	if (access(SYS_DEVICES, F_OK))
		return pvfeat_fail(error, ENODEV, "%s", sysfs_mounted() ?
				   "this machine has no PCI" : "/sys is not mounted");
	pci_init(access_to);
	pci_scan_bus(access_to);
	for (dev = access_to->devices; dev && more; dev = dev->next) {
		struct pvfeat_error reason = { 0 };
		char name[sizeof(f->name)];
		bool carries;

		pci_name(dev, name, sizeof(name));
		if (address && strcmp(name, address))
			continue;
		f = pci_open(dev);
		if (!f)
			return pvfeat_fail(error, ENOMEM, "out of memory");
		carries = pvfeat_locate(f, &reason) || reason.code == EBADMSG;
		unreadable |= reason.code == EACCES;
		pvfeat_close(f);
		if (carries || address) {
			found = true;
			more = each(context, dev);
		}
	}
	if (found)
		return true;
	if (unreadable)
		return pvfeat_fail(error, EACCES,
				   "the capabilities of PCI functions cannot be read without root; alternatives: the kernel driver (modprobe pvfeat), or --source=vfio with a --device that you may open");
	if (address)
		return pvfeat_fail(error, ENODEV, "%s: there is no such function",
				   address);
	return pvfeat_fail(error, ENODEV, "no PCI function carries a feature table");
}
