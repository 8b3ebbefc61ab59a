/*
 * state_text.c - a state as text: a section for each part, a line or two for
 * each thing in it.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "trace/cmd/state_print.h"
#include "trace/export/put.h"
#include "trace/replay/next.h"

#define BYTES_SHOWN 48  /* of a buffer */
#define HEAD_SHOWN 2048 /* of a response's head */
#define HEAD_LINES 12

/* Columns after the name of a thing, so that most lines stand in line. */
#define NAME "  %-10s "

struct print {
	struct replay *replay;
	const struct replay_state *state;
	FILE *out;
};

static void section(const struct print *p, const char *title, size_t count)
{
	if (count)
		fprintf(p->out, "%s %zu\n", title, count);
	else
		fprintf(p->out, "%s -\n", title);
}

static void name(const struct print *p, int64_t object)
{
	char text[REPLAY_NAME_BYTES];

	replay_object(p->replay, object, text);
	/* such names are made by us; one that is not plain loses its column, no more */
	fputs("  ", p->out);
	steps_put(p->out, text);
	fprintf(p->out, "%*s ", (int)(strlen(text) < 10 ? 10 - strlen(text) : 0), "");
}

static void function(const struct print *p, int64_t id)
{
	steps_put(p->out, state_function(p->replay, id));
}

static void object(const struct print *p, const char *before, int64_t id)
{
	char text[REPLAY_NAME_BYTES];

	if (!id)
		return;
	replay_object(p->replay, id, text);
	fputs(before, p->out);
	steps_put(p->out, text);
}

static void mask(const struct print *p, int64_t events)
{
	char text[STATE_MASK_BYTES];

	state_mask(events, text);
	fprintf(p->out, "%-16s ", text);
}

/* "..." with line ends made visible. */
static void quoted(const struct print *p, const char *bytes, size_t length)
{
	putc('"', p->out);
	for (size_t i = 0, n; i < length; i += n) {
		n = 1;
		switch (bytes[i]) {
		case '\r':
			fputs("\\r", p->out);
			break;
		case '\n':
			fputs("\\n", p->out);
			break;
		case '\t':
			fputs("\\t", p->out);
			break;
		default:
			n = strcspn(bytes + i, "\r\n\t");
			n = n == 0 || n > length - i ? length - i : n;
			steps_put_bytes(p->out, bytes + i, n);
		}
	}
	putc('"', p->out);
}

static void buffer(const struct print *p, int64_t list)
{
	char bytes[BYTES_SHOWN + 1] = "";
	bool whole;
	size_t n = replay_bytes(p->replay, list, bytes, BYTES_SHOWN, &whole);

	if (!n)
		return;
	bytes[n] = '\0';
	putc(' ', p->out);
	quoted(p, bytes, n);
	if (!whole)
		fputs("...", p->out);
}

static void callbacks(const struct print *p)
{
	const struct replay_table *table = &p->state->callbacks;

	section(p, "callbacks", table->count);
	for (size_t i = 0; i < table->count; i++) {
		const struct replay_callback *c = REPLAY_AT(struct replay_callback, table, i);

		fprintf(p->out, "  %-10zu ", i + 1);
		function(p, c->function);
		fprintf(p->out, "  queued at %" PRId64, c->seq);
		object(p, " for ", c->fd);
		putc('\n', p->out);
	}
}

static void handlers(const struct print *p)
{
	const struct replay_table *table = &p->state->handlers;

	section(p, "handlers", table->count);
	for (size_t i = 0; i < table->count; i++) {
		const struct replay_handler *h = REPLAY_AT(struct replay_handler, table, i);

		name(p, h->fd);
		mask(p, h->events);
		function(p, h->function);
		fprintf(p->out, "  set at %" PRId64 "\n", h->seq);
	}
}

static void timeouts(const struct print *p)
{
	const struct replay_timeout **sorted;
	size_t count;

	sorted = replay_timeouts(p->replay, &count);
	section(p, "timeouts", count);
	for (size_t i = 0; i < count; i++) {
		const struct replay_timeout *t = sorted[i];
		int64_t wait = replay_left(p->replay, t);
		char left[32] = "due";

		if (wait > 0)
			snprintf(left, sizeof(left), "in %.3f s", (double)wait / 1e9);
		name(p, t->timeout);
		fprintf(p->out, "%-16s ", t->cancelled ? "cancelled" : left);
		function(p, t->function);
		fprintf(p->out, "  set at %" PRId64 "\n", t->seq);
	}
	free(sorted);
}

static void ready(const struct print *p)
{
	const struct replay_table *table = &p->state->ready;

	section(p, "ready", table->count);
	for (size_t i = 0; i < table->count; i++) {
		const struct replay_ready *r = REPLAY_AT(struct replay_ready, table, i);

		name(p, r->fd);
		mask(p, r->events);
		fprintf(p->out, "polled at %" PRId64 ", not yet dispatched\n", r->seq);
	}
}

/* Who is told: the function that was given, else the future that was handed out. */
static void told(const struct print *p, int64_t fn, int64_t future)
{
	char text[REPLAY_NAME_BYTES];

	if (fn || !future) {
		function(p, fn);
		return;
	}
	replay_object(p->replay, future, text);
	steps_put(p->out, text);
}

static void pending_read(const struct print *p, const struct replay_stream *s)
{
	if (!s->read) {
		fputs("no read is pending", p->out);
		return;
	}
	if (s->read == REPLAY_READ_CLOSE) {
		fputs("reads until the peer closes", p->out);
	} else {
		fputs(s->read == REPLAY_READ_BYTES ? "reads " : "reads until ", p->out);
		steps_put(p->out, state_wanted(p->replay, s));
		fputs(s->read == REPLAY_READ_BYTES ? " bytes" : "", p->out);
	}
	fputs(" for ", p->out);
	told(p, s->read_function, s->read_future);
	fprintf(p->out, "  asked at %" PRId64, s->read_seq);
}

static void streams(const struct print *p)
{
	const struct replay_table *table = &p->state->streams;

	section(p, "streams", table->count);
	for (size_t i = 0; i < table->count; i++) {
		const struct replay_stream *s = REPLAY_AT(struct replay_stream, table, i);

		name(p, s->fd);
		fprintf(p->out, "%-16s read buffer %" PRId64 " B", state_stream_phase(s->phase),
			s->received);
		buffer(p, s->list);
		fprintf(p->out, ", write buffer %" PRId64 " B, callbacks %" PRId64 "\n", s->unsent,
			s->callbacks);
		if (s->phase == REPLAY_STREAM_CLOSED && !s->read)
			continue;
		fprintf(p->out, NAME, "");
		pending_read(p, s);
		if (s->connect_function || s->connect_future) {
			fputs(", then ", p->out);
			told(p, s->connect_function, s->connect_future);
		}
		putc('\n', p->out);
	}
}

static void waiters(const struct print *p, int64_t handle)
{
	const struct replay_table *list = replay_lists_get(&p->state->lists, handle);

	for (size_t i = 0; list && i < list->count; i++) {
		const struct replay_waiter *w = REPLAY_AT(struct replay_waiter, list, i);

		fputs(i ? ", " : " calls ", p->out);
		function(p, w->function);
		fprintf(p->out, " (added at %" PRId64 ")", w->seq);
	}
}

static void futures(const struct print *p)
{
	const struct replay_table *table = &p->state->futures;
	static const char *const outcomes[] = { "pending", "result", "exception" };

	section(p, "futures", table->count);
	for (size_t i = 0; i < table->count; i++) {
		const struct replay_future *f = REPLAY_AT(struct replay_future, table, i);

		name(p, f->future);
		fprintf(p->out, f->outcome || f->list ? "%-16s" : "%s",
			outcomes[f->outcome > 0 && f->outcome < 3 ? f->outcome : 0]);
		if (f->outcome) {
			putc(' ', p->out);
			steps_put(p->out, state_outcome(p->replay, f));
			fprintf(p->out, "  at %" PRId64, f->done);
		}
		waiters(p, f->list);
		putc('\n', p->out);
	}
}

static void locals(const struct print *p, int64_t handle)
{
	const struct replay_table *list = replay_lists_get(&p->state->lists, handle);
	char key[64], value[128];

	for (size_t i = 0; list && i < list->count; i++) {
		int64_t seq = *replay_table_at(list, i);

		replay_detail_value(p->replay, seq, "name", key, sizeof(key));
		replay_detail_value(p->replay, seq, "value", value, sizeof(value));
		fprintf(p->out, NAME, "");
		steps_put(p->out, key);
		fputs(" = ", p->out);
		steps_put(p->out, value);
		putc('\n', p->out);
	}
}

static void coroutines(const struct print *p)
{
	const struct replay_table *table = &p->state->coroutines;
	char place[256];

	section(p, "coroutines", table->count);
	for (size_t i = 0; i < table->count; i++) {
		const struct replay_coroutine *c = REPLAY_AT(struct replay_coroutine, table, i);

		name(p, c->runner);
		fprintf(p->out, "%-16s ", state_coroutine_phase(c->phase));
		function(p, c->function);
		if (c->phase == REPLAY_COROUTINE_SUSPENDED) {
			replay_place(p->replay, c->yield, place, sizeof(place));
			fputs(" at ", p->out);
			steps_put(p->out, place);
			object(p, ", waits for ", c->future);
		}
		putc('\n', p->out);
		locals(p, c->list);
	}
}

/* The lines of a head, as far as they came. */
static void head(const struct print *p, int64_t list)
{
	char bytes[HEAD_SHOWN + 1];
	bool whole;
	size_t n = replay_bytes(p->replay, list, bytes, HEAD_SHOWN, &whole);
	char *line = bytes, *end;

	bytes[n] = '\0';
	for (unsigned i = 0; i < HEAD_LINES && line < bytes + n; i++) {
		size_t length;

		end = memchr(line, '\n', (size_t)(bytes + n - line));
		length = (size_t)((end ? end : bytes + n) - line);
		if (length && line[length - 1] == '\r')
			length--;
		if (length) {
			fprintf(p->out, NAME, "");
			steps_put_bytes(p->out, line, length);
			putc('\n', p->out);
		}
		if (!end)
			return;
		line = end + 1;
	}
}

static void connection(const struct print *p, const struct replay_connection *c)
{
	const struct replay_stream *s =
		(const struct replay_stream *)(const void *)replay_table_find(&p->state->streams,
									      c->fd);
	char url[256] = "";

	fprintf(p->out, NAME "%-16s ", "", state_connection_phase(c->phase));
	replay_detail_value(p->replay, c->fetch, "url", url, sizeof(url));
	steps_put(p->out, url);
	object(p, " on ", c->fd);
	if (c->code)
		fprintf(p->out, ", code %" PRId64, c->code);
	if (c->phase >= REPLAY_BODY)
		fprintf(p->out, ", body %" PRId64 " B", c->body);
	if (c->chunks)
		fprintf(p->out, " in %" PRId64 " chunk%s", c->chunks, c->chunks == 1 ? "" : "s");
	putc('\n', p->out);
	if (c->phase == REPLAY_HEADERS && !c->head && s)
		head(p, s->list);
	head(p, c->list);
}

static void http(const struct print *p)
{
	const struct replay_table *queue = &p->state->requests;
	char url[256];

	if (!p->state->now.connections && !queue->count) {
		section(p, "http", 0);
		return;
	}
	fprintf(p->out, "http %" PRId64 " active, %zu queued\n", p->state->now.active,
		queue->count);
	for (size_t i = 0; i < p->state->connections.count; i++)
		connection(p, REPLAY_AT(struct replay_connection, &p->state->connections, i));
	for (size_t i = 0; i < queue->count; i++) {
		*url = '\0';
		replay_detail_value(p->replay, *replay_table_at(queue, i), "url", url, sizeof(url));
		fprintf(p->out, NAME "%-16s ", "", "queued");
		steps_put(p->out, url);
		putc('\n', p->out);
	}
}

static void kernel(const struct print *p)
{
	const struct replay_table *interest = &p->state->interest;
	const struct replay_table *sockets = &p->state->sockets;

	section(p, "kernel watches", interest->count);
	for (size_t i = 0; i < interest->count; i++) {
		const struct replay_interest *w = REPLAY_AT(struct replay_interest, interest, i);

		name(p, w->fd);
		mask(p, w->events);
		fprintf(p->out, "told at %" PRId64, w->seq);
		if (w->set > 1)
			fprintf(p->out, " in epoll#%" PRId64, w->set);
		putc('\n', p->out);
	}
	section(p, "sockets", sockets->count);
	for (size_t i = 0; i < sockets->count; i++) {
		const struct replay_socket *s = REPLAY_AT(struct replay_socket, sockets, i);
		const char *error =
			s->error > 0 && s->error < 4096 ? strerrorname_np((int)s->error) : NULL;

		name(p, s->fd);
		fprintf(p->out, "%-16s since %" PRId64, s->udp ? "UDP" : state_tcp(s->state),
			s->seq);
		if (s->state == REPLAY_TCP_FAILED)
			fprintf(p->out, " (%s)", error ? error : "an error");
		putc('\n', p->out);
	}
}

static void stack(const struct print *p)
{
	const struct replay_table *threads = &p->state->threads;

	for (size_t i = 0; i < threads->count; i++) {
		const struct replay_thread *t = REPLAY_AT(struct replay_thread, threads, i);
		const struct replay_table *spans = replay_lists_get(&p->state->lists, t->list);

		if (!spans || !spans->count)
			continue;
		fprintf(p->out, "stack of thread %" PRId64 "\n", t->thread);
		for (size_t n = spans->count; n-- > 0;) {
			const struct replay_span *span = REPLAY_AT(struct replay_span, spans, n);

			fprintf(p->out, "  %-10" PRId64 " ", span->seq);
			steps_put(p->out, replay_kind_name(p->replay, span->kind));
			putc('\n', p->out);
		}
	}
}

static void lost(const struct state_place *place, FILE *out)
{
	if (!place->gaps)
		return;
	if (place->lost)
		fprintf(out, "%s%" PRId64 " event%s", place->lost_more ? "more than " : "",
			place->lost, place->lost == 1 ? "" : "s");
	else
		fputs("an unknown number of events", out);
	fputs(" lost before here: the state may be wrong\n", out);
}

void state_print_text(struct replay *replay, const struct state_place *place, FILE *out)
{
	static void (*const sections[])(const struct print *) = {
		callbacks, handlers,   timeouts, ready,  streams,
		futures,   coroutines, http,     kernel, stack,
	};
	const struct print p = { replay, replay_state(replay), out };
	const struct replay_now *now = &p.state->now;

	fprintf(out, "event %" PRId64 " of %" PRId64 ", turn %" PRId64 ", %.3f ms: ", now->seq,
		place->last, now->turn, (double)place->since / 1e6);
	steps_put(out, place->event);
	putc('\n', out);
	lost(place, out);
	putc('\n', out);
	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++)
		sections[i](&p);
	if (now->untracked)
		fprintf(out, "%" PRId64 " things more than are kept track of\n", now->untracked);
}
