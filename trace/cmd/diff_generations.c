/*
 * diff_generations.c - diff --generations: what two generations needed for the
 * same exchange, step by step, as text or JSON.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/base/failure.h"
#include "trace/base/json.h"
#include "trace/base/safe.h"
#include "trace/cmd/common.h"
#include "trace/cmd/diff_print.h"
#include "trace/diff/generations.h"

#define FORMAT_VERSION 1
#define LEAD_COLUMNS 11 /* "resumed", and blanks around it */
#define NAME_COLUMNS 24

/* How a line of names begins, and what the list is called in JSON. */
static const struct {
	const char *lead, *member;
} acts[EXCHANGE_ACT_COUNT] = {
	[EXCHANGE_TURN] = { NULL, "turns" },
	[EXCHANGE_CALLBACK] = { "calls back", "callbacks" },
	[EXCHANGE_HANDLER] = { "handles", "handlers" },
	[EXCHANGE_RESUMED] = { "resumes", "resumed" },
	[EXCHANGE_CALL] = { "asks kernel", "calls" },
};

/* ---- text */

/* The names of one act in a step; one that follows itself is told once, with how often. */
static void put_names(const struct generations *generations, size_t step, unsigned side,
		      enum exchange_act act)
{
	const struct exchange_doing *doing = generations->exchange[side].doing, *before = NULL;
	size_t end = generations_doing_end(generations, step, side), times = 0;

	if (!generations->step[step].count[side][act])
		return;
	printf("         %-*s ", LEAD_COLUMNS, acts[act].lead);
	for (size_t i = generations->step[step].doing[side]; i <= end; i++) {
		if (i < end && doing[i].act != act)
			continue;
		if (i < end && before && strcmp(before->name, doing[i].name) == 0) {
			times++;
			continue;
		}
		if (times > 1)
			printf(" x%zu", times);
		if (i == end)
			break;
		fputs(before ? ", " : "", stdout);
		steps_put(stdout, doing[i].name);
		before = &doing[i];
		times = 1;
	}
	putchar('\n');
}

/* Prints a text and frees it.  0, or -1 for NULL: there was no memory for it. */
static int put_taken(char *text, const char *end)
{
	if (!text)
		return -1;
	steps_put(stdout, text);
	puts(end);
	free(text);
	return 0;
}

static int put_step(const struct generations *generations, size_t step)
{
	printf("\n%3zu  ", step + 1);
	if (put_taken(generations_step_text(generations, step, false), "") < 0)
		return -1;
	for (unsigned side = 0; side < 2; side++) {
		printf("     %c ", "AB"[side]);
		steps_put(stdout, generations->name[side]);
		fputs("  ", stdout);
		if (put_taken(generations_counts_text(generations, step, side, false), "") < 0)
			return -1;
		for (unsigned act = 0; act < EXCHANGE_ACT_COUNT; act++)
			if (acts[act].lead)
				put_names(generations, step, side, act);
	}
	return 0;
}

static void put_totals(const struct generations *generations)
{
	printf("\n%-*s", NAME_COLUMNS, "in all");
	for (unsigned side = 0; side < 2; side++) {
		printf("%6c ", "AB"[side]);
		steps_put(stdout, generations->name[side]);
	}
	putchar('\n');
	for (unsigned act = 0; act < EXCHANGE_ACT_COUNT; act++)
		printf("%-*s%10zu%10zu\n", NAME_COLUMNS, acts[act].member,
		       generations->total[0][act], generations->total[1][act]);
	printf("%-*s%10" PRId64 "%10" PRId64 "\n", NAME_COLUMNS, "bytes out", generations->sent[0],
	       generations->sent[1]);
	printf("%-*s%10" PRId64 "%10" PRId64 "\n", NAME_COLUMNS, "bytes in",
	       generations->received[0], generations->received[1]);
}

static int put_text(const struct generations *generations, char **error)
{
	if (put_taken(generations_sentence(generations, false), ".") < 0)
		return failure(error, "out of memory");
	puts(generations->by_kernel
		     ? "System calls are those that the kernel saw."
		     : "System calls are the calls of sockets, TLS and polls in the programs' own rows.");
	for (size_t i = 0; i < generations->steps; i++)
		if (put_step(generations, i) < 0)
			return failure(error, "out of memory");
	put_totals(generations);
	return 0;
}

/* ---- JSON */

static void json_counts(struct json *json, const size_t count[EXCHANGE_ACT_COUNT])
{
	for (unsigned act = 0; act < EXCHANGE_ACT_COUNT; act++)
		json_member_int(json, acts[act].member, (int64_t)count[act]);
}

static void json_trace(struct json *json, const struct generations *generations, const char *path,
		       unsigned side)
{
	json_key(json, side ? "b" : "a");
	json_begin_object(json);
	json_member_string(json, "trace", path);
	json_member_string(json, "generation", generations->name[side]);
	json_member_int(json, "connections", (int64_t)generations->exchange[side].connections);
	json_member_int(json, "sent", generations->sent[side]);
	json_member_int(json, "received", generations->received[side]);
	json_counts(json, generations->total[side]);
	json_end_object(json);
}

static void json_side(struct json *json, const struct generations *generations, size_t step,
		      unsigned side)
{
	const struct generations_step *at = &generations->step[step];
	const struct exchange_doing *doing = generations->exchange[side].doing;
	size_t end = generations_doing_end(generations, step, side);

	json_key(json, side ? "b" : "a");
	json_begin_object(json);
	json_member_int(json, "row",
			at->moment[side] ? at->moment[side]->last
					 : generations->exchange[side].end);
	json_member_int(json, "turns", (int64_t)at->count[side][EXCHANGE_TURN]);
	for (unsigned act = 0; act < EXCHANGE_ACT_COUNT; act++) {
		if (!acts[act].lead)
			continue;
		json_key(json, acts[act].member);
		json_begin_array(json);
		for (size_t i = at->doing[side]; i < end; i++)
			if (doing[i].act == act)
				json_string(json, doing[i].name);
		json_end_array(json);
	}
	json_end_object(json);
}

static int json_step(struct json *json, const struct generations *generations, size_t step)
{
	char *text = generations_step_text(generations, step, false);

	if (!text)
		return -1;
	json_begin_object(json);
	json_member_string(json, "step", text);
	free(text);
	json_side(json, generations, step, 0);
	json_side(json, generations, step, 1);
	json_end_object(json);
	return 0;
}

static int put_json(const struct generations *generations, const char *const path[2], char **error)
{
	char *sentence = generations_sentence(generations, false);
	int status = 0;
	struct json json;

	if (!sentence)
		return failure(error, "out of memory");
	json_init(&json, stdout);
	json_begin_object(&json);
	json_member_int(&json, "format", FORMAT_VERSION);
	json_member_string(&json, "exchange", generations->same ? "same" : "different");
	json_member_string(&json, "sentence", sentence);
	free(sentence);
	json_member_bool(&json, "kernel", generations->by_kernel);
	json_trace(&json, generations, path[0], 0);
	json_trace(&json, generations, path[1], 1);
	json_key(&json, "steps");
	json_begin_array(&json);
	for (size_t i = 0; i < generations->steps && status == 0; i++)
		status = json_step(&json, generations, i);
	json_end_array(&json);
	json_end_object(&json);
	json_newline(&json);
	return status < 0 ? failure(error, "out of memory") : 0;
}

int diff_print_generations(struct store *const store[2], const char *const path[2], bool json,
			   char **error)
{
	struct generations *generations;
	int kernel = generations_have_kernel(store[0], store[1], error), status = 0;

	if (kernel < 0 || generations_new(&generations, store[0], store[1], kernel, error) < 0)
		return -1;
	for (unsigned side = 0; side < 2 && status == 0; side++)
		if (!generations->exchange[side].connections)
			status = failure(
				error, "%c made no connection, so that it has no exchange to align",
				side ? 'B' : 'A');
	if (status == 0)
		status = json ? put_json(generations, path, error) : put_text(generations, error);
	if (status == 0)
		status = generations->same ? EXIT_DONE : EXIT_NO;
	generations_free(generations);
	return status;
}
