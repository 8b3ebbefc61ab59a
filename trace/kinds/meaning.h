/*
 * meaning.h - what the kinds of a trace mean.
 *
 * A trace numbers and names kinds as the build did that recorded it; its table
 * `kinds` says which number has which symbol.  Readers map each symbol to its
 * meaning once, when they read that table, and compare meanings from then on.
 * A symbol that neither our catalogue nor our table of calls has means NOTHING.
 *
 * Pure; any thread.
 */
#ifndef LOOPSCOPE_TRACE_KINDS_MEANING_H
#define LOOPSCOPE_TRACE_KINDS_MEANING_H

#include "trace/emit/catalog.h"

/* What the kind of that symbol means: an event's, or a call's ("kernel_epoll_ctl"). */
enum meaning meaning_of_symbol(const char *symbol);

/* "FUTURE_DONE": how queries write a meaning.  Never NULL. */
const char *meaning_name(enum meaning means);

/*
 * Do rows of a trace's kind have our kind's fields at their places?  Readers
 * take numbers by place, so a stranger's fields serve only if they are ours or
 * the first of ours.
 */
bool meaning_fields_fit(const struct catalog_kind *own, const char *fields);

#endif
