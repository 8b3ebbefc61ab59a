/*
 * watch.c - looks at the ring's header and at /proc to tell whether the client
 * sleeps in a poll.
 */
#include "samples/scenario/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "trace/base/guard.h"
#include "trace/emit/ring.h"

struct watch {
	struct peer_watch interface;
	char *path;
	struct ring_header *header; /* mapped read-only; NULL until it is there */
};

/* The file is made under its name before it has its size and its magic. */
static struct ring_header *map_header(int fd)
{
	struct ring_header *header;
	struct stat status;

	if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode) ||
	    status.st_size < (off_t)sizeof(*header))
		return NULL;
	header = mmap(NULL, sizeof(*header), PROT_READ, MAP_SHARED, fd, 0);
	if (header == MAP_FAILED)
		return NULL;
	guard_mapping(header, sizeof(*header));
	if (memcmp(header->magic, RING_MAGIC, sizeof(header->magic)) || header->abi != RING_ABI) {
		guard_release(header);
		munmap(header, sizeof(*header));
		return NULL;
	}
	return header;
}

/* The header, or NULL until the recorder has made it. */
static struct ring_header *watch_header(struct watch *watch)
{
	int fd;

	if (watch->header)
		return watch->header;
	fd = open(watch->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return NULL;
	watch->header = map_header(fd);
	close(fd);
	return watch->header;
}

/*
 * The state letter of a thread in /proc, 0 if there is no such thread.  It
 * stands after the name, which is in brackets and may contain some itself.
 */
static char thread_state(uint32_t process, uint32_t thread)
{
	char path[64], text[512];
	const char *name_end;
	ssize_t length;
	int fd;

	snprintf(path, sizeof(path), "/proc/%u/task/%u/stat", process, thread);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	length = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (length <= 0)
		return 0;
	text[length] = '\0';
	name_end = strrchr(text, ')');
	return name_end && name_end[1] == ' ' ? name_end[2] : 0;
}

/*
 * The header is read before and after the kernel is asked: only if it has not
 * moved meanwhile do both speak of the same poll.
 */
static int watch_settled(void *user, uint64_t *polls)
{
	struct ring_header *header = watch_header(user);
	uint32_t process, thread;
	char state;

	if (!header || !atomic_load(&header->attached))
		return -EAGAIN;
	*polls = atomic_load(&header->poll_count);
	if (atomic_load(&header->loop_state) != RING_LOOP_POLL_WAIT)
		return 0;
	process = atomic_load(&header->program_pid);
	thread = atomic_load(&header->loop_thread);
	state = thread_state(process, thread);
	return state == 'S' && atomic_load(&header->poll_count) == *polls &&
	       atomic_load(&header->loop_state) == RING_LOOP_POLL_WAIT;
}

static bool watch_gone(void *user)
{
	struct ring_header *header = watch_header(user);
	uint32_t process;

	if (!header)
		return false;
	/* of a header that was cut away nothing will be heard any more */
	if (guard_is_lost(header) || atomic_load(&header->program_gone) ||
	    atomic_load(&header->loop_state) == RING_LOOP_STOPPED)
		return true;
	process = atomic_load(&header->program_pid);
	/* a number that cannot be a process is as good as none; 0 has not attached yet */
	return process && process <= INT32_MAX && kill((pid_t)process, 0) < 0 && errno == ESRCH;
}

static int watch_signal(void *user, int number)
{
	struct ring_header *header = watch_header(user);
	uint32_t process = header ? atomic_load(&header->program_pid) : 0;

	if (!process || process > INT32_MAX)
		return -ESRCH;
	return kill((pid_t)process, number) < 0 ? -errno : 0;
}

int watch_new(struct watch **out, const char *path)
{
	struct watch *watch = calloc(1, sizeof(*watch));

	*out = NULL;
	if (!watch)
		return -ENOMEM;
	watch->path = strdup(path);
	if (!watch->path) {
		free(watch);
		return -ENOMEM;
	}
	watch->interface = (struct peer_watch){ watch_settled, watch_gone, watch_signal, watch };
	*out = watch;
	return 0;
}

void watch_free(struct watch *watch)
{
	if (!watch)
		return;
	if (watch->header) {
		guard_release(watch->header);
		munmap(watch->header, sizeof(*watch->header));
	}
	free(watch->path);
	free(watch);
}

const struct peer_watch *watch_interface(struct watch *watch)
{
	return &watch->interface;
}
