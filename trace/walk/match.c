/*
 * match.c - whether a rule of a walk holds for a row.
 */
#include "trace/walk/rules.h"

#include <string.h>

static bool text_begins(struct row_text *text, struct row_text head)
{
	if (text->length < head.length ||
	    (head.length && memcmp(text->text, head.text, head.length) != 0))
		return false;
	text->text += head.length;
	text->length -= head.length;
	return true;
}

/* The three parts of the value, one behind the other, are where the text begins. */
static bool parts_begin(struct row_text text, const struct row_text part[3], bool whole)
{
	for (int i = 0; i < 3; i++)
		if (!text_begins(&text, part[i]))
			return false;
	return !whole || text.length == 0;
}

/* Whether the text is the value that the condition asks for, or contains it. */
static bool value_fits(const struct condition *condition, struct row_text text,
		       const struct taken *taken)
{
	struct row_text part[3] = { condition->value };

	if (condition->station >= 0) {
		if (!taken[condition->station].detail)
			return false;
		part[1] = row_text(taken[condition->station].detail, condition->field);
		part[2] = condition->rest;
	}
	if (!condition->contains)
		return parts_begin(text, part, true);
	for (; !parts_begin(text, part, false); text.text++, text.length--)
		if (text.length == 0)
			return false;
	return true;
}

static bool field_fits(const struct condition *condition, const char *detail, const char *ret,
		       const struct taken *taken)
{
	struct row_text value = strcmp(condition->key, "ret") == 0
					? (struct row_text){ ret, strlen(ret) }
					: row_text(detail, condition->key);

	return value_fits(condition, value, taken);
}

static bool phase_fits(const struct condition *condition, const char *phase)
{
	return phase && row_is(condition->value, phase);
}

/* The rows below have told, or the span is over and no more will come. */
static enum fit told(const struct walk_row *row, bool has, bool fits)
{
	if (has || row->is_final)
		return fits ? FITS : FITS_NOT;
	return FITS_LATER;
}

static enum fit call_fit(const struct condition *condition, struct walk_row *row,
			 const struct taken *taken)
{
	row->awaits_call = condition->name;
	return told(row, row->has_call,
		    row->called && field_fits(condition, row->called, "", taken));
}

static enum fit condition_fit(const struct rule *rule, const struct condition *condition,
			      struct walk_row *row, const struct taken *taken, uint32_t seen)
{
	switch (condition->asks) {
	case ASKS_FIELD:
		return field_fits(condition, row->detail, row->ret, taken) ? FITS : FITS_NOT;
	case ASKS_PARENT:
		return row->parent == condition->name ? FITS : FITS_NOT;
	case ASKS_INSIDE:
		return row->inside & condition->inside ? FITS : FITS_NOT;
	case ASKS_PHASE:
		return phase_fits(condition, row->phase) ? FITS : FITS_NOT;
	case ASKS_AFTER:
		return taken[condition->station].times ? FITS : FITS_NOT;
	case ASKS_READY:
		return row->ready.text && value_fits(condition, row->ready, taken) ? FITS
										   : FITS_NOT;
	case ASKS_FIRST:
		if (row->connection)
			seen = row->connection->seen;
		return told(row, row->has_first, !(seen & rule->first));
	case ASKS_CALLS:
		return call_fit(condition, row, taken);
	}
	return FITS_NOT;
}

enum fit rule_fit(const struct rule *rule, struct walk_row *row, const struct taken *taken,
		  uint32_t seen)
{
	enum fit fit = rule->at_return == row->at_return ? FITS : FITS_NOT;

	for (unsigned i = 0; i < rule->condition_count && fit == FITS; i++)
		fit = condition_fit(rule, &rule->condition[i], row, taken, seen);
	return fit;
}
