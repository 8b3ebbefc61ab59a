/*
 * download.h - carries out a plan: the coroutine of the walk, once for each
 * fetch, or one that yields all fetches in turn.
 */
#ifndef LOOPSCOPE_SAMPLES_CLIENT_DOWNLOAD_H
#define LOOPSCOPE_SAMPLES_CLIENT_DOWNLOAD_H

#include "samples/client/outcome.h"
#include "samples/client/plan.h"

/* What came of a plan.  outcomes[i] is that of fetch i+1; ended[] gives the
 * fetches' indices in the order in which they ended. */
struct download_result {
	struct outcome *outcomes;
	size_t *ended;
	size_t count; /* fetches of the plan */
	size_t done;  /* fetches that ended */
};

/*
 * Creates all coroutines, runs the loop until the last fetch has ended, frees
 * client and loop.  0, or -1 with a sentence when the loop itself failed;
 * result is filled in as far as it came either way.
 */
int download_all(const struct plan *plan, struct download_result *result,
		 char error[PLAN_ERROR_MAX]);

void download_result_release(struct download_result *result);

#endif
