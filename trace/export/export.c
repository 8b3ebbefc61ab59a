/*
 * export.c - walks the rows of a trace and hands each to the form that is wanted.
 */
#include "trace/export/export.h"

#include <stdlib.h>

#include "trace/base/failure.h"

static int export_begin(const struct exporter *exporter, struct export *to, char **error)
{
	to->state = calloc(1, exporter->state_size + 1);
	if (!to->state)
		return failure(error, "out of memory");
	return exporter->begin ? exporter->begin(to, error) : EXPORT_ON;
}

/* status: of the last row. */
static int export_end(const struct exporter *exporter, struct export *to, int status, char **error)
{
	if (status >= 0)
		status = exporter->end ? exporter->end(to, error) : 0;
	free(to->state);
	return status < 0 ? -1 : 0;
}

int export_steps(const struct exporter *exporter, struct steps *steps,
		 const struct steps_style *style, FILE *out, char **error)
{
	struct export to = { .out = out, .style = style, .steps = steps };
	int status = export_begin(exporter, &to, error), more = 1;
	struct steps_row row;

	while (status == EXPORT_ON && !ferror(out) && (more = steps_next(steps, &row, error)) > 0)
		status = exporter->row(&to, &row, error);
	return export_end(exporter, &to, more < 0 ? more : status, error);
}

int export_calls(const struct exporter *exporter, struct syscalls_rows *calls, bool all, FILE *out,
		 char **error)
{
	struct export to = { .out = out, .calls = calls, .all = all };
	int status = export_begin(exporter, &to, error), more = 1;
	struct syscalls_call call;

	while (status == EXPORT_ON && !ferror(out) &&
	       (more = syscalls_rows_next(calls, &call, error)) > 0)
		if (all || call.is_own)
			status = exporter->call(&to, &call, error);
	return export_end(exporter, &to, more < 0 ? more : status, error);
}
