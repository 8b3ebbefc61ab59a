/*
 * mask.c - a state machine over the bytes of a stream that blots out the values
 * of secret headers.
 */
#include "trace/words/mask.h"

#include <ctype.h>
#include <string.h>

enum mask_state {
	AT_START,   /* of a line */
	IN_NAME,    /* it may still become a secret's name */
	AFTER_NAME, /* a secret's name stood here, the colon is to come */
	BEFORE_VALUE,
	IN_VALUE,
	IN_LINE,    /* of no interest up to its end */
	IN_UNKNOWN, /* may be the rest of a secret: hidden up to its end */
};

static const char *const secret_names[] = { "authorization", "cookie", "set-cookie" };
#define SECRET_NAMES (sizeof(secret_names) / sizeof(secret_names[0]))

void mask_init_unknown(struct mask *mask)
{
	*mask = (struct mask){ .state = IN_UNKNOWN };
}

static void end_line(struct mask *mask, bool hidden)
{
	mask->state = AT_START;
	mask->hidden_line = hidden;
}

/* Compares one more character with the names that still fit. */
static void match_name(struct mask *mask, unsigned char c)
{
	for (unsigned n = 0; n < SECRET_NAMES; n++) {
		const char *name = secret_names[n];
		bool whole = mask->column == strlen(name);

		if (!(mask->candidates >> n & 1))
			continue;
		if (whole && (c == ':' || c == ' ' || c == '\t')) {
			mask->state = c == ':' ? BEFORE_VALUE : AFTER_NAME;
			return;
		}
		if (whole || name[mask->column] != tolower(c))
			mask->candidates &= (uint8_t) ~(1u << n);
	}
	mask->column++;
	mask->state = mask->candidates ? IN_NAME : IN_LINE;
}

static void start_line(struct mask *mask, unsigned char c)
{
	if (c == '\r')
		return;
	mask->column = 0;
	mask->candidates = (1u << SECRET_NAMES) - 1;
	match_name(mask, c);
}

/* One byte, not a newline; returns what to show for it. */
static char pass(struct mask *mask, char c)
{
	bool blank = c == ' ' || c == '\t';

	/* a folded value goes on behind the blanks that begin the next line */
	if (mask->state == AT_START && blank && mask->hidden_line)
		mask->state = BEFORE_VALUE;
	if (mask->state == BEFORE_VALUE && !blank)
		mask->state = IN_VALUE;
	switch (mask->state) {
	case AT_START:
		start_line(mask, (unsigned char)c);
		break;
	case IN_NAME:
		match_name(mask, (unsigned char)c);
		break;
	case AFTER_NAME:
		if (!blank)
			mask->state = c == ':' ? BEFORE_VALUE : IN_LINE;
		break;
	case IN_VALUE:
	case IN_UNKNOWN:
		return c == '\r' ? c : '*';
	default:
		break;
	}
	return c;
}

static void newline(struct mask *mask)
{
	bool hidden =
		mask->state == BEFORE_VALUE || mask->state == IN_VALUE || mask->state == IN_UNKNOWN;

	if (mask->state == AT_START)
		mask->head_over = true;
	else if (hidden)
		mask->head_over = false; /* whatever came before, this is a head */
	end_line(mask, hidden);
}

static void mask_run(struct mask *mask, char *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (bytes[i] == '\n')
			newline(mask);
		else
			bytes[i] = pass(mask, bytes[i]);
	}
}

static void mask_skip(struct mask *mask)
{
	bool in_secret = mask->state == AFTER_NAME || mask->state == BEFORE_VALUE ||
			 mask->state == IN_VALUE || mask->state == IN_UNKNOWN;

	mask->state = in_secret || !mask->head_over ? IN_UNKNOWN : IN_LINE;
}

void mask_bytes(struct mask *mask, char *bytes, size_t kept, uint64_t total, uint64_t taken)
{
	size_t advance = taken < kept ? (size_t)taken : kept;
	struct mask rest;

	mask_run(mask, bytes, advance);
	rest = *mask;
	mask_run(&rest, bytes + advance, kept - advance);
	if (taken > kept && total > kept)
		mask_skip(mask);
}
