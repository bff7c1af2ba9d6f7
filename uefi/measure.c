// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Measure tables with EFI_TCG2_PROTOCOL (TCG EFI Protocol Specification) and
 * EFI_CC_MEASUREMENT_PROTOCOL (UEFI Specification, Confidential Computing), which gnu-efi
 * does not declare.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <efi.h>
#include <efilib.h>

#include "measure.h"
#include "transport.h"

#define EVENT_TAG		0x6	/* EV_EVENT_TAG */
#define EVENT_HEADER_VERSION	1
#define CC_TYPE_SEV		1
#define CC_TYPE_TDX		2

/*
 * The event; both protocols have the same layout. Its data is a TCG_PCClientTaggedEvent,
 * whose ID is the first word of the table's signature.
 */
struct event {
	UINT32 size;
	UINT32 header_size;
	UINT16 header_version;
	UINT32 index;
	UINT32 type;
	UINT32 tag;
	UINT32 data_size;
	UINT32 words[PVFEAT_TABLE_MAX_WORDS];
} __attribute__((packed));

#define EVENT_HEADER_BYTES \
	(__builtin_offsetof(struct event, tag) - __builtin_offsetof(struct event, header_size))

struct version {
	UINT8 major, minor;
};

struct tcg2_capability {
	UINT8 size;
	struct version structure, protocol;
	UINT32 hashes, logs;
	BOOLEAN present;
	UINT16 max_command, max_response;
	UINT32 manufacturer, nr_banks, active_banks;
};

struct tcg2 {
	EFI_STATUS (EFIAPI *get_capability)(struct tcg2 *this, struct tcg2_capability *capability);
	VOID *get_event_log;
	EFI_STATUS (EFIAPI *hash_log_extend_event)(struct tcg2 *this, UINT64 flags,
						   EFI_PHYSICAL_ADDRESS data, UINT64 n,
						   struct event *event);
};

struct cc_capability {
	UINT8 size;
	struct version structure, protocol;
	UINT32 hashes, logs;
	UINT8 type, subtype;
};

struct cc {
	EFI_STATUS (EFIAPI *get_capability)(struct cc *this, struct cc_capability *capability);
	VOID *get_event_log;
	EFI_STATUS (EFIAPI *hash_log_extend_event)(struct cc *this, UINT64 flags,
						   EFI_PHYSICAL_ADDRESS data, UINT64 n,
						   struct event *event);
	EFI_STATUS (EFIAPI *map_pcr)(struct cc *this, UINT32 pcr, UINT32 *index);
};

static struct tcg2 *find_tpm(void)
{
	EFI_GUID guid = { 0x607f766c, 0x7455, 0x42be,
			  { 0x93, 0x0b, 0xe4, 0xd7, 0x6d, 0xb2, 0x72, 0x0f } };
	struct tcg2_capability capability = { .size = sizeof(capability) };
	VOID *tpm;

	if (EFI_ERROR(BS->LocateProtocol(&guid, NULL, &tpm)))
		return NULL;
	if (EFI_ERROR(((struct tcg2 *)tpm)->get_capability(tpm, &capability)) ||
	    !capability.present)
		return NULL;
	return tpm;
}

static struct cc *find_cc(void)
{
	EFI_GUID guid = { 0x96751a3d, 0x72f4, 0x41a6,
			  { 0xa7, 0x94, 0xed, 0x5d, 0x0e, 0x67, 0xae, 0x6b } };
	VOID *cc;

	return EFI_ERROR(BS->LocateProtocol(&guid, NULL, &cc)) ? NULL : cc;
}

const char *measure_tee(void)
{
	struct cc_capability capability = { .size = sizeof(capability) };
	struct cc *cc = find_cc();

	if (!cc)
		return NULL;
	if (!EFI_ERROR(cc->get_capability(cc, &capability))) {
		if (capability.type == CC_TYPE_SEV)
			return "SEV";
		if (capability.type == CC_TYPE_TDX)
			return "TDX";
	}
	return "unknown";
}

static struct event *new_event(const struct pvfeat_table *table)
{
	struct event *event = calloc(1, sizeof(*event));
	unsigned int i;

	if (!event)
		abort();
	event->header_size = EVENT_HEADER_BYTES;
	event->header_version = EVENT_HEADER_VERSION;
	event->type = EVENT_TAG;
	event->tag = PVFEAT_SIGNATURE_B;
	event->data_size = table->nr * 4;
	event->size = __builtin_offsetof(struct event, words) + event->data_size;
	for (i = 0; i < table->nr; i++)
		event->words[i] = pvfeat_table_digest_word(table, i);
	return event;
}

bool measure_table(const struct pvfeat_table *table, unsigned int pcr, const char *name,
		   struct pvfeat_error *error)
{
	struct event *event = new_event(table);
	const EFI_PHYSICAL_ADDRESS data = (UINTN)event->words;
	EFI_STATUS status = EFI_UNSUPPORTED;
	struct tcg2 *tpm = find_tpm();
	struct cc *cc = find_cc();
	UINT32 index = pcr;
	bool done = false, full = false;

	if (!tpm && !cc)
		pvfeat_fail(error, ENODEV, "this firmware has no TPM 2 and no measurement registers");
	if (tpm) {
		event->index = index;
		status = tpm->hash_log_extend_event(tpm, 0, data, event->data_size, event);
		/* The PCR was extended, and only the event is missing in the log */
		full = status == EFI_VOLUME_FULL;
		done = !EFI_ERROR(status) || full;
		if (done)
			printf("%s: measured in PCR %u of the TPM\n", name, pcr);
	}
	if (cc && (done || !tpm)) {
		status = cc->map_pcr(cc, pcr, &index);
		event->index = index;
		if (!EFI_ERROR(status))
			status = cc->hash_log_extend_event(cc, 0, data, event->data_size, event);
		done = !EFI_ERROR(status);
		if (done)
			printf("%s: measured in measurement register %u\n", name, index);
	}
	if (!done && (tpm || cc))
		pvfeat_fail(error, EIO, "the firmware could not measure it (status 0x%lx)",
			    (unsigned long)(status & ~EFI_ERROR_MASK));
	if (done && full)
		pvfeat_fail(error, EIO, "the event log is full: it has no event of this table");
	free(event);
	return done && !full;
}
