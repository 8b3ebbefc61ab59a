/*
 * notes.c - what a companion of the program, such as its scripted peer, tells
 * the recorder.
 */
#include "trace/record/internal.h"

#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "trace/base/failure.h"
#include "trace/base/grow.h"
#include "trace/store/store.h"
#include "trace/write/writer.h"

#define READ_BYTES 65536 /* at most in one read, at first */
#define NOTE_BYTES_MAX (4u << 20)
#define READS_MAX 64

static int hex_digit(char c)
{
	return isdigit((unsigned char)c)    ? c - '0'
	       : isxdigit((unsigned char)c) ? tolower((unsigned char)c) - 'a' + 10
					    : -1;
}

size_t record__unescape(char *text, size_t length)
{
	static const char from[] = "nrt\\", to[] = "\n\r\t\\";
	size_t out = 0;

	for (size_t i = 0; i < length; i++) {
		const char *known;

		if (text[i] != '\\' || i + 1 == length) {
			text[out++] = text[i];
		} else if ((known = memchr(from, text[i + 1], sizeof(from) - 1)) != NULL) {
			text[out++] = to[known - from];
			i++;
		} else if (text[i + 1] == 'x' && i + 3 < length && hex_digit(text[i + 2]) >= 0 &&
			   hex_digit(text[i + 3]) >= 0) {
			text[out++] = (char)(hex_digit(text[i + 2]) << 4 | hex_digit(text[i + 3]));
			i += 3;
		} else {
			text[out++] = text[i];
		}
	}
	return out;
}

static int store_note(char *line, size_t length, struct store *store, struct writer *writer,
		      char **error)
{
	char *tab = memchr(line, '\t', length);
	size_t value_length;

	if (!tab || tab == line || !writer)
		return 0;
	*tab = '\0';
	value_length = record__unescape(tab + 1, length - (size_t)(tab + 1 - line));
	if (writer_begin(writer, error) < 0)
		return -1;
	return store_put_fact_bytes(store, line, tab + 1, value_length, error);
}

/* Stores the whole lines and moves what is left to the front. */
static int store_lines(struct record_notes *notes, struct store *store, struct writer *writer,
		       char **error)
{
	char *at = notes->line, *end = at + notes->length, *newline;

	while ((newline = memchr(at, '\n', (size_t)(end - at))) != NULL) {
		if (store_note(at, (size_t)(newline - at), store, writer, error) < 0)
			return -1;
		at = newline + 1;
	}
	notes->length = (size_t)(end - at);
	memmove(notes->line, at, notes->length);
	/* a line without end is not a note */
	if (notes->length >= NOTE_BYTES_MAX)
		notes->length = 0;
	return 0;
}

static int make_room(struct record_notes *notes)
{
	return array_grow(&notes->line, &notes->capacity, notes->length + READ_BYTES, 1) ? 0 : -1;
}

int record__read_notes(struct record_notes *notes, struct store *store, struct writer *writer,
		       char **error)
{
	for (int i = 0; i < READS_MAX && notes->fd >= 0; i++) {
		struct pollfd ready = { .fd = notes->fd, .events = POLLIN };
		ssize_t n;

		if (make_room(notes) < 0)
			return failure(error, "out of memory");
		/* the descriptor is shared with who passed it: do not make it nonblocking */
		if (poll(&ready, 1, 0) <= 0)
			return 0;
		n = read(notes->fd, notes->line + notes->length, notes->capacity - notes->length);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			return 0;
		if (n <= 0) {
			close(notes->fd);
			notes->fd = -1;
			return 0;
		}
		notes->length += (size_t)n;
		if (store_lines(notes, store, writer, error) < 0)
			return -1;
	}
	return 0;
}

void record__notes_release(struct record_notes *notes)
{
	if (notes->fd >= 0)
		close(notes->fd);
	notes->fd = -1;
	free(notes->line);
	notes->line = NULL;
}
