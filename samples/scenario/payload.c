/*
 * payload.c - payloads parsed into parts, measured, and written out once ports
 * are known.
 */
#include "samples/scenario/payload.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "samples/scenario/scenario_parse.h"

enum piece_kind { PIECE_LITERAL, PIECE_FILL, PIECE_PORT, PIECE_REFUSED };

struct piece {
	enum piece_kind kind;
	size_t offset; /* literal: where in payload.literals */
	size_t length; /* literal and fill; ports count PORT_DIGITS */
};

struct payload {
	struct piece *pieces;
	size_t piece_count;
	char *literals; /* all literal bytes, one after the other */
	size_t literal_length;
	size_t most; /* no rendering is longer */
};

/* Where the parser stands. */
struct payload_reader {
	const char *at;
	struct payload *payload;
	const char *problem;
};

#define PORT_DIGITS 5u

static const char fill_text[] = "0123456789abcdefghijklmnopqrstuvwxyz\n";

static int payload_refuse(struct payload_reader *reader, const char *problem)
{
	reader->problem = problem;
	return -EINVAL;
}

static int payload_add_piece(struct payload_reader *reader, enum piece_kind kind, size_t length)
{
	struct payload *payload = reader->payload;
	struct piece *grown;

	if (length > PAYLOAD_MAX - payload->most)
		return payload_refuse(reader, "a payload may have 64 MiB at most");
	grown = scenario__grow(payload->pieces, payload->piece_count, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	payload->pieces = grown;
	payload->pieces[payload->piece_count++] =
		(struct piece){ kind, payload->literal_length, length };
	payload->most += length;
	return 0;
}

/* Appends one byte, to the literal before it where there is one. */
static int payload_add_byte(struct payload_reader *reader, char byte)
{
	struct payload *payload = reader->payload;
	struct piece *last =
		payload->piece_count ? payload->pieces + payload->piece_count - 1 : NULL;
	int rc = 0;

	if (last && last->kind == PIECE_LITERAL) {
		if (payload->most >= PAYLOAD_MAX)
			return payload_refuse(reader, "a payload may have 64 MiB at most");
		last->length++;
		payload->most++;
	} else {
		rc = payload_add_piece(reader, PIECE_LITERAL, 1);
	}
	if (!rc)
		payload->literals[payload->literal_length++] = byte;
	return rc;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Two hex digits as a byte, or -1; never looks past a terminating NUL. */
static int hex_pair(const char *digits)
{
	int high = hex_digit(digits[0]);
	int low = high < 0 ? -1 : hex_digit(digits[1]);

	return low < 0 ? -1 : high << 4 | low;
}

/* At a backslash. */
static int payload_read_escape(struct payload_reader *reader)
{
	static const char names[] = "rnt0\\\"";
	static const char values[] = { '\r', '\n', '\t', '\0', '\\', '"' };
	char c = reader->at[1];
	const char *known = c ? strchr(names, c) : NULL;
	int byte = known ? values[known - names] : -1;
	size_t width = 2;

	if (c == 'x') {
		byte = hex_pair(reader->at + 2);
		width = 4;
	}
	if (byte < 0)
		return payload_refuse(reader,
				      "bad escape: it is one of \\r \\n \\t \\0 \\\\ \\\" \\xHH");
	reader->at += width;
	return payload_add_byte(reader, (char)byte);
}

/* A port name at `text`: its length and kind, or 0. */
static size_t port_name(const char *text, enum piece_kind *kind)
{
	if (!strncmp(text, "$PORT", 5)) {
		*kind = PIECE_PORT;
		return 5;
	}
	if (!strncmp(text, "$REFUSED", 8)) {
		*kind = PIECE_REFUSED;
		return 8;
	}
	return 0;
}

static int payload_read_text(struct payload_reader *reader)
{
	int rc = 0;

	reader->at++;
	while (!rc && *reader->at && *reader->at != '"') {
		enum piece_kind kind;
		size_t name = port_name(reader->at, &kind);

		if (name) {
			reader->at += name;
			rc = payload_add_piece(reader, kind, PORT_DIGITS);
		} else if (*reader->at == '\\') {
			rc = payload_read_escape(reader);
		} else {
			rc = payload_add_byte(reader, *reader->at++);
		}
	}
	if (rc)
		return rc;
	if (*reader->at != '"')
		return payload_refuse(reader, "a text has no closing quote");
	reader->at++;
	return 0;
}

static int payload_read_fill(struct payload_reader *reader)
{
	const char *digit = reader->at + strlen("fill(");
	const char *first = digit;
	size_t count = 0;

	for (; *digit >= '0' && *digit <= '9' && count <= PAYLOAD_MAX; digit++)
		count = count * 10 + (size_t)(*digit - '0');
	if (digit == first || *digit != ')' || count > PAYLOAD_MAX)
		return payload_refuse(reader,
				      "bad number: fill(N) takes N from 0 to 67108864 (64 MiB)");
	reader->at = digit + 1;
	return payload_add_piece(reader, PIECE_FILL, count);
}

static int payload_read_hex(struct payload_reader *reader)
{
	int rc = 0;

	reader->at += strlen("hex(");
	while (!rc && *reader->at != ')') {
		int byte = hex_pair(reader->at);

		if (byte < 0)
			return payload_refuse(reader,
					      "bad number: hex(..) takes pairs of hex digits");
		reader->at += 2;
		rc = payload_add_byte(reader, (char)byte);
	}
	if (!rc)
		reader->at++;
	return rc;
}

static int payload_read_item(struct payload_reader *reader)
{
	if (*reader->at == '"')
		return payload_read_text(reader);
	if (!strncmp(reader->at, "fill(", 5))
		return payload_read_fill(reader);
	if (!strncmp(reader->at, "hex(", 4))
		return payload_read_hex(reader);
	return payload_refuse(reader, "a payload is made of \"text\", fill(N) and hex(..)");
}

static int payload_read(struct payload_reader *reader)
{
	int rc = 0;

	if (!*reader->at)
		return payload_refuse(reader, "a payload is missing: \"text\", fill(N) or hex(..)");
	while (!rc && *reader->at) {
		rc = payload_read_item(reader);
		while (*reader->at == ' ' || *reader->at == '\t')
			reader->at++;
	}
	return rc;
}

int payload_new(struct payload **out, const char *text, const char **problem)
{
	struct payload *payload = calloc(1, sizeof(*payload));
	struct payload_reader reader = { text, payload, NULL };
	int rc = -ENOMEM;

	*out = NULL;
	if (!payload)
		return rc;
	/* no item has more literal bytes than characters */
	payload->literals = malloc(strlen(text) + 1);
	if (payload->literals)
		rc = payload_read(&reader);
	if (rc) {
		*problem = reader.problem ? reader.problem : "memory is short";
		payload_free(payload);
		return rc;
	}
	*out = payload;
	return 0;
}

void payload_free(struct payload *payload)
{
	if (!payload)
		return;
	free(payload->pieces);
	free(payload->literals);
	free(payload);
}

static size_t put_port(char *to, uint16_t port)
{
	char digits[PORT_DIGITS + 1];
	int n = snprintf(digits, sizeof(digits), "%u", port);

	memcpy(to, digits, (size_t)n);
	return (size_t)n;
}

/* Each fill begins its cycle anew. */
static size_t put_fill(char *to, size_t length)
{
	for (size_t i = 0; i < length; i++)
		to[i] = fill_text[i % (sizeof(fill_text) - 1)];
	return length;
}

int payload_render(const struct payload *payload, const struct payload_ports *ports, char **bytes,
		   size_t *length)
{
	char *to = malloc(payload->most + 1);

	if (!to)
		return -ENOMEM;
	*bytes = to;
	for (size_t i = 0; i < payload->piece_count; i++) {
		const struct piece *piece = payload->pieces + i;

		switch (piece->kind) {
		case PIECE_LITERAL:
			memcpy(to, payload->literals + piece->offset, piece->length);
			to += piece->length;
			break;
		case PIECE_FILL:
			to += put_fill(to, piece->length);
			break;
		case PIECE_PORT:
			to += put_port(to, ports->port);
			break;
		case PIECE_REFUSED:
			to += put_port(to, ports->refused);
			break;
		}
	}
	*length = (size_t)(to - *bytes);
	return 0;
}

char *payload_expand(const char *text, const struct payload_ports *ports)
{
	/* a name is never shorter than the five digits that replace it */
	char *expanded = malloc(strlen(text) + 1);
	char *to = expanded;

	if (!expanded)
		return NULL;
	while (*text) {
		enum piece_kind kind;
		size_t name = port_name(text, &kind);

		if (name)
			to += put_port(to, kind == PIECE_PORT ? ports->port : ports->refused);
		else
			*to++ = *text;
		text += name ? name : 1;
	}
	*to = '\0';
	return expanded;
}
