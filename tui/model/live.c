/*
 * live.c - the recorder and its program watched, held and let go while they
 * run.
 */
#include "tui/model/live.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "trace/base/failure.h"
#include "trace/base/guard.h"
#include "trace/emit/clock.h"
#include "trace/finish/finish.h"
#include "trace/store/store.h"

#define START_WAIT 10000    /* ms that the recorder may take to begin */
#define SETTLE_AGE 30000000 /* ns that the kernel's rows may come later than the program's */
#define NEWS_AGE 250000000  /* ns after which a program that says nothing is looked at again */

struct live {
	char *trace;
	int (*complete)(struct store *store, char **error);
	pid_t recorder, program;
	int wake; /* pidfd of the recorder */
	bool ended;
	int status; /* of the recorder, once it ended */
	int output; /* memfd: the program's stdout and stderr, the recorder's too */
	struct ring_header *ring;
	size_t ring_bytes;
	uint64_t told;    /* slots published when the last snapshot was made */
	uint64_t read_at; /* when that was */
	bool told_end;
	bool settled; /* it was made when there had been nothing new for a while */
};

static void pause_for(int milliseconds)
{
	poll(NULL, 0, milliseconds);
}

/* In the child: a group of its own, so that keys at our terminal do not reach it. */
static void become(char *const argv[], int output)
{
	sigset_t none;
	int null = open("/dev/null", O_RDONLY);

	setpgid(0, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	dup2(null, STDIN_FILENO);
	dup2(output, STDOUT_FILENO);
	dup2(output, STDERR_FILENO);
	execv(argv[0], argv);
	_exit(127);
}

static bool recorder_ended(struct live *live)
{
	if (live->ended || waitpid(live->recorder, &live->status, WNOHANG) != live->recorder)
		return live->ended;
	live->ended = true;
	/* nobody reads any more: the program shall not stand at each event until it notices */
	live_let_go(live);
	return true;
}

/* Its only child, should the program not have told who it is. */
static pid_t child_of(pid_t parent)
{
	char path[64];
	int child = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)parent, (int)parent);
	file = fopen(path, "re");
	if (file && fscanf(file, "%d", &child) != 1)
		child = 0;
	if (file)
		fclose(file);
	return child;
}

static void find_program(struct live *live)
{
	if (atomic_load(&live->ring->attached))
		live->program = (pid_t)atomic_load(&live->ring->program_pid);
	else if (!live->program && !live->ended)
		live->program = child_of(live->recorder);
}

/* The ring as the recorder made it; false if the file is not there yet, or is not a ring. */
static bool map_ring(struct live *live)
{
	char *path = NULL;
	struct stat status;
	int fd;

	if (asprintf(&path, "%s-ring", live->trace) < 0)
		return false;
	fd = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	free(path);
	if (fd < 0)
		return false;
	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) &&
	    (uint64_t)status.st_size >= ring_file_bytes(RING_SLOTS_MIN)) {
		live->ring_bytes = sizeof(*live->ring) + RING_THREADS * sizeof(struct ring_thread);
		live->ring =
			mmap(NULL, live->ring_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		if (live->ring == MAP_FAILED)
			live->ring = NULL;
		else
			guard_mapping(live->ring, live->ring_bytes);
	}
	close(fd);
	/* its first page is written last */
	if (live->ring && memcmp(live->ring->magic, RING_MAGIC, sizeof(live->ring->magic)) == 0 &&
	    live->ring->abi == RING_ABI && atomic_load(&live->ring->hold))
		return true;
	if (live->ring) {
		guard_release(live->ring);
		munmap(live->ring, live->ring_bytes);
	}
	live->ring = NULL;
	return false;
}

/* The last line that the recorder wrote: why it did not begin. */
static void say_why(struct live *live, char **error)
{
	char text[512] = "";
	ssize_t n = pread(live->output, text, sizeof(text) - 1, 0);
	size_t length = n > 0 ? (size_t)n : 0;

	while (length && (text[length - 1] == '\n' || text[length - 1] == '\r'))
		text[--length] = '\0';
	failure(error, "nothing was recorded%s%s", length ? ": " : "", text);
}

int live_start(struct live **out, char *const argv[], const char *trace,
	       int (*complete)(struct store *store, char **error), char **error)
{
	struct live *live = calloc(1, sizeof(*live));
	uint64_t until = clock_now() + START_WAIT * 1000000ull;

	*out = NULL;
	if (!live || !(live->trace = strdup(trace))) {
		free(live);
		return failure(error, "out of memory");
	}
	live->complete = complete;
	live->ended = true;
	live->wake = -1;
	live->output = memfd_create("output", MFD_CLOEXEC);
	live->recorder = live->output < 0 ? -1 : fork();
	if (live->recorder == 0)
		become(argv, live->output);
	if (live->recorder < 0) {
		failure(error, "cannot start the recorder: %s", strerror(errno));
		live_free(live);
		return -1;
	}
	live->ended = false;
	live->wake = (int)syscall(SYS_pidfd_open, live->recorder, 0);
	while (!map_ring(live) && !recorder_ended(live) && clock_now() < until)
		pause_for(2);
	if (!live->ring) {
		recorder_ended(live);
		say_why(live, error);
		live_free(live);
		return -1;
	}
	*out = live;
	return 0;
}

void live_free(struct live *live)
{
	if (!live)
		return;
	live_let_go(live);
	if (live->ring) {
		guard_release(live->ring);
		munmap(live->ring, live->ring_bytes);
	}
	if (live->output >= 0)
		close(live->output);
	if (live->wake >= 0)
		close(live->wake);
	free(live->trace);
	free(live);
}

static uint64_t published(const struct live *live)
{
	struct ring_thread *threads = ring_threads(live->ring);
	uint64_t sum = 0;

	for (unsigned i = 0; i < RING_THREADS; i++)
		sum += atomic_load(&threads[i].head);
	return sum;
}

static uint64_t stored(const struct live *live)
{
	struct ring_thread *threads = ring_threads(live->ring);
	uint64_t sum = 0;

	for (unsigned i = 0; i < RING_THREADS; i++)
		sum += atomic_load(&threads[i].tail);
	return sum;
}

enum live_state live_state(struct live *live)
{
	uint32_t loop;

	if (recorder_ended(live))
		return LIVE_ENDED;
	if (atomic_load(&live->ring->hold) &&
	    atomic_load(&live->ring->stops) > atomic_load(&live->ring->passes))
		return LIVE_HELD;
	loop = atomic_load(&live->ring->loop_state);
	return loop == RING_LOOP_POLL_WAIT ? LIVE_POLLING : LIVE_RUNNING;
}

bool live_can_hold(const struct live *live)
{
	return atomic_load(&live->ring->attached) != 0;
}

pid_t live_program(const struct live *live)
{
	return live->program;
}

bool live_program_lives(const struct live *live)
{
	return live->program > 0 && !atomic_load(&live->ring->program_gone) &&
	       kill(live->program, 0) == 0;
}

int live_recorder_died(const struct live *live)
{
	return live->ended && WIFSIGNALED(live->status) ? WTERMSIG(live->status) : 0;
}

int live_wake(const struct live *live)
{
	return live->ended ? -1 : live->wake;
}

bool live_has_news(struct live *live)
{
	uint64_t age = clock_now() - live->read_at;

	if (recorder_ended(live))
		return !live->told_end;
	if (published(live) != live->told)
		return stored(live) == published(live);
	/* the kernel alone may have something to tell */
	return live_state(live) == LIVE_HELD ? !live->settled && age > SETTLE_AGE : age > NEWS_AGE;
}

bool live_is_settled(struct live *live)
{
	return live_is_told(live) && (live->ended || live->settled);
}

bool live_is_told(struct live *live)
{
	return recorder_ended(live) ? live->told_end : published(live) == live->told;
}

int live_read(struct live *live, struct store **out, char **error)
{
	bool ended = recorder_ended(live);
	uint64_t before = stored(live);
	int result;

	live->settled = live->told == before && live_state(live) == LIVE_HELD;
	live->read_at = clock_now();
	live->told_end = ended;
	find_program(live);
	/* the recorder needs the file for itself to finish it */
	if (!ended && atomic_load(&live->ring->program_gone)) {
		*out = NULL;
		return 0;
	}
	/* a recorder that died has left what a snapshot can read */
	result = ended && !live_recorder_died(live)
			 ? store_open(out, live->trace, error)
			 : store_open_snapshot(out, live->trace, live->complete, error);
	if (result == 0)
		live->told = before;
	return result;
}

int live_read_first(struct live *live, struct store **out, char **error)
{
	uint64_t until = clock_now() + START_WAIT * 1000000ull;
	char *why = NULL;
	bool ended;

	do {
		ended = recorder_ended(live);
		free(why);
		why = NULL;
		*out = NULL;
		if (live_read(live, out, &why) == 0 && *out)
			return 0;
		if (!ended)
			pause_for(2);
	} while (!ended && clock_now() < until);
	/* the recorder's own words say more than that its trace is not there */
	free(why);
	say_why(live, error);
	return -1;
}

void live_pass(struct live *live, enum ring_hold hold)
{
	live->settled = false;
	atomic_store(&live->ring->passes, atomic_load(&live->ring->stops));
	atomic_store(&live->ring->hold, hold);
}

void live_hold(struct live *live)
{
	atomic_store(&live->ring->hold, RING_HOLD_EVENTS);
}

void live_let_go(struct live *live)
{
	if (live->ring)
		atomic_store(&live->ring->hold, RING_HOLD_NOT);
}

bool live_is_held(const struct live *live)
{
	return atomic_load(&live->ring->hold) != RING_HOLD_NOT;
}

void live_copy_output(struct live *live, FILE *out)
{
	char bytes[4096];
	off_t at = 0;
	ssize_t n;

	while ((n = pread(live->output, bytes, sizeof(bytes), at)) > 0) {
		fwrite(bytes, 1, (size_t)n, out);
		at += n;
	}
}
