#include "samples/scenario/scenario.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "samples/scenario/scenario_parse.h"

/* Takes in what stands after a verb, blanks cut off; "" for nothing. */
typedef int take_argument(struct scenario *scenario, struct scenario_line *line,
			  const char *argument, struct scenario_error *error);

static take_argument take_nothing, take_accept, take_bytes, take_connection, take_duration,
	take_listen, take_payload;

enum {
	BY_SERVER = 1,
	BY_CLIENT = 2,
	OPENS = 4, /* makes a connection, and makes it current */
	NEEDS = 8, /* acts on the current connection */
};

static const struct verb {
	const char *name;
	take_argument *take;
	unsigned flags;
} verbs[SCENARIO_VERBS] = {
	[SCENARIO_ACCEPT] = { "accept", take_accept, BY_SERVER | OPENS },
	[SCENARIO_CLOSE] = { "close", take_nothing, BY_SERVER | BY_CLIENT | NEEDS },
	[SCENARIO_CONNECT] = { "connect", take_nothing, BY_CLIENT | OPENS },
	[SCENARIO_DRAIN] = { "drain", take_nothing, BY_CLIENT | NEEDS },
	[SCENARIO_EXPECT_CLOSE] = { "expect-close", take_nothing, BY_SERVER | BY_CLIENT | NEEDS },
	[SCENARIO_EXPECT_REQUEST] = { "expect-request", take_nothing, BY_SERVER | NEEDS },
	[SCENARIO_HOLD] = { "hold", take_duration, BY_SERVER },
	[SCENARIO_LISTEN] = { "listen", take_listen, BY_SERVER },
	[SCENARIO_PAUSE] = { "pause", take_duration, BY_SERVER | BY_CLIENT },
	[SCENARIO_READ] = { "read", take_bytes, BY_SERVER | NEEDS },
	[SCENARIO_RESET] = { "reset", take_nothing, BY_SERVER | BY_CLIENT | NEEDS },
	[SCENARIO_SEND] = { "send", take_payload, BY_SERVER | BY_CLIENT | NEEDS },
	[SCENARIO_SEND_CLOSE] = { "send-close", take_payload, BY_SERVER | NEEDS },
	[SCENARIO_SHUTDOWN] = { "shutdown", take_nothing, BY_SERVER | BY_CLIENT | NEEDS },
	[SCENARIO_USE] = { "use", take_connection, BY_SERVER | BY_CLIENT },
};

const char *scenario_verb_name(enum scenario_verb verb)
{
	return verbs[verb].name;
}

static bool find_verb(const char *name, enum scenario_verb *verb)
{
	for (int i = 0; i < SCENARIO_VERBS; i++) {
		if (!strcmp(verbs[i].name, name)) {
			*verb = (enum scenario_verb)i;
			return true;
		}
	}
	return false;
}

/* Seconds or milliseconds with a fraction, kept as nanoseconds: no floating point. */
bool scenario__duration(const char *text, uint64_t *nanoseconds)
{
	const uint64_t limit = SCENARIO_PAUSE_MAX_SECONDS * 1000000000ull;
	size_t whole_digits = strspn(text, "0123456789");
	uint64_t unit = 1000000000, whole = 0, fraction = 0, scale;
	const char *rest = text + whole_digits;
	const char *decimals = NULL;
	size_t decimal_digits = 0;

	if (*rest == '.') {
		decimals = rest + 1;
		decimal_digits = strspn(decimals, "0123456789");
		rest = decimals + decimal_digits;
	}
	if (!strcmp(rest, "ms"))
		unit = 1000000;
	else if (strcmp(rest, "s"))
		return false;
	if (!whole_digits || (decimals && !decimal_digits))
		return false;
	for (size_t i = 0; i < whole_digits && whole <= limit; i++)
		whole = whole * 10 + (uint64_t)(text[i] - '0');
	scale = unit / 10;
	for (size_t i = 0; i < decimal_digits && scale; i++, scale /= 10)
		fraction += scale * (uint64_t)(decimals[i] - '0');
	if (whole > limit / unit)
		return false;
	*nanoseconds = whole * unit + fraction;
	return *nanoseconds <= limit;
}

static int take_nothing(struct scenario *scenario, struct scenario_line *line, const char *argument,
			struct scenario_error *error)
{
	(void)scenario;
	if (*argument)
		return scenario__refuse(error, line->number, "'%s' takes nothing after it",
					verbs[line->verb].name);
	return 0;
}

static int take_accept(struct scenario *scenario, struct scenario_line *line, const char *argument,
		       struct scenario_error *error)
{
	(void)scenario;
	line->second = !strcmp(argument, "second");
	if (*argument && !line->second)
		return scenario__refuse(error, line->number,
					"'accept' takes nothing or 'second', not '%.40s'",
					argument);
	return 0;
}

static int take_bytes(struct scenario *scenario, struct scenario_line *line, const char *argument,
		      struct scenario_error *error)
{
	(void)scenario;
	if (!scenario__number(argument, SCENARIO_READ_MAX, &line->count))
		return scenario__refuse(error, line->number,
					"bad number '%.40s': 'read' takes up to 67108864 bytes",
					argument);
	return 0;
}

static int take_connection(struct scenario *scenario, struct scenario_line *line,
			   const char *argument, struct scenario_error *error)
{
	(void)scenario;
	if (!scenario__number(argument, INT32_MAX, &line->count))
		return scenario__refuse(error, line->number,
					"bad number '%.40s': 'use' takes a connection's number",
					argument);
	return 0;
}

static int take_duration(struct scenario *scenario, struct scenario_line *line,
			 const char *argument, struct scenario_error *error)
{
	(void)scenario;
	if (!scenario__duration(argument, &line->count))
		return scenario__refuse(error, line->number,
					"bad duration '%.40s': write 60ms or 1.5s, up to an hour",
					argument);
	return 0;
}

static int take_listen(struct scenario *scenario, struct scenario_line *line, const char *argument,
		       struct scenario_error *error)
{
	if (scenario->listen != SCENARIO_LISTEN_NORMAL)
		return scenario__refuse(error, line->number, "a second 'listen'");
	if (!strcmp(argument, "none"))
		scenario->listen = SCENARIO_LISTEN_NONE;
	else if (!strcmp(argument, "backlog-full"))
		scenario->listen = SCENARIO_LISTEN_BACKLOG_FULL;
	else
		return scenario__refuse(error, line->number,
					"'listen' takes 'none' or 'backlog-full', not '%.40s'",
					argument);
	return 0;
}

static int take_payload(struct scenario *scenario, struct scenario_line *line, const char *argument,
			struct scenario_error *error)
{
	const char *problem;
	int rc = payload_new(&line->payload, argument, &problem);

	(void)scenario;
	if (rc == -ENOMEM)
		return scenario__no_memory(error);
	if (rc)
		return scenario__refuse(error, line->number, "%s", problem);
	return 0;
}

int scenario__take_line(struct scenario *scenario, int number, char *text,
			struct scenario_error *error)
{
	size_t width = strcspn(text, " \t");
	char *argument = text + width;
	struct scenario_line *script, *line;

	if (*argument)
		*argument++ = '\0';
	script = scenario__grow(scenario->script, scenario->script_count, sizeof(*script));
	if (!script)
		return scenario__no_memory(error);
	scenario->script = script;
	line = script + scenario->script_count++;
	line->number = number;
	if (!find_verb(text, &line->verb))
		return scenario__refuse(error, number, "unknown verb '%.40s'", text);
	return verbs[line->verb].take(scenario, line, scenario__strip(argument), error);
}

static int check_role(const struct scenario *scenario, const struct scenario_line *line,
		      struct scenario_error *error)
{
	const struct verb *verb = verbs + line->verb;

	if (scenario->role == SCENARIO_LOOP)
		return scenario__refuse(error, line->number, "role loop has no peer and no script");
	if (scenario->role == SCENARIO_SERVER && !(verb->flags & BY_SERVER))
		return scenario__refuse(error, line->number, "'%s' is for role client", verb->name);
	if (scenario->role == SCENARIO_CLIENT && !(verb->flags & BY_CLIENT))
		return scenario__refuse(error, line->number, "'%s' is for role server", verb->name);
	return 0;
}

/* An accept must have something that listens. */
static int check_accept(const struct scenario *scenario, const struct scenario_line *line,
			struct scenario_error *error)
{
	if (line->second && !scenario->second_listen)
		return scenario__refuse(error, line->number,
					"'accept second' needs a header '# second-listen:'");
	if (!line->second && scenario->listen == SCENARIO_LISTEN_NONE)
		return scenario__refuse(error, line->number,
					"nothing can be accepted after 'listen none'");
	return 0;
}

int scenario__check_script(const struct scenario *scenario, struct scenario_error *error)
{
	uint64_t connections = 0;
	int rc = 0;

	for (size_t i = 0; i < scenario->script_count && !rc; i++) {
		const struct scenario_line *line = scenario->script + i;
		unsigned flags = verbs[line->verb].flags;

		rc = check_role(scenario, line, error);
		if (!rc && line->verb == SCENARIO_ACCEPT)
			rc = check_accept(scenario, line, error);
		if (rc)
			break;
		connections += flags & OPENS ? 1 : 0;
		if (flags & NEEDS && !connections)
			rc = scenario__refuse(error, line->number, "'%s' before any connection",
					      verbs[line->verb].name);
		if (line->verb == SCENARIO_USE && (!line->count || line->count > connections))
			rc = scenario__refuse(error, line->number,
					      "there is no connection %llu yet",
					      (unsigned long long)line->count);
	}
	return rc;
}
