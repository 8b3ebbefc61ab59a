/*
 * state_words.c - words for what a state has as numbers.
 */
#include <inttypes.h>
#include <string.h>
#include <sys/epoll.h>

#include "trace/cmd/state_print.h"

#define WORD(words, n)                                                                             \
	((n) >= 0 && (uint64_t)(n) < sizeof(words) / sizeof((words)[0]) ? (words)[n] : "unknown")

void state_mask(int64_t events, char out[STATE_MASK_BYTES])
{
	int64_t error = events & (EPOLLERR | EPOLLHUP);

	snprintf(out, STATE_MASK_BYTES, "%s%s%s%s", events & EPOLLIN ? "READ|" : "",
		 events & EPOLLOUT ? "WRITE|" : "",
		 error == (EPOLLERR | EPOLLHUP) ? "ERROR|"
		 : error == EPOLLERR            ? "ERROR(ERR)|"
		 : error                        ? "ERROR(HUP)|"
						: "",
		 events & EPOLLRDHUP ? "RDHUP|" : "");
	if (*out)
		out[strlen(out) - 1] = '\0';
	else
		memcpy(out, "-", 2);
}

const char *state_stream_phase(int64_t phase)
{
	static const char *const words[] = { "new", "connecting", "open", "closed",
					     "TLS handshake" };

	return WORD(words, phase);
}

const char *state_read(int64_t read)
{
	static const char *const words[] = { "none", "regex", "delimiter", "bytes", "close" };

	return WORD(words, read);
}

const char *state_coroutine_phase(int64_t phase)
{
	static const char *const words[] = { "new", "running", "suspended", "ended" };

	return WORD(words, phase);
}

const char *state_connection_phase(int64_t phase)
{
	static const char *const words[] = { "resolving", "connecting", "request sent",
					     "headers",   "body",       "answered" };

	return WORD(words, phase);
}

const char *state_tcp(int64_t state)
{
	static const char *const words[] = { "CLOSED",    "SYN_SENT", "ESTABLISHED", "CLOSE_WAIT",
					     "failed",    "LISTEN",   "FIN_WAIT",    "LAST_ACK",
					     "TIME_WAIT", "not TCP" };

	return WORD(words, state);
}

const char *state_function(const struct replay *replay, int64_t function)
{
	static char name[512];

	replay_function(replay, function, name, sizeof(name));
	return name;
}

const char *state_wanted(struct replay *replay, const struct replay_stream *stream)
{
	static char text[256];
	const char *key = stream->read == REPLAY_READ_REGEX ? "regex" : "delimiter";

	*text = '\0';
	if (stream->read == REPLAY_READ_BYTES)
		snprintf(text, sizeof(text), "%" PRId64, stream->read_bytes);
	else if (stream->read == REPLAY_READ_REGEX || stream->read == REPLAY_READ_DELIMITER)
		replay_detail_value(replay, stream->read_seq, key, text, sizeof(text));
	return text;
}

const char *state_outcome(struct replay *replay, const struct replay_future *future)
{
	static char text[256];
	const char *key = future->outcome == REPLAY_RESULT ? "result" : "exc";

	*text = '\0';
	if (future->outcome != REPLAY_PENDING)
		replay_detail_value(replay, future->done, key, text, sizeof(text));
	return text;
}
