/*
 * drain.c - rings read, merged with the other sources, written and committed.
 */
#include "trace/record/drain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "trace/base/failure.h"
#include "trace/base/guard.h"
#include "trace/emit/catalog.h"
#include "trace/emit/clock.h"
#include "trace/record/ring_file.h"
#include "trace/record/source.h"
#include "trace/store/store.h"
#include "trace/write/writer.h"

#define SOURCES_MAX (RING_THREADS + 4)
#define COMMIT_ROWS 10000u
#define COMMIT_AGE 100000000u /* ns */
#define COMMIT_AGE_SOON 4000000u
#define PATIENCE 200000000u /* ns that a full ring waits for the order to be known */
#define SLACK 1000000u      /* ns between a clock read and `writing` seen */

/* One thread's ring as a source of records. */
struct ring_source {
	struct source source; /* first: they are the same object */
	struct drain *drain;
	struct ring_thread *cursors;
	const struct ring_slot *slots;
	unsigned index;
	uint32_t thread;
	uint64_t read; /* slots consumed, committed or not */
	uint64_t committed;
	uint64_t head; /* as last looked at */
	uint64_t last_time;
	uint64_t stuck_since; /* nearly full and not read since then; 0: it is not */
	uint64_t read_before; /* `read` at the last look */
	uint64_t told;        /* events lost that have their gap rows */
	bool stopped;         /* it held garbage: nothing in it is believed */
	bool stop_stored;
};

struct drain {
	struct ring_file *ring;
	struct writer *writer;
	struct store *store;
	struct ring_source thread[RING_THREADS];
	struct source *sources[SOURCES_MAX];
	size_t source_count;
	uint32_t site_count;
	uint32_t fact_count; /* of the ring's facts, those that are in the trace */
	bool attached;       /* the program's tables are valid */
	bool final;          /* nobody writes any more */
	bool cut;            /* the ring's file has lost its pages, and that is told */
	uint64_t told_unclaimed;
	uint64_t commit_age; /* how old a transaction may grow, ns */
	uint64_t commit_due; /* when the open transaction is old, 0: none open */
	char *payload;
};

static const struct ring_slot *slot_at(const struct ring_source *s, uint64_t cursor)
{
	return &s->slots[cursor & (s->drain->ring->slots - 1)];
}

/* Disbelieves a thread from here on; what it writes is consumed unread. */
static int stop(struct ring_source *s, const char *reason, char **error)
{
	s->stopped = true;
	s->source.next = SOURCE_NEVER;
	s->source.bound = SOURCE_NEVER;
	s->source.pressed = false;
	return writer_gap(s->drain->writer, s->thread, "program", -1, reason, error);
}

/* A name is published before the first event that uses it: call this after reading a head. */
static int learn_names(struct drain *drain, char **error)
{
	struct ring_header *header = drain->ring->header;
	uint32_t count = atomic_load_explicit(&header->name_count, memory_order_acquire);

	while (writer_names(drain->writer) < count && writer_names(drain->writer) < RING_NAMES) {
		char entry[RING_NAME_BYTES];

		memcpy(entry, header->names[writer_names(drain->writer)], sizeof(entry));
		if (writer_add_name(drain->writer, entry, error) < 0)
			return -1;
	}
	return 0;
}

/* What the program says that it is.  It may say no more: the other facts are ours. */
static int learn_facts(struct drain *drain, char **error)
{
	struct ring_header *header = drain->ring->header;
	uint32_t count = atomic_load_explicit(&header->fact_count, memory_order_acquire);

	for (; drain->fact_count < count && drain->fact_count < RING_FACTS; drain->fact_count++) {
		char fact[RING_FACT_BYTES], *value;

		memcpy(fact, header->facts[drain->fact_count], sizeof(fact));
		fact[sizeof(fact) - 1] = '\0';
		value = strchr(fact, '=');
		if (!value)
			continue;
		*value++ = '\0';
		if (strcmp(fact, "generation") != 0 && strcmp(fact, "role") != 0)
			continue;
		if (writer_begin(drain->writer, error) < 0 ||
		    store_put_fact(drain->store, fact, value, error) < 0)
			return -1;
	}
	return 0;
}

/* The time of the record in front, or what is promised when no record waits. */
static void find_next(struct ring_source *s, uint64_t bound)
{
	if (s->read < s->head) {
		s->source.next = slot_at(s, s->read)->time;
		if (s->source.next == SOURCE_NEVER)
			s->source.next--; /* damaged, as take() will find */
	} else {
		s->source.next = SOURCE_NEVER;
		s->source.bound = bound;
	}
}

/*
 * `writing` is read before `head`: if no event was being made then and none is
 * unread now, the next one will take its time from a later clock.
 */
static uint64_t promise(const struct ring_source *s, bool writing, uint64_t now)
{
	uint32_t claimed = atomic_load(&s->drain->ring->header->claimed);

	/*
	 * A ring that nobody has claimed comes after all claimed ones, whose heads
	 * were looked at before: whoever claims it now is later than all of them.
	 */
	if (s->drain->final || s->index >= claimed)
		return SOURCE_NEVER;
	return writing ? s->last_time : now - SLACK;
}

/*
 * A thread that began an event and does not publish it holds up all others,
 * whose rings fill.  It has lost the processor and will go on, normally.
 */
static bool is_stuck(struct ring_source *s, uint64_t now)
{
	bool full = s->head - s->committed > s->drain->ring->slots / 4 * 3;

	if (!full || s->read != s->read_before)
		s->stuck_since = 0;
	else if (s->stuck_since == 0)
		s->stuck_since = now;
	s->read_before = s->read;
	return s->stuck_since != 0 && now - s->stuck_since > PATIENCE;
}

static int ring_look(struct source *source, uint64_t now, char **error)
{
	struct ring_source *s = (struct ring_source *)source;
	bool writing = atomic_load_explicit(&s->cursors->writing, memory_order_acquire) != 0;
	uint64_t head = atomic_load_explicit(&s->cursors->head, memory_order_acquire);

	if (s->stopped) {
		s->read = s->head = head;
		/* no row depends on it any more, so the writer need not wait for a commit */
		if (s->stop_stored)
			atomic_store_explicit(&s->cursors->tail, head, memory_order_release);
		return 0;
	}
	if (head < s->read || head - s->read > s->drain->ring->slots)
		return stop(s, "the ring's cursors are damaged", error);
	if (learn_names(s->drain, error) < 0)
		return -1;
	s->head = head;
	if (!s->thread)
		s->thread = atomic_load_explicit(&s->cursors->thread, memory_order_relaxed);
	s->source.pressed = is_stuck(s, now);
	find_next(s, promise(s, writing, now));
	return 0;
}

/* Copies the payload out of the ring, where it may wrap. */
static void copy_payload(struct ring_source *s, uint64_t first, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		memcpy(s->drain->payload + (size_t)i * sizeof(struct ring_slot),
		       slot_at(s, first + i), sizeof(struct ring_slot));
}

static int write_slot(struct ring_source *s, const struct ring_slot *slot, char **error)
{
	struct drain *drain = s->drain;
	struct writer_place place = { .ring = s->index, .thread = s->thread, .cursor = s->read };
	bool has_site = slot->site < drain->site_count;
	struct ring_site site;

	if (has_site)
		memcpy(&site, &drain->ring->header->sites[slot->site], sizeof(site));
	copy_payload(s, s->read + 1, slot->payload_slots);
	return writer_record(drain->writer, &place, slot, drain->payload, has_site ? &site : NULL,
			     error);
}

/* Full enough to commit, so that the writer never waits for a timer. */
static bool commit_is_due(const struct drain *drain, const struct ring_source *s)
{
	return writer_pending(drain->writer) >= COMMIT_ROWS ||
	       s->read - s->committed >= drain->ring->slots / 4;
}

static int ring_take(struct source *source, char **error)
{
	struct ring_source *s = (struct ring_source *)source;
	struct ring_slot slot;
	int status;

	memcpy(&slot, slot_at(s, s->read), sizeof(slot));
	if (slot.payload_slots > RING_PAYLOAD_SLOTS_MAX || slot.payload_slots >= s->head - s->read)
		return stop(s, "a record in the ring is damaged", error);
	status = write_slot(s, &slot, error);
	if (status < 0)
		return -1;
	if (status == WRITER_DAMAGED)
		return stop(s, "a record in the ring is damaged", error);
	if (slot.kind == KIND_NONE && slot.phase == RING_INSTANT)
		s->told += slot.arg[0];
	s->last_time = slot.time;
	s->read += 1u + slot.payload_slots;
	find_next(s, s->drain->final ? SOURCE_NEVER : s->last_time);
	return commit_is_due(s->drain, s) ? drain_commit(s->drain, error) : 0;
}

static void init_thread(struct drain *drain, unsigned index)
{
	struct ring_source *s = &drain->thread[index];
	struct ring_slot *first =
		(struct ring_slot *)(void *)(ring_threads(drain->ring->header) + RING_THREADS);

	s->source.look = ring_look;
	s->source.take = ring_take;
	s->source.next = SOURCE_NEVER;
	s->drain = drain;
	s->index = index;
	s->cursors = &ring_threads(drain->ring->header)[index];
	/* by our own count of slots: the header's may have been written over */
	s->slots = first + (size_t)index * drain->ring->slots;
	drain->sources[drain->source_count++] = &s->source;
}

int drain_new(struct drain **out, struct ring_file *ring, struct writer *writer,
	      struct store *store, char **error)
{
	struct drain *drain = calloc(1, sizeof(*drain));

	*out = NULL;
	if (!drain || !(drain->payload = malloc(RING_PAYLOAD_MAX))) {
		free(drain);
		return failure(error, "out of memory");
	}
	drain->ring = ring;
	drain->writer = writer;
	drain->store = store;
	drain->commit_age = COMMIT_AGE;
	for (unsigned i = 0; i < RING_THREADS; i++)
		init_thread(drain, i);
	*out = drain;
	return 0;
}

void drain_free(struct drain *drain)
{
	if (!drain)
		return;
	free(drain->payload);
	free(drain);
}

int drain_add_source(struct drain *drain, struct source *source)
{
	if (drain->source_count == SOURCES_MAX)
		return -1;
	drain->sources[drain->source_count++] = source;
	return 0;
}

/* Run facts that go with every commit: "tail:0" and so on. */
static const char *fact_name(char *out, size_t size, const char *what, unsigned index)
{
	snprintf(out, size, "%s:%u", what, index);
	return out;
}

void drain_resume(struct drain *drain)
{
	char name[32];

	for (unsigned i = 0; i < RING_THREADS; i++) {
		struct ring_source *s = &drain->thread[i];
		int64_t tail = store_fact_number(drain->store,
						 fact_name(name, sizeof(name), "tail", i), 0);
		int64_t told = store_fact_number(drain->store,
						 fact_name(name, sizeof(name), "told", i), 0);

		s->read = s->committed = tail > 0 ? (uint64_t)tail : 0;
		s->told = told > 0 ? (uint64_t)told : 0;
		s->stopped = store_fact_number(drain->store,
					       fact_name(name, sizeof(name), "stopped", i), 0) == 1;
		s->stop_stored = s->stopped;
		s->source.bound = SOURCE_NEVER;
	}
	drain->told_unclaimed = (uint64_t)store_fact_number(drain->store, "told:unclaimed", 0);
}

static int store_cursors(struct drain *drain, char **error)
{
	char name[32];

	for (unsigned i = 0; i < RING_THREADS; i++) {
		struct ring_source *s = &drain->thread[i];

		if (s->read == s->committed && s->stopped == s->stop_stored)
			continue;
		fact_name(name, sizeof(name), "tail", i);
		if (store_put_fact_number(drain->store, name, (int64_t)s->read, error) < 0)
			return -1;
		fact_name(name, sizeof(name), "told", i);
		if (s->told &&
		    store_put_fact_number(drain->store, name, (int64_t)s->told, error) < 0)
			return -1;
		fact_name(name, sizeof(name), "stopped", i);
		if (s->stopped && store_put_fact_number(drain->store, name, 1, error) < 0)
			return -1;
		s->stop_stored = s->stopped;
	}
	return 0;
}

int drain_commit(struct drain *drain, char **error)
{
	bool moved = false;

	drain->commit_due = 0;
	for (unsigned i = 0; i < RING_THREADS; i++)
		moved = moved || drain->thread[i].read != drain->thread[i].committed ||
			drain->thread[i].stopped != drain->thread[i].stop_stored;
	if (moved && (writer_begin(drain->writer, error) < 0 || store_cursors(drain, error) < 0))
		return -1;
	if (writer_commit(drain->writer, error) < 0)
		return -1;
	for (unsigned i = 0; i < RING_THREADS; i++) {
		struct ring_source *s = &drain->thread[i];

		s->committed = s->read;
		atomic_store_explicit(&s->cursors->tail, s->read, memory_order_release);
	}
	return 0;
}

/* Nothing in the ring is believed from here on. */
static int disbelieve(struct drain *drain, const char *reason, char **error)
{
	for (unsigned i = 0; i < RING_THREADS; i++) {
		struct ring_source *s = &drain->thread[i];

		s->stopped = true;
		s->source.next = s->source.bound = SOURCE_NEVER;
		s->source.pressed = false;
	}
	return writer_gap(drain->writer, 0, "program", -1, reason, error);
}

/* Whoever may write to the ring's file may also cut it. */
static int check_cut(struct drain *drain, char **error)
{
	if (drain->cut || !guard_is_lost(drain->ring->header))
		return 0;
	drain->cut = true;
	return disbelieve(drain, "the ring's file was cut short", error);
}

/*
 * Learns the program's tables.  1: events can be read; 0: not yet.  A program
 * of another build numbers its kinds otherwise; reading it would make things up.
 */
static int attach(struct drain *drain, char **error)
{
	struct ring_header *header = drain->ring->header;
	uint32_t sites;

	if (drain->attached)
		return 1;
	if (atomic_load_explicit(&header->attached, memory_order_acquire) != 1)
		return 0;
	drain->attached = true;
	sites = atomic_load(&header->site_count);
	drain->site_count = sites < RING_SITES ? sites : RING_SITES;
	if (header->catalogue_hash == catalog_hash() || drain->thread[0].stopped)
		return 1;
	return disbelieve(drain, "the program was built with another catalogue of events", error) <
			       0
		       ? -1
		       : 1;
}

int drain_commit_if_large(struct drain *drain, char **error)
{
	return writer_pending(drain->writer) >= COMMIT_ROWS ? drain_commit(drain, error) : 0;
}

void drain_commit_soon(struct drain *drain)
{
	drain->commit_age = COMMIT_AGE_SOON;
}

int64_t drain_pass(struct drain *drain, char **error)
{
	uint64_t now = clock_now();
	int attached = attach(drain, error);
	/* a program that says nothing, or nothing yet, leaves the other sources */
	size_t first = attached ? 0 : RING_THREADS;
	int64_t taken;

	if (attached < 0 || (attached && learn_facts(drain, error) < 0) ||
	    check_cut(drain, error) < 0)
		return -1;
	taken = source_merge(drain->sources + first, drain->source_count - first, now, error);
	if (taken < 0)
		return -1;
	if (drain->commit_due == 0 && writer_pending(drain->writer) > 0)
		drain->commit_due = now + drain->commit_age;
	if (drain->commit_due != 0 && now >= drain->commit_due && drain_commit(drain, error) < 0)
		return -1;
	return taken;
}

static int tell_losses(struct drain *drain, char **error)
{
	uint64_t unclaimed = atomic_load(&drain->ring->header->unclaimed_lost);

	for (unsigned i = 0; i < RING_THREADS; i++) {
		struct ring_source *s = &drain->thread[i];
		uint64_t lost = atomic_load(&s->cursors->lost);

		if (lost <= s->told || lost - s->told > INT64_MAX)
			continue;
		if (writer_gap(drain->writer, s->thread, "program", (int64_t)(lost - s->told),
			       "the ring was full", error) < 0)
			return -1;
		s->told = lost;
	}
	if (unclaimed > drain->told_unclaimed && unclaimed <= INT64_MAX) {
		if (writer_gap(drain->writer, 0, "program",
			       (int64_t)(unclaimed - drain->told_unclaimed),
			       "more threads emitted than there are rings", error) < 0 ||
		    store_put_fact_number(drain->store, "told:unclaimed", (int64_t)unclaimed,
					  error) < 0)
			return -1;
		drain->told_unclaimed = unclaimed;
	}
	return 0;
}

int drain_rest(struct drain *drain, char **error)
{
	int64_t taken;

	drain->final = true;
	do
		taken = drain_pass(drain, error);
	while (taken > 0);
	if (taken < 0 || tell_losses(drain, error) < 0 || check_cut(drain, error) < 0)
		return -1;
	return drain_commit(drain, error);
}

uint64_t drain_lost(const struct drain *drain)
{
	uint64_t lost = drain->told_unclaimed;

	for (unsigned i = 0; i < RING_THREADS; i++)
		lost += drain->thread[i].told;
	return lost;
}
