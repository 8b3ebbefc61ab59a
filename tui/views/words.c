/*
 * words.c - phases, masks, names and bytes of a replayed state, as a view's
 * lines have them.
 */
#include "tui/views/words.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>

#include "trace/replay/replay.h"

static const char *word(const struct model *model, const enum phrase *words, size_t count,
			int64_t n)
{
	if (n < 0 || (uint64_t)n >= count)
		return "?";
	return phrase_at(model, words[n]);
}
#define WORD(model, words, n) word((model), (words), sizeof(words) / sizeof((words)[0]), (n))

const char *words_stream_phase(const struct model *model, int64_t phase)
{
	static const enum phrase words[] = { PHRASE_PHASE_NEW, PHRASE_PHASE_CONNECTING,
					     PHRASE_PHASE_OPEN, PHRASE_PHASE_CLOSED,
					     PHRASE_PHASE_HANDSHAKE };

	return WORD(model, words, phase);
}

const char *words_coroutine_phase(const struct model *model, int64_t phase)
{
	static const enum phrase words[] = { PHRASE_PHASE_NEW, PHRASE_PHASE_RUNNING,
					     PHRASE_PHASE_SUSPENDED, PHRASE_PHASE_ENDED };

	return WORD(model, words, phase);
}

const char *words_connection_phase(const struct model *model, int64_t phase)
{
	static const enum phrase words[] = { PHRASE_PHASE_RESOLVING, PHRASE_PHASE_CONNECTING,
					     PHRASE_PHASE_SENT,      PHRASE_PHASE_HEADERS,
					     PHRASE_PHASE_BODY,      PHRASE_PHASE_ANSWERED };

	return WORD(model, words, phase);
}

const char *words_tcp(int64_t state)
{
	static const char *const words[] = {
		[REPLAY_TCP_CLOSED] = "CLOSED",           [REPLAY_TCP_SYN_SENT] = "SYN_SENT",
		[REPLAY_TCP_ESTABLISHED] = "ESTABLISHED", [REPLAY_TCP_CLOSE_WAIT] = "CLOSE_WAIT",
		[REPLAY_TCP_FAILED] = "failed",           [REPLAY_TCP_LISTEN] = "LISTEN",
		[REPLAY_TCP_FIN_WAIT] = "FIN_WAIT",       [REPLAY_TCP_LAST_ACK] = "LAST_ACK",
		[REPLAY_TCP_TIME_WAIT] = "TIME_WAIT",     [REPLAY_TCP_NONE] = "not TCP",
	};

	return state >= 0 && (size_t)state < sizeof(words) / sizeof(words[0]) ? words[state] : "?";
}

bool words_ended(const struct model *model, char *out, size_t size)
{
	static const struct {
		const char *how; /* what the recorder says first; the phrase takes what follows */
		enum phrase says;
		bool well;
	} ways[] = {
		{ "exited ", PHRASE_ENDED_EXITED, false },
		{ "killed by ", PHRASE_ENDED_KILLED, false },
		{ "recorder died", PHRASE_ENDED_RECORDER_DIED, false },
		{ "let go of, it runs on", PHRASE_ENDED_LET_GO, true },
		{ "ended, its status is not known", PHRASE_ENDED_UNKNOWN, true },
	};
	const char *how = model->ended;

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		if (strncmp(how, ways[i].how, strlen(ways[i].how)) != 0)
			continue;
		snprintf(out, size, phrase_at(model, ways[i].says), how + strlen(ways[i].how));
		return ways[i].well || strcmp(how, "exited 0") == 0;
	}
	snprintf(out, size, "%s", how);
	return !*how;
}

void words_mask(int64_t events, char out[WORDS_MASK])
{
	static const struct {
		int64_t bits;
		const char *name;
	} bits[] = { { EPOLLIN, "READ" },
		     { EPOLLOUT, "WRITE" },
		     { EPOLLERR | EPOLLHUP, "ERROR" },
		     { EPOLLRDHUP, "RDHUP" } };
	size_t used = 0;

	for (size_t i = 0; i < sizeof(bits) / sizeof(bits[0]); i++)
		if (events & bits[i].bits)
			used += (size_t)snprintf(out + used, WORDS_MASK - used, "%s%s",
						 used ? "|" : "", bits[i].name);
	if (!used)
		snprintf(out, WORDS_MASK, "\u2013");
}

void words_put_mask(struct page *page, unsigned style, int64_t events)
{
	char text[WORDS_MASK];

	words_mask(events, text);
	page_put(page, style, text);
}

void words_put_object(struct scene *scene, struct page *page, unsigned style, int64_t object)
{
	char name[REPLAY_NAME_BYTES];

	replay_object(scene->model->replay, object, name);
	page_put(page, style, name);
}

void words_function(struct scene *scene, int64_t function, char out[SHORTEN_NAME])
{
	char name[512];

	replay_function(scene->model->replay, function, name, sizeof(name));
	shorten_function(name, strlen(name), out);
}

void words_put_function(struct scene *scene, struct page *page, int64_t function)
{
	char shorter[SHORTEN_NAME];

	words_function(scene, function, shorter);
	page_printf(page, STYLE_TEXT, "\u2192 %s", shorter);
}

void words_put_seq(struct scene *scene, struct page *page, int64_t seq)
{
	struct steps_row row;

	if (!seq || steps_at(scene->model->around, seq, &row, NULL) <= 0)
		return;
	if (row.taken_count)
		page_printf(page, STYLE_FAINT, phrase(scene->model, FROM_STEP), row.taken[0].step);
	else
		page_printf(page, STYLE_FAINT, "  #%" PRId64, seq);
}

void words_put_bytes(struct page *page, const char *bytes, size_t length, size_t matched)
{
	page_put(page, STYLE_FAINT, "\"");
	for (size_t i = 0; i < length; i++) {
		unsigned style = i < matched ? STYLE_MATCH : STYLE_RECEIVED;
		size_t n = strcspn(bytes + i, "\r\n\t");

		/* bytes ends with a NUL, but may hold others */
		if (n > length - i)
			n = length - i;
		if (i < matched && n > matched - i)
			n = matched - i;
		if (n == 0 && bytes[i] == '\0')
			n = 1;
		if (n) {
			page_put_bytes(page, style, bytes + i, n);
			i += n - 1;
		} else {
			page_put(page, style,
				 bytes[i] == '\r'   ? "\\r"
				 : bytes[i] == '\n' ? "\\n"
						    : "\\t");
		}
	}
	page_put(page, STYLE_FAINT, "\"");
}
