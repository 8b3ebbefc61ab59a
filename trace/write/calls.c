/*
 * calls.c - system calls written as rows, and written again once their
 * descriptors have names.
 */
#include "trace/write/calls.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "trace/base/failure.h"
#include "trace/words/syscalls.h"
#include "trace/write/descriptors.h"
#include "trace/write/internal.h"

struct writer_calls {
	struct writer *writer;
	struct descriptors *descriptors;
	struct syscalls_names names;
	sqlite3_stmt *put, *rename, *rename_event;
	bool program_speaks; /* of its turns, too */
	char arguments[SYSCALLS_TEXT];
	char result[SYSCALLS_TEXT];
};

static void name_descriptor(void *context, int fd, char *out)
{
	descriptors_name(((struct writer_calls *)context)->descriptors, fd, out);
}

static void name_ready(void *context, int set, uint64_t data, char *out)
{
	descriptors_ready_name(((struct writer_calls *)context)->descriptors, set, data, out);
}

static bool is_first_set(void *context, int fd)
{
	return descriptors_is_first_set(((struct writer_calls *)context)->descriptors, fd);
}

static bool makes_pair(unsigned call)
{
	return call == CALL_pipe || call == CALL_pipe2 || call == CALL_socketpair;
}

/*
 * Calls are kinds, too, in numbers of their own.  A pair has no single
 * descriptor: its fields are the two numbers that the call made.
 */
static int write_kinds(struct writer *writer, char **error)
{
	for (unsigned call = 1; call < CALL_END; call++) {
		const struct syscalls_row *row = syscalls_find(call);
		char symbol[48], name[48];
		struct catalog_kind kind = {
			.number = (uint16_t)(SYSCALLS_KIND + call),
			.symbol = symbol,
			.name = name,
			.shape = KIND_SHAPE_INSTANT,
			.layer = KIND_LAYER_KERNEL,
			.role = KIND_ROLE_INFO,
			.fields = makes_pair(call) ? "first:int second:int result:count args:str"
						   : "fd:fd result:count args:str",
			.returns = "",
			.english = row->english,
			.chinese = row->chinese,
		};

		snprintf(symbol, sizeof(symbol), "kernel_%s", row->name);
		snprintf(name, sizeof(name), "kernel.%s", row->name);
		if (writer__kind(writer, &kind, error) < 0)
			return -1;
	}
	return 0;
}

int writer_calls_new(struct writer_calls **out, struct writer *writer, char **error)
{
	struct writer_calls *calls = calloc(1, sizeof(*calls));

	*out = calls;
	if (!calls || descriptors_new(&calls->descriptors, writer->objects) < 0) {
		free(calls);
		*out = NULL;
		return failure(error, "out of memory");
	}
	calls->writer = writer;
	calls->names = (struct syscalls_names){ name_descriptor, name_ready, is_first_set, calls };
	calls->put = store_prepare(
		writer->store,
		"INSERT INTO syscalls (seq, name, fd, object, args, result, shown, duration)"
		" VALUES (?1,?2,?3,?4,?5,?6,?7,?8)",
		error);
	calls->rename = store_prepare(
		writer->store,
		"UPDATE syscalls SET object = ?2, args = ?3, shown = ?4 WHERE seq = ?1", error);
	calls->rename_event = store_prepare(
		writer->store,
		"UPDATE events SET a0 = coalesce(?2, a0), detail = ?3 WHERE seq = ?1", error);
	if (!calls->put || !calls->rename || !calls->rename_event ||
	    write_kinds(writer, error) < 0) {
		writer_calls_free(calls);
		*out = NULL;
		return -1;
	}
	return 0;
}

void writer_calls_free(struct writer_calls *calls)
{
	if (!calls)
		return;
	store_release(calls->writer->store, calls->put);
	store_release(calls->writer->store, calls->rename);
	store_release(calls->writer->store, calls->rename_event);
	descriptors_free(calls->descriptors);
	free(calls);
}

void writer_calls_program_speaks(struct writer_calls *calls)
{
	calls->program_speaks = true;
}

void writer_calls_know_set(struct writer_calls *calls, int set)
{
	descriptors_is_set(calls->descriptors, set);
}

void writer_calls_know_watched(struct writer_calls *calls, int set, int fd, uint64_t data)
{
	descriptors_registered(calls->descriptors, set, fd, data);
}

/* Puts arguments, result and the event's detail into words. */
static void render(struct writer_calls *calls, const struct probe_call *call)
{
	struct render_result *result = &calls->writer->result;
	int fd = syscalls_descriptor(call);
	char name[SYSCALLS_NAME];
	int length = 0;

	syscalls_arguments(call, &calls->names, calls->arguments);
	syscalls_result(call, &calls->names, calls->result);
	if (fd >= 0) {
		descriptors_name(calls->descriptors, fd, name);
		length = sprintf(result->text, "fd=%s; ", name);
	}
	if (*calls->arguments)
		length += sprintf(result->text + length, "args=%s; ", calls->arguments);
	length += sprintf(result->text + length, "result=%s", calls->result);
	_Static_assert(RENDER_BYTES > 2 * SYSCALLS_TEXT + 128, "a call's words fit");
	result->length = (size_t)length;
	result->data_count = 0;
}

/* The same fields as numbers, at the places that write_kinds() declared. */
static void set_numbers(struct render_result *result, const struct probe_call *call,
			uint32_t object)
{
	int made[2];

	result->numbers = 0;
	if (makes_pair(call->id)) {
		if (syscalls_made(call, made) == 2) {
			result->number[0] = made[0];
			result->number[1] = made[1];
			result->numbers = 3;
		}
		result->number[2] = call->result;
		result->numbers |= 4;
		return;
	}
	result->number[0] = object;
	result->number[1] = call->result;
	result->numbers = object ? 3 : 2;
	if (call->flags & PROBE_NEVER_RETURNED)
		result->numbers &= ~2u;
}

/*
 * The place in the tree: under the span by its id.  Normally it is open at
 * this point of its thread's story; when order had to yield it may have ended.
 */
static void find_place(struct writer *writer, const struct probe_record *record,
		       struct writer_row *row)
{
	uint64_t ring = record->span >> 48;
	struct writer_thread *thread;

	row->parent = record->span ? ids_find(writer->ids, record->span) : 0;
	if (!row->parent || ring >= RING_THREADS)
		return;
	thread = &writer->thread[ring];
	row->depth = thread->depth;
	for (uint32_t i = thread->depth; i-- > 0;)
		if (thread->open[i].seq == row->parent) {
			row->depth = i + 1;
			thread->last_seq = row->seq;
			break;
		}
}

static void bind_words(struct writer_calls *calls, sqlite3_stmt *s, int arguments, int shown)
{
	sqlite3_bind_text(s, arguments, calls->arguments, -1, SQLITE_STATIC);
	sqlite3_bind_text(s, shown, calls->result, -1, SQLITE_STATIC);
}

static void bind_or_null(sqlite3_stmt *s, int column, bool has, int64_t value)
{
	if (has)
		sqlite3_bind_int64(s, column, value);
	else
		sqlite3_bind_null(s, column);
}

/* A call that never returned (its thread ended inside) has neither result nor duration. */
static int put_call(struct writer_calls *calls, const struct probe_record *record, uint64_t seq,
		    int fd, uint32_t object, char **error)
{
	bool returned = !(record->call.flags & PROBE_NEVER_RETURNED);
	sqlite3_stmt *s = calls->put;

	sqlite3_bind_int64(s, 1, (int64_t)seq);
	sqlite3_bind_text(s, 2, syscalls_find(record->call.id)->name, -1, SQLITE_STATIC);
	bind_or_null(s, 3, fd >= 0, fd);
	bind_or_null(s, 4, object != 0, object);
	bind_words(calls, s, 5, 7);
	bind_or_null(s, 6, returned, record->call.result);
	bind_or_null(s, 8, returned, (int64_t)(record->time - record->call.entered));
	return writer__step(calls->writer, s, error);
}

/* A descriptor has got its name: the rows from before are written again. */
static int rename_rows(struct writer_calls *calls, const struct descriptors_pending *list,
		       char **error)
{
	struct render_result *result = &calls->writer->result;

	for (; list; list = list->next) {
		int fd = syscalls_descriptor(list->call);
		uint32_t object = descriptors_object(calls->descriptors, fd);
		sqlite3_stmt *s = calls->rename;

		render(calls, list->call);
		sqlite3_bind_int64(s, 1, (int64_t)list->seq);
		bind_or_null(s, 2, object != 0, object);
		bind_words(calls, s, 3, 4);
		if (writer__step(calls->writer, s, error) < 0)
			return -1;
		s = calls->rename_event;
		sqlite3_bind_int64(s, 1, (int64_t)list->seq);
		bind_or_null(s, 2, object != 0, object);
		sqlite3_bind_text(s, 3, result->text, (int)result->length, SQLITE_STATIC);
		if (writer__step(calls->writer, s, error) < 0)
			return -1;
	}
	return 0;
}

int writer_calls_finish(struct writer_calls *calls, char **error)
{
	int fd;

	while ((fd = descriptors_notice(calls->descriptors)) >= 0) {
		struct descriptors_pending *kept = descriptors_take_kept(calls->descriptors, fd);
		int result = rename_rows(calls, kept, error);

		descriptors_drop(kept);
		if (result < 0)
			return -1;
	}
	return 0;
}

/* What the call changes about descriptors before it is shown. */
static void follow_before(struct writer_calls *calls, const struct probe_call *call)
{
	struct probe_ready event;
	int made[2], set = syscalls_set(call);

	if (set >= 0)
		descriptors_is_set(calls->descriptors, set);
	switch (syscalls_made(call, made)) {
	case 1:
		descriptors_made(calls->descriptors, made[0],
				 call->id == CALL_epoll_create || call->id == CALL_epoll_create1);
		break;
	case 2:
		descriptors_made_pair(calls->descriptors, made[0], made[1]);
		break;
	}
	if (call->id == CALL_epoll_ctl && call->result == 0 && call->captured >= sizeof(event)) {
		memcpy(&event, call->data, sizeof(event));
		descriptors_registered(calls->descriptors, (int)call->arg[0], (int)call->arg[2],
				       event.data);
	}
}

void writer_calls_replaced(struct writer_calls *calls)
{
	descriptors_replaced(calls->descriptors);
}

/* Numbers that mean something else from now on, without a close() of their own. */
static void follow_numbers(struct writer_calls *calls, const struct probe_call *call)
{
	uint32_t first, last;
	int from, to, made[2];
	bool ends;

	if (syscalls_duplicated(call, &from, &to))
		descriptors_duplicated(calls->descriptors, from, to);
	if (syscalls_closed_range(call, &first, &last))
		descriptors_closed_range(calls->descriptors, first, last);
	if (!syscalls_marked(call, &first, &last, &ends))
		return;
	if (!makes_pair(call->id))
		descriptors_mark(calls->descriptors, first, last, ends);
	else if (syscalls_made(call, made) == 2)
		for (int i = 0; i < 2; i++)
			descriptors_mark(calls->descriptors, (uint32_t)made[i], (uint32_t)made[i],
					 ends);
}

/*
 * The program speaks of a descriptor after the calls that made it.  Until then
 * its calls are kept, to be written again with the name: see rename_rows().
 */
static void keep_if_nameless(struct writer_calls *calls, int fd, uint64_t seq,
			     const struct probe_call *call)
{
	if (descriptors_is_nameless(calls->descriptors, fd))
		descriptors_keep(calls->descriptors, fd, seq, call);
}

/*
 * What the call changes for those that come after it.  A descriptor that is
 * closed keeps its name in this row and loses it here; close() frees the number
 * whatever else it returns.
 */
static void follow_after(struct writer_calls *calls, const struct probe_call *call, uint64_t seq,
			 int fd)
{
	int made[2];
	unsigned count = syscalls_made(call, made);

	follow_numbers(calls, call);
	if (call->id == CALL_close && call->result != -EBADF) {
		descriptors_closed(calls->descriptors, fd);
		return;
	}
	keep_if_nameless(calls, fd, seq, call);
	for (unsigned i = 0; i < count; i++)
		if (made[i] != fd)
			keep_if_nameless(calls, made[i], seq, call);
}

int writer_calls_put(struct writer_calls *calls, const struct probe_record *record, char **error)
{
	struct writer *writer = calls->writer;
	const struct probe_call *call = &record->call;
	int fd = syscalls_descriptor(call);
	struct writer_row row = { .time = writer__time(writer, record->time),
				  .thread = record->thread,
				  .kind = SYSCALLS_KIND + call->id,
				  .phase = WRITER_INSTANT,
				  .site = -1 };
	uint32_t object;

	if (!syscalls_find(call->id) || record->time > INT64_MAX)
		return 0;
	/* what the program has said by now names what this call is about */
	if (writer_calls_finish(calls, error) < 0)
		return -1;
	follow_before(calls, call);
	object = descriptors_object(calls->descriptors, fd);
	if (!calls->program_speaks && syscalls_ends_wait(call))
		writer->turn++;
	row.seq = ++writer->seq;
	find_place(writer, record, &row);
	render(calls, call);
	set_numbers(&writer->result, call, object);
	if (writer__event(writer, &row, error) < 0 ||
	    put_call(calls, record, row.seq, fd, object, error) < 0)
		return -1;
	follow_after(calls, call, row.seq, fd);
	return 0;
}
