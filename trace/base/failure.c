/*
 * failure.c - sentences of failure, formatted and handed to the caller.
 */
#include "trace/base/failure.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

int failure(char **error, const char *format, ...)
{
	int saved = errno;
	va_list arguments;
	char *text;

	if (!error)
		return -1;
	va_start(arguments, format);
	if (vasprintf(&text, format, arguments) < 0)
		text = NULL;
	va_end(arguments);
	free(*error);
	*error = text;
	errno = saved;
	return -1;
}

bool failure_is_full(int number)
{
	return number == ENOSPC || number == EDQUOT || number == EFBIG;
}
