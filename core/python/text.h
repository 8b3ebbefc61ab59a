/*
 * text.h - copies of texts; out of memory ends the program (see alloc.h).
 */
#ifndef LOOPSCOPE_CORE_PYTHON_TEXT_H
#define LOOPSCOPE_CORE_PYTHON_TEXT_H

#include <stddef.h>

/* length bytes and a NUL; text may be NULL if length is 0.  To be freed. */
char *text_copy(const void *text, size_t length);

/* strdup(); NULL gives NULL. */
char *text_duplicate(const char *text);

/* asprintf(). */
char *text_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Makes it fit for a terminal: each byte that is not printable ASCII becomes "?". */
char *text_printable(char *text);

#endif
