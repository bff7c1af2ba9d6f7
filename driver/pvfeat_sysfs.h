/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Paravisor features: /sys/class/pvfeat.
 */
#ifndef _PVFEAT_SYSFS_H
#define _PVFEAT_SYSFS_H

int pvfeat_sysfs_init(void);
void pvfeat_sysfs_exit(void);

#endif /* _PVFEAT_SYSFS_H */
