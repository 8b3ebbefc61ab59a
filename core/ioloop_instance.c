/*
 * ioloop_instance.c - IOLoop.instance() and IOLoop.current().
 */
#include "core/ioloop.h"

#include <pthread.h>
#include <stdlib.h>

#include "core/generation.h"
#include "core/ioloop_internal.h"

static pthread_mutex_t instance_lock = PTHREAD_MUTEX_INITIALIZER;
static struct ioloop *instance;
static _Thread_local struct ioloop *current;

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

struct ioloop *ioloop_current_if_any(void)
{
	struct ioloop *loop = current;

	if (loop)
		return loop;
	pthread_mutex_lock(&instance_lock);
	loop = instance;
	pthread_mutex_unlock(&instance_lock);
	return loop;
}

void ioloop__made(struct ioloop *loop)
{
	if (!current && generation()->traits->first_loop_is_current)
		current = loop;
}

void ioloop__gone(const struct ioloop *loop)
{
	if (current == loop)
		current = NULL;
}

struct ioloop *ioloop__make_current(struct ioloop *loop)
{
	struct ioloop *before = current;

	current = loop;
	return before;
}
