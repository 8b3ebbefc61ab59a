/*
 * outcome.h - what a fetch came to: for the trace, for --json, for people.
 */
#ifndef LOOPSCOPE_SAMPLES_CLIENT_OUTCOME_H
#define LOOPSCOPE_SAMPLES_CLIENT_OUTCOME_H

#include <stdbool.h>
#include <stdio.h>

struct exc;
struct http_response;

/* One of the two is set; both are references that the outcome owns. */
struct outcome {
	unsigned number;                /* of the fetch, from 1 */
	struct http_response *response; /* what the coroutine received, or NULL */
	struct exc *error;              /* or what was thrown into it */
};

/*
 * Events run.outcome and run.response_header.  With hide, what a Set-Cookie
 * header sets is written as stars, as it is everywhere in a trace.
 */
void outcome_emit(const struct outcome *outcome, bool hide);

/* One JSON object on a line. */
void outcome_json(const struct outcome *outcome, FILE *out);

/* One sentence: the status on stdout, an error on stderr. */
void outcome_say(const struct outcome *outcome);

void outcome_release(struct outcome *outcome);

#endif
