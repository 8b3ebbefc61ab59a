/*
 * golden_values.c - the values of a golden's details as the numbers that a
 * trace stores.
 */
#include "tests/unit/kit/golden_internal.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "trace/emit/emit.h"

/* "wrapper(inner)" as a packed function id; "None" is 0. */
static uint64_t function_of(struct golden_loader *loader, const char *text)
{
	uint64_t id = 0;
	unsigned shift = 0;
	char copy[512], *part, *rest;

	if (strcmp(text, "None") == 0)
		return 0;
	snprintf(copy, sizeof(copy), "%s", text);
	for (part = strtok_r(copy, "()", &rest); part; part = strtok_r(NULL, "()", &rest)) {
		assert_true(shift < 64);
		id |= (uint64_t)golden__kind_of(loader, part, "") << shift;
		shift += 16;
	}
	return id;
}

static uint64_t mask_of(const char *text)
{
	uint64_t mask = 0;

	if (strstr(text, "READ"))
		mask |= EPOLLIN;
	if (strstr(text, "WRITE"))
		mask |= EPOLLOUT;
	if (strstr(text, "ERROR(ERR)"))
		mask |= EPOLLERR;
	else if (strstr(text, "ERROR(HUP)"))
		mask |= EPOLLHUP;
	else if (strstr(text, "ERROR"))
		mask |= EPOLLERR | EPOLLHUP;
	return mask;
}

static int errno_of(const char *name)
{
	for (int n = 1; n < 134; n++) {
		const char *known = strerrorname_np(n);

		if (known && strcmp(known, name) == 0)
			return n;
	}
	fail_msg("%s is no errno", name);
	return 0;
}

static uint64_t word_of(const char *words, const char *text)
{
	uint64_t n = 0;

	for (const char *word = words; word; n++) {
		size_t length = strcspn(word, "/");

		if (length == strlen(text) && memcmp(word, text, length) == 0)
			return n;
		word = word[length] ? word + length + 1 : NULL;
	}
	fail_msg("%s is none of %s", text, words);
	return 0;
}

/* A value of which a golden gives no more than the type. */
static uint64_t type_of(const char *text)
{
	static const struct {
		const char *name;
		enum emit_value tag;
	} types[] = {
		{ "dict", EMIT_VALUE_DICT },         { "function", EMIT_VALUE_FUNCTION },
		{ "Callback", EMIT_VALUE_CALLBACK }, { "Wait", EMIT_VALUE_WAIT },
		{ "WaitAll", EMIT_VALUE_WAIT_ALL },  { "Task", EMIT_VALUE_TASK },
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(text, types[i].name) == 0)
			return EMIT_VALUE(types[i].tag, 0);
	return EMIT_VALUE(EMIT_VALUE_OBJECT, 0);
}

static uint64_t value_of(const char *text)
{
	double real;
	int n;

	if (strcmp(text, "None") == 0)
		return EMIT_VALUE(EMIT_VALUE_NONE, 0);
	if (strcmp(text, "True") == 0 || strcmp(text, "False") == 0)
		return EMIT_VALUE(EMIT_VALUE_BOOL, *text == 'T');
	if (sscanf(text, "list(%d)", &n) == 1)
		return EMIT_VALUE(EMIT_VALUE_LIST, n);
	if (sscanf(text, "HTTPResponse(%d)", &n) == 1)
		return EMIT_VALUE(EMIT_VALUE_RESPONSE, n);
	if (sscanf(text, "bytes(%d)", &n) == 1)
		return EMIT_VALUE(EMIT_VALUE_BYTES, n);
	if (sscanf(text, "str(%d)", &n) == 1)
		return EMIT_VALUE(EMIT_VALUE_STR, n);
	if (sscanf(text, "tuple(%d)", &n) == 1)
		return EMIT_VALUE(EMIT_VALUE_TUPLE, n);
	if (sscanf(text, "stream(fd#%d)", &n) == 1)
		return emit_value_stream(emit_descriptor(0, n));
	if (strchr(text, '.') && sscanf(text, "%lf", &real) == 1)
		return EMIT_VALUE(EMIT_VALUE_REAL, (int64_t)(real * 1000));
	if (sscanf(text, "%d", &n) == 1)
		return EMIT_VALUE(EMIT_VALUE_INT, n);
	return type_of(text);
}

/* A number of bytes, or why there are none: an errno, or what TLS waits for. */
static uint64_t count_of(const char *text)
{
	if (*text >= '0' && *text <= '9')
		return strtoull(text, NULL, 10);
	if (strcmp(text, "WANT_READ") == 0)
		return (uint64_t)-EMIT_TLS_WANT_READ;
	if (strcmp(text, "WANT_WRITE") == 0)
		return (uint64_t)-EMIT_TLS_WANT_WRITE;
	return (uint64_t)-errno_of(text);
}

static uint64_t until_of(struct golden_loader *loader, const char *text)
{
	if (strncmp(text, "until:", 6) == 0)
		return (uint64_t)golden__object_of(loader, text + 6);
	return strcmp(text, "0") == 0 ? 0 : EMIT_UNTIL_NOTHING;
}

uint64_t golden__number_of(struct golden_loader *loader, const struct catalog_field *field,
			   const char *text)
{
	int n;

	switch (field->type) {
	case FIELD_FD:
	case FIELD_FUTURE:
	case FIELD_TIMEOUT:
	case FIELD_RUNNER:
	case FIELD_KEY:
		return (uint64_t)golden__object_of(loader, text);
	case FIELD_FN:
		return function_of(loader, text);
	case FIELD_BOOL:
		return strcmp(text, "True") == 0;
	case FIELD_MASK:
		return mask_of(text);
	case FIELD_COUNT:
		return count_of(text);
	case FIELD_STATUS:
		return strcmp(text, "OK") == 0 ? 0 : (uint64_t)errno_of(text);
	case FIELD_ERRNO:
		return strcmp(text, "0") == 0 ? 0 : (uint64_t)errno_of(text);
	case FIELD_SECONDS:
		return (uint64_t)(int64_t)(strtod(text, NULL) * 1e9);
	case FIELD_MILLIS:
		return strtoull(text, NULL, 10) * 1000000;
	case FIELD_FAMILY:
		return strcmp(text, "INET6") == 0  ? AF_INET6
		       : strcmp(text, "INET") == 0 ? AF_INET
						   : AF_UNSPEC;
	case FIELD_UNTIL:
		return until_of(loader, text);
	case FIELD_VALUE:
		return value_of(text);
	case FIELD_YIELDED:
		return strncmp(text, "future#", 7) == 0 ? (uint64_t)golden__object_of(loader, text)
							: value_of(text);
	case FIELD_RESPONSE:
		return sscanf(text, "HTTPResponse(%d)", &n) == 1 ? (uint64_t)n : 0;
	case FIELD_WORD:
		return word_of(field->words, text);
	default:
		return strtoull(text, NULL, 10);
	}
}
