/*
 * generations_text.c - what two generations did in the same exchange, in words.
 */
#include "trace/diff/generations.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PLURAL(count) ((count) == 1 ? "" : "s")

static const char *const act_names[EXCHANGE_ACT_COUNT] = {
	[EXCHANGE_TURN] = "turn",
	[EXCHANGE_CALLBACK] = "callback",
	[EXCHANGE_HANDLER] = "handler call",
	[EXCHANGE_RESUMED] = "resumed coroutine",
	[EXCHANGE_CALL] = "system call",
};

const char *generations_act_name(enum exchange_act act)
{
	return act_names[act];
}

/* Ends a memory stream: its text is whole only when that is closed. */
static char *closed(FILE *out, char *const *text)
{
	if (fclose(out) == 0)
		return *text;
	free(*text);
	return NULL;
}

static void put_bytes(FILE *out, int64_t bytes)
{
	fprintf(out, "%" PRId64 " byte%s", bytes, PLURAL(bytes));
}

/* ---- the whole */

static void put_totals(FILE *out, const struct generations *generations, unsigned side)
{
	const size_t *total = generations->total[side];

	fprintf(out, "%s (%c) needed ", generations->name[side], side ? 'B' : 'A');
	for (unsigned act = 0; act < EXCHANGE_ACT_COUNT; act++)
		fprintf(out, "%s%zu %s%s",
			act == 0                       ? ""
			: act + 1 < EXCHANGE_ACT_COUNT ? ", "
						       : " and ",
			total[act], act_names[act], PLURAL(total[act]));
}

char *generations_sentence(const struct generations *generations)
{
	const int64_t *sent = generations->sent, *received = generations->received;
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	if (generations->same) {
		fputs("The exchange is the same, ", out);
		put_bytes(out, sent[0]);
		fprintf(out, " out and %" PRId64 " in: ", received[0]);
	} else {
		fputs("The exchanges are not the same, ", out);
		put_bytes(out, sent[0]);
		fprintf(out, " out and %" PRId64 " in for A, %" PRId64 " and %" PRId64 " for B: ",
			received[0], sent[1], received[1]);
	}
	put_totals(out, generations, 0);
	fputs("; ", out);
	put_totals(out, generations, 1);
	return closed(out, &text);
}

/* ---- a step */

/* Bytes that came: of the head of the response, of its body, or of both. */
static void put_came(FILE *out, const struct generations *generations,
		     const struct generations_step *step)
{
	const struct exchange_moment *moment = step->moment[0];
	int64_t in_a = generations->exchange[0].connection[moment->connection].head;
	int64_t in_b = generations->exchange[1].connection[step->moment[1]->connection].head;
	int64_t head = in_a ? in_a : in_b, to = moment->bytes;

	if (head && step->from == 0 && to == head) {
		fputs("the head of the response, ", out);
		put_bytes(out, head);
	} else if (!head || to <= head) {
		put_bytes(out, to - step->from);
		fputs(head ? " of the head" : " come", out);
	} else {
		if (step->from < head) {
			fputs("the head to its end, ", out);
			put_bytes(out, head - step->from);
			fputs(", and ", out);
		}
		put_bytes(out, to - (step->from < head ? head : step->from));
		fputs(" of the body", out);
	}
}

static void put_moment(FILE *out, const struct generations *generations,
		       const struct generations_step *step)
{
	static const char *const sentences[EXCHANGE_WHAT_COUNT] = {
		[EXCHANGE_SOCKET] = "a socket is made",
		[EXCHANGE_CONNECT] = "it begins to connect",
		[EXCHANGE_CONNECTED] = "the connection stands",
		[EXCHANGE_SENT] = "the request is out",
		[EXCHANGE_CAME_END] = "the peer's data ends",
		[EXCHANGE_CLOSED] = "the socket is closed",
	};
	const struct exchange_moment *moment = step->moment[0];

	switch (moment->what) {
	case EXCHANGE_CAME:
		put_came(out, generations, step);
		return;
	case EXCHANGE_SENT:
		fprintf(out, "%s, ", sentences[EXCHANGE_SENT]);
		put_bytes(out, moment->bytes - step->from);
		return;
	case EXCHANGE_INTEREST:
		fprintf(out, "epoll_ctl: %s", moment->result);
		return;
	case EXCHANGE_CONNECTED:
		if (strcmp(moment->result, "0") != 0) {
			fprintf(out, "the connection fails: %s", moment->result);
			return;
		}
		break;
	default:
		break;
	}
	fputs(sentences[moment->what], out);
}

char *generations_step_text(const struct generations *generations, size_t step)
{
	const struct generations_step *at = &generations->step[step];
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	if (!at->moment[0]) {
		fputs("the end of the run", out);
		return closed(out, &text);
	}
	if (generations->exchange[0].connections > 1)
		fprintf(out, "%s: ",
			generations->exchange[0].connection[at->moment[0]->connection].name);
	put_moment(out, generations, at);
	return closed(out, &text);
}
