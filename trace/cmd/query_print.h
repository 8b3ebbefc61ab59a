/*
 * query_print.h - the forms in which `loopscope query` prints an answer.
 *
 * Each reads the answer to its end and writes it to stdout.  Returns 0, or -1
 * with *error set.
 */
#ifndef LOOPSCOPE_TRACE_CMD_QUERY_PRINT_H
#define LOOPSCOPE_TRACE_CMD_QUERY_PRINT_H

struct query;

/* Columns in line, long values cut. */
int query_print_table(struct query *query, char **error);

/* As RFC 4180 has it; characters that a terminal would obey as \xHH. */
int query_print_csv(struct query *query, char **error);

/* An array of objects. */
int query_print_json(struct query *query, char **error);

#endif
