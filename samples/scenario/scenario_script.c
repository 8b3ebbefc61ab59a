/*
 * scenario_script.c - the lines of a scenario's script: each verb with the
 * arguments that it takes.
 */
#include "samples/scenario/scenario.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "samples/scenario/scenario_parse.h"

/* Takes in what stands after a verb, blanks cut off; "" for nothing. */
typedef int take_argument(struct scenario *scenario, struct scenario_line *line, char *argument,
			  struct scenario_error *error);

static take_argument take_nothing, take_accept, take_address, take_buffer, take_bytes,
	take_certificate, take_connection, take_duration, take_listen, take_payload, take_signal,
	take_steps;

enum {
	BY_SERVER = 1,
	BY_CLIENT = 2,
	OPENS = 4,       /* makes a connection, and makes it current */
	NEEDS = 8,       /* acts on the current connection */
	SPEAKS_TLS = 16, /* so that tls-close can follow */
};

static const struct verb {
	const char *name;
	take_argument *take;
	unsigned flags;
} verbs[SCENARIO_VERBS] = {
	[SCENARIO_ACCEPT] = { "accept", take_accept, BY_SERVER | OPENS },
	[SCENARIO_CLOSE] = { "close", take_nothing, BY_SERVER | BY_CLIENT | NEEDS },
	[SCENARIO_CONNECT] = { "connect", take_address, BY_CLIENT | OPENS },
	[SCENARIO_CONNECT_FROM] = { "connect-from", take_buffer, BY_CLIENT | OPENS },
	[SCENARIO_DRAIN] = { "drain", take_nothing, BY_CLIENT | NEEDS },
	[SCENARIO_EXPECT_CLOSE] = { "expect-close", take_nothing, BY_SERVER | BY_CLIENT | NEEDS },
	[SCENARIO_EXPECT_REQUEST] = { "expect-request", take_nothing, BY_SERVER | NEEDS },
	[SCENARIO_HOLD] = { "hold", take_duration, BY_SERVER },
	[SCENARIO_LISTEN] = { "listen", take_listen, BY_SERVER },
	[SCENARIO_PAUSE] = { "pause", take_duration, BY_SERVER | BY_CLIENT },
	[SCENARIO_READ] = { "read", take_bytes, BY_SERVER | NEEDS },
	[SCENARIO_READ_ANY] = { "read-any", take_nothing, BY_SERVER | NEEDS },
	[SCENARIO_READ_SLOWLY] = { "read-slowly", take_steps, BY_CLIENT | NEEDS },
	[SCENARIO_RESET] = { "reset", take_nothing, BY_SERVER | BY_CLIENT | NEEDS },
	[SCENARIO_SEND] = { "send", take_payload, BY_SERVER | BY_CLIENT | NEEDS },
	[SCENARIO_SEND_CLOSE] = { "send-close", take_payload, BY_SERVER | BY_CLIENT | NEEDS },
	[SCENARIO_SHUTDOWN] = { "shutdown", take_nothing, BY_SERVER | BY_CLIENT | NEEDS },
	[SCENARIO_SIGNAL] = { "signal", take_signal, BY_SERVER },
	[SCENARIO_TLS] = { "tls", take_certificate, BY_SERVER | NEEDS | SPEAKS_TLS },
	[SCENARIO_TLS_CLOSE] = { "tls-close", take_nothing, BY_SERVER | NEEDS },
	[SCENARIO_TLS_FIRST] = { "tls-first", take_certificate, BY_SERVER | NEEDS | SPEAKS_TLS },
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

static int take_nothing(struct scenario *scenario, struct scenario_line *line, char *argument,
			struct scenario_error *error)
{
	(void)scenario;
	if (*argument)
		return scenario__refuse(error, line->number, "'%s' takes nothing after it",
					verbs[line->verb].name);
	return 0;
}

static int take_accept(struct scenario *scenario, struct scenario_line *line, char *argument,
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

static int take_bytes(struct scenario *scenario, struct scenario_line *line, char *argument,
		      struct scenario_error *error)
{
	(void)scenario;
	if (!scenario__number(argument, SCENARIO_READ_MAX, &line->count))
		return scenario__refuse(error, line->number,
					"bad number '%.40s': 'read' takes up to 67108864 bytes",
					argument);
	return 0;
}

static int take_buffer(struct scenario *scenario, struct scenario_line *line, char *argument,
		       struct scenario_error *error)
{
	(void)scenario;
	if (!scenario__number(argument, INT32_MAX, &line->count) || !line->count)
		return scenario__refuse(error, line->number,
					"bad number '%.40s': 'connect-from' takes a buffer's size",
					argument);
	return 0;
}

static int take_steps(struct scenario *scenario, struct scenario_line *line, char *argument,
		      struct scenario_error *error)
{
	char *rest = argument;
	const char *step = scenario__next_word(&rest), *total = scenario__next_word(&rest);

	(void)scenario;
	if (!step || !total || *scenario__strip(rest) ||
	    !scenario__number(step, SCENARIO_READ_MAX, &line->count) || !line->count ||
	    !scenario__number(total, SCENARIO_READ_MAX, &line->total))
		return scenario__refuse(error, line->number,
					"'read-slowly' takes a step and a total, both in bytes");
	return 0;
}

static int take_address(struct scenario *scenario, struct scenario_line *line, char *argument,
			struct scenario_error *error)
{
	(void)scenario;
	if (*argument && !scenario__is_numeric_address(argument))
		return scenario__refuse(error, line->number,
					"'connect' takes nothing or a numeric address, not '%.40s'",
					argument);
	line->name = *argument ? argument : NULL;
	return 0;
}

/* "server", "server 1.3" */
static int take_certificate(struct scenario *scenario, struct scenario_line *line, char *argument,
			    struct scenario_error *error)
{
	const char *verb = verbs[line->verb].name;
	char *rest = argument;
	const char *name = scenario__next_word(&rest), *version = scenario__next_word(&rest);

	(void)scenario;
	if (!name || !scenario__is_file_name(name))
		return scenario__refuse(error, line->number, "'%s' takes a certificate of tls/",
					verb);
	if ((version && strcmp(version, "1.2") && strcmp(version, "1.3")) || *scenario__strip(rest))
		return scenario__refuse(error, line->number,
					"'%s' takes a version after the certificate, 1.2 or 1.3",
					verb);
	line->name = name;
	line->tls = version && !strcmp(version, "1.3") ? SCENARIO_TLS_1_3 : SCENARIO_TLS_1_2;
	return 0;
}

static int take_signal(struct scenario *scenario, struct scenario_line *line, char *argument,
		       struct scenario_error *error)
{
	(void)scenario;
	if (strcmp(argument, "USR1"))
		return scenario__refuse(error, line->number, "'signal' takes USR1, not '%.40s'",
					argument);
	return 0;
}

static int take_connection(struct scenario *scenario, struct scenario_line *line, char *argument,
			   struct scenario_error *error)
{
	(void)scenario;
	if (!scenario__number(argument, INT32_MAX, &line->count))
		return scenario__refuse(error, line->number,
					"bad number '%.40s': 'use' takes a connection's number",
					argument);
	return 0;
}

static int take_duration(struct scenario *scenario, struct scenario_line *line, char *argument,
			 struct scenario_error *error)
{
	(void)scenario;
	if (!scenario__duration(argument, &line->count))
		return scenario__refuse(error, line->number,
					"bad duration '%.40s': write 60ms or 1.5s, up to an hour",
					argument);
	return 0;
}

static int take_listen(struct scenario *scenario, struct scenario_line *line, char *argument,
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

static int take_payload(struct scenario *scenario, struct scenario_line *line, char *argument,
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

/* A client without a handler would be killed by it. */
static int check_signal(const struct scenario *scenario, const struct scenario_line *line,
			struct scenario_error *error)
{
	if (scenario->on_signal == SCENARIO_SIGNAL_UNHANDLED)
		return scenario__refuse(error, line->number,
					"'signal' needs a header '# on-signal:'");
	return 0;
}

/* What the lines before one have made. */
struct so_far {
	uint64_t connections;
	bool tls;
};

/* Whether a line can follow those before it. */
static int check_order(const struct scenario_line *line, struct so_far *so_far,
		       struct scenario_error *error)
{
	const struct verb *verb = verbs + line->verb;

	so_far->connections += verb->flags & OPENS ? 1 : 0;
	if (verb->flags & NEEDS && !so_far->connections)
		return scenario__refuse(error, line->number, "'%s' before any connection",
					verb->name);
	if (line->verb == SCENARIO_TLS_CLOSE && !so_far->tls)
		return scenario__refuse(error, line->number, "'tls-close' before any 'tls'");
	so_far->tls |= (verb->flags & SPEAKS_TLS) != 0;
	if (line->verb == SCENARIO_USE && (!line->count || line->count > so_far->connections))
		return scenario__refuse(error, line->number, "there is no connection %llu yet",
					(unsigned long long)line->count);
	return 0;
}

int scenario__check_script(const struct scenario *scenario, struct scenario_error *error)
{
	struct so_far so_far = { 0 };
	int rc = 0;

	for (size_t i = 0; i < scenario->script_count && !rc; i++) {
		const struct scenario_line *line = scenario->script + i;

		rc = check_role(scenario, line, error);
		if (!rc && line->verb == SCENARIO_ACCEPT)
			rc = check_accept(scenario, line, error);
		if (!rc && line->verb == SCENARIO_SIGNAL)
			rc = check_signal(scenario, line, error);
		if (!rc)
			rc = check_order(line, &so_far, error);
	}
	return rc;
}
