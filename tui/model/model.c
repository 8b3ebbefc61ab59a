/*
 * model.c - a trace opened for viewing, and the cursor in it with its history.
 */
#include "tui/model/model.h"
#include "tui/model/phrases.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "trace/base/failure.h"
#include "trace/kinds/row.h"
#include "trace/read/at.h"
#include "trace/read/why.h"
#include "trace/replay/replay.h"
#include "trace/store/store.h"

/* The best level that the trace has: the walk, else the library, else what there is. */
static enum level level_best(struct model *model)
{
	for (enum level level = LEVEL_WALK; level < LEVEL_EVERYTHING; level++)
		if (rows_has_level(model->rows, level))
			return level;
	return rows_has_level(model->rows, LEVEL_KERNEL) ? LEVEL_KERNEL : LEVEL_EVERYTHING;
}

static void copy_fact(struct store *store, const char *key, char *out, size_t size)
{
	char *fact = store_fact(store, key);

	snprintf(out, size, "%s", fact ? fact : "");
	free(fact);
}

static void read_facts(struct model *model)
{
	char kernel[16];

	copy_fact(model->store, "command", model->command, sizeof(model->command));
	copy_fact(model->store, "kernel_rows", kernel, sizeof(kernel));
	model->kernel_off = strcmp(kernel, "off") == 0;
	copy_fact(model->store, "ended", model->ended, sizeof(model->ended));
	copy_fact(model->store, "generation", model->generation, sizeof(model->generation));
}

int model_new(struct model **out, struct store *store, char **error)
{
	struct model *model = calloc(1, sizeof(*model));
	int64_t first;

	*out = NULL;
	if (!model) {
		store_free(store);
		return failure(error, "out of memory");
	}
	model->store = store;
	/* what a trace without rows shows */
	model->row = steps_row_empty;
	scan_init(&model->scan, store);
	if (rows_open(&model->rows, store, error) < 0 ||
	    steps_open(&model->here, store, error) < 0 ||
	    steps_open(&model->around, store, error) < 0 ||
	    why_open(&model->why, store, error) < 0 ||
	    replay_open(&model->replay, store, error) < 0) {
		model_free(model);
		return -1;
	}
	read_facts(model);
	model->last = rows_last(model->rows);
	model->has_program = rows_has_level(model->rows, LEVEL_CORE);
	model->seen = (struct rows_seen){ level_best(model), true };
	first = rows_next(model->rows, model->seen.level, 0);
	model_step_to(model, first);
	if (!model->seq && !*model->message)
		model_message(model, "%s", "This trace has no rows.");
	*out = model;
	return 0;
}

void model_free(struct model *model)
{
	if (!model)
		return;
	scan_release(&model->scan);
	why_free(model->why);
	replay_free(model->replay);
	steps_free(model->here);
	steps_free(model->around);
	rows_free(model->rows);
	store_free(model->store);
	free(model);
}

int64_t model_edge(struct model *model)
{
	return rows_previous(model->rows, model->seen.level, INT64_MAX);
}

void model_adopt(struct model *model, struct model *earlier)
{
	model->chinese = earlier->chinese;
	model->level_chosen = earlier->level_chosen;
	if (earlier->level_chosen)
		model->seen.level = earlier->seen.level;
	model->seen.calls = earlier->seen.calls;
	model->level_from = earlier->level_from;
	model->level_to = earlier->level_to;
	memcpy(model->history, earlier->history, sizeof(model->history));
	model->past = earlier->past;
	model->known = earlier->known;
	memcpy(model->marks, earlier->marks, sizeof(model->marks));
	memcpy(model->breaks, earlier->breaks, sizeof(model->breaks));
	model->break_count = earlier->break_count;
	model->wanted = earlier->wanted;
	if (earlier->seq)
		memcpy(model->message, earlier->message, sizeof(model->message));
	rows_adopt(model->rows, earlier->rows);
	if (earlier->seq)
		model_step_to(model, earlier->seq);
}

const char *model_say(const struct model *model, const char *english, const char *chinese)
{
	return model->chinese ? chinese : english;
}

void model_message(struct model *model, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(model->message, sizeof(model->message), format, arguments);
	va_end(arguments);
}

struct sqlite3_stmt *model_query(struct model *model, const char *sql)
{
	char *error = NULL;
	int i = 0;

	while (i < MODEL_QUERIES - 1 && model->queries[i].sql && model->queries[i].sql != sql)
		i++;
	if (model->queries[i].sql != sql) {
		if (model->queries[i].statement)
			store_release(model->store, model->queries[i].statement);
		model->queries[i].statement = store_prepare(model->store, sql, &error);
		model->queries[i].sql = model->queries[i].statement ? sql : NULL;
	}
	if (model->queries[i].statement)
		sqlite3_reset(model->queries[i].statement);
	else
		model_message(model, "%s", error ? error : "out of memory");
	free(error);
	return model->queries[i].statement;
}

void model_hear(struct model *model)
{
	char *trouble = rows_trouble(model->rows);

	if (!trouble) {
		trouble = model->scan.trouble;
		model->scan.trouble = NULL;
	}
	if (trouble)
		model_message(model, "%s", trouble);
	free(trouble);
}

bool model_step_to(struct model *model, int64_t seq)
{
	char *error = NULL;
	int there;

	if (seq <= 0)
		return false;
	there = steps_at(model->here, seq, &model->row, &error);
	if (there < 0)
		model_message(model, "%s", error ? error : "out of memory");
	free(error);
	if (there <= 0) {
		if (model->seq)
			steps_at(model->here, model->seq, &model->row, NULL);
		return false;
	}
	model->seq = seq;
	rows_place(model->rows, seq, &model->place);
	rows_reveal(model->rows, seq);
	return true;
}

bool model_jump_to(struct model *model, int64_t seq)
{
	int64_t from = model->seq;

	if (seq == from || !model_step_to(model, seq))
		return false;
	if (model->past == MODEL_HISTORY - 1) {
		memmove(model->history, model->history + 1,
			(MODEL_HISTORY - 1) * sizeof(model->history[0]));
		model->past--;
	}
	model->history[model->past++] = from;
	model->history[model->past] = seq;
	model->known = model->past;
	return true;
}

bool model_undo(struct model *model)
{
	if (model->past == 0)
		return false;
	model->history[model->past] = model->seq;
	return model_step_to(model, model->history[--model->past]);
}

bool model_redo(struct model *model)
{
	if (model->past >= model->known)
		return false;
	return model_step_to(model, model->history[++model->past]);
}

bool model_goto(struct model *model, const char *where)
{
	char *error = NULL;
	int64_t seq;
	bool went = false;

	if (at_find(model->store, where, &seq, &error) < 0)
		model_complain(model, error);
	else
		went = seq == model->seq || model_jump_to(model, seq);
	return went;
}

/* Why the trace has no rows of a level. */
static void say_no_level(struct model *model, enum level level)
{
	char reason[160];

	copy_fact(model->store, "kernel_reason", reason, sizeof(reason));
	if (level != LEVEL_KERNEL || model_has_kernel(model))
		model_message(model, "%s", phrase(model, NO_SUCH_LEVEL));
	else if (*reason)
		model_message(model, phrase(model, NO_CALLS_BECAUSE), reason);
	else
		model_message(model, "%s", phrase(model, NO_CALLS));
}

void model_set_level(struct model *model, enum level level)
{
	int64_t seq, from = model->seq;

	if (!rows_has_level(model->rows, level)) {
		say_no_level(model, level);
		return;
	}
	model->seen.level = level;
	model->level_chosen = true;
	/* through levels that have not the row, one comes back to it */
	if (from == model->level_to)
		from = model->level_from;
	seq = rows_previous(model->rows, level, from + 1);
	if (!seq)
		seq = rows_next(model->rows, level, from);
	model_jump_to(model, seq);
	model->level_from = from;
	model->level_to = model->seq;
}

bool model_has_kernel(const struct model *model)
{
	return !model->kernel_off;
}

bool model_failed(struct model *model, int64_t after, int64_t *seq, char out[MODEL_MESSAGE])
{
	static const char sql[] = "SELECT seq, detail FROM events WHERE kind IN " STORE_KINDS(
		"RUN_OUTCOME") " AND seq > ?1 AND seq <= ?2 AND detail LIKE '%error=%' ORDER BY seq LIMIT 1";
	struct sqlite3_stmt *s = model_query(model, sql);
	const char *detail = NULL;
	struct row_text message;

	*out = '\0';
	if (!s)
		return false;
	sqlite3_bind_int64(s, 1, after);
	sqlite3_bind_int64(s, 2, model->seq);
	if (sqlite3_step(s) == SQLITE_ROW)
		detail = (const char *)sqlite3_column_text(s, 1);
	if (detail) {
		*seq = sqlite3_column_int64(s, 0);
		message = row_text(detail, "message");
		row_copy(message.length ? message : row_text(detail, "error"), out, MODEL_MESSAGE);
	}
	sqlite3_reset(s);
	return detail != NULL;
}

bool model_replay(struct model *model, int64_t seq)
{
	char *error = NULL;

	if (replay_seek(model->replay, seq, &error) == 0)
		return true;
	model_message(model, "%s", error ? error : "out of memory");
	free(error);
	return false;
}

int64_t model_before(struct model *model)
{
	return rows_previous(model->rows, model->seen.level, model->seq);
}

void model_step_name(struct model *model, char out[16])
{
	int64_t seq = rows_step(model->rows, model->seq + 1, -1);
	struct steps_row row;

	*out = '\0';
	if (seq && steps_at(model->around, seq, &row, NULL) > 0 && row.taken_count)
		snprintf(out, 16, "%s",
			 row.taken[seq == model->seq ? 0 : row.taken_count - 1].step);
}

int64_t model_stream(struct model *model)
{
	static const char sql[] =
		"SELECT coalesce(c.object, CASE WHEN k.fields GLOB 'fd:fd*' THEN e.a0 END, 0) "
		"FROM events e JOIN kinds k USING (kind) LEFT JOIN syscalls c ON c.seq = e.seq "
		"WHERE e.seq = ?1";
	struct sqlite3_stmt *s = model_query(model, sql);
	int64_t object = 0;

	if (!s)
		return 0;
	sqlite3_bind_int64(s, 1, model->seq);
	if (sqlite3_step(s) == SQLITE_ROW)
		object = sqlite3_column_int64(s, 0);
	sqlite3_reset(s);
	return object;
}

void model_object(const struct model *model, char out[PATTERN_TEXT])
{
	const char *detail = model->row.detail, *sign;

	*out = '\0';
	for (sign = strchr(detail, '#'); sign; sign = strchr(sign + 1, '#')) {
		const char *begin = sign, *end = sign + 1 + strspn(sign + 1, "0123456789");

		while (begin > detail && begin[-1] >= 'a' && begin[-1] <= 'z')
			begin--;
		if (begin == sign || end == sign + 1 || end - begin >= PATTERN_TEXT)
			continue;
		snprintf(out, PATTERN_TEXT, "%.*s", (int)(end - begin), begin);
		return;
	}
	if (pattern_has_object(detail, "waker"))
		snprintf(out, PATTERN_TEXT, "waker");
}
