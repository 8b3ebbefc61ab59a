/*
 * calls.c - the system calls of a trace, each with the names of what it is about.
 */
#include "trace/read/calls.h"

#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/base/failure.h"
#include "trace/read/at.h"
#include "trace/store/store.h"

#define KNOWN_MAX 256

/* A descriptor that the program has no name for, but its maker has. */
struct known {
	int64_t fd;
	int pair;                      /* 0: an epoll set */
	char name[SYSCALLS_ROWS_NAME]; /* the program's name for it, or the number */
};

struct syscalls_rows {
	struct store *store;
	sqlite3_stmt *rows, *port;
	struct known known[KNOWN_MAX];
	unsigned known_count;
	int pairs;
	int64_t first_time, end; /* the run: up to this seq */
	bool is_foreign;         /* the program said nothing: all calls are its own */
};

/* Calls and gaps as one sequence. */
static const char rows_sql[] =
	"SELECT c.seq, e.time, e.thread, c.fd, c.result, c.duration, e.parent, c.name, c.args,"
	" c.shown, o.name, k.name, e.a0, e.a1, e.detail, NULL"
	" FROM syscalls c JOIN events e USING (seq) LEFT JOIN objects o USING (object)"
	" LEFT JOIN events p ON p.seq = e.parent LEFT JOIN kinds k ON k.kind = p.kind"
	" UNION ALL"
	" SELECT gap, NULL, thread, NULL, NULL, NULL, NULL, NULL, NULL, reason, NULL, NULL,"
	" NULL, NULL, NULL, coalesce(lost, -1) FROM gaps WHERE source = 'kernel'"
	" ORDER BY 1";

enum {
	SEQ,
	TIME,
	THREAD,
	FD,
	RESULT,
	DURATION,
	PARENT,
	NAME,
	ARGUMENTS,
	SHOWN,
	OBJECT,
	EVENT,
	MADE_FIRST,
	MADE_SECOND,
	DETAIL,
	LOST
};

/*
 * The run ends with the last row of the original's kind: what follows outside
 * of any span is the program tidying up.
 */
static const char run_sql[] =
	"SELECT seq FROM events JOIN kinds USING (kind) WHERE role = 'core' ORDER BY seq DESC"
	" LIMIT 1";

static int read_run(struct syscalls_rows *rows, char **error)
{
	sqlite3_stmt *s = store_prepare(rows->store, run_sql, error);
	int status;

	if (!s)
		return -1;
	status = sqlite3_step(s);
	rows->is_foreign = status == SQLITE_DONE;
	rows->end = status == SQLITE_ROW ? sqlite3_column_int64(s, 0) : 0;
	if (status != SQLITE_ROW && status != SQLITE_DONE)
		store_failure(rows->store, error);
	store_release(rows->store, s);
	return status == SQLITE_ROW || status == SQLITE_DONE
		       ? at_zero(rows->store, &rows->first_time, error)
		       : -1;
}

int syscalls_rows_open(struct syscalls_rows **out, struct store *store, char **error)
{
	struct syscalls_rows *rows = calloc(1, sizeof(*rows));

	*out = NULL;
	if (!rows)
		return failure(error, "out of memory");
	rows->store = store;
	rows->rows = store_prepare(store, rows_sql, error);
	rows->port = store_prepare(store,
				   "SELECT substr(key, 7) FROM run WHERE key GLOB 'alias:*'"
				   " AND CAST(value AS INTEGER) = ?1",
				   error);
	if (!rows->rows || !rows->port || read_run(rows, error) < 0) {
		syscalls_rows_free(rows);
		return -1;
	}
	*out = rows;
	return 0;
}

void syscalls_rows_free(struct syscalls_rows *rows)
{
	if (!rows)
		return;
	store_release(rows->store, rows->rows);
	store_release(rows->store, rows->port);
	free(rows);
}

static const char *text(struct syscalls_rows *rows, int column)
{
	const char *bytes = (const char *)sqlite3_column_text(rows->rows, column);

	return bytes ? bytes : "";
}

static void forget(struct syscalls_rows *rows, int64_t fd)
{
	for (unsigned i = 0; i < rows->known_count; i++)
		if (rows->known[i].fd == fd) {
			rows->known[i] = rows->known[--rows->known_count];
			return;
		}
}

static void learn(struct syscalls_rows *rows, int64_t fd, int pair, const char *name, int length)
{
	struct known *known;

	forget(rows, fd);
	if (rows->known_count == KNOWN_MAX)
		return;
	known = &rows->known[rows->known_count++];
	known->fd = fd;
	known->pair = pair;
	snprintf(known->name, sizeof(known->name), "%.*s", length, name);
}

static const struct known *find(const struct syscalls_rows *rows, int64_t fd)
{
	for (unsigned i = 0; i < rows->known_count; i++)
		if (rows->known[i].fd == fd)
			return &rows->known[i];
	return NULL;
}

int syscalls_rows_pair(const struct syscalls_rows *rows, const char *name, int length)
{
	for (unsigned i = 0; i < rows->known_count; i++) {
		const struct known *k = &rows->known[i];

		if ((int)strlen(k->name) == length && memcmp(k->name, name, (size_t)length) == 0)
			return k->pair;
	}
	return 0;
}

/* "3-9" or "3-": what lies between has another meaning from now on. */
static void forget_range(struct syscalls_rows *rows, const char *range)
{
	char *end;
	long long first = strtoll(range, &end, 10);
	long long last = *end == '-' && end[1] >= '0' && end[1] <= '9' ? strtoll(end + 1, &end, 10)
								       : INT64_MAX;

	if (strstr(range, "CLOEXEC"))
		return;
	for (unsigned i = rows->known_count; i-- > 0;)
		if (rows->known[i].fd >= first && rows->known[i].fd <= last)
			rows->known[i] = rows->known[--rows->known_count];
}

/* Calls that make descriptors without a name of the program's. */
static void follow(struct syscalls_rows *rows, const struct syscalls_call *call)
{
	int comma = (int)strcspn(call->arguments, ",");

	if (!call->returned || call->result < 0)
		return;
	if (strncmp(call->name, "dup", 3) == 0 || strncmp(call->arguments, "F_DUPFD", 7) == 0) {
		if (call->result != call->fd)
			forget(rows, call->result);
	} else if (strcmp(call->name, "close_range") == 0) {
		forget_range(rows, call->arguments);
	} else if (strncmp(call->name, "epoll_create", 12) == 0) {
		learn(rows, call->fd, 0, "", 0);
	} else if (strcmp(call->name, "socketpair") == 0 && call->arguments[comma]) {
		const char *second = call->arguments + comma + 1;

		learn(rows, sqlite3_column_int64(rows->rows, MADE_FIRST), rows->pairs + 1,
		      call->arguments, comma);
		learn(rows, sqlite3_column_int64(rows->rows, MADE_SECOND), rows->pairs + 2, second,
		      (int)strcspn(second, " "));
		rows->pairs += 2;
	}
}

/* "fd=epoll#2; ...": the name that the recorder gave to an epoll set; else "". */
static void recorded_set(struct syscalls_rows *rows, char *out, size_t size)
{
	const char *name = text(rows, DETAIL);

	*out = '\0';
	if (strncmp(name, "fd=epoll", 8) == 0)
		snprintf(out, size, "%.*s", (int)strcspn(name + 3, ";"), name + 3);
}

static void name_descriptor(struct syscalls_rows *rows, struct syscalls_call *call)
{
	const struct known *known = find(rows, call->fd);
	char set[sizeof(call->descriptor)];

	recorded_set(rows, set, sizeof(set));
	call->pair = known ? known->pair : 0;
	if (*call->object)
		snprintf(call->descriptor, sizeof(call->descriptor), "%s", call->object);
	else if (*set)
		memcpy(call->descriptor, set, sizeof(set));
	else if (known && known->pair)
		snprintf(call->descriptor, sizeof(call->descriptor), "pair#%d", known->pair);
	else if (known)
		memcpy(call->descriptor, "epoll", sizeof("epoll"));
	else if (call->fd >= 0)
		snprintf(call->descriptor, sizeof(call->descriptor), "%" PRId64, call->fd);
	else
		call->descriptor[0] = '\0';
}

/*
 * A library's sockets and files are never spoken of by the program; its own
 * are, and then they have an object, or it made them as a pair or epoll set.
 */
static bool is_own(const struct syscalls_rows *rows, const struct syscalls_call *call)
{
	const struct known *known = find(rows, call->fd);

	if (rows->is_foreign || call->pair)
		return true;
	if (call->seq > rows->end && !call->parent)
		return false;
	if (strcmp(call->name, "socketpair") == 0)
		return true;
	if (strncmp(call->name, "pipe", 4) == 0)
		return strncmp(call->arguments, "waker", 5) == 0;
	if (*call->object)
		return true;
	return known && (strncmp(call->name, "epoll_", 6) == 0 || strcmp(call->name, "close") == 0);
}

static void read_gap(struct syscalls_rows *rows, struct syscalls_call *call)
{
	call->is_gap = true;
	call->lost = sqlite3_column_int64(rows->rows, LOST);
	call->fd = call->duration = -1;
	call->is_own = true;
}

static void read_call(struct syscalls_rows *rows, struct syscalls_call *call)
{
	sqlite3_stmt *s = rows->rows;
	bool has_fd = sqlite3_column_type(s, FD) != SQLITE_NULL;
	bool has_duration = sqlite3_column_type(s, DURATION) != SQLITE_NULL;

	call->time = sqlite3_column_int64(s, TIME);
	call->since = call->time - rows->first_time;
	call->fd = has_fd ? sqlite3_column_int64(s, FD) : -1;
	call->returned = sqlite3_column_type(s, RESULT) != SQLITE_NULL;
	call->result = sqlite3_column_int64(s, RESULT);
	call->duration = has_duration ? sqlite3_column_int64(s, DURATION) : -1;
	call->parent = sqlite3_column_int64(s, PARENT);
	follow(rows, call);
	name_descriptor(rows, call);
	call->is_own = is_own(rows, call);
	if (strcmp(call->name, "close") == 0 && call->fd >= 0)
		forget(rows, call->fd);
}

int syscalls_rows_next(struct syscalls_rows *rows, struct syscalls_call *call, char **error)
{
	sqlite3_stmt *s = rows->rows;
	int status = sqlite3_step(s);

	if (status == SQLITE_DONE)
		return 0;
	if (status != SQLITE_ROW) {
		store_failure(rows->store, error);
		return -1;
	}
	*call = (struct syscalls_call){
		.seq = sqlite3_column_int64(s, SEQ),
		.thread = sqlite3_column_int64(s, THREAD),
		.name = text(rows, NAME),
		.arguments = text(rows, ARGUMENTS),
		.shown = text(rows, SHOWN),
		.object = text(rows, OBJECT),
		.event = text(rows, EVENT),
	};
	if (sqlite3_column_type(s, LOST) != SQLITE_NULL)
		read_gap(rows, call);
	else
		read_call(rows, call);
	return 1;
}

const char *syscalls_rows_port(struct syscalls_rows *rows, int64_t port)
{
	sqlite3_reset(rows->port);
	sqlite3_bind_int64(rows->port, 1, port);
	if (sqlite3_step(rows->port) != SQLITE_ROW)
		return NULL;
	return (const char *)sqlite3_column_text(rows->port, 0);
}
