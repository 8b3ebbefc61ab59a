/*
 * payload.h - the bytes that a scenario line sends, before ports are known.
 *
 * A payload is one or more items, written side by side:
 *
 *     "text"     with the escapes \r \n \t \0 \\ \" \xHH
 *     fill(N)    N bytes of the cyclic text 0-9a-z and a newline
 *     hex(..)    raw bytes
 *
 * In a text $PORT and $REFUSED stand for port numbers that exist only once
 * the peer has bound its sockets.  So a payload is parsed when the file is
 * read, where a mistake still has a line number, and rendered when it is sent.
 */
#ifndef LOOPSCOPE_SAMPLES_SCENARIO_PAYLOAD_H
#define LOOPSCOPE_SAMPLES_SCENARIO_PAYLOAD_H

#include <stddef.h>
#include <stdint.h>

/* The most that one payload may come to, and what fill(N) may ask for. */
#define PAYLOAD_MAX ((size_t)64 << 20)

struct payload;

/* What $PORT and $REFUSED stand for. */
struct payload_ports {
	uint16_t port;
	uint16_t refused;
};

/*
 * Parses the items in `text`.  Returns 0, or a negative errno: -EINVAL with
 * *problem set to a static phrase that says what is wrong ("bad escape: ..."),
 * or -ENOMEM.  The text is not kept.
 */
int payload_new(struct payload **out, const char *text, const char **problem);

/* Takes NULL. */
void payload_free(struct payload *payload);

/*
 * Makes the bytes; *bytes is the caller's to free() and never NULL on
 * success, even when *length is 0.  Returns 0 or -ENOMEM.
 */
int payload_render(const struct payload *payload, const struct payload_ports *ports, char **bytes,
		   size_t *length);

/*
 * Replaces $PORT and $REFUSED in a plain text, as request header values need
 * it.  The result is the caller's to free(); NULL when memory is short.
 */
char *payload_expand(const char *text, const struct payload_ports *ports);

#endif
