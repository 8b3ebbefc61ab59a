/*
 * tsv.c - a trace in the form of the recorded sequences of the original: what each
 * fetch came to, the bytes it sent, and the program's own rows between the
 * begin and the end of the run, numbered from 1.
 */
#include <inttypes.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "trace/base/failure.h"
#include "trace/export/export.h"
#include "trace/kinds/row.h"
#include "trace/store/store.h"

/* Text of the trace with ports by their names, made safe. */
static int put_aliased(struct steps *steps, FILE *out, const char *text, size_t length)
{
	const char *named = steps_with_aliases(steps, text, &length);

	if (named)
		steps_put_bytes(out, named, length);
	return named ? 0 : -1;
}

/* ---- outcomes */

/* "# outcome fetch=1 body_len=2; code=200; ...": keys sorted, success and failure each its own. */
static int put_outcome(struct steps *steps, FILE *out, const char *detail)
{
	static const struct {
		const char *key;
		bool success_only;
	} order[] = {
		{ "body_len", false }, { "code", false },    { "effective_url", true },
		{ "error", false },    { "message", false }, { "reason", true },
		{ "sha256", false },
	};
	bool failed = row_has(detail, "error");
	const char *between = " ";

	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		const char *key = order[i].key;
		bool there = row_has(detail, key), no_code = !there && strcmp(key, "code") == 0;
		struct row_text value = row_text(detail, key);

		if ((!there && !no_code) || (failed && order[i].success_only))
			continue;
		fprintf(out, "%s%s=", between, key);
		between = "; ";
		if (no_code)
			fputs("None", out);
		else if (put_aliased(steps, out, value.text, value.length) < 0)
			return -1;
	}
	return 0;
}

/* A header's value stands as it came but for what would break the line. */
static int put_header(struct steps *steps, FILE *out, const char *detail)
{
	struct row_text name = row_text(detail, "name"), text = row_text(detail, "value");
	size_t kept = 0;
	char *value = malloc(text.length + 1);
	int result;

	if (!value)
		return -1;
	fputs(" response-header ", out);
	steps_put_bytes(out, name.text, name.length);
	fputs(": ", out);
	for (size_t i = 0; i < text.length; i++) {
		bool semicolon = text.length - i >= 4 && memcmp(text.text + i, "\\x3b", 4) == 0;

		value[kept++] = semicolon ? ';' : text.text[i];
		i += semicolon ? 3 : 0;
	}
	result = put_aliased(steps, out, value, kept);
	free(value);
	return result;
}

/* Fetches in the order in which they ended, each with its headers by name. */
static const char outcomes_sql[] =
	"WITH k AS (SELECT kind, means(symbol) AS means FROM kinds "
	"           WHERE means(symbol) IN ('RUN_OUTCOME', 'RUN_HEADER')), "
	"ended AS (SELECT e.a0 AS fetch, min(e.seq) AS rank FROM k JOIN events e USING (kind) "
	"          WHERE means = 'RUN_OUTCOME' GROUP BY e.a0) "
	"SELECT means = 'RUN_OUTCOME', e.a0, e.detail "
	"FROM k JOIN events e USING (kind) JOIN ended o ON o.fetch = e.a0 "
	"ORDER BY o.rank, means <> 'RUN_OUTCOME', "
	"         substr(e.detail, instr(e.detail, 'name='), "
	"                instr(e.detail, '; value=') - instr(e.detail, 'name=')), e.seq";

static int put_outcomes(struct steps *steps, FILE *out, char **error)
{
	sqlite3_stmt *s;
	int rc, result = 0;

	if (sqlite3_prepare_v2(steps_db(steps), outcomes_sql, -1, &s, NULL) != SQLITE_OK)
		return failure(error, "cannot read the trace: %s", sqlite3_errmsg(steps_db(steps)));
	while (result == 0 && (rc = sqlite3_step(s)) == SQLITE_ROW) {
		const char *detail = (const char *)sqlite3_column_text(s, 2);

		fprintf(out, "# outcome fetch=%" PRId64, (int64_t)sqlite3_column_int64(s, 1));
		result = sqlite3_column_int(s, 0) ? put_outcome(steps, out, detail)
						  : put_header(steps, out, detail);
		putc('\n', out);
	}
	if (result < 0)
		failure(error, "out of memory while reading the trace");
	else if (rc != SQLITE_DONE)
		result = failure(error, "cannot read the trace: %s",
				 sqlite3_errmsg(steps_db(steps)));
	sqlite3_finalize(s);
	return result;
}

/* ---- what was sent */

static void put_quoted(FILE *out, const char *bytes, size_t length)
{
	static const char from[] = "\r\n\t\\\"", to[] = "rnt\\\"";

	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)bytes[i];
		const char *special = c ? strchr(from, c) : NULL;

		if (special)
			fprintf(out, "\\%c", to[special - from]);
		else if (c < 0x20 || c >= 0x7f)
			fprintf(out, "\\x%02x", c);
		else
			putc(c, out);
	}
}

/* The recorded form shows so many characters of a request, and how long it was. */
#define WIRE_SHOWN 300u

static int put_wire(struct steps *steps, FILE *out, char **error)
{
	sqlite3_stmt *s;
	int rc, result = 0;

	if (sqlite3_prepare_v2(steps_db(steps),
			       "SELECT CAST(substr(key, 14) AS INTEGER) AS n, value FROM run "
			       "WHERE key GLOB 'wire_request:[0-9]*' ORDER BY n",
			       -1, &s, NULL) != SQLITE_OK)
		return failure(error, "cannot read the trace: %s", sqlite3_errmsg(steps_db(steps)));
	while (result == 0 && (rc = sqlite3_step(s)) == SQLITE_ROW) {
		const char *bytes = sqlite3_column_blob(s, 1);
		size_t length = (size_t)sqlite3_column_bytes(s, 1);
		const char *named = steps_with_aliases(steps, bytes ? bytes : "", &length);

		if (!named) {
			result = failure(error, "out of memory while reading the trace");
			break;
		}
		fprintf(out, "# wire request %" PRId64 ": \"", (int64_t)sqlite3_column_int64(s, 0));
		put_quoted(out, named, length < WIRE_SHOWN ? length : WIRE_SHOWN);
		if (length > WIRE_SHOWN)
			fprintf(out, "...(%zu bytes)", length);
		fputs("\"\n", out);
	}
	if (result == 0 && rc != SQLITE_DONE)
		result = failure(error, "cannot read the trace: %s",
				 sqlite3_errmsg(steps_db(steps)));
	sqlite3_finalize(s);
	return result;
}

/* ---- rows */

/* The seq at which the run begins; the first row if the trace does not say. */
static int64_t run_begin(struct steps *steps)
{
	sqlite3_stmt *s;
	int64_t seq = 0;

	if (sqlite3_prepare_v2(
		    steps_db(steps),
		    "SELECT coalesce(min(seq), 0) FROM events WHERE kind IN " STORE_KINDS(
			    "RUN_BEGINS"),
		    -1, &s, NULL) != SQLITE_OK)
		return 0;
	if (sqlite3_step(s) == SQLITE_ROW)
		seq = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	return seq;
}

static int put_fields(struct steps *steps, FILE *out, const struct steps_row *row, int64_t number,
		      int64_t depth)
{
	fprintf(out, "%" PRId64 "\t%" PRId64 "\t", number, depth > 0 ? depth : 0);
	steps_put(out, row->event);
	putc('\t', out);
	if (put_aliased(steps, out, row->detail, strlen(row->detail)) < 0)
		return -1;
	putc('\t', out);
	steps_put(out, row->steps);
	putc('\n', out);
	return 0;
}

/* Rows from the begin of the run to its end, and how many of them were printed. */
struct tsv {
	int64_t begin, number, base;
};

static int tsv_begin(struct export *to, char **error)
{
	struct tsv *tsv = to->state;

	if (put_outcomes(to->steps, to->out, error) < 0 || put_wire(to->steps, to->out, error) < 0)
		return -1;
	fputs("# columns: seq depth event detail step\n", to->out);
	tsv->begin = run_begin(to->steps);
	return EXPORT_ON;
}

static int tsv_row(struct export *to, const struct steps_row *row, char **error)
{
	static const struct steps_style plain = { 0 };
	struct tsv *tsv = to->state;

	if (row->is == STEPS_GAP) {
		fputs("# gap: ", to->out);
		steps_put_gap(to->out, &plain, row);
		putc('\n', to->out);
		return EXPORT_ON;
	}
	if (row->seq >= tsv->begin && row->means == MEANS_RUN_ENDS)
		return EXPORT_ENOUGH;
	if (row->seq < tsv->begin || row->is == STEPS_CALL || steps_row_is_of_run(row))
		return EXPORT_ON;
	if (!tsv->number++)
		tsv->base = row->depth;
	if (put_fields(to->steps, to->out, row, tsv->number, row->depth - tsv->base) < 0)
		return failure(error, "out of memory while reading the trace");
	return EXPORT_ON;
}

const struct exporter export_tsv = {
	.state_size = sizeof(struct tsv),
	.begin = tsv_begin,
	.row = tsv_row,
};
