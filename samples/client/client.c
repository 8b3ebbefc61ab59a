/*
 * client.c - loopscope-client, the program that `loopscope fetch` and
 * `loopscope play` run under the recorder.  It is core and nothing else; what
 * it is to do is said in its arguments:
 *
 *     loopscope-client fetch [-g GENERATION] [--json] [NAME=VALUE...] -- URL...
 *     loopscope-client play [-g GENERATION] [--json] SCENARIO PORT REFUSED_PORT
 *
 * Exit: 0 done; 1 a fetch ended where the original raises (play: 0 all the
 * same); 2 trouble.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/generation.h"
#include "core/httpclient.h"
#include "core/ioloop.h"
#include "core/python/exc.h"
#include "samples/client/company.h"
#include "samples/client/download.h"
#include "samples/client/generations.h"
#include "samples/client/resolving.h"
#include "samples/loop/loop_programs.h"
#include "samples/scenario/scenario.h"
#include "trace/base/safe.h"
#include "trace/emit/emit.h"

/* What it behaves as unless -g says otherwise. */
#define DEFAULT_GENERATION "3.1"

static int trouble(const char *sentence)
{
	char safe[1024];

	safe_text(safe, sizeof(safe), sentence, strlen(sentence));
	fprintf(stderr, "loopscope: %s\n", safe);
	return 2;
}

/* 1 if any fetch raised. */
static int report(const struct download_result *result, bool hide, bool json)
{
	int status = 0;

	for (size_t i = 0; i < result->done; i++)
		outcome_emit(&result->outcomes[result->ended[i]], hide);
	for (size_t i = 0; i < result->count; i++) {
		const struct outcome *outcome = &result->outcomes[i];

		if (!outcome->response && !outcome->error)
			continue;
		if (json)
			outcome_json(outcome, stdout);
		if (!json || outcome->error)
			outcome_say(outcome);
		if (outcome->error)
			status = 1;
	}
	return status;
}

static int carry_out(const struct plan *plan, bool json)
{
	char error[PLAN_ERROR_MAX];
	struct download_result result;
	int failed, status;

	if (!generation()->http_connection)
		return trouble("generation 4.3 has no HTTP client yet; use -g 3.1");
	failed = download_all(plan, &result, error);
	status = report(&result, plan->is_personal, json);
	if (failed < 0)
		status = trouble(error);
	download_result_release(&result);
	company_leave();
	httpclient_close(httpclient_instance(NULL));
	ioloop_instance_free();
	if (fflush(stdout) != 0 || ferror(stdout))
		status = trouble("stdout could not be written");
	return status;
}

/* NAME=VALUE: a setting of the plan, or one that is not the request's. */
static int take_argument(struct plan *plan, const char *argument, char error[PLAN_ERROR_MAX])
{
	const char *equals = strchr(argument, '=');
	char name[64];
	int status;

	if (!equals || (size_t)(equals - argument) >= sizeof(name)) {
		snprintf(error, PLAN_ERROR_MAX, "'%s' is not NAME=VALUE", argument);
		return -1;
	}
	memcpy(name, argument, (size_t)(equals - argument));
	name[equals - argument] = '\0';
	equals++;
	if (strcmp(name, "body") == 0) {
		plan_set_body(plan, equals, strlen(equals));
		return 0;
	}
	status = resolving_set(name, equals, error);
	if (!status)
		status = plan_set(plan, name, equals, error);
	return status < 0 ? -1 : 0;
}

static int run_fetch(int argc, char **argv, bool json)
{
	char error[PLAN_ERROR_MAX] = "name a URL";
	struct plan *plan = plan_new();
	int at = 0, status = 0;

	plan->is_personal = true;
	for (; !status && at < argc && strcmp(argv[at], "--") != 0; at++)
		status = take_argument(plan, argv[at], error);
	for (at++; !status && at < argc; at++)
		status = plan_add(plan, argv[at], error);
	if (plan->count && !status)
		status = resolving_begin(error);
	if (status < 0 || !plan->count)
		status = trouble(error);
	else
		status = carry_out(plan, json);
	plan_free(plan);
	resolving_reset();
	return status;
}

static int run_loop_program(const struct scenario *scenario)
{
	const struct loop_program *program = loop_program_find(scenario->program);
	char sentence[PLAN_ERROR_MAX];

	if (program) {
		int status = program->run();

		ioloop_instance_free();
		return status;
	}
	snprintf(sentence, sizeof(sentence), "there is no loop program '%s'", scenario->program);
	return trouble(sentence);
}

static int play(const struct scenario *scenario, char **ports, bool json)
{
	char error[PLAN_ERROR_MAX];
	struct plan *plan;
	int status;

	emit_fact("role", scenario->role == SCENARIO_LOOP ? "loop" : "client");
	if (scenario->role == SCENARIO_LOOP)
		return run_loop_program(scenario);
	if (plan_from_scenario(&plan, scenario, (uint16_t)atoi(ports[0]), (uint16_t)atoi(ports[1]),
			       error) < 0)
		return trouble(error);
	status = carry_out(plan, json);
	plan_free(plan);
	resolving_reset();
	return status == 1 ? 0 : status;
}

static int run_play(int argc, char **argv, bool json)
{
	struct scenario_error error;
	struct scenario *scenario;
	int status;

	if (argc != 3)
		return trouble("play takes a scenario and two ports");
	if (scenario_load(&scenario, argv[0], &error) < 0)
		return trouble(error.text);
	status = play(scenario, argv + 1, json);
	scenario_free(scenario);
	return status;
}

/* -g NAME at arguments[0], or without it the first generation.  0, or -1 if there is no such. */
static int choose_generation(char *const *arguments, int *first)
{
	const char *name = DEFAULT_GENERATION;
	const struct generation *generation;

	if (arguments[0] && strcmp(arguments[0], "-g") == 0 && arguments[1]) {
		name = arguments[1];
		*first += 2;
	}
	generation = generation_find(name);
	if (generation)
		generation_use(generation);
	return generation ? 0 : -1;
}

int main(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";
	int first = 2;
	bool json;

	if (argc > 1 && choose_generation(argv + 2, &first) < 0) {
		fprintf(stderr, "loopscope: generation %s is not there; there are %s\n", argv[3],
			generation_names());
		return 2;
	}
	json = argc > first && strcmp(argv[first], "--json") == 0;
	first += json;
	if (strcmp(verb, "fetch") == 0) {
		emit_fact("role", "client");
		return run_fetch(argc - first, argv + first, json);
	}
	if (strcmp(verb, "play") == 0)
		return run_play(argc - first, argv + first, json);
	return trouble("this program is run by loopscope fetch and loopscope play");
}
