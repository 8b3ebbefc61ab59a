/*
 * replay_kit.c - rows written by hand into a store, and the replay over them.
 */
#include "tests/unit/kit/replay_kit.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char folder[256], path[320];
struct store *store;
struct replay *replay;
int64_t last_seq;

void sql(const char *format, ...)
{
	char text[1024], *error = NULL;
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (store_run(store, text, &error) < 0)
		fail_msg("%s: %s", text, error);
}

static void write_kinds(void)
{
	size_t count;
	const struct catalog_kind *all = catalog_all(&count);
	static const struct {
		unsigned kind;
		const char *name;
	} calls[] = {
		{ KERNEL_READ, "read" },
		{ KERNEL_WRITE, "write" },
		{ KERNEL_CLOSE, "close" },
		{ KERNEL_SOCKET, "socket" },
		{ KERNEL_CONNECT, "connect" },
		{ KERNEL_ACCEPT, "accept" },
		{ KERNEL_SHUTDOWN, "shutdown" },
		{ KERNEL_LISTEN, "listen" },
		{ KERNEL_GETSOCKOPT, "getsockopt" },
		{ KERNEL_FCNTL, "fcntl" },
		{ KERNEL_EPOLL_CTL, "epoll_ctl" },
		{ KERNEL_DUP2, "dup2" },
		{ KERNEL_CLOSE_RANGE, "close_range" },
	};

	for (size_t i = 0; i < count; i++)
		sql("INSERT INTO kinds VALUES (%d, '%s', '%s', '', '', '', '%s', '', '', '')",
		    all[i].number, all[i].symbol, all[i].name, all[i].fields);
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		sql("INSERT INTO kinds VALUES (%u, 'kernel_%s', 'kernel.%s', '', '', '',"
		    " 'fd:fd result:count args:str', '', '', '')",
		    calls[i].kind, calls[i].name, calls[i].name);
}

int kit_setup(void **state)
{
	const char *top = getenv("TMPDIR");
	char *error = NULL;

	(void)state;
	snprintf(folder, sizeof(folder), "%.200s/replay-XXXXXX", top ? top : "/tmp");
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/t.db", folder);
	if (store_create(&store, path, NULL, &error) < 0)
		fail_msg("%s", error);
	last_seq = 0;
	write_kinds();
	return 0;
}

int kit_teardown(void **state)
{
	(void)state;
	replay_free(replay);
	replay = NULL;
	store_free(store);
	store_remove(path);
	return rmdir(folder);
}

int64_t row_of(int64_t thread, unsigned kind, unsigned phase, int64_t asked_by, const char *values,
	       const char *detail)
{
	last_seq++;
	sql("INSERT INTO events (seq, time, thread, turn, depth, kind, phase, asked_by, a0, a1, a2,"
	    " a3, detail) VALUES (%lld, %lld, %lld, 0, 0, %u, %u, %lld, %s, '%s')",
	    (long long)last_seq, (long long)last_seq * 1000, (long long)thread, kind, phase,
	    (long long)asked_by, values, detail);
	return last_seq;
}

int64_t call(unsigned kind, int64_t result, const char *detail)
{
	char values[64];

	snprintf(values, sizeof(values), "NULL, %lld, NULL, NULL", (long long)result);
	return row_of(THREAD, kind, RING_INSTANT, 0, values, detail);
}

int64_t instant(unsigned kind, const char *values)
{
	return row_of(THREAD, kind, RING_INSTANT, 0, values, "");
}

int64_t begin(unsigned kind, const char *values)
{
	return row_of(THREAD, kind, RING_BEGIN, 0, values, "");
}

void end(int64_t seq)
{
	sql("INSERT INTO ends VALUES (%lld, 0, %lld, NULL, 0)", (long long)seq,
	    (long long)last_seq);
}

int64_t span(unsigned kind, const char *values)
{
	int64_t seq = begin(kind, values);

	end(seq);
	return seq;
}

const struct replay_state *at(int64_t seq)
{
	char *error = NULL;

	if ((!replay && replay_open(&replay, store, &error) < 0) ||
	    replay_seek(replay, seq, &error) < 0)
		fail_msg("%s", error);
	return replay_state(replay);
}

void add_timeout(int64_t timeout, int64_t deadline)
{
	char values[64];

	snprintf(values, sizeof(values), "%lld, 50, 113, %lld", (long long)timeout,
		 (long long)deadline);
	span(KIND_PollIOLoop_add_timeout, values);
}

void receive(int n)
{
	char values[64];

	snprintf(values, sizeof(values), "2, 4096, %d, NULL", n);
	instant(KIND_sock_recv, values);
}

int64_t fetch(bool starts)
{
	int64_t outer = begin(KIND_AsyncHTTPClient_fetch, NOTHING);
	int64_t impl = begin(KIND_SimpleAsyncHTTPClient_fetch_impl, NOTHING);
	int64_t process = begin(KIND_SimpleAsyncHTTPClient__process_queue, NOTHING);
	int64_t handle, connection;

	if (starts) {
		handle = begin(KIND_SimpleAsyncHTTPClient__handle_request, NOTHING);
		connection = begin(KIND__HTTPConnection___init__, NOTHING);
		span(KIND_PollIOLoop_add_callback, "93, NULL, NULL, NULL");
		end(connection);
		end(handle);
	}
	end(process);
	end(impl);
	end(outer);
	return outer;
}

uint64_t digest_at(int64_t seq)
{
	at(seq);
	return replay_digest(replay);
}
