/*
 * company.h - what the loop has to do beside the fetches of a plan: timers, a
 * signal that comes, an alarm for who keeps it.
 */
#ifndef LOOPSCOPE_SAMPLES_CLIENT_COMPANY_H
#define LOOPSCOPE_SAMPLES_CLIENT_COMPANY_H

struct plan;

/* Before the first fetch.  A plan that asks for none of it has nothing done. */
void company_invite(const struct plan *plan);

/* After the last one, before the loop is freed. */
void company_leave(void);

#endif
