/*
 * log.c - tornado.log: an event for each message, and a line for whoever listens.
 */
#include "core/log.h"

#include <stdarg.h>
#include <stdio.h>

#include "core/python/text.h"
#include "trace/emit/emit.h"

static void (*log_print)(const char *level, const char *logger, const char *text);

void log_to(void (*print)(const char *level, const char *logger, const char *text))
{
	log_print = print;
}

void log_message(enum log_level level, enum logger logger, const char *template_text,
		 const char *format, ...)
{
	static const char *const levels[] = { "DEBUG", "INFO", "WARNING", "ERROR" };
	static const char *const loggers[] = { "tornado.general", "tornado.application" };
	char text[1024];
	va_list args;

	EMIT(log, INT(level), INT(logger), TEXT(template_text));
	if (!log_print)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	/* exception texts may quote a peer: keep the terminal out of its hands */
	log_print(levels[level], loggers[logger], text_printable(text));
}
