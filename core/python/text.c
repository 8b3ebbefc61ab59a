/*
 * text.c - copies of texts.
 */
#define _GNU_SOURCE 1
#include "core/python/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/python/alloc.h"

char *text_copy(const void *text, size_t length)
{
	char *copy = core_alloc(length + 1);

	if (length)
		memcpy(copy, text, length);
	return copy;
}

char *text_duplicate(const char *text)
{
	return text ? text_copy(text, strlen(text)) : NULL;
}

char *text_format(const char *format, ...)
{
	va_list args;
	char *text;
	int length;

	va_start(args, format);
	length = vasprintf(&text, format, args);
	va_end(args);
	if (length < 0)
		abort();
	return text;
}

char *text_printable(char *text)
{
	for (char *c = text; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
	return text;
}
