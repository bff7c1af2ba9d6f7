// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pvfeat-server: the PCI function with a feature table, in a process outside of the
 * hypervisor, over the vfio-user protocol of libvfio-user. The device is implemented from
 * spec/pci-device.md; only the description of the table is shared with "pvfeat digest".
 *
 * One thread serves the hypervisor and the control socket, so that no access of the guest
 * can be between the steps of a change.
 */
#include <endian.h>
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <libvfio-user.h>

#include "digest.h"

#define MSIX_BAR_BYTES	0x1000
#define MSIX_PBA	0x800
/* QEMU's subsystem IDs: the placeholder IDs are QEMU's, too */
#define SUBSYSTEM	0x1100
/* Positions of the capabilities: the first one, MSI-X, and the DVSEC */
#define FIRST_AT	0x40
#define MSIX_AT		0x80
#define DVSEC_AT	0x100
/* The longest request on the control socket */
#define REQUEST_MAX	4096
/* Limit of the wait for the answer to a request */
#define ANSWER_SECONDS	10
/* Limit of the wait for the rest of a message of the hypervisor, or for its reading one */
#define MESSAGE_SECONDS	3

/**
 * struct server - the device
 * @vfu: libvfio-user's context
 * @path: path of its socket
 * @attached: whether a hypervisor is connected
 * @notifying: whether the message of vector 0 is being sent
 * @described: the table as described, before table_complete()
 * @config: configuration space
 * @writable: the bits of @config that the guest can write
 * @express: whether the function has a PCI Express capability
 * @bar: the contents of the BAR with the table
 * @control: the control socket, -1 if there is none
 */
struct server {
	vfu_ctx_t *vfu;
	const char *path;
	bool attached;
	bool notifying;
	struct pvfeat_table described;
	__u8 config[PVFEAT_CONFIG_BYTES_EXTENDED];
	__u8 writable[PVFEAT_CONFIG_BYTES_EXTENDED];
	bool express;
	__le32 bar[PVFEAT_PCI_BAR_BYTES / 4];
	int control;
};

static void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void complain(const char *format, ...)
{
	va_list args;

	fputs("pvfeat-server: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

/* ---- the device ---------------------------------------------------------------- */

static __u32 generation(const struct server *s)
{
	return le32toh(s->bar[PVFEAT_W_GENERATION]);
}

static void set_generation(struct server *s, __u32 value)
{
	__atomic_store_n(&s->bar[PVFEAT_W_GENERATION], htole32(value), __ATOMIC_SEQ_CST);
}

/* A word of a table as the window contains it, GENERATION aside */
static __le32 window_word(const struct pvfeat_table *table, unsigned int word)
{
	return htole32(word < table->nr ? table->words[word] : 0);
}

static void write_words(struct server *s, const struct pvfeat_table *table)
{
	unsigned int i;

	for (i = 0; i < PVFEAT_TABLE_MAX_WORDS; i++) {
		if (i != PVFEAT_W_GENERATION)
			s->bar[i] = window_word(table, i);
	}
}

static bool differs(const struct server *s, const struct pvfeat_table *table)
{
	unsigned int i;

	for (i = 0; i < PVFEAT_TABLE_MAX_WORDS; i++) {
		if (i != PVFEAT_W_GENERATION && s->bar[i] != window_word(table, i))
			return true;
	}
	return false;
}

/* PVF-DEV-28: the order of a change; writing identical values is not a change */
static void change(struct server *s, const struct pvfeat_table *table)
{
	const __u32 before = generation(s);

	if (!differs(s, table))
		return;
	set_generation(s, before | PVFEAT_GENERATION_ODD);
	write_words(s, table);
	set_generation(s, before == PVFEAT_GENERATION_LAST ? 0 : before + PVFEAT_GENERATION_STEP);
	/* Fails while the guest has not enabled MSI-X; the message is lost then */
	s->notifying = true;
	if (s->attached)
		vfu_irq_trigger(s->vfu, PVFEAT_PCI_MSIX_CHANGED);
	s->notifying = false;
}

/* Whether an access lies in a region of @size bytes; sets errno if not */
static bool in_region(size_t count, loff_t offset, size_t size)
{
	if (offset >= 0 && count <= size && (size_t)offset <= size - count)
		return true;
	errno = EINVAL;
	return false;
}

/* PVF-DEV-22, 23: reads return the bytes; writes have no effect */
static ssize_t access_table(vfu_ctx_t *vfu, char *buf, size_t count, loff_t offset, bool is_write)
{
	struct server *s = vfu_get_private(vfu);

	if (!in_region(count, offset, sizeof(s->bar)))
		return -1;
	if (!is_write)
		memcpy(buf, (char *)s->bar + offset, count);
	return count;
}

/* The client emulates the vector table and the PBA */
static ssize_t access_msix(vfu_ctx_t *vfu, char *buf, size_t count, loff_t offset, bool is_write)
{
	(void)vfu;
	(void)offset;
	if (!is_write)
		memset(buf, 0, count);
	return count;
}

static size_t config_size(const struct server *s)
{
	return s->express ? PVFEAT_CONFIG_BYTES_EXTENDED : PVFEAT_CONFIG_BYTES;
}

/* PVF-DEV-26: a reset clears the registers that the guest can write, and not the table */
static int reset(vfu_ctx_t *vfu, vfu_reset_type_t type)
{
	struct server *s = vfu_get_private(vfu);
	size_t i;

	(void)type;
	for (i = 0; i < sizeof(s->config); i++)
		s->config[i] &= ~s->writable[i];
	return 0;
}

/*
 * Configuration space is not left to libvfio-user, whose checks of writes do not cover parts of
 * registers, and which does not know a DVSEC.
 */
static ssize_t access_config(vfu_ctx_t *vfu, char *buf, size_t count, loff_t offset, bool is_write)
{
	struct server *s = vfu_get_private(vfu);
	const size_t flr = FIRST_AT + PCI_EXP_DEVCTL + 1;
	size_t i, at;

	if (!in_region(count, offset, config_size(s)))
		return -1;
	if (!is_write) {
		memcpy(buf, s->config + offset, count);
		return count;
	}
	for (i = 0; i < count; i++) {
		at = offset + i;
		s->config[at] = (s->config[at] & ~s->writable[at]) | (buf[i] & s->writable[at]);
	}
	/* The bit that starts a Function Level Reset reads as 0 */
	if (s->express && (size_t)offset <= flr && flr < offset + count &&
	    buf[flr - offset] & (PCI_EXP_DEVCTL_BCR_FLR >> 8))
		reset(vfu, VFU_RESET_PCI_FLR);
	return count;
}

static void put_le(__u8 *at, __u32 value, unsigned int bytes)
{
	for (; bytes; bytes--, value >>= 8)
		*at++ = value;
}

/* Set a register: its constant bits, and the bits that the guest can write, initially 0 */
static void set_register(struct server *s, unsigned int at, unsigned int bytes, __u32 value,
			 __u32 writable)
{
	put_le(s->config + at, value, bytes);
	put_le(s->writable + at, writable, bytes);
}

static void locator_body(__u8 *body)
{
	put_le(body + PVFEAT_LOCATOR_SIGNATURE, PVFEAT_LOCATOR_MAGIC, 4);
	put_le(body + PVFEAT_LOCATOR_REVISION, PVFEAT_LOCATOR_REVISION_1, 1);
	put_le(body + PVFEAT_LOCATOR_BAR, PVFEAT_PCI_BAR, 1);
	put_le(body + PVFEAT_LOCATOR_OFFSET, 0, 4);
	put_le(body + PVFEAT_LOCATOR_LENGTH, PVFEAT_TABLE_MAX_BYTES, 4);
}

static void add_dvsec(struct server *s)
{
	__u8 *cap = s->config + DVSEC_AT;

	set_register(s, FIRST_AT, 4, PCI_CAP_ID_EXP | MSIX_AT << 8 |
		     (2 | PCI_EXP_TYPE_ENDPOINT << 4) << 16, 0);
	set_register(s, FIRST_AT + PCI_EXP_DEVCAP, 4, PCI_EXP_DEVCAP_RBER | PCI_EXP_DEVCAP_FLR, 0);
	set_register(s, FIRST_AT + PCI_EXP_DEVCTL, 2, 0, 0xffff & ~PCI_EXP_DEVCTL_BCR_FLR);
	put_le(cap, PCI_EXT_CAP_ID_DVSEC | 1 << 16, 4);
	put_le(cap + PVFEAT_DVSEC_HEADER1, PVFEAT_DVSEC_VENDOR | PVFEAT_DVSEC_REVISION << 16 |
	       PVFEAT_DVSEC_BYTES << 20, 4);
	put_le(cap + PVFEAT_DVSEC_HEADER2, PVFEAT_DVSEC_ID, 2);
	locator_body(cap + PVFEAT_DVSEC_BODY);
}

static void add_vendor_specific(struct server *s)
{
	__u8 *cap = s->config + FIRST_AT;

	put_le(cap, PCI_CAP_ID_VNDR | MSIX_AT << 8, 2);
	put_le(cap + PVFEAT_VNDR_LENGTH, PVFEAT_VNDR_BYTES, 1);
	locator_body(cap + PVFEAT_VNDR_BODY);
}

/* Section 5.1; the writable registers are those that PCI defines (PVF-DEV-24) */
static void fill_config(struct server *s)
{
	set_register(s, PCI_VENDOR_ID, 4, PVFEAT_PCI_VENDOR_ID | PVFEAT_PCI_DEVICE_ID << 16, 0);
	set_register(s, PCI_COMMAND, 2, 0, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER |
		     PCI_COMMAND_PARITY | PCI_COMMAND_SERR | PCI_COMMAND_INTX_DISABLE);
	set_register(s, PCI_STATUS, 2, PCI_STATUS_CAP_LIST, 0);
	set_register(s, PCI_REVISION_ID, 4, PVFEAT_PCI_REVISION | PVFEAT_PCI_PROG_IF << 8 |
		     PVFEAT_PCI_CLASS << 16, 0);
	set_register(s, PCI_CACHE_LINE_SIZE, 1, 0, 0xff);
	set_register(s, PCI_BASE_ADDRESS_0 + 4 * PVFEAT_PCI_BAR, 4, 0, -(__u32)sizeof(s->bar));
	set_register(s, PCI_BASE_ADDRESS_0 + 4 * PVFEAT_PCI_MSIX_BAR, 4, 0, -MSIX_BAR_BYTES);
	set_register(s, PCI_SUBSYSTEM_VENDOR_ID, 4, PVFEAT_PCI_VENDOR_ID | SUBSYSTEM << 16, 0);
	set_register(s, PCI_CAPABILITY_LIST, 1, FIRST_AT, 0);
	set_register(s, PCI_INTERRUPT_LINE, 1, 0, 0xff);
	if (s->express)
		add_dvsec(s);
	else
		add_vendor_specific(s);
	set_register(s, MSIX_AT, 2, PCI_CAP_ID_MSIX, 0);
	set_register(s, MSIX_AT + PCI_MSIX_FLAGS, 2, PVFEAT_PCI_MSIX_VECTORS - 1,
		     PCI_MSIX_FLAGS_ENABLE | PCI_MSIX_FLAGS_MASKALL);
	set_register(s, MSIX_AT + PCI_MSIX_TABLE, 4, PVFEAT_PCI_MSIX_BAR, 0);
	set_register(s, MSIX_AT + PCI_MSIX_PBA, 4, MSIX_PBA | PVFEAT_PCI_MSIX_BAR, 0);
}

static void log_error(vfu_ctx_t *vfu, int level, const char *text)
{
	const struct server *s = vfu_get_private(vfu);

	(void)level;
	if (!s->notifying)
		complain("%s", text);
}

static bool create(struct server *s)
{
	const int flags = VFU_REGION_FLAG_RW | VFU_REGION_FLAG_MEM;

	fill_config(s);
	s->vfu = vfu_create_ctx(VFU_TRANS_SOCK, s->path, LIBVFIO_USER_FLAG_ATTACH_NB, s,
				VFU_DEV_TYPE_PCI);
	return s->vfu && !vfu_setup_log(s->vfu, log_error, LOG_ERR) &&
	       !vfu_pci_init(s->vfu, s->express ? VFU_PCI_TYPE_EXPRESS : VFU_PCI_TYPE_CONVENTIONAL,
			     PCI_HEADER_TYPE_NORMAL, PVFEAT_PCI_REVISION) &&
	       !vfu_setup_region(s->vfu, VFU_PCI_DEV_CFG_REGION_IDX, config_size(s), access_config,
				 VFU_REGION_FLAG_RW | VFU_REGION_FLAG_ALWAYS_CB, NULL, 0, -1, 0) &&
	       !vfu_setup_region(s->vfu, PVFEAT_PCI_BAR, sizeof(s->bar), access_table, flags,
				 NULL, 0, -1, 0) &&
	       !vfu_setup_region(s->vfu, PVFEAT_PCI_MSIX_BAR, MSIX_BAR_BYTES, access_msix, flags,
				 NULL, 0, -1, 0) &&
	       !vfu_setup_device_reset_cb(s->vfu, reset) &&
	       !vfu_setup_device_nr_irqs(s->vfu, VFU_DEV_MSIX_IRQ, PVFEAT_PCI_MSIX_VECTORS) &&
	       /* libvfio-user would trigger these while MSI-X is disabled */
	       !vfu_setup_device_nr_irqs(s->vfu, VFU_DEV_ERR_IRQ, 0) &&
	       !vfu_setup_device_nr_irqs(s->vfu, VFU_DEV_REQ_IRQ, 0) &&
	       !vfu_realize_ctx(s->vfu);
}

/* ---- the control socket ---------------------------------------------------------- */

/*
 * A request is one datagram: settings NAME=VALUE, separated by blanks, which are applied as
 * one change (PVF-DEV-31). A bad one changes nothing (PVF-DEV-11).
 */
static bool apply(struct server *s, char *request, struct pvfeat_error *error)
{
	struct pvfeat_table described = s->described, table;
	char *word, *value, *rest = NULL;
	unsigned int field;

	for (word = strtok_r(request, "\n ", &rest); word; word = strtok_r(NULL, "\n ", &rest)) {
		value = strchr(word, '=');
		if (value)
			*value++ = '\0';
		for (field = 0; field < NR_DESCRIPTIONS; field++) {
			if (!strcmp(word, description_names[field]))
				break;
		}
		if (!value || field == NR_DESCRIPTIONS)
			return pvfeat_fail(error, EINVAL,
					   "'%.80s' is not NAME=VALUE with the name of an option",
					   word);
		if (!table_describe(&described, field, value, error))
			return false;
	}
	table = described;
	if (!table_complete(&table, error))
		return false;
	s->described = described;
	change(s, &table);
	return true;
}

static void serve_control(struct server *s)
{
	struct pvfeat_error error = { 0 };
	char request[REQUEST_MAX + 1], answer[sizeof(error.text) + 16];
	struct sockaddr_un from;
	socklen_t n = sizeof(from);
	ssize_t size;

	size = recvfrom(s->control, request, sizeof(request), MSG_DONTWAIT, (void *)&from, &n);
	if (size < 0)
		return;
	if (size > REQUEST_MAX)
		pvfeat_fail(&error, EINVAL, "a request has at most %u bytes", REQUEST_MAX);
	else if (memchr(request, '\0', size))
		pvfeat_fail(&error, EINVAL, "a request is text");
	else
		request[size] = '\0';
	if (!error.code && apply(s, request, &error))
		snprintf(answer, sizeof(answer), "ok %u\n", generation(s));
	else
		snprintf(answer, sizeof(answer), "error %s\n", error.text);
	/* A client without an address wants no answer */
	if (n > sizeof(from.sun_family))
		sendto(s->control, answer, strlen(answer), MSG_DONTWAIT, (void *)&from, n);
}

static bool socket_address(const char *path, struct sockaddr_un *address)
{
	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof(address->sun_path)) {
		complain("%s: the path of a socket has at most %zu bytes", path,
			 sizeof(address->sun_path) - 1);
		return false;
	}
	memcpy(address->sun_path, path, strlen(path) + 1);
	return true;
}

static bool open_control(struct server *s, const char *path)
{
	struct sockaddr_un address;

	if (!socket_address(path, &address))
		return false;
	s->control = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (s->control >= 0 && !bind(s->control, (void *)&address, sizeof(address)))
		return true;
	complain("%s: %s", path, strerror(errno));
	return false;
}

/* Send a request to the server, and wait for its answer */
static int send_request(const char *path, int argc, char **argv)
{
	const struct sockaddr_un any = { .sun_family = AF_UNIX };
	const struct timeval limit = { .tv_sec = ANSWER_SECONDS };
	char request[REQUEST_MAX + 1] = "", answer[512];
	struct sockaddr_un address;
	ssize_t size;
	int i, fd;

	for (i = 0; i < argc; i++) {
		if (strlen(request) + strlen(argv[i]) + 1 > REQUEST_MAX) {
			complain("a request has at most %u bytes", REQUEST_MAX);
			return 2;
		}
		strcat(strcat(request, argv[i]), " ");
	}
	if (!socket_address(path, &address))
		return 2;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	/* Binding without a name lets the kernel choose one */
	if (fd < 0 || bind(fd, (void *)&any, sizeof(any.sun_family)) ||
	    connect(fd, (void *)&address, sizeof(address)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) ||
	    send(fd, request, strlen(request), 0) < 0) {
		complain("%s: %s", path, strerror(errno));
		return 3;
	}
	size = recv(fd, answer, sizeof(answer) - 1, 0);
	close(fd);
	if (size < 0) {
		complain("%s: no answer: %s", path, strerror(errno));
		return 3;
	}
	answer[size] = '\0';
	answer[strcspn(answer, "\n")] = '\0';
	if (!strncmp(answer, "ok ", 3)) {
		printf("generation %s\n", answer + 3);
		return 0;
	}
	complain("%s", strncmp(answer, "error ", 6) ? answer : answer + 6);
	return 1;
}

/* ---- the program ------------------------------------------------------------------- */

/* Interrupt a system call */
static void interrupt(int signal)
{
	(void)signal;
}

/*
 * Serve the hypervisor. libvfio-user waits for the rest of a message that it began to read, so
 * a timer interrupts it; the connection is out of step then, and ends. Returns false if no
 * connection can be accepted any more.
 */
static bool serve_hypervisor(struct server *s)
{
	int failed;

	alarm(MESSAGE_SECONDS);
	failed = s->attached ? vfu_run_ctx(s->vfu) < 0 : vfu_attach_ctx(s->vfu) < 0;
	if (failed)
		failed = errno;
	alarm(0);
	if (!s->attached && !failed) {
		/* A new machine (PVF-DEV-27): a hypervisor does not connect again */
		set_generation(s, 0);
		reset(s->vfu, VFU_RESET_DEVICE);
		s->attached = true;
	} else if (!s->attached) {
		return failed != EMFILE && failed != ENFILE && failed != ENOMEM;
	} else if (failed == ENOTCONN) {
		s->attached = false;
	} else if (failed && failed != EAGAIN && failed != EBUSY) {
		/* The next call finds the connection closed */
		shutdown(vfu_get_poll_fd(s->vfu), SHUT_RDWR);
	}
	return true;
}

/* Serve until a signal; returns false after a failure */
static bool serve(struct server *s, int signals)
{
	for (;;) {
		struct pollfd fds[] = {
			{ .fd = signals, .events = POLLIN },
			{ .fd = s->control, .events = POLLIN },
			{ .fd = vfu_get_poll_fd(s->vfu), .events = POLLIN },
		};

		if (poll(fds, 3, -1) < 0)
			continue;
		if (fds[0].revents)
			return true;
		if (fds[1].revents)
			serve_control(s);
		if (fds[2].revents && !serve_hypervisor(s)) {
			complain("%s: no connection can be accepted", s->path);
			return false;
		}
	}
}

static const struct option long_options[] = {
	{ "control", required_argument, NULL, 'c' },
	{ "set", required_argument, NULL, 's' },
	{ "conventional", no_argument, NULL, 'p' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
#define OPTION_(id, name, value, what) { name, required_argument, NULL, 256 + DESCRIBE_##id },
	DESCRIPTION(OPTION_)
	{ }
};

static void help(void)
{
	puts("Usage: pvfeat-server [OPTION]... SOCKET\n"
	     "       pvfeat-server --set=SOCKET [NAME=VALUE]...\n"
	     "Serve a PCI function with a paravisor feature table to a hypervisor, over the\n"
	     "vfio-user socket SOCKET.\n"
	     "\n"
	     "  -c, --control=SOCKET      Accept changes of the table on this socket\n"
	     "  -s, --set=SOCKET          Send a change to the control socket of a server: options\n"
	     "                            that describe the table, without \"--\"\n"
	     "      --conventional        Be a function of conventional PCI\n"
	     "  -h, --help                Print this help\n"
	     "  -V, --version             Print the version\n"
	     "\n"
	     "The table:");
#define FIELD_(id, name, value, what) printf("      --%-22s  %s\n", name "=" value, what);
	DESCRIPTION(FIELD_)
	puts("\n"
	     "The IDs 1af4:10f5 of the function are placeholders.\n"
	     "\n"
	     "Exit status: 0 success; 1 the change was refused; 2 the command line is wrong;\n"
	     "3 a socket cannot be used");
}

static int usage(const char *text)
{
	complain("%s; try 'pvfeat-server --help'", text);
	return 2;
}

int main(int argc, char **argv)
{
	static struct server server = { .control = -1, .express = true };
	const char *control = NULL, *set = NULL;
	struct pvfeat_error error;
	struct pvfeat_table table;
	const struct sigaction timer = { .sa_handler = interrupt };
	sigset_t signals;
	bool good;
	int c;

	while ((c = getopt_long(argc, argv, "c:s:hV", long_options, NULL)) != -1) {
		if (c == 'c') {
			control = optarg;
		} else if (c == 's') {
			set = optarg;
		} else if (c == 'p') {
			server.express = false;
		} else if (c == 'h') {
			help();
			return 0;
		} else if (c == 'V') {
			printf("pvfeat-server %s, feature table %d.%d\n", VERSION,
			       PVFEAT_VERSION_MAJOR, PVFEAT_VERSION_MINOR);
			return 0;
		} else if (c < 256) {
			return 2;
		} else if (!table_describe(&server.described, c - 256, optarg, &error)) {
			return usage(error.text);
		}
	}
	argc -= optind;
	argv += optind;
	if (set)
		return send_request(set, argc, argv);
	if (argc != 1)
		return usage("one argument is required: the path of the socket");
	table = server.described;
	if (!table_complete(&table, &error))
		return usage(error.text);
	write_words(&server, &table);

	/* Only this user may connect */
	umask(077);
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	signal(SIGPIPE, SIG_IGN);
	sigaction(SIGALRM, &timer, NULL);
	server.path = argv[0];
	if (control && !open_control(&server, control))
		return 3;
	good = create(&server);
	if (!good)
		complain("%s: %s", server.path, strerror(errno));
	else
		good = serve(&server, signalfd(-1, &signals, SFD_CLOEXEC));
	if (server.vfu) {
		vfu_destroy_ctx(server.vfu);
		unlink(server.path);
	}
	if (control)
		unlink(control);
	return good ? 0 : 3;
}
