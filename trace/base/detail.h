/*
 * detail.h - the text of a row, "key=value; key=value", taken apart.
 *
 * A value never has a bare semicolon: traces write it as \x3b.  Nothing is
 * copied; what is given points into the text.
 */
#ifndef LOOPSCOPE_TRACE_BASE_DETAIL_H
#define LOOPSCOPE_TRACE_BASE_DETAIL_H

#include <stddef.h>

/* The value of the first pair with this key and its *length; NULL if no pair has it. */
const char *detail_value(const char *detail, const char *key, size_t *length);

/* The same for a key that does not end with a NUL. */
const char *detail_value_of(const char *detail, const char *key, size_t key_length, size_t *length);

#endif
