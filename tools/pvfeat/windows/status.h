/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Exit statuses of the tool, also for fatal errors of libpci. A test compares them with
 * the manual page.
 */
#ifndef STATUS_H
#define STATUS_H

enum status {
	STATUS_DONE = 0,	/* done; on; conforms */
	STATUS_OFF = 1,		/* off; does not conform */
	STATUS_USAGE = 2,
	STATUS_NOTHING = 3,	/* no driver, no window, no such function */
	STATUS_BAD_TABLE = 4,	/* malformed, unstable, removed */
	STATUS_NOT_PERMITTED = 5, /* or in use */
	STATUS_OUTPUT = 6,	/* the output could not be written */
	STATUS_UNTRUSTED = 7,	/* the host may have written the answer */
};

#endif /* STATUS_H */
