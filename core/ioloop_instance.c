/*
 * ioloop_instance.c - IOLoop.instance(), IOLoop.current() and what the loop logs.
 */
#include "core/ioloop.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/ioloop_internal.h"
#include "core/python/text.h"
#include "trace/emit/emit.h"

static pthread_mutex_t instance_lock = PTHREAD_MUTEX_INITIALIZER;
static struct ioloop *instance;
static _Thread_local struct ioloop *current;

static void (*log_print)(const char *level, const char *logger, const char *text);

struct ioloop *ioloop_instance(void)
{
	struct ioloop *loop;

	pthread_mutex_lock(&instance_lock);
	if (!instance && ioloop_new(&instance, NULL) < 0)
		abort();
	loop = instance;
	pthread_mutex_unlock(&instance_lock);
	return loop;
}

void ioloop_instance_free(void)
{
	struct ioloop *loop;

	pthread_mutex_lock(&instance_lock);
	loop = instance;
	instance = NULL;
	pthread_mutex_unlock(&instance_lock);
	ioloop_free(loop);
}

struct ioloop *ioloop_current(void)
{
	return current ? current : ioloop_instance();
}

struct ioloop *ioloop__make_current(struct ioloop *loop)
{
	struct ioloop *before = current;

	current = loop;
	return before;
}

void ioloop_log_to(void (*print)(const char *level, const char *logger, const char *text))
{
	log_print = print;
}

void ioloop_log(int level, int logger, const char *template_text, const char *format, ...)
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
	log_print(levels[level & 3], loggers[logger & 1], text_printable(text));
}
