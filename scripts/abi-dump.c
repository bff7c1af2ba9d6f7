// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Print the ABI headers as text for scripts that check or show the registry:
 * one item per line, fields separated by tabs.
 */
#include <stdio.h>
#include <linux/pvfeat-abi.h>

#define ROW(kind) { #kind, PVFEAT_##kind }

static const struct {
	const char *name;
	unsigned int value;
} numbers[] = {
	ROW(W_MAX_LEAF), ROW(W_SIGNATURE_B), ROW(W_SIGNATURE_C),
	ROW(W_SIGNATURE_D), ROW(W_VERSION), ROW(W_GENERATION), ROW(W_TEE),
	ROW(W_NWORDS), ROW(W_PARAVISOR_ID), ROW(W_PARAVISOR_VERSION),
	ROW(W_ACCESS), ROW(W_RESERVED), ROW(W_FEATURES),
	ROW(BASE), ROW(SIGNATURE_B), ROW(SIGNATURE_C), ROW(SIGNATURE_D),
	ROW(VERSION_MAJOR), ROW(VERSION_MINOR), ROW(GENERATION_LAST),
	ROW(ACCESS_BOUNDARY_MAX), ROW(FIRST_VENDOR_FEATURE),
	ROW(TABLE_MIN_BYTES), ROW(TABLE_MAX_BYTES), ROW(TABLE_MAX_LEAVES),
	ROW(NWORDS_MAX), ROW(NWORDS_ROOM), ROW(FEATURES_MAX),
	ROW(PCI_VENDOR_ID), ROW(PCI_DEVICE_ID), ROW(PCI_CLASS),
	ROW(PCI_REVISION), ROW(PCI_BAR), ROW(PCI_BAR_BYTES), ROW(PCI_MSIX_BAR),
	ROW(PCI_MSIX_VECTORS), ROW(DVSEC_VENDOR), ROW(DVSEC_ID),
	ROW(DVSEC_REVISION), ROW(DVSEC_HEADER1), ROW(DVSEC_HEADER2),
	ROW(DVSEC_BODY), ROW(DVSEC_BYTES), ROW(VNDR_LENGTH),
	ROW(VNDR_BODY), ROW(VNDR_BYTES), ROW(LOCATOR_SIGNATURE),
	ROW(LOCATOR_REVISION), ROW(LOCATOR_BAR), ROW(LOCATOR_RESERVED),
	ROW(LOCATOR_OFFSET), ROW(LOCATOR_LENGTH), ROW(LOCATOR_BYTES),
	ROW(LOCATOR_MAGIC), ROW(LOCATOR_REVISION_1), ROW(LOCATOR_BAR_MAX),
	ROW(LOCATOR_ALIGN),
};

#define TEXT(kind) { #kind, PVFEAT_##kind }

static const struct {
	const char *name, *text;
} texts[] = {
	TEXT(DT_COMPATIBLE), TEXT(DT_PROPERTY), TEXT(DT_PROPERTY_ARM),
	TEXT(ACPI_PROPERTY), TEXT(ACPI_HID), TEXT(ACPI_CID),
};

int main(void)
{
	size_t i;

	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		printf("number\t%s\t%u\n", numbers[i].name, numbers[i].value);
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		printf("text\t%s\t%s\n", texts[i].name, texts[i].text);
#define FEATURE(n, id, name, polarity, meaning) \
	printf("feature\t%u\t%s\t%s\t%s\n", n, name, \
	       PVFEAT_##polarity == PVFEAT_WARNING ? "warning" : "service", meaning);
	PVFEAT_REGISTRY(FEATURE)
#define TEE(n, id, name, meaning) printf("tee\t%u\t%s\t%s\n", n, name, meaning);
	PVFEAT_TEE_TYPES(TEE)
#define ACCESS(n, id, name, meaning) \
	printf("access\t%u\t%s\t%s\n", n, name, meaning);
	PVFEAT_ACCESS_METHODS(ACCESS)
#define NEEDS(a, b) printf("needs\t%u\t%u\n", PVFEAT_##a, PVFEAT_##b);
#define EXCLUDES(a, b) printf("excludes\t%u\t%u\n", PVFEAT_##a, PVFEAT_##b);
	PVFEAT_RULES(NEEDS, EXCLUDES)
	return 0;
}
