/*
 * why.c - climbs from an event to what called it, and hops to what asked for
 * it, up to the program.
 */
#include "trace/read/why.h"

#include "trace/base/failure.h"
#include "trace/read/why_internal.h"

#define CLIMB_MAX 256 /* spans around a trigger that are looked at */

/* ---- what the loop called, and what made it due */

/* Sets *frame: the loop called this row itself, or nobody that is recorded did.  0 or -1. */
static int is_frame(struct why *why, const struct why_row *row, bool *frame, char **error)
{
	struct why_row parent;

	*frame = true;
	if (row->parent == 0)
		return 0;
	if (why__fetch(why, why->row, row->parent, &parent, error) < 0)
		return -1;
	*frame = parent.seq == 0 || parent.means == MEANS_LOOP_RUNS;
	return 0;
}

/* Takes note of a row's causes if it was deferred and nothing inside it was. */
static int note(struct why *why, const struct why_row *row, struct why_cause *noted, char **error)
{
	int inside;

	if (noted->asked_by || !row->asked_by)
		return 0;
	inside = why__is_inline(why, row, error);
	if (inside == 0)
		*noted = (struct why_cause){ row->asked_by, row->triggered_by };
	return inside < 0 ? -1 : 0;
}

/*
 * A request that waited in the client's queue is begun inside the end of the
 * one before it, which only made room: it was its own fetch that asked.
 */
static bool waited_in_queue(const struct why_row *row)
{
	return row->asked_by && row->means == MEANS_FETCH_BEGUN;
}

/*
 * A call of the loop's may be the wrapper of one that was asked for elsewhere:
 * the loop's _run_callback was asked for by add_callback, the stream's wrapper
 * in it by read_until, and that is who asked.  A way that begins at the outer
 * row has not seen the inner one yet.
 */
static int note_wrapped(struct why *why, const struct why_row *row, struct why_cause *noted,
			char **error)
{
	struct why_row child;
	int status;

	if (noted->asked_by || !row->asked_by)
		return 0;
	status = why__fetch(why, why->first_child, row->seq, &child, error);
	return status > 0 ? note(why, &child, noted, error) : status;
}

/* The kernel's row of the poll that ends with `poll_return`, else that itself. */
static int poll_shown(struct why *why, const struct why_row *poll_return, int64_t *seq,
		      char **error)
{
	struct why_row begin, call;

	*seq = poll_return->seq;
	if (why__fetch(why, why->poll_begin, poll_return->seq, &begin, error) <= 0)
		return begin.seq ? -1 : 0;
	if (why__fetch(why, why->last_child, begin.seq, &call, error) < 0)
		return -1;
	if (call.seq && call.seq < poll_return->seq && call.call)
		*seq = call.seq;
	return 0;
}

/* What of a receiving span shows the bytes: the kernel's row, else sock.recv. */
static int received(struct why *why, const struct why_row *span, int64_t *seq, char **error)
{
	struct why_row call;

	*seq = span->seq;
	if (span->means != MEANS_RECEIVE_TRIED)
		return 0;
	if (why__fetch(why, why->first_child, span->seq, &call, error) < 0)
		return -1;
	if (call.seq)
		*seq = call.seq;
	return 0;
}

/* The poll in whose dispatch the trigger lay, or a zeroed row. */
static int poll_behind(struct why *why, const struct why_row *trigger, struct why_row *poll,
		       char **error)
{
	struct why_row row = *trigger, parent;
	int status;

	*poll = (struct why_row){ 0 };
	for (int i = 0; i < CLIMB_MAX && row.seq; i++) {
		if (row.parent >= row.seq)
			return 0;
		status = why__fetch(why, why->row, row.parent, &parent, error);
		if (status < 0)
			return -1;
		if (row.triggered_by && (status == 0 || parent.means == MEANS_LOOP_RUNS)) {
			if (why__fetch(why, why->row, row.triggered_by, poll, error) < 0)
				return -1;
			if (!why__is_poll_return(poll))
				*poll = (struct why_row){ 0 };
			return 0;
		}
		row = parent;
	}
	return 0;
}

static int64_t between(int64_t from, int64_t to)
{
	uint64_t apart = (uint64_t)to - (uint64_t)from;

	return to > from && apart <= INT64_MAX ? (int64_t)apart : 0;
}

/* Tells of a deferred row who asked for it, what made it due, and how long it waited. */
static int describe(struct why *why, const struct why_cause *cause, struct why_hop *hop,
		    char **error)
{
	struct why_row asked, trigger, poll = { 0 };
	int64_t due;

	if (why__fetch(why, why->row, cause->asked_by, &asked, error) < 0 ||
	    why__fetch(why, why->row, cause->triggered_by, &trigger, error) < 0)
		return -1;
	hop->asked = cause->asked_by;
	if (asked.means == MEANS_TIMEOUT_ADDED)
		hop->timeout = asked.seq;
	due = asked.time;
	if (trigger.means == MEANS_TURN_BEGINS)
		hop->turn = trigger.seq;
	else if (why__is_poll_return(&trigger))
		poll = trigger;
	else if (trigger.seq && (received(why, &trigger, &hop->trigger, error) < 0 ||
				 poll_behind(why, &trigger, &poll, error) < 0))
		return -1;
	/* what only waited for its turn was due at once */
	if (trigger.seq > asked.seq && (!hop->turn || hop->timeout))
		due = trigger.time;
	hop->there_already = trigger.seq < asked.seq && trigger.means == MEANS_RECEIVE_TRIED;
	/* a poll of before the request brought what was waiting already */
	if (poll.seq > asked.seq && poll_shown(why, &poll, &hop->poll, error) < 0)
		return -1;
	hop->waited = between(asked.time, due);
	hop->ran_after = between(due, why->at.time);
	return 0;
}

/* ---- the way */

int why_begin(struct why *why, int64_t seq, enum why_links links, char **error)
{
	int status = why__fetch(why, why->row, seq, &why->at, error);

	if (status < 0)
		return -1;
	if (status == 0)
		return failure(error, "this trace has no row %lld", (long long)seq);
	why->links = links;
	why->by = WHY_BY_START;
	why->noted = (struct why_cause){ 0, 0 };
	why->begun = true;
	why->via = INT64_MAX;
	why->end_is = WHY_END_GOES_ON;
	return 0;
}

/* Goes on to a row, or ends the way there. */
static int go(struct why *why, int64_t seq, enum why_by by, char **error)
{
	int64_t from = why->at.seq;
	int status;

	why->by = by;
	why->at.seq = 0;
	if (seq == 0) {
		why->end_is = WHY_END_PROGRAM;
		return 0;
	}
	if (seq < 0 || seq >= from) {
		why->end_is = WHY_END_DAMAGED;
		return 0;
	}
	status = why__fetch(why, why->row, seq, &why->at, error);
	if (status == 0)
		why->end_is = WHY_END_MISSING;
	if (by != WHY_BY_CALL) {
		why->noted = (struct why_cause){ 0, 0 };
		why->begun = true;
	} else {
		why->begun = false;
	}
	return status < 0 ? -1 : 0;
}

/*
 * From a poll, first to the kernel's row of it, then to what it waited for an
 * answer to.  The peer is another program, so that this link is not recorded:
 * it is what was last sent on the descriptor that the poll returned.
 */
static int go_through_poll(struct why *why, char **error)
{
	struct why_row dispatch;
	int64_t shown, sent;

	if (why->by != WHY_BY_WAIT) {
		why->poll = why->at;
		if (poll_shown(why, &why->poll, &shown, error) < 0)
			return -1;
		if (shown != why->poll.seq)
			return go(why, shown, WHY_BY_WAIT, error);
	}
	sqlite3_bind_int64(why->dispatched, 2, why->via);
	if (why__fetch(why, why->dispatched, why->poll.seq, &dispatch, error) < 0 ||
	    why__last_sent(why, dispatch.object, why->poll.seq, &sent, error) < 0)
		return -1;
	if (sent)
		return go(why, sent, WHY_BY_SENT, error);
	if (dispatch.asked_by)
		return go(why, dispatch.asked_by, WHY_BY_ASKED, error);
	return go(why, why->poll.parent, WHY_BY_CALL, error);
}

/* What the trigger's way follows from a deferred row. */
static int go_to_trigger(struct why *why, const struct why_cause *cause, const struct why_hop *hop,
			 char **error)
{
	int within = why__is_within(why, cause->asked_by, cause->triggered_by, error);

	if (within < 0)
		return -1;
	/*
	 * What made a queued call due is what queued it; a timeout, what set it.
	 * What was queued inside of its trigger leads up to that by every call.
	 */
	if (!cause->triggered_by || hop->turn || hop->timeout || within)
		return go(why, cause->asked_by, WHY_BY_ASKED, error);
	why->via = why->at.seq;
	return go(why, hop->trigger ? hop->trigger : cause->triggered_by, WHY_BY_TRIGGER, error);
}

/* The loop.dispatch that called a handler; 0 for what the loop called otherwise. */
static int dispatch_of(struct why *why, int64_t *seq, char **error)
{
	struct why_row dispatch;

	*seq = 0;
	if (why->at.means == MEANS_DISPATCHED || !why->noted.triggered_by)
		return 0;
	sqlite3_bind_int64(why->dispatched, 2, why->at.seq);
	if (why__fetch(why, why->dispatched, why->noted.triggered_by, &dispatch, error) < 0)
		return -1;
	if (dispatch.asked_by == why->noted.asked_by && dispatch.thread == why->at.thread)
		*seq = dispatch.seq;
	return 0;
}

/* From a row that the loop called, over the dispatch if it is a handler. */
static int leave_frame(struct why *why, struct why_hop *hop, char **error)
{
	int64_t dispatch;

	if (dispatch_of(why, &dispatch, error) < 0)
		return -1;
	if (dispatch)
		return go(why, dispatch, WHY_BY_CALL, error);
	if (describe(why, &why->noted, hop, error) < 0)
		return -1;
	if (why->links == WHY_TRIGGERED)
		return go_to_trigger(why, &why->noted, hop, error);
	return go(why, why->noted.asked_by, WHY_BY_ASKED, error);
}

static int leave(struct why *why, struct why_hop *hop, char **error)
{
	struct why_row row = why->at;
	bool frame = false;

	if (why->links == WHY_TRIGGERED && (why__is_poll_return(&row) || why->by == WHY_BY_WAIT))
		return go_through_poll(why, error);
	if (waited_in_queue(&row)) {
		frame = true;
		why->noted = (struct why_cause){ row.asked_by, row.triggered_by };
	} else if (is_frame(why, &row, &frame, error) < 0) {
		return -1;
	}
	if (frame && why->begun && note_wrapped(why, &row, &why->noted, error) < 0)
		return -1;
	if (note(why, &row, &why->noted, error) < 0)
		return -1;
	if (!frame || !why->noted.asked_by)
		return go(why, row.parent, WHY_BY_CALL, error);
	return leave_frame(why, hop, error);
}

int why_next(struct why *why, struct why_hop *hop, char **error)
{
	*hop = (struct why_hop){ .seq = why->at.seq, .by = why->by };
	if (why->at.seq == 0)
		return 0;
	return leave(why, hop, error) < 0 ? -1 : 1;
}

enum why_end why_end(const struct why *why)
{
	return why->end_is;
}
