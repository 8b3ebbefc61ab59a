/*
 * syscalls_print.h - the forms in which `loopscope syscalls` prints.
 *
 * Each reads the rows from the first to the last and writes to stdout; all:
 * also the calls that are not the loop's own.  0, or -1 with *error set.
 */
#ifndef LOOPSCOPE_TRACE_CMD_SYSCALLS_PRINT_H
#define LOOPSCOPE_TRACE_CMD_SYSCALLS_PRINT_H

#include <stdbool.h>

#include "trace/cmd/syscalls_rows.h"

/* A line a call, under the span that made it. */
int syscalls_print_text(struct syscalls_rows *rows, bool all, char **error);

/* The form of the recorded sequences: seq, call, fd, args, result. */
int syscalls_print_tsv(struct syscalls_rows *rows, bool all, char **error);

/* One array, an object a call. */
int syscalls_print_json(struct syscalls_rows *rows, bool all, char **error);

#endif
