// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The functions of the C library that the shared sources call, on UEFI's boot services.
 * Formatting is stb_sprintf's. memcpy() and memset() are gnu-efi's.
 */
#include <errno.h>
#include <limits.h>
#include <sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include <efi.h>
#include <efilib.h>

#define STB_SPRINTF_IMPLEMENTATION
#define STB_SPRINTF_NOFLOAT
#include <stb/stb_sprintf.h>

/* ---- output ------------------------------------------------------------------ */

/* Print a piece of text on the console, whose line ends are CR LF */
static char *put(const char *text, void *context, int n)
{
	CHAR16 out[2 * STB_SPRINTF_MIN + 1], *p = out;
	int i;

	(void)context;
	for (i = 0; i < n; i++) {
		if (text[i] == '\n')
			*p++ = '\r';
		*p++ = text[i];
	}
	*p = 0;
	ST->ConOut->OutputString(ST->ConOut, out);
	return (char *)text;
}

int vprintf(const char *format, va_list args)
{
	char buf[STB_SPRINTF_MIN];

	return stbsp_vsprintfcb(put, NULL, buf, format, args);
}

int printf(const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vprintf(format, args);
	va_end(args);
	return n;
}

int puts(const char *text)
{
	return printf("%s\n", text);
}

int putchar(int c)
{
	printf("%c", c);
	return c;
}

int vsnprintf(char *buf, size_t size, const char *format, va_list args)
{
	return stbsp_vsnprintf(buf, size, format, args);
}

int snprintf(char *buf, size_t size, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(buf, size, format, args);
	va_end(args);
	return n;
}

/* ---- memory and time --------------------------------------------------------- */

void *calloc(size_t n, size_t size)
{
	if (size && n > SIZE_MAX / size)
		return NULL;
	return AllocateZeroPool(n * size);
}

void free(void *p)
{
	if (p)
		FreePool(p);
}

void abort(void)
{
	puts("pvfeat: out of memory");
	Exit(EFI_OUT_OF_RESOURCES, 0, NULL);
	for (;;)
		;
}

int nanosleep(const struct timespec *pause, struct timespec *left)
{
	(void)left;
	BS->Stall(pause->tv_sec * 1000000 + pause->tv_nsec / 1000);
	return 0;
}

int *__errno_location(void)
{
	static int value;

	return &value;
}

/* ---- text -------------------------------------------------------------------- */

static int lower(int c)
{
	return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

size_t strlen(const char *s)
{
	const char *p = s;

	while (*p)
		p++;
	return p - s;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const unsigned char *p = a, *q = b;

	for (; n; n--, p++, q++) {
		if (*p != *q)
			return *p - *q;
	}
	return 0;
}

int strncmp(const char *a, const char *b, size_t n)
{
	for (; n && *a && *a == *b; n--, a++, b++)
		;
	return n ? (unsigned char)*a - (unsigned char)*b : 0;
}

int strcmp(const char *a, const char *b)
{
	return strncmp(a, b, SIZE_MAX);
}

int strcasecmp(const char *a, const char *b)
{
	for (; *a && lower(*a) == lower(*b); a++, b++)
		;
	return lower((unsigned char)*a) - lower((unsigned char)*b);
}

char *strchr(const char *s, int c)
{
	for (; *s != (char)c; s++) {
		if (!*s)
			return NULL;
	}
	return (char *)s;
}

char *strstr(const char *s, const char *part)
{
	const size_t n = strlen(part);

	for (; strncmp(s, part, n); s++) {
		if (!*s)
			return NULL;
	}
	return (char *)s;
}

size_t strspn(const char *s, const char *accept)
{
	size_t n = 0;

	while (s[n] && strchr(accept, s[n]))
		n++;
	return n;
}

size_t strcspn(const char *s, const char *reject)
{
	size_t n = 0;

	while (s[n] && !strchr(reject, s[n]))
		n++;
	return n;
}

/* Neither a sign nor a blank is skipped: the text begins with a digit, or the value is 0 */
unsigned long strtoul(const char *s, char **end, int base)
{
	unsigned long value = 0, digit;

	if (s[0] == '0' && lower(s[1]) == 'x' && (!base || base == 16)) {
		s += 2;
		base = 16;
	} else if (!base) {
		base = s[0] == '0' ? 8 : 10;
	}
	for (;; s++) {
		digit = *s >= '0' && *s <= '9' ? *s - '0' :
			lower(*s) >= 'a' && lower(*s) <= 'z' ? lower(*s) - 'a' + 10 : base;
		if (digit >= (unsigned long)base)
			break;
		if (value > (ULONG_MAX - digit) / base)
			errno = ERANGE;
		else
			value = value * base + digit;
	}
	if (end)
		*end = (char *)s;
	return value;
}

/* ---- SHA-256 ------------------------------------------------------------------ */

/* libmd has this in a file that also reads files */
char *SHA256Data(const uint8_t *data, size_t n, char *text)
{
	uint8_t digest[SHA256_DIGEST_LENGTH];
	SHA2_CTX context;
	size_t i;

	SHA256Init(&context);
	SHA256Update(&context, data, n);
	SHA256Final(digest, &context);
	for (i = 0; i < sizeof(digest); i++)
		snprintf(text + 2 * i, 3, "%02x", digest[i]);
	return text;
}
