/*
 * attach.c - watching a process that runs already: which one it is, and what it
 * has open.
 *
 * Its pidfd is taken first and everything else looked up behind it, so that a
 * number that another process gets meanwhile is noticed: the pidfd then says
 * that its own is gone.
 */
#include "trace/record/internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "trace/base/failure.h"
#include "trace/base/grow.h"
#include "trace/record/kernel.h"

#define PF_KTHREAD 0x00200000u
#define FIRST_PID_NAMESPACE 0xeffffffcul
#define COMMAND_BYTES 65536
#define FDINFO_LINES_MAX 65536

static FILE *open_of(pid_t pid, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	return fopen(path, "re");
}

/* The kernel's own threads look like processes without a program. */
static bool is_kernel_thread(pid_t pid)
{
	FILE *file = open_of(pid, "stat");
	char line[1024] = "", *behind_name;
	unsigned flags = 0;

	if (!file)
		return false;
	if (fgets(line, sizeof(line), file) && (behind_name = strrchr(line, ')')) != NULL)
		sscanf(behind_name, ") %*c %*d %*d %*d %*d %*d %u", &flags);
	fclose(file);
	return flags & PF_KTHREAD;
}

/* From inside a namespace the probe cannot tell who is meant in one further inside. */
static bool is_out_of_sight(pid_t pid)
{
	struct stat own, other;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/pid", (int)pid);
	return stat("/proc/self/ns/pid", &own) == 0 && own.st_ino != FIRST_PID_NAMESPACE &&
	       stat(path, &other) == 0 && other.st_ino != own.st_ino;
}

bool record__attached_ended(int pidfd)
{
	struct pollfd ended = { .fd = pidfd, .events = POLLIN };

	return poll(&ended, 1, 0) == 1;
}

/* Whoever may not look at its descriptors may not watch what it does with them either. */
static int may_look(pid_t pid)
{
	char path[64];
	DIR *folder;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	folder = opendir(path);
	if (!folder)
		return -errno;
	closedir(folder);
	return 0;
}

static int refuse_open(pid_t pid, char **error)
{
	if (errno == ESRCH)
		return failure(error, "there is no process %d", (int)pid);
	if (errno == EINVAL || errno == ENOENT)
		return failure(error, "%d is a thread of a process; name the process", (int)pid);
	return failure(error, "cannot watch process %d: %s", (int)pid, strerror(errno));
}

int record__attach_open(pid_t pid, char **error)
{
	int pidfd, may;

	if (pid == getpid())
		return failure(error, "%d is this recorder itself", (int)pid);
	pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (pidfd < 0)
		return refuse_open(pid, error);
	may = may_look(pid);
	if (record__attached_ended(pidfd))
		failure(error, "process %d has ended", (int)pid);
	else if (is_kernel_thread(pid))
		failure(error, "%d is a thread of the kernel and makes no system calls", (int)pid);
	else if (may == -EACCES || may == -EPERM)
		failure(error, "not permitted to look into process %d", (int)pid);
	else if (is_out_of_sight(pid))
		failure(error, "process %d is in another container; run this outside of both",
			(int)pid);
	else
		return pidfd;
	close(pidfd);
	return -1;
}

char **record__attached_command(pid_t pid)
{
	FILE *file = open_of(pid, "cmdline");
	char *bytes = calloc(1, COMMAND_BYTES + 1), **argv = NULL, *at;
	size_t length = 0, words = 0;

	if (file && bytes)
		length = fread(bytes, 1, COMMAND_BYTES, file);
	if (file)
		fclose(file);
	for (size_t i = 0; i < length; i++)
		words += bytes[i] == '\0' || i + 1 == length;
	/* one block for the pointers, the bytes behind them in argv[0]'s */
	argv = bytes ? calloc(words + 2, sizeof(*argv)) : NULL;
	if (!argv) {
		free(bytes);
		return NULL;
	}
	argv[0] = at = bytes;
	for (size_t i = 0; i < words; i++, at += strlen(at) + 1)
		argv[i] = at;
	return argv;
}

void record__attached_command_free(char **argv)
{
	if (argv)
		free(argv[0]);
	free(argv);
}

/* "tfd:        7 events:       19 data:                7 ...": what the set watches. */
static void know_registrations(struct kernel_source *kernel, pid_t pid, int set)
{
	char name[32], line[256];
	FILE *file;

	snprintf(name, sizeof(name), "fdinfo/%d", set);
	file = open_of(pid, name);
	for (int n = 0; file && n < FDINFO_LINES_MAX && fgets(line, sizeof(line), file); n++) {
		uint64_t data;
		int fd;

		if (sscanf(line, "tfd: %d events: %*x data: %" SCNx64, &fd, &data) == 2)
			record__kernel_know_watched(kernel, set, fd, data);
	}
	if (file)
		fclose(file);
}

static int compare_numbers(const void *a, const void *b)
{
	int first = *(const int *)a, second = *(const int *)b;

	return (first > second) - (first < second);
}

/* The epoll sets among its descriptors, the lowest first; to be freed. */
static int *find_sets(pid_t pid, size_t *count)
{
	char path[64], target[64];
	int *sets = NULL;
	size_t room = 0;
	struct dirent *entry;
	DIR *folder;

	*count = 0;
	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	folder = opendir(path);
	while (folder && (entry = readdir(folder)) != NULL) {
		ssize_t length =
			readlinkat(dirfd(folder), entry->d_name, target, sizeof(target) - 1);

		if (length <= 0)
			continue;
		target[length] = '\0';
		if (strcmp(target, "anon_inode:[eventpoll]") != 0)
			continue;
		if (!array_grow(&sets, &room, *count + 1, sizeof(*sets)))
			break;
		sets[(*count)++] = atoi(entry->d_name);
	}
	if (folder)
		closedir(folder);
	if (sets)
		qsort(sets, *count, sizeof(*sets), compare_numbers);
	return sets;
}

void record__attached_know(struct kernel_source *kernel, pid_t pid)
{
	size_t count;
	int *sets = find_sets(pid, &count);

	for (size_t i = 0; i < count; i++) {
		record__kernel_know_set(kernel, sets[i]);
		know_registrations(kernel, pid, sets[i]);
	}
	free(sets);
}
