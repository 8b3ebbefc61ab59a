/*
 * match.c - whether a rule of a walk holds for a row.
 */
#include "trace/walk/rules.h"

#include <string.h>

#include "trace/base/detail.h"

static bool slice_begins(struct slice *text, struct slice head)
{
	if (text->length < head.length ||
	    (head.length && memcmp(text->at, head.at, head.length) != 0))
		return false;
	text->at += head.length;
	text->length -= head.length;
	return true;
}

/* The three parts of the value, one behind the other, are where the text begins. */
static bool parts_begin(struct slice text, const struct slice part[3], bool whole)
{
	for (int i = 0; i < 3; i++)
		if (!slice_begins(&text, part[i]))
			return false;
	return !whole || text.length == 0;
}

/* Whether the text is the value that the condition asks for, or contains it. */
static bool value_fits(const struct condition *condition, struct slice text,
		       const struct taken *taken)
{
	struct slice part[3] = { condition->value };

	if (condition->station >= 0) {
		const char *detail = taken[condition->station].detail;

		part[1].at = detail ? detail_value_of(detail, condition->field.at,
						      condition->field.length, &part[1].length)
				    : NULL;
		if (!part[1].at)
			return false;
		part[2] = condition->rest;
	}
	if (!condition->contains)
		return parts_begin(text, part, true);
	for (; !parts_begin(text, part, false); text.at++, text.length--)
		if (text.length == 0)
			return false;
	return true;
}

static bool field_fits(const struct condition *condition, const char *detail, const char *ret,
		       const struct taken *taken)
{
	struct slice value = { ret, strlen(ret) };

	if (condition->key.length == 3 && memcmp(condition->key.at, "ret", 3) == 0)
		return value_fits(condition, value, taken);
	value.at = detail_value_of(detail, condition->key.at, condition->key.length, &value.length);
	return value.at && value_fits(condition, value, taken);
}

static bool phase_fits(const struct condition *condition, const char *phase)
{
	return phase && strlen(phase) == condition->value.length &&
	       memcmp(phase, condition->value.at, condition->value.length) == 0;
}

/* The rows below have told, or none is to come any more. */
static enum fit told(const struct row *row, bool has, bool fits)
{
	if (has || row->is_final)
		return fits ? FITS : FITS_NOT;
	return FITS_LATER;
}

static enum fit call_fit(const struct condition *condition, struct row *row,
			 const struct taken *taken)
{
	row->awaits_call = condition->name;
	return told(row, row->has_call,
		    row->called && field_fits(condition, row->called, "", taken));
}

static enum fit condition_fit(const struct rule *rule, const struct condition *condition,
			      struct row *row, const struct taken *taken, uint32_t seen)
{
	switch (condition->asks) {
	case ASKS_FIELD:
		return field_fits(condition, row->detail, row->ret, taken) ? FITS : FITS_NOT;
	case ASKS_PARENT:
		return row->parent == condition->name ? FITS : FITS_NOT;
	case ASKS_INSIDE:
		return row->inside >> condition->name & 1 ? FITS : FITS_NOT;
	case ASKS_PHASE:
		return phase_fits(condition, row->phase) ? FITS : FITS_NOT;
	case ASKS_AFTER:
		return taken[condition->station].times ? FITS : FITS_NOT;
	case ASKS_READY:
		return row->ready.at && value_fits(condition, row->ready, taken) ? FITS : FITS_NOT;
	case ASKS_FIRST:
		if (row->connection)
			seen = row->connection->seen;
		return told(row, row->has_first, !(seen & rule->first));
	case ASKS_CALLS:
		return call_fit(condition, row, taken);
	}
	return FITS_NOT;
}

enum fit rule_fit(const struct rule *rule, struct row *row, const struct taken *taken,
		  uint32_t seen)
{
	enum fit fit = rule->at_return == row->at_return ? FITS : FITS_NOT;

	for (unsigned i = 0; i < rule->condition_count && fit == FITS; i++)
		fit = condition_fit(rule, &rule->condition[i], row, taken, seen);
	return fit;
}
