/*
 * threads_program.c - callbacks from THREADS threads, some of which queue one
 * more; to be recorded by test_threads.py.
 */
#include <assert.h>
#include <pthread.h>
#include <stddef.h>
#include <unistd.h>

#include "core/ioloop.h"
#include "core/v31/generation.h"

#define THREADS 6
#define CALLBACKS 200 /* of each thread */
#define AGAIN 5       /* every so many queue another */
#define WANTED (THREADS * (CALLBACKS + CALLBACKS / AGAIN))

static int called;

static int count(void *self, struct value *argument)
{
	(void)argument;
	if (self)
		ioloop_add_callback(self, callback_new(count, NULL, NULL, KIND_user_call),
				    VALUE_OF_NONE);
	if (++called == WANTED)
		ioloop_stop(ioloop_current());
	return 0;
}

static void *add_callbacks(void *loop)
{
	for (int i = 0; i < CALLBACKS; i++) {
		ioloop_add_callback(
			loop, callback_new(count, i % AGAIN ? NULL : loop, NULL, KIND_user_call),
			VALUE_OF_NONE);
		if (i % 20 == 0)
			usleep(200);
	}
	return NULL;
}

int main(void)
{
	generation_use(&generation_31);
	struct ioloop *loop = ioloop_instance();
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++) {
		int failed = pthread_create(&threads[i], NULL, add_callbacks, loop);

		assert(!failed);
		(void)failed;
	}
	ioloop_start(loop);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	ioloop_instance_free();
	return called == WANTED ? 0 : 1;
}
