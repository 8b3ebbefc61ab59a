/*
 * replay_kit.h - traces made by hand, for the tests of replay.
 *
 * One store and one replay at a time, made and freed by kit_setup() and
 * kit_teardown(), cmocka's fixtures.  What cannot be done fails the test.
 */
#ifndef LOOPSCOPE_TESTS_UNIT_KIT_REPLAY_KIT_H
#define LOOPSCOPE_TESTS_UNIT_KIT_REPLAY_KIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "trace/emit/ring.h"
#include "trace/replay/internal.h"

extern struct store *store;
extern struct replay *replay;
extern int64_t last_seq; /* of the events so far */

#define THREAD 100
#define NOTHING "NULL, NULL, NULL, NULL" /* values of an event that has none */

int kit_setup(void **state);
int kit_teardown(void **state);
#define TEST(name) cmocka_unit_test_setup_teardown(name, kit_setup, kit_teardown)

void sql(const char *format, ...);

/* One event; values are "a0, a1, a2, a3" as SQL.  These return its seq. */
int64_t row_of(int64_t thread, unsigned kind, unsigned phase, int64_t asked_by, const char *values,
	       const char *detail);
int64_t instant(unsigned kind, const char *values);
int64_t begin(unsigned kind, const char *values);
int64_t span(unsigned kind, const char *values);

/* A system call on a descriptor that the program does not name. */
enum {
	KERNEL_READ = 3001,
	KERNEL_WRITE,
	KERNEL_CLOSE,
	KERNEL_SOCKET = 3007,
	KERNEL_CONNECT,
	KERNEL_ACCEPT,
	KERNEL_SHUTDOWN = 3014,
	KERNEL_LISTEN = 3016,
	KERNEL_GETSOCKOPT = 3019,
	KERNEL_FCNTL,
	KERNEL_EPOLL_CTL = 3023,
	KERNEL_DUP2 = 3030,
	KERNEL_CLOSE_RANGE = 3032,
};
int64_t call(unsigned kind, int64_t result, const char *detail);

/* The span ends behind the last event so far. */
void end(int64_t seq);

void add_timeout(int64_t timeout, int64_t deadline);
/* recv() of n bytes on object 2. */
void receive(int n);
/* fetch() of a client that takes one at a time; `starts` says whether it may. */
int64_t fetch(bool starts);

/* The state there, and its digest. */
const struct replay_state *at(int64_t seq);
uint64_t digest_at(int64_t seq);

#define ROW(type, table, i) REPLAY_AT(const struct type, &(table), (i))

#endif
