/*
 * signals.c - signals noted by the kernel's handler, functions run at a safe place.
 */
#include "core/python/signals.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <unistd.h>

#define SIGNALS_MAX 65

static struct handler {
	_Atomic int came; /* since fn was called last */
	signals_fn *fn;
	void *self;
} handlers[SIGNALS_MAX];

static _Atomic int any_came;
static _Atomic int wakeup_fd = -1;
static pthread_t main_thread;

__attribute__((constructor)) static void note_main_thread(void)
{
	main_thread = pthread_self();
}

/* trip_signal() of CPython: the byte ends a sleep that begins after the signal came. */
static void note(int number)
{
	int saved = errno;
	int fd = atomic_load(&wakeup_fd);
	ssize_t n = 0;

	atomic_store(&handlers[number].came, 1);
	atomic_store(&any_came, 1);
	if (fd >= 0)
		n = write(fd, "", 1);
	(void)n; /* a full pipe wakes as well as one more byte would */
	errno = saved;
}

int signals_handle(int number, signals_fn *fn, void *self)
{
	struct sigaction action = { .sa_handler = fn ? note : SIG_DFL };

	if (number <= 0 || number >= SIGNALS_MAX)
		return -EINVAL;
	handlers[number].fn = fn;
	handlers[number].self = self;
	return sigaction(number, &action, NULL) < 0 ? -errno : 0;
}

int signals_set_wakeup(int fd)
{
	if (!pthread_equal(pthread_self(), main_thread))
		return -2;
	return atomic_exchange(&wakeup_fd, fd);
}

int signals_check(void)
{
	if (!atomic_load(&any_came) || !pthread_equal(pthread_self(), main_thread))
		return 0;
	atomic_store(&any_came, 0);
	for (int number = 1; number < SIGNALS_MAX; number++) {
		struct handler *handler = &handlers[number];

		if (!atomic_exchange(&handler->came, 0) || !handler->fn)
			continue;
		if (handler->fn(handler->self, number) < 0) {
			atomic_store(&any_came, 1); /* the rest is still to be looked at */
			return -1;
		}
	}
	return 0;
}
