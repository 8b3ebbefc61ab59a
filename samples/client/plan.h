/*
 * plan.h - what the client is to fetch, and how.
 *
 * A plan comes from a scenario's headers or from the options of `loopscope
 * fetch`; both speak the names of tornado.httpclient.HTTPRequest's arguments.
 * It is made before the loop exists and is constant while it runs.
 */
#ifndef LOOPSCOPE_SAMPLES_CLIENT_PLAN_H
#define LOOPSCOPE_SAMPLES_CLIENT_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/httpclient.h"
#include "samples/scenario/scenario.h"

#define PLAN_ERROR_MAX 256

struct plan_setting {
	char *name;
	char *value;
};

struct plan_settings {
	struct plan_setting *rows;
	size_t count;
};

struct plan_fetch {
	char *url;
	struct plan_settings settings; /* of this fetch alone */
};

struct plan {
	struct plan_fetch *fetches;
	size_t count;
	struct plan_settings settings; /* of every fetch */
	bool sequential;               /* one coroutine yields them in turn */
	bool is_personal;              /* somebody's wish, not a scenario: secrets are hidden */
	struct httpclient_options client;
	uint64_t timer;             /* a timeout after so many nanoseconds; 0: none */
	uint64_t tick;              /* a PeriodicCallback of so many nanoseconds; 0: none */
	int64_t blocking_threshold; /* of the loop, in nanoseconds; 0: none */
	enum scenario_on_signal on_signal;
	char *body; /* NULL for none */
	size_t body_length;
};

/* An empty plan.  Never NULL: out of memory ends the program. */
struct plan *plan_new(void);
void plan_free(struct plan *plan); /* NULL does nothing */

/*
 * Adds a fetch of url; later plan_set_last() calls concern it.  0, or -1 with a
 * sentence if it is not to be sent (trace/base/url.h).
 */
int plan_add(struct plan *plan, const char *url, char error[PLAN_ERROR_MAX]);

/*
 * One setting for every fetch: an argument of HTTPRequest ("connect_timeout",
 * seconds), or "header" ("Name: value"), or one of the client's limits
 * ("max_clients", "max_buffer_size"), or "tick" or "blocking_threshold", seconds.
 * Texts are copied.
 * Returns 0, or -1 with a sentence in error.
 */
int plan_set(struct plan *plan, const char *name, const char *value, char error[PLAN_ERROR_MAX]);
/* The same for the fetch added last. */
int plan_set_last(struct plan *plan, const char *name, const char *value,
		  char error[PLAN_ERROR_MAX]);

/* Copies the body. */
void plan_set_body(struct plan *plan, const void *body, size_t length);

/*
 * The plan of a scenario of role server, whose peer listens on port.  Also
 * tells the resolver what the scenario wants it to answer.  0, or -1 with a
 * sentence.
 */
int plan_from_scenario(struct plan **out, const struct scenario *scenario, uint16_t port,
		       uint16_t refused_port, char error[PLAN_ERROR_MAX]);

/*
 * The request of fetch number index, made anew: inside the coroutine, as
 * callbacks remember the contexts in force.  One reference for the caller.
 */
struct http_request *plan_request(const struct plan *plan, size_t index);

#endif
