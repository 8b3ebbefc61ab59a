/*
 * walk.h - the numbered walks: what each is about, its stations in the order in
 * which they run, and the rules that give them to the rows of a trace.
 *
 * A walk is data: a .def file has its stations and rules, and a row of the
 * table in trace/walk/walks.c says which runs it is about.  A station is not a kind of
 * event: of 3.1's walk eight are runs of IOLoop._run_callback, told apart by
 * the callback.  Station numbers are texts ("23", "17.2.1", "A48") and unique
 * across all walks that one run can have.
 *
 * All of it is constant; any thread may read it.
 */
#ifndef LOOPSCOPE_TRACE_WALK_WALK_H
#define LOOPSCOPE_TRACE_WALK_WALK_H

#include <stdbool.h>

struct sqlite3;

struct walk_station {
	const char *number;   /* "17.2.1", as people quote it */
	const char *module;   /* of the original, or "user" */
	const char *function; /* the original's name for it */
	const char *english, *chinese;
};

/*
 * A row of this event that meets the conditions takes these stations.
 *
 * stations    "29", or several that one row takes at once: "29 29.1"
 * event       the original's name, as rows show it; "NAME:return" for the return row
 * conditions  "" or some of these, joined by "; ", all of which must hold:
 *
 *   key=value    the row's detail has this value; "ret" is what the span will return
 *   key~text     the value contains this text
 *   parent=NAME  the row lies directly in a span of this event
 *   inside=NAME  it lies in one at any depth
 *   phase=WORD   its connection is in this phase (struct walk_phase)
 *   after=A80    station A80 was taken before
 *   nth=2        it is the second row that meets all the other conditions
 *   first=fd     no row of the same connection met the other conditions before
 *   calls=NAME(key=value)  the first row of event NAME below it has this value
 *   ready~READ   of a poll's return: asked of each ready socket by itself, whose
 *                phase then counts
 *
 * In a value "@A30.fd" stands for the value of fd in the row that took station A30.
 */
struct walk_rule {
	const char *stations, *event, *conditions;
};

/*
 * Rows of this event bring their connection into this phase.  A row that bears
 * no descriptor means that of the first row below it that does.
 */
struct walk_phase {
	const char *event, *phase;
};

/*
 * Why a run did not take stations ("34 34.1"; NULL: any), told by what it took:
 * `taken`, and not `not_taken` (NULL: whatever).  is_spared: the walk is whole
 * without them.
 */
struct walk_absence {
	const char *stations, *taken, *not_taken;
	bool is_spared;
	const char *reason;
};

/*
 * The same, told by a row that leads away from the walk: one of this event,
 * whose detail matches the pattern (POSIX, extended).  is_first: only the
 * first row of the event is looked at.
 */
struct walk_leave {
	const char *stations, *event, *pattern;
	bool is_first;
	const char *reason;
};

struct walk {
	const char *name;              /* "client-3x" */
	const char *also;              /* another name that people may use, or NULL */
	const char *generation;        /* of the runs that it is about: "3.1" */
	const char *role;              /* what such a run plays: "client" */
	const char *english, *chinese; /* its title */
	const char *subject;           /* a run without a row of this event is not about it */

	/*
	 * once: each station is taken by the first row that fits, and the rules do
	 * not know of each other: the walk follows one exchange.  Else a station is
	 * taken again and again, and of the rules for one event the first that fits
	 * decides.
	 */
	bool once;

	const struct walk_station *stations; /* in the order in which they run */
	unsigned station_count;
	const struct walk_rule *rules;
	unsigned rule_count;
	const struct walk_phase *phases;
	unsigned phase_count;
	const struct walk_absence *absences;
	unsigned absence_count;
	const struct walk_leave *leaves;
	unsigned leave_count;
};

/* All walks, the oldest client's first; ends with NULL. */
extern const struct walk *const walks[];

/* The walk of that name, or NULL. */
const struct walk *walk_find(const char *name);

/*
 * The walk of a run with these facts, or NULL if nobody has numbered one.  A
 * fact that is not there (NULL) is "3.1" or "client", as in older traces.
 */
const struct walk *walk_of(const char *generation, const char *role);

/* The same, with the facts of this trace: what its table `run` says. */
const struct walk *walk_of_trace(struct sqlite3 *db);

/* The station of that number, or NULL; walk may be NULL and has none then. */
const struct walk_station *walk_station_find(const struct walk *walk, const char *number);

/* Whether any walk has a station of that number. */
bool walk_station_exists(const char *number);

#endif
