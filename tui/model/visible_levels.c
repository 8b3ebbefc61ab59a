/*
 * visible_levels.c - levels of detail, and what is folded.
 */
#include "tui/model/visible_internal.h"

#include <stdlib.h>
#include <string.h>

#include "trace/base/grow.h"

#define DEPTH_MAX 500 /* spans around a row; more are not ours */

static bool in_level(const struct rows *rows, enum level level, int64_t kind)
{
	return level == LEVEL_EVERYTHING || (level == LEVEL_CORE && rows__kind(rows, kind)->core);
}

/* The nearest row of any core kind, by the index: for traces with long stretches of others. */
static int64_t nearest_core(struct rows *rows, int64_t seq, int direction)
{
	int64_t nearest = 0;

	for (size_t i = 0; i < rows->kind_count; i++) {
		int64_t found;

		if (!rows->kinds[i].core)
			continue;
		found = rows_of_kind(rows, rows->kinds[i].kind, seq, direction);
		if (found && (!nearest || (direction > 0 ? found < nearest : found > nearest)))
			nearest = found;
	}
	return nearest;
}

static int64_t step_by_kind(struct rows *rows, enum level level, int64_t seq, int direction)
{
	sqlite3_stmt *s = rows__query(rows, direction > 0 ? ROWS_AFTER : ROWS_BEFORE, seq);
	int64_t found = 0;
	int looked = 0;

	while (!found && looked++ < ROWS_NEIGHBOURS && rows__step(rows, s))
		if (in_level(rows, level, sqlite3_column_int64(s, 1)))
			found = sqlite3_column_int64(s, 0);
	sqlite3_reset(s);
	if (!found && looked > ROWS_NEIGHBOURS)
		found = nearest_core(rows, seq, direction);
	return found;
}

/*
 * A damaged file may give rows out of order.  Who walks by steps must get on:
 * a row that does not lie ahead ends the way.
 */
static int64_t ahead(int64_t found, int64_t seq, int direction)
{
	return direction > 0 ? (found > seq ? found : 0) : (found < seq ? found : 0);
}

/* The nearest system call; inside a span if that is asked for. */
static int64_t step_by_call(struct rows *rows, bool inside, int64_t seq, int direction)
{
	sqlite3_stmt *s =
		rows__query(rows, direction > 0 ? ROWS_CALL_AFTER : ROWS_CALL_BEFORE, seq);
	int64_t found = 0;
	int looked = 0;

	while (!found && looked++ < ROWS_NEIGHBOURS && rows__step(rows, s))
		if (!inside || sqlite3_column_int64(s, 1))
			found = sqlite3_column_int64(s, 0);
	sqlite3_reset(s);
	return ahead(found, seq, direction);
}

static int64_t step_any(struct rows *rows, enum level level, int64_t seq, int direction)
{
	switch (level) {
	case LEVEL_WALK:
		return rows__walk(rows, seq, direction);
	case LEVEL_KERNEL:
		return step_by_call(rows, false, seq, direction);
	default:
		return step_by_kind(rows, level, seq, direction);
	}
}

int64_t rows_step(struct rows *rows, int64_t seq, int direction)
{
	sqlite3_stmt *s =
		rows__query(rows, direction > 0 ? ROWS_STEP_AFTER : ROWS_STEP_BEFORE, seq);

	return ahead(rows__number(rows, s), seq, direction);
}

static int64_t nearer(int64_t a, int64_t b, int direction)
{
	if (!a || !b)
		return a ? a : b;
	return direction > 0 ? (a < b ? a : b) : (a > b ? a : b);
}

/* How the program ended is seen at every level. */
static int64_t step(struct rows *rows, enum level level, int64_t seq, int direction)
{
	int64_t found = ahead(step_any(rows, level, seq, direction), seq, direction);

	return nearer(found, ahead(rows->end, seq, direction), direction);
}

int64_t rows_next(struct rows *rows, enum level level, int64_t seq)
{
	return step(rows, level, seq, 1);
}

int64_t rows_previous(struct rows *rows, enum level level, int64_t seq)
{
	return step(rows, level, seq, -1);
}

bool rows_has_level(struct rows *rows, enum level level)
{
	return level == LEVEL_WALK ? rows_step(rows, 0, 1) != 0
				   : ahead(step_any(rows, level, 0, 1), 0, 1) != 0;
}

/* Where the number stands among the folded ones, or would. */
static size_t fold_index(const struct rows *rows, int64_t seq)
{
	size_t low = 0, high = rows->folded_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (rows->folded[middle] < seq)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool rows_is_folded(const struct rows *rows, int64_t seq)
{
	size_t i = fold_index(rows, seq);

	return i < rows->folded_count && rows->folded[i] == seq;
}

void rows_fold(struct rows *rows, int64_t seq, bool folded)
{
	size_t i = fold_index(rows, seq), after = rows->folded_count - i;

	if (rows_is_folded(rows, seq) == folded)
		return;
	if (!folded) {
		memmove(&rows->folded[i], &rows->folded[i + 1],
			(after - 1) * sizeof(*rows->folded));
		rows->folded_count--;
		return;
	}
	if (!array_grow(&rows->folded, &rows->folded_room, rows->folded_count + 1,
			sizeof(*rows->folded)))
		return;
	memmove(&rows->folded[i + 1], &rows->folded[i], after * sizeof(*rows->folded));
	rows->folded[i] = seq;
	rows->folded_count++;
}

/* The outermost folded span around a row; 0 if it is in the open. */
static int64_t hidden_in(struct rows *rows, int64_t seq)
{
	struct rows_place place;
	int64_t outermost = 0;

	if (rows->folded_count == 0 || !rows_place(rows, seq, &place))
		return 0;
	for (int i = 0; i < DEPTH_MAX && place.parent && place.parent < place.seq; i++) {
		if (rows_is_folded(rows, place.parent))
			outermost = place.parent;
		if (!rows_place(rows, place.parent, &place))
			break;
	}
	return outermost;
}

void rows_reveal(struct rows *rows, int64_t seq)
{
	int64_t folded;

	while ((folded = hidden_in(rows, seq)) != 0)
		rows_fold(rows, folded, false);
}

void rows_adopt(struct rows *rows, struct rows *earlier)
{
	free(rows->folded);
	rows->folded = earlier->folded;
	rows->folded_count = earlier->folded_count;
	rows->folded_room = earlier->folded_room;
	earlier->folded = NULL;
	earlier->folded_count = 0;
	earlier->folded_room = 0;
}

static int64_t seen_step(struct rows *rows, struct rows_seen seen, int64_t seq, int direction)
{
	int64_t found = step(rows, seen.level, seq, direction);

	if (seen.calls && seen.level < LEVEL_EVERYTHING)
		found = nearer(found, step_by_call(rows, true, seq, direction), direction);
	return found;
}

/* Whether the span itself is a row that is seen; at the walk's level a step's span may not be. */
static bool is_seen(struct rows *rows, struct rows_seen seen, int64_t seq)
{
	return seen_step(rows, seen, seq - 1, 1) == seq;
}

int64_t rows_seen_next(struct rows *rows, struct rows_seen seen, int64_t seq)
{
	int64_t found = seen_step(rows, seen, seq, 1), folded;
	struct rows_place place;

	while (found && (folded = hidden_in(rows, found)) != 0) {
		if (folded > seq && is_seen(rows, seen, folded))
			return folded;
		if (!rows_place(rows, folded, &place) || place.after < found)
			break;
		found = seen_step(rows, seen, place.after, 1);
	}
	return found;
}

int64_t rows_seen_previous(struct rows *rows, struct rows_seen seen, int64_t seq)
{
	int64_t found = seen_step(rows, seen, seq, -1), folded;

	while (found && (folded = hidden_in(rows, found)) != 0) {
		if (is_seen(rows, seen, folded))
			return folded;
		found = seen_step(rows, seen, folded, -1);
	}
	return found;
}
