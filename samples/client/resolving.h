/*
 * resolving.h - how the client comes by addresses: which resolver, which name
 * servers, which answers given beforehand.
 */
#ifndef LOOPSCOPE_SAMPLES_CLIENT_RESOLVING_H
#define LOOPSCOPE_SAMPLES_CLIENT_RESOLVING_H

#include "samples/client/plan.h"

/*
 * A setting of this kind: "resolver" (blocking or cares), "nameserver"
 * (ADDR[:PORT], may come again), "resolve" (HOST:PORT:ADDR[,ADDR], likewise).
 * 1, 0 if the name is none of these, or -1 with a sentence.
 */
int resolving_set(const char *name, const char *value, char error[PLAN_ERROR_MAX]);

/* After the last of them, before the first fetch: 0, or -1 with a sentence. */
int resolving_begin(char error[PLAN_ERROR_MAX]);

/* Forgets all of it, after the last fetch. */
void resolving_reset(void);

#endif
