/*
 * diff_kit.h - traces in memory for tests of diff: recorded sequences of the
 * original as stores that can be changed.
 */
#ifndef LOOPSCOPE_TESTS_UNIT_KIT_DIFF_KIT_H
#define LOOPSCOPE_TESTS_UNIT_KIT_DIFF_KIT_H

#include <stdint.h>

struct store;
struct sqlite3;
struct diff;

/* A trace made of a golden; its rows have even numbers, so that others fit between. */
struct store *kit_store(const char *golden);
void kit_store_free(struct store *store);

/* Runs SQL on it, printf-like with %Q and %q; what fails, fails the test. */
void kit_run(struct store *store, const char *format, ...);

/* The first column of the first row. */
int64_t kit_ask(struct store *store, const char *format, ...);

/* Compares; strict and ignore as diff_options has them. */
struct diff *kit_diff(struct store *a, struct store *b, const char *strict, const char *ignore);

/* Pseudo-random numbers that are the same in each run: below n. */
uint32_t kit_random(uint64_t *state, uint32_t n);

#endif
