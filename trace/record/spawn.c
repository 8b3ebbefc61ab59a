/*
 * spawn.c - the program's start: what it inherits, and what our own client must not.
 */
#include "trace/record/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "trace/base/failure.h"
#include "trace/record/identity.h"

/* What the child could not do, sent through a pipe that exec closes. */
struct refusal {
	int number; /* errno */
	enum { AT_DESCRIPTORS = 1, AT_IDENTITY, AT_PRIVILEGES, AT_EXEC } place;
};

static bool is_program(const char *path, int *why)
{
	struct stat status;

	if (stat(path, &status) < 0) {
		*why = errno;
		return false;
	}
	if (!S_ISREG(status.st_mode) || access(path, X_OK) < 0) {
		*why = EACCES;
		return false;
	}
	return true;
}

bool record__can_run(const char *program, char **error)
{
	const char *path = getenv("PATH");
	int why = ENOENT;

	if (strchr(program, '/')) {
		if (is_program(program, &why))
			return true;
		path = "";
	}
	if (!path)
		path = "/bin:/usr/bin";
	/* as execvp(): an empty element, also the first or last one, is the current folder */
	for (bool more = *path; more; path += *path == ':') {
		size_t length = strcspn(path, ":");
		char candidate[PATH_MAX];
		int ignored;

		if (snprintf(candidate, sizeof(candidate), "%.*s%s%s", (int)length, path,
			     length ? "/" : "./", program) < (int)sizeof(candidate) &&
		    is_program(candidate, &ignored))
			return true;
		path += length;
		more = *path == ':';
	}
	failure(error, "cannot run %s: %s", program, strerror(why));
	return false;
}

/* Marks all from the first one on, one by one where the kernel has no call for that. */
static int close_at_exec(unsigned first)
{
	struct rlimit most;

	if (close_range(first, ~0u, CLOSE_RANGE_CLOEXEC) == 0)
		return 0;
	if ((errno != EINVAL && errno != ENOSYS) || getrlimit(RLIMIT_NOFILE, &most) < 0)
		return -1;
	for (unsigned fd = first; fd < most.rlim_cur; fd++)
		fcntl((int)fd, F_SETFD, FD_CLOEXEC);
	return 0;
}

/*
 * Of the client: 0, 1 and 2 pass, RING_FD if there is a ring, RING_SPANS_FD if the kernel
 * watches; all the rest is closed by exec, the pipe that reports a failure of
 * exec among it.
 */
static int pass_descriptors(const struct record_start *start)
{
	int ring = -1, spans = -1;

	/* first out of the way of each other's numbers */
	if (start->ring_fd >= 0 &&
	    (ring = fcntl(start->ring_fd, F_DUPFD_CLOEXEC, RING_SPANS_FD + 1)) < 0)
		return -1;
	if (start->spans_fd >= 0 &&
	    (spans = fcntl(start->spans_fd, F_DUPFD_CLOEXEC, RING_SPANS_FD + 1)) < 0)
		return -1;
	if (close_at_exec(RING_FD) < 0)
		return -1;
	if (ring >= 0 && dup2(ring, RING_FD) < 0)
		return -1;
	return spans >= 0 && dup2(spans, RING_SPANS_FD) < 0 ? -1 : 0;
}

static void set_or_unset(const char *name, const char *value)
{
	if (value)
		setenv(name, value, 1);
	else
		unsetenv(name);
}

/* Sockets that were meant for the process which is now the recorder are the program's. */
static void pass_activation(void)
{
	const char *text = getenv("LISTEN_PID");
	char number[16];

	if (!text || strtol(text, NULL, 10) != getppid())
		return;
	snprintf(number, sizeof(number), "%d", (int)getpid());
	setenv("LISTEN_PID", number, 1);
}

static void set_environment(const struct record_start *start)
{
	bool asks = !start->client && *start->socket;

	set_or_unset(RING_SOCKET_ENV, asks ? start->socket : NULL);
	set_or_unset(RING_ENV, start->client && start->ring_fd >= 0 ? "3" : NULL);
	set_or_unset(RING_SPANS_ENV, start->client && start->spans_fd >= 0 ? "4" : NULL);
	pass_activation();
}

/*
 * No capability now and none at exec, root or not.  The bounding set can only
 * be emptied by who may; without the right there is nothing to take away.
 */
static int drop_privileges(const struct identity *identity)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[2] = { { 0, 0, 0 }, { 0, 0, 0 } };

	for (unsigned long c = 0; c <= 63; c++)
		if (prctl(PR_CAPBSET_DROP, c, 0, 0, 0) < 0 && errno == EINVAL)
			break;
	prctl(PR_SET_SECUREBITS, SECBIT_NOROOT | SECBIT_NOROOT_LOCKED, 0, 0, 0);
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	if (identity_become(identity) < 0)
		return AT_IDENTITY;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || syscall(SYS_capset, &head, none) < 0)
		return AT_PRIVILEGES;
	return 0;
}

static struct sigaction size_limit;

void record__ignore_size_limit(void)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN };

	sigaction(SIGXFSZ, &ignore, &size_limit);
}

/* Until the parent has done what is to be done before; its end of the gate closes then. */
static void wait_at_gate(int gate)
{
	char byte;

	while (read(gate, &byte, 1) < 0 && errno == EINTR)
		;
}

/* 0, or the place where it could not be prepared. */
static int prepare(const struct record_start *start, int *report)
{
	if (!start->client)
		return identity_become(start->identity) < 0 ? AT_IDENTITY : 0;
	/* out of the way of the numbers that the client is to have */
	*report = fcntl(*report, F_DUPFD_CLOEXEC, RING_SPANS_FD + 1);
	if (*report < 0 || pass_descriptors(start) < 0)
		return AT_DESCRIPTORS;
	return drop_privileges(start->identity);
}

static void become_program(const struct record_start *start, int report, int gate)
{
	struct refusal refusal;

	wait_at_gate(gate);
	set_environment(start);
	refusal.place = prepare(start, &report);
	if (!refusal.place) {
		refusal.place = AT_EXEC;
		sigaction(SIGXFSZ, &size_limit, NULL);
		sigprocmask(SIG_SETMASK, start->mask, NULL);
		execvp(start->argv[0], start->argv);
	}
	refusal.number = errno;
	if (write(report, &refusal, sizeof(refusal)) < 0)
		_exit(126);
	_exit(127);
}

static int tell_refusal(const struct refusal *refusal, const char *program, char **error)
{
	static const char *const words[] = {
		[AT_DESCRIPTORS] = "cannot pass descriptors to",
		[AT_IDENTITY] = "cannot become the user who is to run",
		[AT_PRIVILEGES] = "cannot give up privileges for",
		[AT_EXEC] = "cannot run",
	};

	return failure(error, "%s %s: %s", words[refusal->place], program,
		       strerror(refusal->number));
}

static void close_both(const int *ends)
{
	close(ends[0]);
	close(ends[1]);
}

/* Forks behind a gate: ends reports from the child, gate lets it go. */
static pid_t fork_at_gate(const struct record_start *start, int *ends, int *gate)
{
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	if (pipe2(gate, O_CLOEXEC) < 0) {
		close_both(ends);
		return -1;
	}
	pid = fork();
	if (pid == 0) {
		close(gate[1]);
		become_program(start, ends[1], gate[0]);
	}
	if (pid < 0) {
		close_both(ends);
		close_both(gate);
	}
	return pid;
}

pid_t record__spawn(const struct record_start *start, char **error)
{
	struct refusal refusal;
	int ends[2], gate[2];
	ssize_t n;
	pid_t pid = fork_at_gate(start, ends, gate);

	if (pid < 0)
		return failure(error, "cannot start %s: %s", start->argv[0], strerror(errno));
	if (start->forked)
		start->forked(start->context, pid);
	close_both(gate);
	close(ends[1]);
	do
		n = read(ends[0], &refusal, sizeof(refusal));
	while (n < 0 && errno == EINTR);
	close(ends[0]);
	if (n != sizeof(refusal))
		return pid;
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return (pid_t)tell_refusal(&refusal, start->argv[0], error);
}
