#include "tui/model/shorten.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Where the last component begins that says something by itself. */
static size_t last_component(const char *name, size_t length)
{
	size_t at = length, end = length;
	static const char *const vague[] = { "<lambda>", "inner", "wrapper", "__init__",
					     "start",    "run",   "fetch",   "state" };
	bool again;

	do {
		again = false;
		while (at > 0 && name[at - 1] != '.')
			at--;
		for (size_t i = 0; i < sizeof(vague) / sizeof(vague[0]) && at > 0; i++) {
			size_t n = strlen(vague[i]);

			/* only the last one may be vague */
			if (end == length && end - at >= n && memcmp(name + at, vague[i], n) == 0 &&
			    (end - at == n || name[at + n] == ':'))
				again = true;
		}
		if (again)
			end = --at;
	} while (again);
	return at;
}

void shorten_name(const char *name, char out[SHORTEN_NAME])
{
	size_t length = strlen(name);

	snprintf(out, SHORTEN_NAME, "%s", name + last_component(name, length));
}

void shorten_function(const char *name, size_t length, char out[SHORTEN_NAME])
{
	const char *open = memrchr(name, '(', length);

	if (open) {
		size_t skip = (size_t)(open + 1 - name);
		const char *close = memchr(name + skip, ')', length - skip);

		length = close ? (size_t)(close - (name + skip)) : length - skip;
		name += skip;
	}
	if (length >= SHORTEN_NAME)
		length = SHORTEN_NAME - 1;
	memcpy(out, name, length);
	out[length] = '\0';
	memmove(out, out + last_component(out, length), length - last_component(out, length) + 1);
}

struct out {
	char *text;
	size_t used;
};

static void add(struct out *out, const char *bytes, size_t length)
{
	if (out->used + length >= SHORTEN_DETAIL)
		length = SHORTEN_DETAIL - 1 - out->used;
	memcpy(out->text + out->used, bytes, length);
	out->used += length;
	out->text[out->used] = '\0';
}

static bool is(const char *key, size_t length, const char *word)
{
	return strlen(word) == length && memcmp(key, word, length) == 0;
}

/* Keys whose value is a function, and those whose value says what it is by itself. */
static bool is_function(const char *key, size_t n)
{
	return is(key, n, "callback") || is(key, n, "handler") || is(key, n, "fn") ||
	       is(key, n, "func") || is(key, n, "gen");
}

static bool is_plain(const char *key, size_t n)
{
	static const char *const plain[] = { "fd",     "events", "timeout", "future", "runner",
					     "key",    "op",     "state",   "addr",   "opt",
					     "family", "url",    "args",    "exc",    "line",
					     "level",  "logger", "response" };

	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		if (is(key, n, plain[i]))
			return true;
	return false;
}

static void add_value(struct out *out, const char *key, size_t key_length, const char *value,
		      size_t length)
{
	char function[SHORTEN_NAME];

	if (is_function(key, key_length)) {
		if (is(value, length, "None"))
			return;
		shorten_function(value, length, function);
		add(out, " \u2192", 4);
		add(out, function, strlen(function));
	} else if (is(key, key_length, "ret") || is(key, key_length, "result")) {
		add(out, " = ", 3);
		add(out, value, length);
	} else {
		if (out->used)
			add(out, " ", 1);
		if (!is_plain(key, key_length)) {
			add(out, key, key_length);
			add(out, "=", 1);
		}
		add(out, value, length);
	}
}

void shorten_detail(const char *detail, char out_text[SHORTEN_DETAIL])
{
	struct out out = { out_text, 0 };

	*out_text = '\0';
	while (*detail) {
		const char *end = strstr(detail, "; ");
		size_t length = end ? (size_t)(end - detail) : strlen(detail);
		const char *equals = memchr(detail, '=', length);

		if (equals)
			add_value(&out, detail, (size_t)(equals - detail), equals + 1,
				  length - (size_t)(equals + 1 - detail));
		else
			add_value(&out, "args", 4, detail, length);
		detail += length + (end ? 2 : 0);
	}
	if (out.used && out_text[0] == ' ')
		memmove(out_text, out_text + 1, out.used);
}

void shorten_time(int64_t nanoseconds, char out[24])
{
	double n = (double)nanoseconds;

	if (nanoseconds < 1000)
		snprintf(out, 24, "%d ns", (int)nanoseconds);
	else if (nanoseconds < 1000000)
		snprintf(out, 24, "%.1f \u00b5s", n / 1e3);
	else if (nanoseconds < 1000000000)
		snprintf(out, 24, "%.1f ms", n / 1e6);
	else
		snprintf(out, 24, "%.2f s", n / 1e9);
}
