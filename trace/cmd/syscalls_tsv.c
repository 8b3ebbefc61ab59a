/*
 * System calls in the form of the recorded sequences of the original, where a
 * few things are called otherwise: ends of a socket pair are pair#1, pair#2 in
 * order of making, ports go by their names, waits that a timeout bounds are T.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/cmd/steps_print.h"
#include "trace/cmd/syscalls_print.h"

static bool is(const struct syscalls_call *call, const char *name)
{
	return strcmp(call->name, name) == 0;
}

static bool begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

static void put_descriptor(struct syscalls_rows *rows, const char *name, int length)
{
	int pair = syscalls_rows_pair(rows, name, length);

	if (pair)
		printf("pair#%d", pair);
	else
		steps_put_bytes(stdout, name, (size_t)length);
}

/* "a:IN,b:OUT" or "a,b", so many bytes: each name may be that of a pair's end. */
static void put_descriptors(struct syscalls_rows *rows, const char *text, size_t length)
{
	const char *end = text + length;

	while (text < end) {
		int name = (int)strcspn(text, ":, "), rest = (int)strcspn(text, ",");

		if (rest > end - text)
			rest = (int)(end - text);
		put_descriptor(rows, text, name);
		steps_put_bytes(stdout, text + name, (size_t)(rest - name));
		text += rest;
		if (text < end)
			putchar(*text++);
	}
}

static void put_fd(struct syscalls_rows *rows, const struct syscalls_call *call)
{
	if (begins(call->name, "epoll_create"))
		putchar('-');
	else if (begins(call->name, "pipe") || is(call, "socketpair"))
		put_descriptors(rows, call->arguments, strcspn(call->arguments, " "));
	else if (call->pair)
		printf("pair#%d", call->pair);
	else
		steps_put(stdout, call->descriptor);
}

static void put_port(struct syscalls_rows *rows, const char *address)
{
	const char *colon = strrchr(address, ':');
	const char *name = colon ? syscalls_rows_port(rows, atoll(colon + 1)) : NULL;

	if (!colon)
		return;
	fputs("port=$", stdout);
	steps_put(stdout, name ? name : "OTHER");
}

/* Milliseconds: those that stand for no timeout at all are told apart. */
static void put_timeout(const char *arguments)
{
	char value[32];

	snprintf(value, sizeof(value), "%.*s", (int)strcspn(arguments, " "), arguments);
	if (strcmp(value, "timeout=0") == 0 || strcmp(value, "timeout=200ms") == 0)
		steps_put(stdout, value);
	else if (strcmp(value, "timeout=3600000ms") == 0)
		fputs("timeout=3600s", stdout);
	else if (strcmp(value, "timeout=none") == 0)
		fputs("timeout=-1", stdout);
	else
		fputs("timeout=T", stdout);
}

/* What the recorded sequences show of the arguments. */
static void put_arguments(struct syscalls_rows *rows, const struct syscalls_call *call)
{
	static const char *const none[] = { "read",   "write",      "bind",
					    "accept", "accept4",    "pipe",
					    "pipe2",  "socketpair", "epoll_create1" };
	static const char *const first_word[] = { "socket", "sendto", "recvfrom" };

	for (unsigned i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		if (is(call, none[i]))
			return;
	for (unsigned i = 0; i < sizeof(first_word) / sizeof(first_word[0]); i++)
		if (is(call, first_word[i])) {
			steps_put_bytes(stdout, call->arguments, strcspn(call->arguments, " "));
			return;
		}
	if (is(call, "connect"))
		put_port(rows, call->arguments);
	else if (begins(call->arguments, "timeout="))
		put_timeout(call->arguments);
	else
		steps_put(stdout, call->arguments);
}

static void put_result(struct syscalls_rows *rows, const struct syscalls_call *call)
{
	if (begins(call->name, "epoll_create") && call->returned && call->result >= 0)
		return;
	if (begins(call->name, "epoll_") && call->returned && call->result > 0)
		put_descriptors(rows, call->shown, strlen(call->shown));
	else
		steps_put(stdout, call->shown);
}

int syscalls_print_tsv(struct syscalls_rows *rows, bool all, char **error)
{
	struct syscalls_call call;
	int64_t number = 0;
	int more;

	puts("# columns: seq call fd args result");
	while ((more = syscalls_rows_next(rows, &call, error)) > 0) {
		if (call.is_gap) {
			fputs("# gap: calls are missing here: ", stdout);
			if (call.lost >= 0)
				printf("%" PRId64 "\n", call.lost);
			else
				puts("an unknown number");
			continue;
		}
		/* the recorded sequences name a pair's ends without saying who made them */
		if (!all && (!call.is_own || is(&call, "socketpair")))
			continue;
		printf("%" PRId64 "\t", ++number);
		steps_put(stdout, call.name);
		putchar('\t');
		put_fd(rows, &call);
		putchar('\t');
		put_arguments(rows, &call);
		putchar('\t');
		put_result(rows, &call);
		putchar('\n');
	}
	return more;
}
