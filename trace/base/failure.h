/*
 * failure.h - the one sentence that tells what went wrong.
 *
 * Libraries never print: a function that can fail for a reason that a person
 * must hear takes `char **error` as its last argument and leaves there a
 * sentence without a full stop, to be freed by the caller.  error may be NULL.
 */
#ifndef LOOPSCOPE_TRACE_BASE_FAILURE_H
#define LOOPSCOPE_TRACE_BASE_FAILURE_H

#include <stdbool.h>

/*
 * Sets *error to the formatted sentence, freeing the one that stood there, and
 * returns -1.  errno is kept.  *error must be NULL or a sentence of before.
 */
int failure(char **error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Whether this errno says that a file may not grow: disk, quota or limit is used up. */
bool failure_is_full(int number);

#endif
