/*
 * peer_request.c - reads a request as far as the peer understands one: where it
 * ends.
 */
#include "samples/scenario/peer_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define HEAD_MAX ((size_t)1 << 20)
#define BODY_MAX ((size_t)64 << 20)
#define READ_SIZE ((size_t)65536)

/* The bytes of one request as they come in. */
struct request {
	char *bytes;
	size_t length;
	size_t room;
};

/* What of a request's head says how much follows it. */
struct request_head {
	size_t length; /* with its empty line; 0 while it is incomplete */
	size_t body;
};

static int request_reserve(struct request *request, size_t more)
{
	size_t room = request->room ? request->room : READ_SIZE;
	char *grown;

	while (room - request->length < more)
		room *= 2;
	if (room == request->room)
		return 0;
	grown = realloc(request->bytes, room);
	if (!grown)
		return -ENOMEM;
	request->bytes = grown;
	request->room = room;
	return 0;
}

/*
 * Reads up to `most` bytes more.  Returns how many, 0 at the end of the
 * stream or once nothing more will come, or a negative errno.
 */
static ssize_t request_receive(struct peer *peer, int fd, struct request *request, size_t most)
{
	size_t want = most < READ_SIZE ? most : READ_SIZE;
	int rc = request_reserve(request, want);
	ssize_t got;

	if (rc)
		return rc;
	got = peer__receive(peer, fd, false, request->bytes + request->length, want);
	if (got > 0)
		request->length += (size_t)got;
	return got;
}

/* Blanks of a header's name and value. */
static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Digits after blanks, as far as a body may be long; 0 for anything else. */
static size_t parse_length(const char *at, const char *end)
{
	size_t value = 0;

	while (at < end && is_blank(*at))
		at++;
	for (; at < end && *at >= '0' && *at <= '9' && value <= BODY_MAX; at++)
		value = value * 10 + (size_t)(*at - '0');
	return value > BODY_MAX ? BODY_MAX : value;
}

static bool name_is(const char *at, const char *colon, const char *name)
{
	size_t length = strlen(name);

	while (at < colon && is_blank(*at))
		at++;
	while (colon > at && is_blank(colon[-1]))
		colon--;
	return (size_t)(colon - at) == length && !strncasecmp(at, name, length);
}

/*
 * Reads the fields of a complete head.  A client that sends Expect waits for
 * an answer before the body, so its request ends with the head.
 */
static void head_parse(struct request_head *head, const char *bytes)
{
	const char *end = bytes + head->length;
	const char *line = memchr(bytes, '\n', head->length);
	bool expects = false;

	head->body = 0;
	while (line && ++line < end) {
		const char *next = memchr(line, '\n', (size_t)(end - line));
		const char *stop = next ? next : end;
		const char *colon = memchr(line, ':', (size_t)(stop - line));

		if (colon && name_is(line, colon, "content-length"))
			head->body = parse_length(colon + 1, stop);
		if (colon && name_is(line, colon, "expect"))
			expects = true;
		line = next;
	}
	if (expects)
		head->body = 0;
}

/* Looks for the end of the head, from where the last look ended. */
static void head_find(struct request_head *head, const struct request *request, size_t from)
{
	const char *begin = request->bytes + (from > 3 ? from - 3 : 0);
	const char *found;

	found = memmem(begin, (size_t)(request->bytes + request->length - begin), "\r\n\r\n", 4);
	if (!found)
		return;
	head->length = (size_t)(found - request->bytes) + 4;
	head_parse(head, request->bytes);
}

static bool request_is_whole(const struct request *request, const struct request_head *head)
{
	if (!head->length)
		return request->length >= HEAD_MAX;
	return request->length - head->length >= head->body;
}

void peer__report(struct peer *peer, const char *bytes, size_t length)
{
	const struct peer_options *options = &peer->options;

	peer->requests++;
	if (options->on_request && !peer->stopped)
		options->on_request(options->user, peer->requests, bytes, length);
}

static int request_report(struct peer *peer, const struct scenario_line *line,
			  struct request *request, ssize_t last, const char *problem)
{
	if (last >= 0)
		peer__report(peer, request->bytes ? request->bytes : "", request->length);
	free(request->bytes);
	return last < 0 ? peer__fail(peer, line, (int)-last, problem) : 0;
}

int peer__read_request(struct peer *peer, const struct scenario_line *line, int fd)
{
	struct request request = { 0 };
	struct request_head head = { 0 };
	ssize_t got = 1;

	while (got > 0 && !request_is_whole(&request, &head)) {
		size_t from = request.length;

		got = request_receive(peer, fd, &request, READ_SIZE);
		if (got > 0 && !head.length)
			head_find(&head, &request, from);
	}
	return request_report(peer, line, &request, got, "no whole request came");
}

int peer__read_count(struct peer *peer, const struct scenario_line *line, int fd)
{
	struct request request = { 0 };
	ssize_t got = 1;

	while (got > 0 && request.length < line->count)
		got = request_receive(peer, fd, &request, line->count - request.length);
	return request_report(peer, line, &request, got, "too few bytes came");
}
