/*
 * calls_tsv.c - system calls in the form of the recorded sequences of the original.
 *
 * A few things are called otherwise there: ends of a socket pair are pair#1, pair#2 in
 * order of making, ports go by their names, waits that a timeout bounds are T.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "trace/export/export.h"

static bool is(const struct syscalls_call *call, const char *name)
{
	return strcmp(call->name, name) == 0;
}

static bool begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

static void put_descriptor(struct export *to, const char *name, int length)
{
	int pair = syscalls_rows_pair(to->calls, name, length);

	if (pair)
		fprintf(to->out, "pair#%d", pair);
	else
		steps_put_bytes(to->out, name, (size_t)length);
}

/* "a:IN,b:OUT" or "a,b", so many bytes: each name may be that of a pair's end. */
static void put_descriptors(struct export *to, const char *text, size_t length)
{
	const char *end = text + length;

	while (text < end) {
		int name = (int)strcspn(text, ":, "), rest = (int)strcspn(text, ",");

		if (rest > end - text)
			rest = (int)(end - text);
		put_descriptor(to, text, name);
		steps_put_bytes(to->out, text + name, (size_t)(rest - name));
		text += rest;
		if (text < end)
			putc(*text++, to->out);
	}
}

static void put_fd(struct export *to, const struct syscalls_call *call)
{
	if (begins(call->name, "epoll_create"))
		putc('-', to->out);
	else if (begins(call->name, "pipe") || is(call, "socketpair"))
		put_descriptors(to, call->arguments, strcspn(call->arguments, " "));
	else if (call->pair)
		fprintf(to->out, "pair#%d", call->pair);
	else
		steps_put(to->out, call->descriptor);
}

static void put_port(struct export *to, const char *address)
{
	const char *colon = strrchr(address, ':');
	const char *name = colon ? syscalls_rows_port(to->calls, atoll(colon + 1)) : NULL;

	if (!colon)
		return;
	fputs("port=$", to->out);
	steps_put(to->out, name ? name : "OTHER");
}

/* Milliseconds: those that stand for no timeout at all are told apart. */
static void put_timeout(struct export *to, const char *arguments)
{
	char value[32];

	snprintf(value, sizeof(value), "%.*s", (int)strcspn(arguments, " "), arguments);
	if (strcmp(value, "timeout=0") == 0 || strcmp(value, "timeout=200ms") == 0)
		steps_put(to->out, value);
	else if (strcmp(value, "timeout=3600000ms") == 0)
		fputs("timeout=3600s", to->out);
	else if (strcmp(value, "timeout=none") == 0)
		fputs("timeout=-1", to->out);
	else
		fputs("timeout=T", to->out);
}

/* What the recorded sequences show of the arguments. */
static void put_arguments(struct export *to, const struct syscalls_call *call)
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
			steps_put_bytes(to->out, call->arguments, strcspn(call->arguments, " "));
			return;
		}
	if (is(call, "connect"))
		put_port(to, call->arguments);
	else if (begins(call->arguments, "timeout="))
		put_timeout(to, call->arguments);
	else
		steps_put(to->out, call->arguments);
}

static void put_result(struct export *to, const struct syscalls_call *call)
{
	if (begins(call->name, "epoll_create") && call->returned && call->result >= 0)
		return;
	if (begins(call->name, "epoll_") && call->returned && call->result > 0)
		put_descriptors(to, call->shown, strlen(call->shown));
	else
		steps_put(to->out, call->shown);
}

static int calls_tsv_begin(struct export *to, char **error)
{
	(void)error;
	fputs("# columns: seq call fd args result\n", to->out);
	return EXPORT_ON;
}

static void put_gap(FILE *out, const struct syscalls_call *gap)
{
	fputs("# gap: calls are missing here: ", out);
	if (gap->lost >= 0)
		fprintf(out, "%" PRId64 "\n", gap->lost);
	else
		fputs("an unknown number\n", out);
}

static int calls_tsv_call(struct export *to, const struct syscalls_call *call, char **error)
{
	int64_t *number = to->state;

	(void)error;
	if (call->is_gap) {
		put_gap(to->out, call);
		return EXPORT_ON;
	}
	/* the recorded sequences name a pair's ends without saying who made them */
	if (!to->all && is(call, "socketpair"))
		return EXPORT_ON;
	fprintf(to->out, "%" PRId64 "\t", ++*number);
	steps_put(to->out, call->name);
	putc('\t', to->out);
	put_fd(to, call);
	putc('\t', to->out);
	put_arguments(to, call);
	putc('\t', to->out);
	put_result(to, call);
	putc('\n', to->out);
	return EXPORT_ON;
}

const struct exporter export_calls_tsv = {
	.state_size = sizeof(int64_t),
	.begin = calls_tsv_begin,
	.call = calls_tsv_call,
};
