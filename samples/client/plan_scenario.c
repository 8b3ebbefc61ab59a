/*
 * plan_scenario.c - plans made from the headers of a scenario.
 */
#include "samples/client/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/netutil.h"
#include "core/python/exc.h"
#include "samples/scenario/scenario.h"

static int out_of_memory(char error[PLAN_ERROR_MAX])
{
	snprintf(error, PLAN_ERROR_MAX, "out of memory");
	return -1;
}

/* Options of a scenario have the names that plan_set() knows. */
static int add_fetch(struct plan *plan, const struct scenario *scenario, uint16_t port,
		     const char *path, const struct scenario_options *options,
		     char error[PLAN_ERROR_MAX])
{
	char *url;
	int status;

	if (asprintf(&url, "%s://%s:%u%s", scenario->https ? "https" : "http", scenario->url_host,
		     port, path) < 0)
		return out_of_memory(error);
	status = plan_add(plan, url, error);
	free(url);
	if (status < 0)
		return -1;
	for (size_t i = 0; options && i < options->count; i++)
		if (plan_set_last(plan, options->rows[i].name, options->rows[i].value, error) < 0)
			return -1;
	return 0;
}

static int add_fetches(struct plan *plan, const struct scenario *scenario, uint16_t port,
		       char error[PLAN_ERROR_MAX])
{
	if (scenario->fetch_count == 0)
		return add_fetch(plan, scenario, port, scenario->url_path, NULL, error);
	for (size_t i = 0; i < scenario->fetch_count; i++)
		if (add_fetch(plan, scenario, port, scenario->fetches[i].path,
			      &scenario->fetches[i].options, error) < 0)
			return -1;
	return 0;
}

static int add_headers(struct plan *plan, const struct scenario *scenario,
		       const struct payload_ports *ports, char error[PLAN_ERROR_MAX])
{
	for (size_t i = 0; i < scenario->header_count; i++) {
		char *value = payload_expand(scenario->headers[i].value, ports);
		char *line;
		int status;

		if (!value || asprintf(&line, "%s: %s", scenario->headers[i].name, value) < 0) {
			free(value);
			return out_of_memory(error);
		}
		status = plan_set(plan, "header", line, error);
		free(line);
		free(value);
		if (status < 0)
			return -1;
	}
	return 0;
}

static int add_body(struct plan *plan, const struct scenario *scenario,
		    const struct payload_ports *ports, char error[PLAN_ERROR_MAX])
{
	char *bytes;
	size_t length;

	if (!scenario->body)
		return 0;
	if (payload_render(scenario->body, ports, &bytes, &length) < 0)
		return out_of_memory(error);
	plan_set_body(plan, bytes, length);
	free(bytes);
	return 0;
}

static uint16_t port_of(const struct scenario_address *address, const struct payload_ports *ports)
{
	switch (address->which) {
	case SCENARIO_PORT_PEER:
		return ports->port;
	case SCENARIO_PORT_REFUSED:
		return ports->refused;
	case SCENARIO_PORT_NUMBER:
		break;
	}
	return address->port;
}

/* What `resolve:` says, in the words of netutil_resolve_all(). */
static int answer_resolver(const struct scenario *scenario, const struct payload_ports *ports,
			   char error[PLAN_ERROR_MAX])
{
	char *answer = NULL;
	size_t size = 0;
	FILE *text;
	int status;

	if (scenario->resolve_error)
		return netutil_resolve_all("error");
	if (scenario->resolve_count == 0)
		return 0;
	text = open_memstream(&answer, &size);
	if (!text)
		return out_of_memory(error);
	for (size_t i = 0; i < scenario->resolve_count; i++) {
		const struct scenario_address *address = &scenario->resolve[i];

		fprintf(text, strchr(address->host, ':') ? "%s[%s]:%u" : "%s%s:%u", i ? " " : "",
			address->host, port_of(address, ports));
	}
	fclose(text);
	status = netutil_resolve_all(answer);
	free(answer);
	if (status < 0) {
		snprintf(error, PLAN_ERROR_MAX, "resolve: %s", exc_current()->text);
		exc_clear();
	}
	return status;
}

/* `ca:` is an option of every fetch, `ca-default:` a word to OpenSSL; both name a file of tls/. */
static int trust(struct plan *plan, const struct scenario *scenario, char error[PLAN_ERROR_MAX])
{
	const char *name = scenario->ca ? scenario->ca : scenario->ca_default;
	char *path;
	int status;

	if (!name)
		return 0;
	if (asprintf(&path, "%s/tls/%s", scenario->folder, name) < 0)
		return out_of_memory(error);
	status = scenario->ca ? plan_set(plan, "ca_certs", path, error)
			      : setenv("SSL_CERT_FILE", path, 1);
	free(path);
	return status < 0 ? out_of_memory(error) : 0;
}

int plan_from_scenario(struct plan **out, const struct scenario *scenario, uint16_t port,
		       uint16_t refused_port, char error[PLAN_ERROR_MAX])
{
	const struct payload_ports ports = { .port = port, .refused = refused_port };
	struct plan *plan = plan_new();

	plan->sequential = scenario->sequential;
	plan->client.max_clients = (size_t)scenario->max_clients;
	plan->timer = scenario->timer;
	plan->on_signal = scenario->on_signal;
	netutil_resolve_delay(scenario->resolve_delay);
	for (size_t i = 0; i < scenario->options.count; i++)
		if (plan_set(plan, scenario->options.rows[i].name, scenario->options.rows[i].value,
			     error) < 0)
			goto fail;
	if (plan_set(plan, "method", scenario->method, error) < 0 ||
	    trust(plan, scenario, error) < 0 || add_headers(plan, scenario, &ports, error) < 0 ||
	    add_body(plan, scenario, &ports, error) < 0 ||
	    add_fetches(plan, scenario, port, error) < 0 ||
	    answer_resolver(scenario, &ports, error) < 0)
		goto fail;
	*out = plan;
	return 0;
fail:
	plan_free(plan);
	*out = NULL;
	return -1;
}
