// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fuzz target: the tool's parsers of text, tools/pvfeat/windows/parse.c.
 */
#include <errno.h>
#include <string.h>

#include "fuzz.h"
#include "parse.h"

/* PCI addresses: the normalised form of an accepted address is accepted and unchanged */
static void fuzz_address(struct fuzz_input *in)
{
	char *text = fuzz_string(in), name[24], again[24];
	unsigned int domain, bus, slot, func;

	if (parse_address(text, name, sizeof(name))) {
		CHECK(sscanf(name, "%x:%x:%x.%u", &domain, &bus, &slot, &func) == 4);
		CHECK(bus <= 0xff && slot <= 0x1f && func <= 7);
		CHECK(parse_address(name, again, sizeof(again)) && !strcmp(name, again));
	}
	free(text);
}

static void fuzz_feature(struct fuzz_input *in)
{
	char *text = fuzz_string(in), label[PVFEAT_FEATURE_LABEL];
	struct pvfeat_error error = { 0 };
	unsigned int feature, again;

	if (parse_feature(text, &feature, &error)) {
		CHECK(feature < PVFEAT_FEATURES_MAX && !error.code);
		CHECK(parse_feature(pvfeat_feature_label(feature, label, sizeof(label)),
				    &again, &error));
		CHECK(again == feature);
	} else {
		CHECK(error.code == EINVAL && *error.text);
	}
	free(text);
}

static void fuzz_lines(struct fuzz_input *in)
{
	const size_t n = in->left;
	char *text = malloc(n + 1);
	const __u8 *from = in->p;

	CHECK(text);
	memcpy(text, from, n);
	parse_lines(text, n);
	/* The result ends at the first NUL, without the last newline */
	CHECK(strlen(text) <= n && !memcmp(text, from, strlen(text)));
	CHECK(strlen(text) == n || !from[strlen(text)] ||
	      (strlen(text) == n - 1 && from[n - 1] == '\n'));
	parse_lines(text, -1);
	CHECK(!*text);
	free(text);
}

static void fuzz_compatible(struct fuzz_input *in)
{
	static const char ours[] = "\0" PVFEAT_DT_COMPATIBLE;
	const size_t size = in->left;
	char *list = malloc(size + 2), *copy;

	/* A matching string starts after a NUL or at the beginning */
	CHECK(list);
	list[0] = '\0';
	memcpy(list + 1, in->p, size);
	list[size + 1] = '\0';
	copy = fuzz_copy(list + 1, size + 1);
	CHECK(parse_compatible(copy, size) ==
	      !!memmem(list, size + 2, ours, sizeof(ours)));
	free(copy);
	free(list);
}

int LLVMFuzzerTestOneInput(const __u8 *data, size_t size)
{
	static void (*const parsers[])(struct fuzz_input *in) = {
		fuzz_address, fuzz_feature, fuzz_lines, fuzz_compatible,
	};
	struct fuzz_input in = { data, size };
	const unsigned int which = fuzz_take(&in, 1);

	if (which < sizeof(parsers) / sizeof(parsers[0]))
		parsers[which](&in);
	return 0;
}
