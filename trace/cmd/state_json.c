/*
 * state_json.c - a state as one JSON object; docs/state.md tells what its
 * members mean.
 */
#include <stdlib.h>
#include <string.h>

#include "trace/base/json.h"
#include "trace/cmd/state_print.h"

#define BYTES_GIVEN 65536 /* of a buffer or a head */

struct print {
	struct replay *replay;
	const struct replay_state *state;
	struct json json;
	char *bytes;
};

static void number(struct print *p, const char *key, int64_t n)
{
	json_member_int(&p->json, key, n);
}

static void text(struct print *p, const char *key, const char *value)
{
	json_member_string(&p->json, key, value);
}

/* A seq or a number of which 0 means none. */
static void link(struct print *p, const char *key, int64_t n)
{
	json_member_int_or_null(&p->json, key, n, n);
}

static void object(struct print *p, const char *key, int64_t id)
{
	char name[REPLAY_NAME_BYTES];

	replay_object(p->replay, id, name);
	text(p, key, id ? name : NULL);
}

static void function(struct print *p, const char *key, int64_t id)
{
	text(p, key, id ? state_function(p->replay, id) : NULL);
}

static void mask(struct print *p, const char *key, int64_t events)
{
	char words[STATE_MASK_BYTES];

	state_mask(events, words);
	text(p, key, words);
}

/* Bytes that the trace kept; null if it kept none of them. */
static void bytes(struct print *p, const char *key, int64_t list)
{
	bool whole;
	size_t n = p->bytes ? replay_bytes(p->replay, list, p->bytes, BYTES_GIVEN, &whole) : 0;

	json_key(&p->json, key);
	if (n || replay_lists_get(&p->state->lists, list) == NULL)
		json_bytes(&p->json, p->bytes ? p->bytes : "", n);
	else
		json_null(&p->json);
}

static void callback(struct print *p, const int64_t *row)
{
	const struct replay_callback *c = (const struct replay_callback *)(const void *)row;

	function(p, "function", c->function);
	number(p, "seq", c->seq);
	object(p, "stream", c->fd);
	link(p, "connection", c->connection);
}

static void handler(struct print *p, const int64_t *row)
{
	const struct replay_handler *h = (const struct replay_handler *)(const void *)row;

	object(p, "fd", h->fd);
	number(p, "descriptor", h->descriptor);
	mask(p, "events", h->events);
	function(p, "function", h->function);
	number(p, "seq", h->seq);
}

static void timeout(struct print *p, const int64_t *row)
{
	const struct replay_timeout *t = (const struct replay_timeout *)(const void *)row;
	uint64_t passed = (uint64_t)p->state->now.time - (uint64_t)t->added;

	object(p, "timeout", t->timeout);
	number(p, "deadline_ns", t->deadline);
	number(p, "remaining_ns", (int64_t)((uint64_t)t->after - passed));
	function(p, "function", t->function);
	number(p, "seq", t->seq);
	json_member_bool(&p->json, "cancelled", t->cancelled != 0);
}

static void ready(struct print *p, const int64_t *row)
{
	const struct replay_ready *r = (const struct replay_ready *)(const void *)row;

	object(p, "fd", r->fd);
	mask(p, "events", r->events);
	number(p, "seq", r->seq);
}

static void stream(struct print *p, const int64_t *row)
{
	const struct replay_stream *s = (const struct replay_stream *)(const void *)row;
	const struct replay_handler *h =
		(const struct replay_handler *)(const void *)replay_table_find(&p->state->handlers,
									       s->fd);

	object(p, "fd", s->fd);
	text(p, "phase", state_stream_phase(s->phase));
	mask(p, "mask", h ? h->events : 0);
	number(p, "read_buffer_bytes", s->received);
	bytes(p, "read_buffer", s->list);
	number(p, "write_buffer_bytes", s->unsent);
	number(p, "pending_callbacks", s->callbacks);
	json_key(&p->json, "read");
	if (s->read) {
		json_begin_object(&p->json);
		text(p, "until", state_read(s->read));
		text(p, "wanted", state_wanted(p->replay, s));
		function(p, "function", s->read_function);
		object(p, "future", s->read_future);
		number(p, "seq", s->read_seq);
		json_end_object(&p->json);
	} else {
		json_null(&p->json);
	}
	function(p, "connect_callback", s->connect_function);
	object(p, "connect_future", s->connect_future);
	function(p, "close_callback", s->close_function);
	link(p, "connection", s->connection);
}

static void future(struct print *p, const int64_t *row)
{
	static const char *const words[] = { "pending", "result", "exception" };
	const struct replay_future *f = (const struct replay_future *)(const void *)row;
	const struct replay_table *list = replay_lists_get(&p->state->lists, f->list);

	object(p, "future", f->future);
	text(p, "state", words[f->outcome > 0 && f->outcome < 3 ? f->outcome : 0]);
	text(p, "outcome", f->outcome ? state_outcome(p->replay, f) : NULL);
	link(p, "done", f->done);
	json_key(&p->json, "waiters");
	json_begin_array(&p->json);
	for (size_t i = 0; list && i < list->count; i++) {
		const struct replay_waiter *w = REPLAY_AT(struct replay_waiter, list, i);

		json_begin_object(&p->json);
		function(p, "function", w->function);
		number(p, "seq", w->seq);
		json_end_object(&p->json);
	}
	json_end_array(&p->json);
}

static void coroutine(struct print *p, const int64_t *row)
{
	const struct replay_coroutine *c = (const struct replay_coroutine *)(const void *)row;
	const struct replay_table *list = replay_lists_get(&p->state->lists, c->list);
	char place[256], key[64], value[1024];

	object(p, "runner", c->runner);
	function(p, "function", c->function);
	text(p, "phase", state_coroutine_phase(c->phase));
	replay_place(p->replay, c->yield, place, sizeof(place));
	text(p, "place", c->yield ? place : NULL);
	link(p, "yield", c->yield);
	object(p, "waits_for", c->future);
	json_key(&p->json, "locals");
	json_begin_array(&p->json);
	for (size_t i = 0; list && i < list->count; i++) {
		*key = *value = '\0';
		replay_detail_value(p->replay, *replay_table_at(list, i), "name", key, sizeof(key));
		replay_detail_value(p->replay, *replay_table_at(list, i), "value", value,
				    sizeof(value));
		json_begin_object(&p->json);
		text(p, "name", key);
		text(p, "value", value);
		json_end_object(&p->json);
	}
	json_end_array(&p->json);
}

static void url(struct print *p, int64_t fetch)
{
	char value[2048];

	text(p, "url",
	     replay_detail_value(p->replay, fetch, "url", value, sizeof(value)) ? value : NULL);
}

static void connection(struct print *p, const int64_t *row)
{
	const struct replay_connection *c = (const struct replay_connection *)(const void *)row;

	number(p, "connection", c->connection);
	text(p, "phase", state_connection_phase(c->phase));
	url(p, c->fetch);
	link(p, "fetch", c->fetch);
	object(p, "fd", c->fd);
	bytes(p, "head", c->list);
	number(p, "chunks", c->chunks);
	number(p, "body_bytes", c->body);
	link(p, "code", c->code);
}

static void request(struct print *p, const int64_t *row)
{
	url(p, *row);
	number(p, "fetch", *row);
}

static void interest(struct print *p, const int64_t *row)
{
	const struct replay_interest *w = (const struct replay_interest *)(const void *)row;

	object(p, "fd", w->fd);
	mask(p, "events", w->events);
	number(p, "seq", w->seq);
	number(p, "set", w->set);
}

static void socket(struct print *p, const int64_t *row)
{
	const struct replay_socket *s = (const struct replay_socket *)(const void *)row;
	const char *error = s->error > 0 && s->error < 4096 ? strerrorname_np((int)s->error) : NULL;

	object(p, "fd", s->fd);
	text(p, "tcp", s->state == REPLAY_TCP_NONE ? NULL : state_tcp(s->state));
	number(p, "udp", s->udp);
	text(p, "error", error);
	number(p, "seq", s->seq);
}

static void span(struct print *p, const int64_t *row)
{
	const struct replay_span *s = (const struct replay_span *)(const void *)row;

	number(p, "seq", s->seq);
	text(p, "event", replay_kind_name(p->replay, s->kind));
	link(p, "connection", s->connection);
}

static void array(struct print *p, const char *key, const struct replay_table *table,
		  void (*member)(struct print *, const int64_t *))
{
	json_key(&p->json, key);
	json_begin_array(&p->json);
	for (size_t i = 0; table && i < table->count; i++) {
		json_begin_object(&p->json);
		member(p, replay_table_at(table, i));
		json_end_object(&p->json);
	}
	json_end_array(&p->json);
	json_newline(&p->json);
}

static void timeouts(struct print *p)
{
	size_t count;
	const struct replay_timeout **sorted = replay_timeouts(p->replay, &count);

	json_key(&p->json, "timeouts");
	json_begin_array(&p->json);
	for (size_t i = 0; i < count; i++) {
		json_begin_object(&p->json);
		timeout(p, (const int64_t *)(const void *)sorted[i]);
		json_end_object(&p->json);
	}
	json_end_array(&p->json);
	json_newline(&p->json);
	free(sorted);
}

static void thread(struct print *p, const int64_t *row)
{
	number(p, "thread", row[0]);
	array(p, "stack", replay_lists_get(&p->state->lists, row[1]), span);
}

void state_print_json(struct replay *replay, const struct state_place *place, FILE *out)
{
	struct print p = { .replay = replay,
			   .state = replay_state(replay),
			   .bytes = malloc(BYTES_GIVEN) };

	json_init(&p.json, out);
	json_begin_object(&p.json);
	number(&p, "seq", p.state->now.seq);
	number(&p, "last_seq", place->last);
	number(&p, "turn", p.state->now.turn);
	number(&p, "time_ns", p.state->now.time);
	number(&p, "since_ns", place->since);
	text(&p, "event", place->event);
	number(&p, "gaps", place->gaps);
	number(&p, "lost", place->lost);
	json_member_bool(&p.json, "lost_more", place->lost_more);
	json_newline(&p.json);
	array(&p, "callbacks", &p.state->callbacks, callback);
	array(&p, "handlers", &p.state->handlers, handler);
	timeouts(&p);
	array(&p, "ready", &p.state->ready, ready);
	array(&p, "streams", &p.state->streams, stream);
	array(&p, "futures", &p.state->futures, future);
	array(&p, "coroutines", &p.state->coroutines, coroutine);
	number(&p, "active_fetches", p.state->now.active);
	array(&p, "queued_fetches", &p.state->requests, request);
	array(&p, "connections", &p.state->connections, connection);
	array(&p, "kernel_watches", &p.state->interest, interest);
	array(&p, "sockets", &p.state->sockets, socket);
	array(&p, "threads", &p.state->threads, thread);
	number(&p, "untracked", p.state->now.untracked);
	json_end_object(&p.json);
	json_newline(&p.json);
	free(p.bytes);
}
