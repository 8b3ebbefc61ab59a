/*
 * python.h - the few built-ins of Python 2.7 whose exact results can be seen:
 * in what a fetch accepts, and in the texts of its exceptions.
 */
#ifndef LOOPSCOPE_CORE_PYTHON_PYTHON_H
#define LOOPSCOPE_CORE_PYTHON_PYTHON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* str.isspace() of one byte, in the C locale. */
bool python_is_space(char c);

/* str.strip(): moves *text and *length inwards. */
void python_strip(const char **text, size_t *length);

/* repr() of a str: quoted, escaped.  The caller frees. */
char *python_repr(const char *text, size_t length);

/*
 * int(text, base), base 10 or 16.  Numbers beyond 62 bits are cut off there,
 * with their sign.  0, or -1 = ValueError raised.
 */
#define PYTHON_INT_MAX (INT64_MAX / 2)
int python_int(const char *text, size_t length, unsigned base, int64_t *value);

/*
 * text.decode("utf-8"), of which only the exception is of interest.  0, or -1 =
 * UnicodeDecodeError raised.
 */
int python_check_utf8(const char *text);

#endif
