/*
 * calls_text.c - system calls as text: one line each, with the step that made it.
 */
#include <inttypes.h>
#include <string.h>

#include "trace/export/export.h"

static void put_gap(FILE *out, const struct syscalls_call *gap)
{
	fprintf(out, "%26s", "");
	if (gap->lost < 0)
		fputs("an unknown number of calls is missing here (", out);
	else
		fprintf(out, "%" PRId64 " call%s missing here (", gap->lost,
			gap->lost == 1 ? " is" : "s are");
	steps_put(out, gap->shown);
	fputs(")\n", out);
}

static void put_line(FILE *out, const struct syscalls_call *call)
{
	fprintf(out, "%6" PRId64 " %10.3f ", call->seq, (double)call->since / 1e6);
	if (call->duration >= 0)
		fprintf(out, "%9.3f", (double)call->duration / 1e6);
	else
		fprintf(out, "%9s", "-");
	fputs("  ", out);
	steps_put(out, call->name);
	fprintf(out, "%*s ", (int)(strlen(call->name) < 12 ? 12 - strlen(call->name) : 0), "");
	steps_put(out, call->descriptor);
	fprintf(out, "%*s ", (int)(strlen(call->descriptor) < 8 ? 8 - strlen(call->descriptor) : 0),
		"");
	if (*call->arguments) {
		steps_put(out, call->arguments);
		putc(' ', out);
	}
	fputs("= ", out);
	steps_put(out, call->shown);
	if (*call->event) {
		fputs("   <- ", out);
		steps_put(out, call->event);
		fprintf(out, " [%" PRId64 "]", call->parent);
	}
	putc('\n', out);
}

static int calls_text_call(struct export *to, const struct syscalls_call *call, char **error)
{
	(void)error;
	if (call->is_gap)
		put_gap(to->out, call);
	else
		put_line(to->out, call);
	return EXPORT_ON;
}

const struct exporter export_calls_text = { .call = calls_text_call };
