// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fuzz target: the tool's parsers of text, tools/pvfeat/parse.c and pci.c.
 */
#include <errno.h>
#include <string.h>

#include "fuzz.h"
#include "pci.h"
#include "report.h"

/* PCI addresses: what is understood is understood the same in full */
static void fuzz_address(struct fuzz_input *in)
{
	char *text = fuzz_string(in), name[24], again[24];
	unsigned int domain, bus, slot, func;

	if (pci_address(text, name, sizeof(name))) {
		CHECK(sscanf(name, "%x:%x:%x.%u", &domain, &bus, &slot, &func) == 4);
		CHECK(bus <= 0xff && slot <= 0x1f && func <= 7);
		CHECK(pci_address(name, again, sizeof(again)) && !strcmp(name, again));
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

/* As it is done to what was read from a file: room that may be too small */
static char *lines_of(struct fuzz_input *in, size_t size)
{
	const size_t n = in->left < size - 1 ? in->left : size - 1;
	char *text = malloc(size);

	CHECK(text);
	memcpy(text, in->p, n);
	in->p += n;
	in->left -= n;
	parse_lines(text, in->left || n ? (ssize_t)n : -1, size);
	CHECK(strnlen(text, size) <= n);
	return text;
}

static void fuzz_lines(struct fuzz_input *in)
{
	const size_t size = fuzz_take(in, 1) + 1;
	const __u8 *from = in->p;
	const size_t given = in->left;
	char *text = lines_of(in, size);
	const size_t n = strlen(text);

	/* No text is made up; what is cut is cut after a whole line, and says so */
	if (given < size - 1 || size <= sizeof("..."))
		CHECK(!memcmp(text, from, n));
	else
		CHECK(!memcmp(text, from, n - 3) && !strcmp(text + n - 3, "...") &&
		      (n == 3 || text[n - 4] == '\n'));
	free(text);
}

static void fuzz_words(struct fuzz_input *in)
{
	static struct effective effective;
	char *text = fuzz_string(in), *copy, *rest;
	unsigned int i;
	bool good;
	int n;

	copy = fuzz_copy(text, strlen(text) + 1);
	good = parse_words(text, &effective);
	CHECK(effective.nwords <= PVFEAT_NWORDS_MAX);
	/* Each word is there, in lines of its own */
	for (rest = copy, i = 0; i < effective.nwords; i++, rest += n) {
		__u32 word;

		CHECK(sscanf(rest, "%x%n", &word, &n) == 1);
		CHECK(word == effective.words[i]);
		n += rest[n] == '\n';
	}
	if (good && i < PVFEAT_NWORDS_MAX)
		CHECK(!*rest || *rest == '\n');
	free(copy);
	free(text);
}

static void fuzz_compatible(struct fuzz_input *in)
{
	static const char ours[] = "\0" PVFEAT_DT_COMPATIBLE;
	const size_t size = in->left;
	char *list = malloc(size + 2), *copy;

	/* One of ours is after a NUL, or at the beginning */
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
		fuzz_address, fuzz_feature, fuzz_lines, fuzz_words, fuzz_compatible,
	};
	struct fuzz_input in = { data, size };
	const unsigned int which = fuzz_take(&in, 1);

	if (which < sizeof(parsers) / sizeof(parsers[0]))
		parsers[which](&in);
	return 0;
}
