/*
 * ring_file.c - makes, allocates, locks and removes the ring's file, or reads
 * one that was left.
 */
#include "trace/record/ring_file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "trace/base/failure.h"
#include "trace/base/guard.h"

#define RING_SLOTS_MAX (1u << 22)

static int ring_file_new(struct ring_file **out, const char *trace, char **error)
{
	struct ring_file *ring = calloc(1, sizeof(*ring));

	*out = NULL;
	if (!ring || asprintf(&ring->path, "%s-ring", trace) < 0) {
		free(ring);
		return failure(error, "out of memory");
	}
	ring->fd = -1;
	*out = ring;
	return 0;
}

/*
 * The kernel's list of what to mark when this process dies, with one entry: the
 * ring's recorder_pid.  The list of glibc's is given up for it; nothing of ours
 * uses a robust mutex.
 */
static struct {
	struct robust_list_head head;
	struct robust_list entry;
} will = { .head.list.next = &will.head.list };

static void bequeath(struct ring_header *header)
{
	atomic_store(&header->recorder_pid, (uint32_t)getpid());
	will.entry.next = &will.head.list;
	will.head.futex_offset = (long)((uintptr_t)&header->recorder_pid - (uintptr_t)&will.entry);
	will.head.list.next = &will.entry;
	syscall(SYS_set_robust_list, &will.head, sizeof(will.head));
}

void ring_file_free(struct ring_file *ring)
{
	if (!ring)
		return;
	if (!ring->is_copy)
		will.head.list.next = &will.head.list;
	if (ring->is_copy) {
		free(ring->header);
	} else if (ring->header) {
		guard_release(ring->header);
		munmap(ring->header, ring->bytes);
	}
	if (ring->fd >= 0)
		close(ring->fd);
	free(ring->path);
	free(ring);
}

void ring_file_remove(struct ring_file *ring)
{
	unlink(ring->path);
}

static bool take_lock(int fd)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1 };

	return fcntl(fd, F_OFD_SETLK, &lock) == 0;
}

/* Is the file behind fd still the one at path?  A rival may have replaced it. */
static bool still_there(int fd, const char *path)
{
	struct stat a, b;

	return fstat(fd, &a) == 0 && lstat(path, &b) == 0 && a.st_dev == b.st_dev &&
	       a.st_ino == b.st_ino;
}

/* The trace itself needs room too: a ring takes no more than half of what is free. */
static bool leaves_room(const struct ring_file *ring)
{
	struct statvfs system;

	return ring->slots <= RING_SLOTS_MIN || fstatvfs(ring->fd, &system) < 0 ||
	       (uint64_t)system.f_bavail * system.f_frsize >= ring->bytes;
}

/* Gives the file all its blocks, for as many slots as there is room for. */
static int allocate(struct ring_file *ring, uint32_t slots, bool *full, char **error)
{
	int status = ENOSPC;

	for (; slots >= RING_SLOTS_MIN; slots /= 2) {
		ring->slots = slots;
		ring->bytes = (size_t)ring_file_bytes(slots);
		status = posix_fallocate(ring->fd, 0, (off_t)ring->bytes);
		if (status == 0 && leaves_room(ring))
			return 0;
		if (ftruncate(ring->fd, 0) < 0 || (status != 0 && !failure_is_full(status)))
			break;
	}
	*full = failure_is_full(status);
	return failure(error, "cannot create %s: %s", ring->path, strerror(status));
}

static int map(struct ring_file *ring, const struct ring_options *options, char **error)
{
	struct ring_header *header =
		mmap(NULL, ring->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd, 0);

	if (header == MAP_FAILED)
		return failure(error, "cannot map %s: %s", ring->path, strerror(errno));
	guard_mapping(header, ring->bytes);
	memcpy(header->magic, RING_MAGIC, sizeof(header->magic));
	header->abi = RING_ABI;
	bequeath(header);
	header->slots_per_thread = ring->slots;
	header->file_bytes = ring->bytes;
	header->on_full = options->on_full;
	header->payload_limit = options->payload_limit;
	header->checking = options->checking;
	atomic_store(&header->hold, options->hold ? RING_HOLD_EVENTS : RING_HOLD_NOT);
	ring->header = header;
	return 0;
}

int ring_file_create(struct ring_file **out, const char *trace, const struct ring_options *options,
		     bool *full, char **error)
{
	struct ring_file *ring;

	*full = false;
	if (ring_file_new(&ring, trace, error) < 0)
		return -1;
	ring->fd = open(ring->path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (ring->fd < 0) {
		*full = failure_is_full(errno);
		failure(error, "cannot create %s: %s", ring->path, strerror(errno));
		ring_file_free(ring);
		return -1;
	}
	if (!take_lock(ring->fd) || !still_there(ring->fd, ring->path)) {
		failure(error, "%s is being recorded", trace);
		ring_file_free(ring);
		return -1;
	}
	if (fchmod(ring->fd, 0600) < 0)
		failure(error, "cannot create %s: %s", ring->path, strerror(errno));
	else if (allocate(ring, options->slots, full, error) == 0 &&
		 map(ring, options, error) == 0) {
		*out = ring;
		return 0;
	}
	ring_file_remove(ring);
	ring_file_free(ring);
	return -1;
}

int ring_file_open_again(const struct ring_file *ring)
{
	int fd = open(ring->path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (!still_there(ring->fd, ring->path)) {
		close(fd);
		return -ENOENT;
	}
	return fd;
}

/* Opens an existing ring and takes its lock: 1, 0 if the file does not exist, -1. */
static int open_existing(struct ring_file **out, const char *trace, char **error)
{
	struct ring_file *ring;
	struct stat status;

	if (ring_file_new(&ring, trace, error) < 0)
		return -1;
	ring->fd = open(ring->path, O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (ring->fd < 0) {
		int missing = errno == ENOENT;

		if (!missing)
			failure(error, "cannot open %s: %s", ring->path, strerror(errno));
		ring_file_free(ring);
		return missing ? 0 : -1;
	}
	if (fstat(ring->fd, &status) < 0 || !S_ISREG(status.st_mode))
		failure(error, "%s is not the ring of a recording", ring->path);
	else if (!take_lock(ring->fd) || !still_there(ring->fd, ring->path))
		failure(error, "%s is being recorded", trace);
	else {
		ring->bytes = (size_t)status.st_size;
		*out = ring;
		return 1;
	}
	ring_file_free(ring);
	return -1;
}

static bool read_all(int fd, void *to, size_t bytes)
{
	char *p = to;
	off_t at = 0;

	while (bytes > 0) {
		ssize_t n = pread(fd, p + at, bytes, at);

		if (n <= 0)
			return false;
		at += n;
		bytes -= (size_t)n;
	}
	return true;
}

/* A ring that was never allocated in full holds nothing: *empty. */
static int check_header(struct ring_file *ring, bool *empty, char **error)
{
	struct ring_header *head = NULL;
	int result = -1;

	*empty = false;
	if (ring->bytes < sizeof(*head))
		goto blank;
	head = malloc(sizeof(*head));
	if (!head)
		return failure(error, "out of memory");
	if (!read_all(ring->fd, head, sizeof(*head))) {
		failure(error, "cannot read %s: %s", ring->path, strerror(errno));
		goto out;
	}
	if (head->file_bytes == 0 && head->abi == 0)
		goto blank;
	ring->slots = head->slots_per_thread;
	if (memcmp(head->magic, RING_MAGIC, sizeof(head->magic)) != 0 || head->abi != RING_ABI ||
	    ring->slots < RING_SLOTS_MIN || ring->slots > RING_SLOTS_MAX ||
	    (ring->slots & (ring->slots - 1)) != 0 || ring_file_bytes(ring->slots) != ring->bytes)
		failure(error, "%s is not the ring of a recording", ring->path);
	else
		result = 0;
	goto out;
blank:
	*empty = true;
	result = 0;
out:
	free(head);
	return result;
}

static int copy_in(struct ring_file *ring, char **error)
{
	uint32_t one = 1;

	/* pwrite, not a mapping: should the file have holes, this fails politely */
	if (pwrite(ring->fd, &one, sizeof(one), offsetof(struct ring_header, stopped_reading)) !=
	    sizeof(one))
		return failure(error, "cannot write %s: %s", ring->path, strerror(errno));
	ring->header = malloc(ring->bytes);
	ring->is_copy = true;
	if (!ring->header)
		return failure(error, "out of memory");
	if (!read_all(ring->fd, ring->header, ring->bytes))
		return failure(error, "cannot read %s: %s", ring->path, strerror(errno));
	return 0;
}

int ring_file_take_over(struct ring_file **out, const char *trace, char **error)
{
	struct ring_file *ring;
	bool empty;
	int found = open_existing(&ring, trace, error);

	*out = NULL;
	if (found <= 0)
		return found;
	if (check_header(ring, &empty, error) < 0) {
		ring_file_free(ring);
		return -1;
	}
	if (empty) {
		ring_file_remove(ring);
		ring_file_free(ring);
		return 0;
	}
	if (copy_in(ring, error) < 0) {
		ring_file_free(ring);
		return -1;
	}
	*out = ring;
	return 1;
}

static bool has_unread(const struct ring_file *ring)
{
	for (unsigned i = 0; i < RING_THREADS; i++) {
		struct ring_thread *t = &ring_threads(ring->header)[i];

		if (atomic_load(&t->head) != atomic_load(&t->tail))
			return true;
	}
	return false;
}

int ring_file_clear(const char *trace, bool trace_exists, char **error)
{
	struct ring_file *ring;
	int found = ring_file_take_over(&ring, trace, error), result = 0;

	if (found <= 0)
		return found;
	if (trace_exists && has_unread(ring))
		result = failure(error,
				 "%s was not finished: complete it with 'loopscope recover', "
				 "or remove %s",
				 trace, ring->path);
	else
		ring_file_remove(ring);
	ring_file_free(ring);
	return result;
}
