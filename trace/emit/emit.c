/*
 * emit.c - from a trace point to a record in the ring.
 *
 * Read emit_event() first: make room, fill the slot, publish it.  Everything a
 * thread needs for that lies in its own `mine`, so that nothing is shared on
 * the way but the two cursors of its ring.
 */
#include "trace/emit/internal.h"

#include <linux/futex.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "trace/emit/clock.h"

#define HELD_TICKS 1000 /* milliseconds between two looks whether anybody lives to let go */
#define STACK_MAX 256

/* This thread's ring, claimed with its first event. */
static _Thread_local struct {
	struct ring_thread *cursors;
	struct ring_slot *slots;
	uint64_t head;
	uint64_t room_until; /* tail + slots, as last seen */
	uint64_t index;      /* of the ring, already shifted for ids */
	uint64_t untold;     /* events lost since the last gap record */
	unsigned generation;
	unsigned depth;
	uint64_t last;
	_Atomic uint64_t *span;    /* where the innermost open span is told */
	uint64_t stack[STACK_MAX]; /* ids of the open spans */
} mine;

/* Threads whose span nobody asks for tell it here. */
static _Thread_local _Atomic uint64_t nowhere;

/*
 * Claims a ring for this thread: the one system call is gettid().  A thread
 * that comes when all are taken records nothing but is counted.
 */
static bool claim(void)
{
	struct ring_header *header = emit__ring.header;
	uint32_t index;

	memset(&mine, 0, sizeof(mine));
	mine.generation = emit__ring.generation;
	mine.span = &nowhere;
	index = atomic_fetch_add(&header->claimed, 1);
	if (index >= RING_THREADS) {
		atomic_fetch_sub(&header->claimed, 1);
		return false;
	}
	mine.cursors = ring_threads(header) + index;
	mine.slots = ring_slots(header, index);
	mine.index = (uint64_t)index << 48;
	mine.room_until = emit__ring.slots;
	atomic_store(&mine.cursors->thread, (uint32_t)syscall(SYS_gettid));
	if (emit__ring.spans) {
		mine.span = &emit__ring.spans[index].span;
		atomic_store(&emit__ring.spans[index].thread, atomic_load(&mine.cursors->thread));
	}
	return true;
}

/* Asked of memory alone: the kernel has marked the number of a recorder that is gone. */
static bool reader_lives(void)
{
	struct ring_header *header = emit__ring.header;

	return !atomic_load_explicit(&header->stopped_reading, memory_order_relaxed) &&
	       !(atomic_load(&header->recorder_pid) & FUTEX_OWNER_DIED);
}

/*
 * The ring is full.  Waits for the reader, unless it is gone or events are to
 * be dropped.  The only place on the way of an event that makes system calls.
 */
static bool wait_for_room(unsigned slots)
{
	struct timespec pause = { .tv_nsec = 20000 };

	for (;;) {
		mine.room_until = emit__ring.slots +
				  atomic_load_explicit(&mine.cursors->tail, memory_order_acquire);
		if (mine.head + slots <= mine.room_until)
			return true;
		if (emit__ring.header->on_full == RING_ON_FULL_DROP ||
		    atomic_load_explicit(&emit__ring.reader_gone, memory_order_relaxed))
			return false;
		if (!reader_lives()) {
			atomic_store(&emit__ring.reader_gone, true);
			return false;
		}
		nanosleep(&pause, NULL);
		if (pause.tv_nsec < 1000000)
			pause.tv_nsec *= 2;
	}
}

static inline struct ring_slot *slot_at(uint64_t cursor)
{
	return &mine.slots[cursor & (emit__ring.slots - 1)];
}

/* Publishes everything up to head: whoever sees it sees the slots' contents. */
static inline void publish(uint64_t head)
{
	mine.head = head;
	atomic_store_explicit(&mine.cursors->head, head, memory_order_release);
}

/* Says in the ring itself how many events are missing at this place. */
static void tell_gap(void)
{
	atomic_store_explicit(&mine.cursors->writing, 1, memory_order_relaxed);
	*slot_at(mine.head) = (struct ring_slot){ .time = clock_now(),
						  .phase = RING_INSTANT,
						  .arg = { mine.untold } };
	mine.untold = 0;
	publish(mine.head + 1);
	atomic_store_explicit(&mine.cursors->writing, 0, memory_order_release);
}

/*
 * Makes room for slots, and for the gap record that may be due before them.
 * Inline, or each event would pay 3 ns for the call.
 */
static inline __attribute__((always_inline)) bool reserve(unsigned slots)
{
	if (__builtin_expect(mine.generation != emit__ring.generation, 0) && !claim()) {
		atomic_fetch_add(&emit__ring.header->unclaimed_lost, 1);
		return false;
	}
	if (__builtin_expect(!mine.cursors, 0)) {
		atomic_fetch_add(&emit__ring.header->unclaimed_lost, 1);
		return false;
	}
	if (__builtin_expect(mine.head + slots + 1 > mine.room_until, 0) &&
	    !wait_for_room(slots + 1)) {
		mine.untold++;
		atomic_fetch_add_explicit(&mine.cursors->lost, 1, memory_order_relaxed);
		return false;
	}
	if (__builtin_expect(mine.untold != 0, 0))
		tell_gap();
	return true;
}

/* What is kept of a field's bytes. */
static uint32_t kept(uint32_t kind, unsigned field, uint32_t length)
{
	uint32_t limit = RING_TEXT_MAX;

	if (kind < EMIT_DATA_KINDS && (emit__data_fields[kind] >> field & 1))
		limit = emit__ring.header->payload_limit;
	return length < limit ? length : limit;
}

/* Copies bytes to where `at` bytes of the payload after slot `first` end. */
static void payload_put(uint64_t first, size_t at, const void *bytes, size_t length)
{
	const char *from = bytes;

	while (length > 0) {
		char *slot = (char *)slot_at(first + at / sizeof(struct ring_slot));
		size_t offset = at % sizeof(struct ring_slot);
		size_t part = sizeof(struct ring_slot) - offset;

		if (part > length)
			part = length;
		memcpy(slot + offset, from, part);
		from += part;
		at += part;
		length -= part;
	}
}

/* Bytes of the payload that these fields need; clips what would not fit. */
static size_t payload_size(uint32_t kind, const struct emit_field *fields, unsigned count,
			   uint32_t *stored)
{
	size_t most = (size_t)emit__ring.payload_slots_max * sizeof(struct ring_slot);
	size_t size = 0;

	for (unsigned i = 0; i < count; i++) {
		if (fields[i].is != EMIT_FIELD_BYTES)
			continue;
		if (size + sizeof(struct ring_text) > most) {
			stored[i] = UINT32_MAX;
			continue;
		}
		size += sizeof(struct ring_text);
		stored[i] = kept(kind, i, fields[i].length);
		if (stored[i] > most - size)
			stored[i] = (uint32_t)(most - size);
		size += stored[i];
	}
	return size;
}

static void payload_write(uint64_t first, const struct emit_field *fields, unsigned count,
			  const uint32_t *stored)
{
	size_t at = 0;

	for (unsigned i = 0; i < count; i++) {
		struct ring_text head;

		if (fields[i].is != EMIT_FIELD_BYTES || stored[i] == UINT32_MAX)
			continue;
		head = (struct ring_text){ .total = fields[i].length, .stored = stored[i] };
		payload_put(first, at, &head, sizeof(head));
		payload_put(first, at + sizeof(head), fields[i].bytes, stored[i]);
		at += sizeof(head) + stored[i];
	}
}

static void push(uint64_t id)
{
	if (mine.depth < STACK_MAX)
		mine.stack[mine.depth] = id;
	mine.depth++;
	atomic_store_explicit(mine.span, id, memory_order_relaxed);
}

static void pop(void)
{
	uint64_t outer = 0;

	if (mine.generation != emit__ring.generation || mine.depth == 0)
		return;
	mine.depth--;
	if (mine.depth > 0 && mine.depth <= STACK_MAX)
		outer = mine.stack[mine.depth - 1];
	atomic_store_explicit(mine.span, outer, memory_order_relaxed);
}

/* Says in the ring that from here on the program is held, or that it goes on. */
static void tell_held(enum ring_phase phase, uint64_t time, uint64_t held)
{
	*slot_at(mine.head) =
		(struct ring_slot){ .time = time, .phase = phase & 3, .arg = { held } };
	publish(mine.head + 1);
}

/*
 * Time stands still for all threads from when the first of them does until none
 * does.  A record says so, for whoever orders and times the others.
 */
static void hold_changes(int threads)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static int standing;
	struct ring_header *header = emit__ring.header;
	bool has_room = reserve(1);
	uint64_t now;

	pthread_mutex_lock(&lock);
	if (has_room)
		atomic_store_explicit(&mine.cursors->writing, 1, memory_order_relaxed);
	now = clock_now();
	standing += threads;
	if (threads > 0 && standing == 1) {
		atomic_store(&header->held_since, now);
		if (has_room)
			tell_held(RING_BEGIN, now, atomic_load(&header->held));
	} else if (threads < 0 && standing == 0) {
		atomic_fetch_add(&header->held, now - atomic_load(&header->held_since));
		atomic_store(&header->held_since, 0);
		if (has_room)
			tell_held(RING_END, now, atomic_load(&header->held));
	}
	if (has_room)
		atomic_store_explicit(&mine.cursors->writing, 0, memory_order_release);
	pthread_mutex_unlock(&lock);
}

/* Waits at a stop until it is let pass. */
static void stand_still(void)
{
	struct ring_header *header = emit__ring.header;
	struct timespec tick = { .tv_nsec = 1000000 };
	uint64_t stop;
	unsigned ticks = 0;

	hold_changes(1);
	stop = atomic_fetch_add(&header->stops, 1) + 1;
	while (atomic_load(&header->hold) && atomic_load(&header->passes) < stop) {
		if (++ticks % HELD_TICKS == 0 && !reader_lives())
			break;
		nanosleep(&tick, NULL);
	}
	hold_changes(-1);
}

/* Whether this event is a place to stand still at. */
static bool is_stop(uint32_t hold, uint32_t kind, enum ring_phase phase)
{
	if (phase == RING_END || hold < RING_HOLD_CALLBACKS)
		return false;
	return hold >= RING_HOLD_EVENTS || kind == KIND_IOLoop__run_callback ||
	       kind == KIND_loop_dispatch;
}

/* Puts the numbers into the slot, one after the other; bytes go into its payload. */
static inline void fill_fields(struct ring_slot *slot, const struct emit_field *fields,
			       unsigned count, const uint32_t *stored)
{
	unsigned numbers = 0, present = 0;

	for (unsigned i = 0; i < count; i++) {
		if (fields[i].is == EMIT_FIELD_NONE)
			continue;
		if (fields[i].is == EMIT_FIELD_BYTES && stored[i] == UINT32_MAX)
			continue;
		present |= 1u << i;
		if (fields[i].is == EMIT_FIELD_NUMBER && numbers < CATALOG_NUMERIC_MAX)
			slot->arg[numbers] = fields[i].number;
		numbers += fields[i].is == EMIT_FIELD_NUMBER;
	}
	slot->present = (uint8_t)present;
}

uint64_t emit_event(const struct emit_site *site, uint32_t kind, enum ring_phase phase,
		    unsigned flags, const struct emit_cause *cause, const struct emit_field *fields,
		    unsigned count)
{
	uint32_t stored[CATALOG_FIELDS_MAX];
	struct ring_slot *slot;
	size_t payload;
	unsigned slots, hold;
	uint64_t id;

	if (!emit_active || count > CATALOG_FIELDS_MAX)
		return 0;
	payload = payload_size(kind, fields, count, stored);
	slots = (unsigned)((payload + sizeof(*slot) - 1) / sizeof(*slot));
	if (!reserve(1 + slots)) {
		/* a span whose end is lost is over all the same */
		if (phase == RING_END)
			pop();
		return 0;
	}
	atomic_store_explicit(&mine.cursors->writing, 1, memory_order_relaxed);
	slot = slot_at(mine.head);
	slot->time = clock_now();
	slot->asked_by = cause ? cause->asked_by : 0;
	slot->triggered_by = cause ? cause->triggered_by : 0;
	fill_fields(slot, fields, count, stored);
	slot->kind = (uint16_t)kind;
	slot->site = site ? (uint16_t)(site - __start_loopscope_sites) : UINT16_MAX;
	slot->phase = phase & 3;
	slot->flags = flags & 0x3f;
	slot->payload_slots = (uint16_t)slots;
	if (slots)
		payload_write(mine.head + 1, fields, count, stored);
	id = mine.index | (mine.head + 1);
	publish(mine.head + 1 + slots);
	atomic_store_explicit(&mine.cursors->writing, 0, memory_order_release);
	mine.last = id;
	if (phase == RING_BEGIN)
		push(id);
	else if (phase == RING_END)
		pop();
	hold = atomic_load_explicit(&emit__ring.header->hold, memory_order_relaxed);
	if (__builtin_expect(hold != RING_HOLD_NOT, 0) && is_stop(hold, kind, phase))
		stand_still();
	return id;
}

void emit__span_end(struct emit_span *span)
{
	struct emit_field ret = INT(span->ret);

	emit_event(span->site, span->kind, RING_END, span->flags, NULL, &ret,
		   (span->flags & RING_FLAG_RETURN) != 0);
	span->id = 0;
}

uint64_t emit_current(void)
{
	if (!emit_active || mine.generation != emit__ring.generation || mine.depth == 0 ||
	    mine.depth > STACK_MAX)
		return 0;
	return mine.stack[mine.depth - 1];
}

uint64_t emit_last(void)
{
	return emit_active && mine.generation == emit__ring.generation ? mine.last : 0;
}

uint16_t emit_name(const char *name, const char *fields)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	char entry[RING_NAME_BYTES];
	uint32_t count, i;

	if (!emit_active)
		return KIND_user_call;
	memset(entry, 0, sizeof(entry));
	i = (uint32_t)strlen(name);
	if (i + 1 + strlen(fields) + 1 > sizeof(entry))
		return KIND_user_call;
	memcpy(entry, name, i);
	entry[i] = ' ';
	memcpy(entry + i + 1, fields, strlen(fields));
	pthread_mutex_lock(&lock);
	count = atomic_load(&emit__ring.header->name_count);
	for (i = 0; i < count && i < RING_NAMES; i++)
		if (memcmp(emit__ring.header->names[i], entry, sizeof(entry)) == 0)
			break;
	if (i == count && count < RING_NAMES) {
		memcpy(emit__ring.header->names[i], entry, sizeof(entry));
		atomic_store_explicit(&emit__ring.header->name_count, count + 1,
				      memory_order_release);
	}
	pthread_mutex_unlock(&lock);
	return i < RING_NAMES ? (uint16_t)(RING_NAME_FIRST + i) : KIND_user_call;
}

void emit_fact(const char *name, const char *value)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	struct ring_header *header;
	uint32_t count;

	if (!emit_active)
		return;
	header = emit__ring.header;
	pthread_mutex_lock(&lock);
	count = atomic_load(&header->fact_count);
	if (count < RING_FACTS) {
		snprintf(header->facts[count], sizeof(header->facts[count]), "%s=%s", name, value);
		atomic_store_explicit(&header->fact_count, count + 1, memory_order_release);
	}
	pthread_mutex_unlock(&lock);
}

void emit_loop_state(enum ring_loop state)
{
	struct ring_header *header = emit__ring.header;

	if (!emit_active)
		return;
	if (state == RING_LOOP_POLL_NOW || state == RING_LOOP_POLL_WAIT)
		atomic_fetch_add(&header->poll_count, 1);
	if (atomic_load_explicit(&header->loop_thread, memory_order_relaxed) == 0)
		atomic_store(&header->loop_thread, (uint32_t)syscall(SYS_gettid));
	atomic_store(&header->loop_state, state);
}

bool emit_checking(void)
{
	return emit_active && emit__ring.header->checking;
}

bool emit_keeps_all(void)
{
	return emit_active && emit__ring.header->payload_limit >= RING_PAYLOAD_MAX;
}

uint64_t emit_held(void)
{
	uint64_t since;

	if (!emit_active)
		return 0;
	since = atomic_load_explicit(&emit__ring.header->held_since, memory_order_relaxed);
	return atomic_load_explicit(&emit__ring.header->held, memory_order_relaxed) +
	       (since ? clock_now() - since : 0);
}

void emit_wait_while_held(void)
{
	if (emit_active &&
	    atomic_load_explicit(&emit__ring.header->hold, memory_order_relaxed) == RING_HOLD_TURNS)
		stand_still();
}

void emit__after_fork(void)
{
	emit_active = false;
	mine.span = &nowhere;
}
