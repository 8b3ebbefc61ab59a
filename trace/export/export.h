/*
 * export.h - the forms in which a trace is printed, and the driver that walks its rows.
 *
 * A form is a struct exporter: it is told of the beginning, of each row and of
 * the end, and writes to a stream that the caller checks for errors.  Forms
 * know nothing of each other; what two of them need stands in put.h.  A new
 * form is a file with one exporter, and a word in the command that offers it.
 *
 *     export_steps(&export_json, steps, &style, stdout, &error)
 */
#ifndef LOOPSCOPE_TRACE_EXPORT_EXPORT_H
#define LOOPSCOPE_TRACE_EXPORT_EXPORT_H

#include <stdio.h>

#include "trace/export/put.h"
#include "trace/read/calls.h"

/* What a form is given with every call: where to write, and its memory. */
struct export
{
	FILE *out;
	const struct steps_style *style; /* NULL for system calls */
	struct steps *steps;             /* the trace, or NULL */
	struct syscalls_rows *calls;     /* its system calls, or NULL */
	bool all;                        /* also calls that are not the loop's own */
	void *state;                     /* state_size bytes, zero at first */
};

/* begin and end may be NULL.  All return EXPORT_ON, or -1 with *error set. */
enum { EXPORT_ON, EXPORT_ENOUGH };

struct exporter {
	size_t state_size;
	int (*begin)(struct export *to, char **error);
	/* EXPORT_ENOUGH: no more rows are wanted.  One of the two, by what is exported. */
	int (*row)(struct export *to, const struct steps_row *row, char **error);
	int (*call)(struct export *to, const struct syscalls_call *call, char **error);
	/* After the last row, also if it was enough; not after trouble. */
	int (*end)(struct export *to, char **error);
};

/* Of rows.  Text: a line each, cut into turns.  Numbered: the walk, with its sentences. */
extern const struct exporter export_text, export_numbered;

/* The form of the recorded sequences: outcome and wire lines, then the program's rows. */
extern const struct exporter export_tsv;

/* One array, an object a row. */
extern const struct exporter export_json;

/* Of system calls: a line each, the recorded sequences' form, one array. */
extern const struct exporter export_calls_text, export_calls_tsv, export_calls_json;

/* Walks the rows from the one that comes next to the last.  0, or -1 with *error set. */
int export_steps(const struct exporter *exporter, struct steps *steps,
		 const struct steps_style *style, FILE *out, char **error);

/* The same for system calls; all: also those that are not the loop's own. */
int export_calls(const struct exporter *exporter, struct syscalls_rows *calls, bool all, FILE *out,
		 char **error);

#endif
