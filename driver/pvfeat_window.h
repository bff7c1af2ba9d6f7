/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Paravisor features: the registry of windows.
 */
#ifndef _PVFEAT_WINDOW_H
#define _PVFEAT_WINDOW_H

#include <linux/device.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/workqueue.h>
#include "pvfeat_effective.h"
#include "pvfeat_endorse.h"
#include "pvfeat_provider.h"

/* Whether and how a window contributes to the effective set; see the ABI document */
enum pvfeat_status {
	PVFEAT_STATUS_REFUSED,		/* malformed or gone */
	PVFEAT_STATUS_UNTRUSTED,
	PVFEAT_STATUS_STALE,		/* superseded by a newer generation or unstable */
	PVFEAT_STATUS_UNUSED,		/* another function, or a table, is in use */
	PVFEAT_STATUS_CURRENT,		/* contributes */
};

/* Whether a good table may contribute, and why; in ascending order of precedence */
enum pvfeat_acceptance {
	PVFEAT_ACCEPTANCE_UNREPORTED,	/* not logged yet */
	PVFEAT_ACCEPTANCE_UNTRUSTED,	/* may not contribute */
	PVFEAT_ACCEPTANCE_ALLOWED,
	PVFEAT_ACCEPTANCE_ENDORSED,
	PVFEAT_ACCEPTANCE_TRUSTED,
};

/**
 * struct pvfeat_window - a window that was found, and its table
 * @dev: /sys/class/pvfeat/<name>
 * @node: in the list of windows
 * @provider: the provider that found the window
 * @table: the last good snapshot; its nr is 0 while the window is refused
 * @status: of the window
 * @announce: wakes pollers of "generation" and sends a uevent
 * @measured: whether a table of the window was passed to IMA
 * @measured_digest: digest of the last table that was passed to IMA
 * @compared: the reference that @mismatch refers to
 * @mismatch: whether the table differs from that of the reference
 * @id: number in the name of @dev
 * @trusted: whether the window was trusted when it was added
 * @digest: digest of @table, if @digested
 * @digested: whether @digest is valid
 * @endorsed: whether the guest's owner endorsed @digest
 * @mask: 0, or, for a translation, the features of word 0 that it can express
 * @notifies: whether the driver is notified of changes of the table
 * @allowed: whether allow_untrusted was set when the window was added
 * @reported: the acceptance that was last logged
 * @superseded: whether the window was ever older than the PCI window in use
 * @unstable: whether reads failed after a change; @table is the last good table
 *
 * All members except @dev, @provider, @announce, @id, @trusted, @mask, @notifies and
 * @allowed are protected by pvfeat_windows_lock.
 */
struct pvfeat_window {
	struct device dev;
	struct list_head node;
	const struct pvfeat_provider *provider;
	struct pvfeat_table *table;
	enum pvfeat_status status;
	struct work_struct announce;
	bool measured;
	u8 measured_digest[PVFEAT_DIGEST_BYTES];
	const struct pvfeat_window *compared;
	bool mismatch;
	int id;
	u8 digest[PVFEAT_DIGEST_BYTES];
	bool digested;
	bool endorsed;
	enum pvfeat_acceptance reported;
	bool trusted;
	u32 mask;
	bool notifies;
	bool allowed;
	bool superseded;
	bool unstable;
};

#define to_pvfeat_window(d) container_of(d, struct pvfeat_window, dev)

extern struct mutex pvfeat_windows_lock;

void pvfeat_windows_init(struct class *class, const struct device_type *type);
void pvfeat_windows_exit(void);
void pvfeat_windows_set_policy(enum pvfeat_policy policy);
enum pvfeat_policy pvfeat_windows_policy(void);
void pvfeat_windows_allow_untrusted(bool allow);
bool pvfeat_windows_untrusted_allowed(void);

struct pvfeat_window *pvfeat_window_add(const struct pvfeat_provider *provider,
					struct device *parent, bool range_private,
					bool notifies, u32 mask,
					const struct pvfeat_table *table);
void pvfeat_window_update(struct pvfeat_window *window,
			  const struct pvfeat_table *table);
bool pvfeat_window_unstable(struct pvfeat_window *window);
void pvfeat_window_refuse(struct pvfeat_window *window);
void pvfeat_window_remove(struct pvfeat_window *window);
int pvfeat_windows_endorse(const u8 *digest, enum pvfeat_origin origin);
int pvfeat_windows_revoke(const u8 *digest);

/* To be called under pvfeat_windows_lock */
enum pvfeat_acceptance pvfeat_window_acceptance(const struct pvfeat_window *window);

/* To be called under pvfeat_windows_lock */
const struct pvfeat_window *pvfeat_windows_reference(void);

#endif /* _PVFEAT_WINDOW_H */
