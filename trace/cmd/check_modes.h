/*
 * check_modes.h - what `loopscope check` can hold a trace to beside the loop's
 * own reports.  Each prints to stdout and returns the exit code.
 */
#ifndef LOOPSCOPE_TRACE_CMD_CHECK_MODES_H
#define LOOPSCOPE_TRACE_CMD_CHECK_MODES_H

struct store;
struct walk;

/* A walk: which stations were taken, which not and why.  0 all, 1 not all, 2 trouble. */
int check_against_walk(struct store *store, const struct walk *walk);

/* A file of rules ("-": stdin), as TAP.  0 all hold, 1 not all, 2 trouble. */
int check_against_rules(struct store *store, const char *path);

#endif
