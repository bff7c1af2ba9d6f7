// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Access to a function through VFIO: its character device and iommufd where the kernel
 * has them, otherwise its group and a container. No memory is mapped for DMA, so that
 * the function cannot write to any.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/pci_regs.h>
#include <linux/vfio.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "mapping.h"
#include "sysfs.h"

#ifndef VFIO_DEVICE_BIND_IOMMUFD
/* Since Linux 6.6; the headers of Debian 12 are older */
struct vfio_device_bind_iommufd {
	__u32 argsz;
	__u32 flags;
	__s32 iommufd;
	__u32 out_devid;
};

#define VFIO_DEVICE_BIND_IOMMUFD	_IO(VFIO_TYPE, VFIO_BASE + 18)
#endif

#define SYS_DEVICE	SYS_DEVICES "/%s/%s"

/**
 * struct vfio - a function that is bound to vfio-pci
 * @f: the function, as the caller uses it
 * @iommu: the container, or /dev/iommu
 * @group: the group, or -1
 * @device: VFIO's device of the function
 * @changed: eventfd of vector 0, or -1
 * @wanted: eventfd that is signalled when the function is to be removed, or -1
 * @raw_config: its config space in sysfs; -1 if this process cannot read all of it
 * @config: its config space, as VFIO exposes it
 * @regions: its BARs
 * @region: the BAR in use
 * @bar: the mapping of that BAR, if it can be mapped
 * @can_reset: whether VFIO can reset the function
 */
struct vfio {
	struct pvfeat_function f;
	int iommu, group, device, changed, wanted, raw_config;
	struct vfio_region_info config, regions[6];
	const struct vfio_region_info *region;
	struct mapping bar;
	bool can_reset;
};

#define to_vfio(function) ((struct vfio *)(function))

/*
 * Before Linux 6.4, the config space that VFIO exposes lacks a DVSEC. Use the config
 * space in sysfs if this process may read it.
 */
static bool vfio_config(struct pvfeat_function *f, unsigned int pos, void *buf,
			unsigned int n)
{
	struct vfio *v = to_vfio(f);

	if (v->raw_config >= 0)
		return pread(v->raw_config, buf, n, pos) == (ssize_t)n;
	if (pos + n > v->config.size)
		return false;
	return pread(v->device, buf, n, v->config.offset + pos) == (ssize_t)n;
}

static __u64 vfio_bar_size(struct pvfeat_function *f, unsigned int bar)
{
	__u8 low;

	/* VFIO has regions for I/O BARs, too: bit 0 of the BAR distinguishes them */
	if (bar > PVFEAT_LOCATOR_BAR_MAX ||
	    !vfio_config(f, PCI_BASE_ADDRESS_0 + 4 * bar, &low, 1) || (low & 1))
		return 0;
	return to_vfio(f)->regions[bar].size;
}

static bool vfio_map(struct pvfeat_function *f, unsigned int bar,
		     struct pvfeat_error *error)
{
	struct vfio *v = to_vfio(f);
	const struct vfio_region_info *region = &v->regions[bar];

	if (!(region->flags & VFIO_REGION_INFO_FLAG_READ))
		return pvfeat_fail(error, EACCES, "VFIO does not permit reads of BAR%u", bar);
	mapping_free(&v->bar);
	v->region = region;
	/* Without a mapping, or where loads do not reach it, vfio_read() uses pread() */
	if (region->flags & VFIO_REGION_INFO_FLAG_MMAP && loads_reach(f->name))
		mapping_new(&v->bar, v->device, region->offset, 0, &f->locator,
			    region->size, true);
	return true;
}

static __u64 vfio_read(struct pvfeat_function *f, __u64 offset, unsigned int width)
{
	struct vfio *v = to_vfio(f);
	__u64 value = 0;

	if (v->bar.base)
		return mapping_read(&v->bar, offset, width);
	if (pread(v->device, &value, width, v->region->offset + offset) !=
	    (ssize_t)width)
		return ~0ULL;
	return le64toh(value);
}

static void vfio_write(struct pvfeat_function *f, __u64 offset, unsigned int width,
		       __u64 value)
{
	struct vfio *v = to_vfio(f);
	const __u64 le = htole64(value);

	if (v->bar.base)
		mapping_write(&v->bar, offset, width, value);
	else if (pwrite(v->device, &le, width, v->region->offset + offset) < 0)
		return; /* ignored: a write must have no effect anyway */
}

/* Permit bus mastering, without which the function cannot send messages */
static bool set_master(struct vfio *v)
{
	__u8 command;

	if (pread(v->device, &command, 1, v->config.offset + PCI_COMMAND) != 1)
		return false;
	command |= PCI_COMMAND_MASTER;
	return pwrite(v->device, &command, 1, v->config.offset + PCI_COMMAND) == 1;
}

/* Have VFIO signal an interrupt through an eventfd; -1 on error */
static int vfio_event(struct vfio *v, unsigned int index)
{
	struct vfio_irq_info info = { .argsz = sizeof(info), .index = index };
	union {
		struct vfio_irq_set set;
		char room[sizeof(struct vfio_irq_set) + sizeof(__s32)];
	} request = { .set = {
		.argsz = sizeof(request.room),
		.flags = VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER,
		.index = index, .start = PVFEAT_PCI_MSIX_CHANGED, .count = 1,
	} };
	__s32 event;

	if (ioctl(v->device, VFIO_DEVICE_GET_IRQ_INFO, &info) || !info.count ||
	    !(info.flags & VFIO_IRQ_INFO_EVENTFD))
		return -1;
	event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (event < 0)
		return -1;
	memcpy(request.set.data, &event, sizeof(event));
	if (ioctl(v->device, VFIO_DEVICE_SET_IRQS, &request)) {
		close(event);
		return -1;
	}
	return event;
}

static bool vfio_listen(struct pvfeat_function *f)
{
	struct vfio *v = to_vfio(f);

	if (v->changed < 0 && set_master(v))
		v->changed = vfio_event(v, VFIO_PCI_MSIX_IRQ_INDEX);
	/* The removal of the function blocks until it is closed here */
	if (v->wanted < 0)
		v->wanted = vfio_event(v, VFIO_PCI_REQ_IRQ_INDEX);
	return v->changed >= 0;
}

static int vfio_wait(struct pvfeat_function *f, int ms)
{
	struct vfio *v = to_vfio(f);
	struct pollfd p[] = {
		{ .fd = v->changed, .events = POLLIN },
		{ .fd = v->wanted, .events = POLLIN },
	};
	uint64_t count;

	if (v->changed < 0) {
		errno = EINVAL;
		return -1;
	}
	if (poll(p, 2, ms) < 0)
		return -1;
	if (p[1].revents) {
		errno = ENODEV;
		return -1;
	}
	return read(v->changed, &count, sizeof(count)) == sizeof(count);
}

static bool vfio_reset(struct pvfeat_function *f)
{
	return to_vfio(f)->can_reset &&
	       !ioctl(to_vfio(f)->device, VFIO_DEVICE_RESET);
}

static void close_if(int fd)
{
	if (fd >= 0)
		close(fd);
}

static void vfio_close(struct pvfeat_function *f)
{
	struct vfio *v = to_vfio(f);

	mapping_free(&v->bar);
	/* Close the device before its eventfds, its group and its container */
	close_if(v->device);
	close_if(v->changed);
	close_if(v->wanted);
	close_if(v->group);
	close_if(v->iommu);
	close_if(v->raw_config);
	free(v);
}

static const struct pvfeat_function_ops vfio_ops = {
	.config = vfio_config,
	.bar_size = vfio_bar_size,
	.map = vfio_map,
	.read = vfio_read,
	.write = vfio_write,
	.listen = vfio_listen,
	.wait = vfio_wait,
	.reset = vfio_reset,
	.close = vfio_close,
};

/* Read the name that a link in the function's sysfs folder refers to */
static bool function_link(const char *address, const char *link, char *name,
			  size_t size)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), SYS_DEVICE, address, link);
	return link_name(path, name, size);
}

static bool fail_open(struct pvfeat_error *error, const char *path)
{
	const int code = errno;

	/* EINVAL is reserved for a bad address */
	return pvfeat_fail(error, code == EINVAL ? EIO : code, "%s: %s%s", path,
			   strerror(code),
			   code == EBUSY ? ", another program has it open" : "");
}

static bool open_group(struct vfio *v, struct pvfeat_error *error)
{
	struct vfio_group_status status = { .argsz = sizeof(status) };
	char number[32], path[64];

	if (!function_link(v->f.name, "iommu_group", number, sizeof(number)))
		return pvfeat_fail(error, ENODEV,
				   "it is not in an IOMMU group; VFIO requires an IOMMU");
	snprintf(path, sizeof(path), "/dev/vfio/%s", number);
	v->group = open(path, O_RDWR | O_CLOEXEC);
	if (v->group < 0)
		return fail_open(error, path);
	if (ioctl(v->group, VFIO_GROUP_GET_STATUS, &status))
		return fail_open(error, path);
	if (!(status.flags & VFIO_GROUP_FLAGS_VIABLE))
		return pvfeat_fail(error, EBUSY,
				   "IOMMU group %s has functions with other drivers; bind each of them to vfio-pci or to no driver",
				   number);
	v->iommu = open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC);
	if (v->iommu < 0)
		return fail_open(error, "/dev/vfio/vfio");
	if (ioctl(v->iommu, VFIO_GET_API_VERSION) != VFIO_API_VERSION ||
	    ioctl(v->iommu, VFIO_CHECK_EXTENSION, VFIO_TYPE1v2_IOMMU) != 1)
		return pvfeat_fail(error, ENODEV,
				   "the kernel's VFIO has no type 1 IOMMU (modprobe vfio_iommu_type1)");
	if (ioctl(v->group, VFIO_GROUP_SET_CONTAINER, &v->iommu))
		return fail_open(error, path);
	if (ioctl(v->iommu, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU)) {
		if (errno != EPERM)
			return fail_open(error, path);
		return pvfeat_fail(error, EPERM,
				   "%s: not permitted: this machine does not isolate interrupts",
				   path);
	}
	v->device = ioctl(v->group, VFIO_GROUP_GET_DEVICE_FD, v->f.name);
	if (v->device < 0)
		return fail_open(error, path);
	return true;
}

/* The function's character device, /dev/vfio/devices/vfioN; false if it has none */
static bool cdev_path(const struct vfio *v, char *path, size_t size)
{
	char folder[PATH_MAX];
	struct dirent *entry;
	bool found = false;
	DIR *dir;

	snprintf(folder, sizeof(folder), SYS_DEVICE, v->f.name, "vfio-dev");
	dir = opendir(folder);
	while (dir && !found && (entry = readdir(dir))) {
		found = !strncmp(entry->d_name, "vfio", 4) &&
			snprintf(path, size, "/dev/vfio/devices/%s",
				 entry->d_name) < (int)size;
	}
	if (dir)
		closedir(dir);
	return found && !access(path, F_OK) && !access("/dev/iommu", F_OK);
}

static bool may_open(const char *path)
{
	return !access(path, R_OK | W_OK);
}

/* Whether to use the character device: not if this user may open only the group */
static bool prefers_cdev(const struct vfio *v, const char *cdev)
{
	char number[32], group[64];

	if (may_open(cdev) && may_open("/dev/iommu"))
		return true;
	if (!function_link(v->f.name, "iommu_group", number, sizeof(number)))
		return true;
	snprintf(group, sizeof(group), "/dev/vfio/%s", number);
	return !may_open(group);
}

/* Explain why VFIO_DEVICE_BIND_IOMMUFD failed; the request itself is valid */
static bool fail_bind(struct pvfeat_error *error, const char *path)
{
	switch (errno) {
	case EINVAL:
		/* Several programs can open the device, but only one can bind it */
		return pvfeat_fail(error, EBUSY,
				   "%s: another program has it open (or the IOMMU is not cache coherent)",
				   path);
	case EBUSY:
		return pvfeat_fail(error, EBUSY,
				   "%s: another program has its IOMMU group open", path);
	case EPERM:
		return pvfeat_fail(error, EPERM,
				   "%s: its IOMMU group has functions with other drivers or in use, or this machine does not isolate interrupts",
				   path);
	}
	return fail_open(error, path);
}

static bool open_cdev(struct vfio *v, const char *path, struct pvfeat_error *error)
{
	struct vfio_device_bind_iommufd bind = { .argsz = sizeof(bind) };

	v->device = open(path, O_RDWR | O_CLOEXEC);
	if (v->device < 0)
		return fail_open(error, path);
	v->iommu = open("/dev/iommu", O_RDWR | O_CLOEXEC);
	if (v->iommu < 0)
		return fail_open(error, "/dev/iommu");
	bind.iommufd = v->iommu;
	if (ioctl(v->device, VFIO_DEVICE_BIND_IOMMUFD, &bind))
		return fail_bind(error, path);
	return true;
}

static bool describe_device(struct vfio *v, struct pvfeat_error *error)
{
	struct vfio_device_info info = { .argsz = sizeof(info) };
	unsigned int i;

	if (ioctl(v->device, VFIO_DEVICE_GET_INFO, &info) ||
	    !(info.flags & VFIO_DEVICE_FLAGS_PCI) ||
	    info.num_regions <= VFIO_PCI_CONFIG_REGION_INDEX)
		return pvfeat_fail(error, ENODEV, "VFIO reports that it is not a PCI function");
	v->can_reset = info.flags & VFIO_DEVICE_FLAGS_RESET;
	v->config.argsz = sizeof(v->config);
	v->config.index = VFIO_PCI_CONFIG_REGION_INDEX;
	if (ioctl(v->device, VFIO_DEVICE_GET_REGION_INFO, &v->config))
		return fail_open(error, "VFIO_DEVICE_GET_REGION_INFO");
	for (i = 0; i <= PVFEAT_LOCATOR_BAR_MAX; i++) {
		v->regions[i].argsz = sizeof(v->regions[i]);
		v->regions[i].index = VFIO_PCI_BAR0_REGION_INDEX + i;
		if (ioctl(v->device, VFIO_DEVICE_GET_REGION_INFO, &v->regions[i]))
			return fail_open(error, "VFIO_DEVICE_GET_REGION_INFO");
	}
	return true;
}

static void open_raw_config(struct vfio *v)
{
	char path[PATH_MAX];
	__u8 byte;

	snprintf(path, sizeof(path), SYS_DEVICE, v->f.name, "config");
	v->raw_config = open(path, O_RDONLY | O_CLOEXEC);
	if (v->raw_config >= 0 && pread(v->raw_config, &byte, 1, PCI_STD_HEADER_SIZEOF) != 1) {
		close(v->raw_config);
		v->raw_config = -1;
	}
}

static bool open_device(struct vfio *v, struct pvfeat_error *error)
{
	char driver[64], path[PATH_MAX];

	snprintf(path, sizeof(path), SYS_DEVICE, v->f.name, "");
	if (access(path, F_OK))
		return pvfeat_fail(error, ENODEV, "there is no such function");
	if (!function_link(v->f.name, "driver", driver, sizeof(driver)))
		snprintf(driver, sizeof(driver), "no driver");
	if (strcmp(driver, "vfio-pci"))
		return pvfeat_fail(error, ENODEV, "it is bound to %s, not to vfio-pci",
				   driver);
	if (!(cdev_path(v, path, sizeof(path)) && prefers_cdev(v, path) ?
	      open_cdev(v, path, error) : open_group(v, error)))
		return false;
	open_raw_config(v);
	return describe_device(v, error);
}

/* Whether it is an address in the kernel's format, safe to become part of a path */
static bool is_address(const char *address)
{
	unsigned int domain, bus, dev, fn;
	int end = 0;

	return strspn(address, "0123456789abcdef:.") == strlen(address) &&
	       sscanf(address, "%x:%x:%x.%x%n", &domain, &bus, &dev, &fn, &end) == 4 &&
	       !address[end];
}

struct pvfeat_function *pvfeat_vfio_attach(const char *address,
					   struct pvfeat_error *error)
{
	struct vfio *v = calloc(1, sizeof(*v));

	if (!v) {
		pvfeat_fail(error, ENOMEM, "out of memory");
		return NULL;
	}
	v->f.ops = &vfio_ops;
	v->iommu = -1;
	v->group = -1;
	v->device = -1;
	v->changed = -1;
	v->wanted = -1;
	v->raw_config = -1;
	if (!is_address(address) ||
	    snprintf(v->f.name, sizeof(v->f.name), "%s", address) >=
	    (int)sizeof(v->f.name))
		pvfeat_fail(error, EINVAL, "'%s' is not a PCI address", address);
	else if (open_device(v, error))
		return &v->f;
	vfio_close(&v->f);
	return NULL;
}

struct pvfeat_function *pvfeat_vfio_open(const char *address,
					 struct pvfeat_error *error)
{
	struct pvfeat_function *f = pvfeat_vfio_attach(address, error);

	if (!f || pvfeat_map(f, error))
		return f;
	if (error->code == ENODEV && to_vfio(f)->raw_config < 0)
		pvfeat_fail(error, ENODEV,
			    "VFIO exposes no locator for it; before Linux 6.4 a locator on PCI Express is visible to root only");
	pvfeat_close(f);
	return NULL;
}
