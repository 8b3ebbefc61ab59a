/*
 * scenario_headers.c - the `# name: value` lines of a scenario, one function
 * each, in a table.
 */
#include "samples/scenario/scenario.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "samples/scenario/scenario_parse.h"

/* Where a header stands, for those who refuse it. */
struct header {
	int line;
	const char *key;
	char *value; /* in scenario->text, kept for meta */
	struct scenario_error *error;
};

/* A header with more to it than one text, flag or number. */
typedef int take_header(struct scenario *scenario, const struct header *header);

static take_header take_role, take_server, take_on_signal, take_fetch, take_body,
	take_request_header, take_option, take_resolve;

static const struct rule {
	const char *key;
	enum { TEXT, FLAG, NUMBER, DURATION, ADDRESS, FILE_NAME, OTHER } is;
	size_t offset;        /* of the field in struct scenario */
	uint64_t least, most; /* of a number */
	take_header *take;    /* of OTHER */
} rules[] = {
#define FIELD(name) offsetof(struct scenario, name)
	{ "accept-once", FLAG, FIELD(accept_once), 0, 0, NULL },
	{ "bind-address", TEXT, FIELD(bind_address), 0, 0, NULL },
	{ "blocking-handler", FLAG, FIELD(blocking_handler), 0, 0, NULL },
	{ "blocking-listener", FLAG, FIELD(blocking_listener), 0, 0, NULL },
	{ "body", OTHER, 0, 0, 0, take_body },
	{ "ca", FILE_NAME, FIELD(ca), 0, 0, NULL },
	{ "ca-default", FILE_NAME, FIELD(ca_default), 0, 0, NULL },
	{ "descriptor-limit-polls", NUMBER, FIELD(descriptor_limit_polls), 0, INT32_MAX, NULL },
	{ "echo", FLAG, FIELD(echo), 0, 0, NULL },
	{ "fetch", OTHER, 0, 0, 0, take_fetch },
	{ "header", OTHER, 0, 0, 0, take_request_header },
	{ "https", FLAG, FIELD(https), 0, 0, NULL },
	{ "listen-address", ADDRESS, FIELD(listen_address), 0, 0, NULL },
	{ "listen-port", NUMBER, FIELD(listen_port), 0, UINT16_MAX, NULL },
	{ "max-buffer-size", NUMBER, FIELD(max_buffer_size), 1, INT32_MAX, NULL },
	{ "max-clients", NUMBER, FIELD(max_clients), 1, INT32_MAX, NULL },
	{ "method", TEXT, FIELD(method), 0, 0, NULL },
	{ "no-keep-alive", FLAG, FIELD(no_keep_alive), 0, 0, NULL },
	{ "on-signal", OTHER, 0, 0, 0, take_on_signal },
	{ "option", OTHER, 0, 0, 0, take_option },
	{ "optional-accept", FLAG, FIELD(optional_accept), 0, 0, NULL },
	{ "outcome-only", FLAG, FIELD(outcome_only), 0, 0, NULL },
	{ "program", TEXT, FIELD(program), 0, 0, NULL },
	{ "refused-port", FLAG, FIELD(refused_port), 0, 0, NULL },
	{ "resolve", OTHER, 0, 0, 0, take_resolve },
	{ "resolve-delay", DURATION, FIELD(resolve_delay), 0, 0, NULL },
	{ "respond-after", DURATION, FIELD(respond_after), 0, 0, NULL },
	{ "respond-bytes", NUMBER, FIELD(respond_bytes), 1, PAYLOAD_MAX, NULL },
	{ "role", OTHER, 0, 0, 0, take_role },
	{ "second-listen", ADDRESS, FIELD(second_listen), 0, 0, NULL },
	{ "sequential", FLAG, FIELD(sequential), 0, 0, NULL },
	{ "server", OTHER, 0, 0, 0, take_server },
	{ "servers", TEXT, FIELD(servers), 0, 0, NULL },
	{ "show", TEXT, FIELD(show), 0, 0, NULL },
	{ "start-delay", DURATION, FIELD(start_delay), 0, 0, NULL },
	{ "timer", DURATION, FIELD(timer), 0, 0, NULL },
	{ "title", TEXT, FIELD(title), 0, 0, NULL },
	{ "url-host", TEXT, FIELD(url_host), 0, 0, NULL },
	{ "url-path", TEXT, FIELD(url_path), 0, 0, NULL },
	{ "versions", TEXT, FIELD(versions), 0, 0, NULL },
	{ "xheaders", FLAG, FIELD(xheaders), 0, 0, NULL },
#undef FIELD
};

/* The index of the header's value among words, or -EINVAL; said is how people list them. */
static int choose(const struct header *header, const char *const *words, const char *said)
{
	for (int i = 0; words[i]; i++)
		if (!strcmp(header->value, words[i]))
			return i;
	return scenario__refuse(header->error, header->line, "unknown %s '%.40s': it is %s",
				header->key, header->value, said);
}

static int take_role(struct scenario *scenario, const struct header *header)
{
	static const char *const words[] = { "server", "client", "loop", NULL };
	int chosen = choose(header, words, "server, client or loop");

	if (chosen >= 0)
		scenario->role = (enum scenario_role)(SCENARIO_SERVER + chosen);
	return chosen < 0 ? chosen : 0;
}

static int take_server(struct scenario *scenario, const struct header *header)
{
	static const char *const words[] = { "httpserver", "plain-tcp", NULL };
	int chosen = choose(header, words, "httpserver or plain-tcp");

	if (chosen >= 0)
		scenario->server = (enum scenario_server_kind)(SCENARIO_HTTPSERVER + chosen);
	return chosen < 0 ? chosen : 0;
}

static int take_on_signal(struct scenario *scenario, const struct header *header)
{
	static const char *const words[] = { "none", "callback", "stop", NULL };
	int chosen = choose(header, words, "none, callback or stop");

	if (chosen >= 0)
		scenario->on_signal = (enum scenario_on_signal)(SCENARIO_SIGNAL_NONE + chosen);
	return chosen < 0 ? chosen : 0;
}

/*
 * A decimal with a fraction, "0.5" or ".5", read by hand because strtod()
 * follows the locale.
 */
static bool parse_real(const char *text, double *real)
{
	size_t whole = strspn(text, "0123456789");
	size_t decimals = text[whole] == '.' ? strspn(text + whole + 1, "0123456789") : 0;
	double value = 0, scale = 1;

	if (!decimals || text[whole + 1 + decimals])
		return false;
	for (size_t i = 0; i < whole; i++)
		value = value * 10 + (text[i] - '0');
	/* more digits than these say nothing to a double */
	for (size_t i = 0; i < decimals && i < 18; i++) {
		value = value * 10 + (text[whole + 1 + i] - '0');
		scale *= 10;
	}
	*real = value / scale;
	return true;
}

/* Finds out what a value is; false if it is a number out of range. */
static bool option_classify(struct scenario_option *option)
{
	bool negative = *option->value == '-';
	const char *digits = option->value + negative;
	uint64_t number;

	if (!strcmp(option->value, "true") || !strcmp(option->value, "false")) {
		option->type = SCENARIO_BOOLEAN;
		option->integer = *option->value == 't';
	} else if (*digits && !digits[strspn(digits, "0123456789")]) {
		if (!scenario__number(digits, INT64_MAX, &number))
			return false;
		option->type = SCENARIO_INTEGER;
		option->integer = negative ? -(int64_t)number : (int64_t)number;
		option->real = (double)option->integer;
	} else if (parse_real(digits, &option->real)) {
		option->type = SCENARIO_REAL;
		option->real = negative ? -option->real : option->real;
	}
	return true;
}

static bool is_timeout_name(const char *name)
{
	size_t length = strlen(name);

	return length >= 8 && !strcmp(name + length - 8, "_timeout");
}

/*
 * Adds "name=value".  Options of a single fetch are numbers, or true and
 * false; so is a timeout wherever it stands.
 */
static int add_option(struct scenario_options *options, const char *text, bool numbers,
		      const struct header *header)
{
	const char *equals = strchr(text, '=');
	struct scenario_option *rows, *option;

	if (!equals || equals == text)
		return scenario__refuse(header->error, header->line,
					"an option is written name=value, not '%.40s'", text);
	rows = scenario__grow(options->rows, options->count, sizeof(*rows));
	if (!rows)
		return scenario__no_memory(header->error);
	options->rows = rows;
	option = rows + options->count;
	option->name = strdup(text);
	if (!option->name)
		return scenario__no_memory(header->error);
	options->count++;
	option->name[equals - text] = '\0';
	option->value = scenario__strip(option->name + (equals - text) + 1);
	scenario__strip(option->name);
	if (!option_classify(option) ||
	    (option->type == SCENARIO_TEXT && (numbers || is_timeout_name(option->name))))
		return scenario__refuse(header->error, header->line,
					"bad number '%.40s' for '%.40s'", option->value,
					option->name);
	return 0;
}

static int take_option(struct scenario *scenario, const struct header *header)
{
	return add_option(&scenario->options, header->value, false, header);
}

static int take_fetch(struct scenario *scenario, const struct header *header)
{
	struct scenario_fetch *fetches =
		scenario__grow(scenario->fetches, scenario->fetch_count, sizeof(*fetches));
	struct scenario_fetch *fetch;
	char *copy, *rest, *word;
	int rc = 0;

	if (!fetches)
		return scenario__no_memory(header->error);
	scenario->fetches = fetches;
	fetch = fetches + scenario->fetch_count;
	copy = rest = strdup(header->value);
	if (!copy)
		return scenario__no_memory(header->error);
	if (!scenario__next_word(&rest)) {
		free(copy);
		return scenario__refuse(header->error, header->line, "'fetch' needs a path");
	}
	/* the value is stripped, so the path begins the copy and can keep it */
	fetch->path = copy;
	scenario->fetch_count++;
	while (!rc && (word = scenario__next_word(&rest)))
		rc = add_option(&fetch->options, word, true, header);
	return rc;
}

static int take_body(struct scenario *scenario, const struct header *header)
{
	struct payload *body;
	const char *problem;
	int rc = payload_new(&body, header->value, &problem);

	if (rc == -ENOMEM)
		return scenario__no_memory(header->error);
	if (rc)
		return scenario__refuse(header->error, header->line, "%s", problem);
	payload_free(scenario->body);
	scenario->body = body;
	return 0;
}

static int take_request_header(struct scenario *scenario, const struct header *header)
{
	const char *colon = strchr(header->value, ':');
	struct scenario_pair *pairs, *pair;

	if (!colon || colon == header->value)
		return scenario__refuse(header->error, header->line,
					"a request header is written 'Name: value'");
	pairs = scenario__grow(scenario->headers, scenario->header_count, sizeof(*pairs));
	if (!pairs)
		return scenario__no_memory(header->error);
	scenario->headers = pairs;
	pair = pairs + scenario->header_count;
	pair->name = strdup(header->value);
	if (!pair->name)
		return scenario__no_memory(header->error);
	scenario->header_count++;
	pair->name[colon - header->value] = '\0';
	pair->value = scenario__strip(pair->name + (colon - header->value) + 1);
	scenario__strip(pair->name);
	return 0;
}

bool scenario__is_numeric_address(const char *text)
{
	unsigned char address[sizeof(struct in6_addr)];

	return inet_pton(strchr(text, ':') ? AF_INET6 : AF_INET, text, address) == 1;
}

/* The closing bracket goes, and the pointer skips the opening one. */
static char *cut_brackets(char *host)
{
	size_t length = strlen(host);

	if (length < 2 || *host != '[' || host[length - 1] != ']')
		return host;
	host[length - 1] = '\0';
	return host + 1;
}

/* "127.0.0.1:$PORT", "[::1]:$REFUSED", "127.0.0.1:80" */
static bool parse_address(struct scenario_address *address, char *text)
{
	char *colon = strrchr(text, ':');
	uint64_t number = 0;

	if (!colon)
		return false;
	*colon = '\0';
	if (!strcmp(colon + 1, "$PORT"))
		address->which = SCENARIO_PORT_PEER;
	else if (!strcmp(colon + 1, "$REFUSED"))
		address->which = SCENARIO_PORT_REFUSED;
	else if (!scenario__number(colon + 1, UINT16_MAX, &number) || !number)
		return false;
	address->port = (uint16_t)number;
	text = cut_brackets(text);
	if (!scenario__is_numeric_address(text))
		return false;
	/* moved to the front, so that the block can be freed by it */
	memmove(address->host, text, strlen(text) + 1);
	return true;
}

static int add_address(struct scenario *scenario, const char *word, const struct header *header)
{
	struct scenario_address *addresses =
		scenario__grow(scenario->resolve, scenario->resolve_count, sizeof(*addresses));
	struct scenario_address *address;

	if (!addresses)
		return scenario__no_memory(header->error);
	scenario->resolve = addresses;
	address = addresses + scenario->resolve_count;
	address->host = strdup(word);
	if (!address->host)
		return scenario__no_memory(header->error);
	scenario->resolve_count++;
	if (!parse_address(address, address->host))
		return scenario__refuse(header->error, header->line,
					"bad address '%.60s': write 127.0.0.1:$PORT or [::1]:$PORT",
					word);
	return 0;
}

static int take_resolve(struct scenario *scenario, const struct header *header)
{
	char *copy, *rest, *word;
	int rc = 0;

	scenario->resolve_error = !strcmp(header->value, "error");
	if (scenario->resolve_error)
		return 0;
	if (!*header->value)
		return scenario__refuse(header->error, header->line,
					"'resolve' needs addresses, or 'error'");
	copy = rest = strdup(header->value);
	if (!copy)
		return scenario__no_memory(header->error);
	while (!rc && (word = scenario__next_word(&rest)))
		rc = add_address(scenario, word, header);
	free(copy);
	return rc;
}

static int refuse_value(const struct header *header, const char *wanted)
{
	return scenario__refuse(header->error, header->line, "'%s' takes %s, not '%.40s'",
				header->key, wanted, header->value);
}

static int take_by_rule(struct scenario *scenario, const struct rule *rule,
			const struct header *header)
{
	void *field = (char *)scenario + rule->offset;
	char *value = header->value;
	uint64_t number;

	switch (rule->is) {
	case TEXT:
		*(const char **)field = value;
		return 0;
	case FLAG:
		if (strcmp(value, "yes") && strcmp(value, "no"))
			return refuse_value(header, "yes or no");
		*(bool *)field = *value == 'y';
		return 0;
	case NUMBER:
		if (!scenario__number(value, rule->most, &number) || number < rule->least)
			return scenario__refuse(header->error, header->line,
						"bad number '%.40s' for '%s'", value, header->key);
		*(uint64_t *)field = number;
		return 0;
	case DURATION:
		if (!scenario__duration(value, field))
			return refuse_value(header, "a time such as 60ms or 1.5s");
		return 0;
	case FILE_NAME:
		if (!scenario__is_file_name(value))
			return refuse_value(header, "the name of a file in tls/");
		*(const char **)field = value;
		return 0;
	case ADDRESS:
		value = cut_brackets(value);
		if (!scenario__is_numeric_address(value))
			return refuse_value(header, "a numeric address");
		*(const char **)field = value;
		return 0;
	case OTHER:
		return rule->take(scenario, header);
	}
	return 0;
}

int scenario__take_header(struct scenario *scenario, int line, char *key, char *value,
			  struct scenario_error *error)
{
	const struct header header = { line, key, value, error };
	struct scenario_pair *meta =
		scenario__grow(scenario->meta, scenario->meta_count, sizeof(*meta));

	if (!meta)
		return scenario__no_memory(error);
	scenario->meta = meta;
	meta[scenario->meta_count++] = (struct scenario_pair){ key, value };
	for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++)
		if (!strcmp(rules[i].key, key))
			return take_by_rule(scenario, rules + i, &header);
	return 0;
}

int scenario__check_headers(const struct scenario *scenario, struct scenario_error *error)
{
	if (scenario->role == SCENARIO_LOOP && (!scenario->program || !*scenario->program))
		return scenario__refuse(error, 0, "role loop needs a header '# program:'");
	return 0;
}
