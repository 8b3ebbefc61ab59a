/*
 * record.c - the recorder's life: start the program, drain until it ends,
 * finish the trace.
 */
#include "trace/record/record.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "trace/base/failure.h"
#include "trace/emit/clock.h"
#include "trace/finish/finish.h"
#include "trace/record/drain.h"
#include "trace/record/handover.h"
#include "trace/record/identity.h"
#include "trace/record/inherited.h"
#include "trace/record/internal.h"
#include "trace/record/kernel.h"
#include "trace/store/store.h"
#include "trace/write/writer.h"

#define TICK 2            /* ms between two looks at a quiet ring */
#define BUSY_RECORDS 1000 /* a pass that took more is followed by another at once */
#define NOTES_WAIT 30000  /* ms that notes may come after the program's end */

struct recording {
	const struct record_options *options;
	struct store *store;
	struct ring_file *ring;
	struct writer *writer;
	struct drain *drain;
	struct kernel_source *kernel;  /* NULL: without the kernel's rows */
	struct probe_reason no_kernel; /* why */
	struct record_notes notes;
	struct inherited inherited;
	struct identity caller;  /* the trace is his */
	struct identity runs_as; /* the program is */
	struct handover handover;
	sigset_t mask; /* as it was before */
	int signals;   /* signalfd */
	pid_t pid;
	bool ended; /* the program was reaped, with wait_status */
	int wait_status;
	int attached;  /* pidfd of a process that ran already, else -1 */
	bool let_go;   /* of that process: it runs on */
	bool stopped;  /* the store failed */
	bool full;     /* for lack of room */
	char *trouble; /* the sentence that says so */
};

static int take_signals(struct recording *r, char **error)
{
	static const int numbers[] = { SIGCHLD, SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE };
	sigset_t ours;

	sigemptyset(&ours);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		sigaddset(&ours, numbers[i]);
	sigprocmask(SIG_BLOCK, &ours, &r->mask);
	r->signals = signalfd(-1, &ours, SFD_CLOEXEC | SFD_NONBLOCK);
	return r->signals < 0 ? failure(error, "cannot watch signals: %s", strerror(errno)) : 0;
}

/* A process that ran already is nobody's to send signals to: whichever comes ends the watch. */
static void handle_signals_attached(struct recording *r)
{
	struct signalfd_siginfo info;

	while (read(r->signals, &info, sizeof(info)) == sizeof(info))
		if (info.ssi_signo != SIGCHLD && info.ssi_signo != SIGPIPE)
			r->let_go = true;
	r->let_go = (r->let_go || r->stopped) && !record__attached_ended(r->attached);
	r->ended = r->let_go || record__attached_ended(r->attached);
}

/*
 * A signal from the terminal reaches the program by itself, but for the one
 * that says it was closed: that comes to the leader of the session alone.  One
 * that was sent to us is meant for the program.
 */
static bool is_for_program(const struct signalfd_siginfo *info)
{
	if (info->ssi_signo == SIGCHLD || info->ssi_signo == SIGPIPE)
		return false;
	return info->ssi_code <= 0 || (info->ssi_signo == SIGHUP && getsid(0) == getpid());
}

static void handle_signals(struct recording *r)
{
	struct signalfd_siginfo info;

	if (r->attached >= 0) {
		handle_signals_attached(r);
		return;
	}
	while (read(r->signals, &info, sizeof(info)) == sizeof(info)) {
		if (!r->ended && is_for_program(&info))
			kill(r->pid, (int)info.ssi_signo);
	}
	if (!r->ended && waitpid(r->pid, &r->wait_status, WNOHANG) == r->pid)
		r->ended = true;
}

/* The store cannot go on.  The program can: from now on its events are dropped. */
static void stop_storing(struct recording *r, char *why)
{
	r->stopped = true;
	r->full = store_is_full(r->store);
	if (r->ring)
		atomic_store(&r->ring->header->stopped_reading, 1);
	writer_rollback(r->writer);
	failure(&r->trouble, "%s: the trace ends after %llu events, the program was not disturbed",
		why ? why : "out of memory", (unsigned long long)writer_events(r->writer));
	free(why);
}

static void pause_for(const struct recording *r, int milliseconds)
{
	struct pollfd wait[3] = { { .fd = r->signals, .events = POLLIN },
				  { .fd = r->notes.fd, .events = POLLIN },
				  { .fd = r->handover.listener, .events = POLLIN } };

	poll(wait, 3, milliseconds);
}

static void serve_program(const struct recording *r)
{
	handover_serve(&r->handover, r->pid, r->runs_as.other ? r->runs_as.uid : getuid());
}

/* Whoever reads along started us; when he is gone nobody can let the program go but us. */
static void watch_reader(struct recording *r)
{
	if (r->options->reader && getppid() != r->options->reader)
		atomic_store(&r->ring->header->hold, RING_HOLD_NOT);
}

/*
 * Before each pass: what the kernel saw after the program had attached to the
 * ring is taken by a later pass only, so no row of it is mistaken.
 */
static void hear_program(struct recording *r)
{
	if (r->ring && atomic_load(&r->ring->header->attached))
		record__kernel_program_speaks(r->kernel);
}

static void drain_while_running(struct recording *r)
{
	while (!r->ended) {
		char *why = NULL;
		int64_t taken = 0;

		watch_reader(r);
		serve_program(r);
		hear_program(r);
		if (!r->stopped)
			taken = drain_pass(r->drain, &why);
		if (taken >= 0 && record__read_notes(&r->notes, r->store,
						     r->stopped ? NULL : r->writer, &why) < 0)
			taken = -1;
		if (taken < 0)
			stop_storing(r, why);
		handle_signals(r);
		if (!r->ended && taken < BUSY_RECORDS)
			pause_for(r, r->stopped ? 100 : TICK);
	}
	atomic_store(&r->ring->header->program_gone, 1);
	hear_program(r);
	record__kernel_program_gone(r->kernel);
}

/* Until whoever writes notes has closed his end, within bounds. */
static int read_last_notes(struct recording *r, char **error)
{
	uint64_t until = clock_now() + NOTES_WAIT * 1000000ull;

	while (r->notes.fd >= 0 && clock_now() < until) {
		struct pollfd wait = { .fd = r->notes.fd, .events = POLLIN };

		if (record__read_notes(&r->notes, r->store, r->stopped ? NULL : r->writer, error) <
		    0)
			return -1;
		if (r->notes.fd >= 0)
			poll(&wait, 1, 100);
	}
	return 0;
}

/* From the moment that the trace has its end nobody needs the ring. */
static void drop_ring(struct recording *r)
{
	drain_free(r->drain);
	r->drain = NULL;
	handover_close(&r->handover);
	if (r->ring)
		ring_file_remove(r->ring);
	ring_file_free(r->ring);
	r->ring = NULL;
}

/* How it ended in words; returns its exit status, -1 of one that is not our child. */
static int how_it_ended(const struct recording *r, char *how)
{
	if (r->attached >= 0) {
		snprintf(how, RECORD_HOW_BYTES, "%s",
			 r->let_go ? "let go of, it runs on" : "ended, its status is not known");
		return -1;
	}
	record__how(r->wait_status, how);
	return record__exit_status(r->wait_status);
}

static int finish(struct recording *r, char **error)
{
	char how[RECORD_HOW_BYTES];
	uint64_t time = clock_now();
	int status = how_it_ended(r, how);

	/* known from here on, should we be killed before the end is written */
	if (writer_begin(r->writer, error) < 0 ||
	    store_put_fact(r->store, "program_end", how, error) < 0 ||
	    (status >= 0 && store_put_fact_number(r->store, "program_status", status, error) < 0))
		return -1;
	if (drain_rest(r->drain, error) < 0 ||
	    record__kernel_finish(r->kernel, r->store, error) < 0 ||
	    read_last_notes(r, error) < 0 ||
	    record__put_end(r->store, r->writer, time, (uint32_t)r->pid, how, status,
			    drain_lost(r->drain), error) < 0)
		return -1;
	drop_ring(r);
	return store_finish(r->store, error);
}

/*
 * After trouble: the ring's room is given back first, for it may be just what
 * the last rows need.  What does not fit is left out; what was committed can
 * be read either way.
 */
static void finish_after_trouble(struct recording *r)
{
	char how[RECORD_HOW_BYTES];
	uint64_t lost, time = clock_now();
	int status = how_it_ended(r, how);

	if (!r->drain)
		return; /* it has its end, and only lacks indexes */
	lost = drain_lost(r->drain);
	read_last_notes(r, NULL);
	drop_ring(r);
	if (writer_gap(r->writer, 0, "program", -1,
		       r->full ? "no space left for the trace" : "the recording failed",
		       NULL) < 0 ||
	    record__put_end(r->store, r->writer, time, (uint32_t)r->pid, how, status, lost, NULL) <
		    0)
		writer_rollback(r->writer);
	store_finish(r->store, NULL);
}

static int open_storage(struct recording *r, bool *full, char **error)
{
	const struct record_options *o = r->options;

	if (ring_file_clear(o->trace, store_look(o->trace) == STORE_LOOK_TRACE, error) < 0 ||
	    (o->reader ? store_create_shared : store_create)(&r->store, o->trace, full, error) < 0)
		return -1;
	identity_give(&r->caller, o->trace, "");
	identity_give(&r->caller, o->trace, "-wal");
	if (ring_file_create(&r->ring, o->trace, &o->ring, full, error) < 0)
		return -1;
	identity_give(&r->caller, r->ring->path, "");
	if (writer_new(&r->writer, r->store, error) < 0 || writer_begin(r->writer, error) < 0 ||
	    record__put_facts(r->store, o, error) < 0 ||
	    record__kernel_put_facts(r->kernel, r->store, &r->no_kernel, error) < 0 ||
	    writer_commit(r->writer, error) < 0) {
		*full = store_is_full(r->store);
		return -1;
	}
	if (drain_new(&r->drain, r->ring, r->writer, r->store, error) < 0)
		return -1;
	if (o->reader)
		drain_commit_soon(r->drain);
	return record__kernel_join(r->kernel, r->writer, r->drain, error);
}

static void close_storage(struct recording *r)
{
	drain_free(r->drain);
	record__kernel_free(r->kernel);
	writer_free(r->writer);
	store_free(r->store);
	ring_file_free(r->ring);
	r->drain = NULL;
	r->kernel = NULL;
	r->writer = NULL;
	r->store = NULL;
	r->ring = NULL;
}

/* As if we had never been: the store's own files go when it is closed. */
static void discard_storage(struct recording *r)
{
	bool made = r->store != NULL;

	if (r->ring)
		ring_file_remove(r->ring);
	close_storage(r);
	if (made)
		store_remove(r->options->trace);
}

static void aim(void *context, pid_t pid)
{
	record__kernel_target(((struct recording *)context)->kernel, pid);
}

/* How the program is started: with the ring, in one way or the other, unless there is none. */
static int offer_ring(struct recording *r, struct record_start *how, char **error)
{
	int fd = ring_file_open_again(r->ring);

	if (fd < 0)
		return failure(error, "cannot open %s: %s", r->ring->path, strerror(-fd));
	if (!how->client && handover_open(&r->handover, fd, how->spans_fd, error) < 0)
		return -1;
	how->ring_fd = fd;
	how->socket = r->handover.name;
	return 0;
}

static int start(struct recording *r, char **error)
{
	struct record_start how = { .argv = r->options->argv,
				    .client = r->options->client,
				    .identity = &r->runs_as,
				    .socket = "",
				    .ring_fd = -1,
				    .spans_fd = record__kernel_spans_fd(r->kernel),
				    .mask = &r->mask,
				    .forked = aim,
				    .context = r };

	if (r->ring && offer_ring(r, &how, error) < 0)
		return -1;
	r->pid = record__spawn(&how, error);
	if (how.client && how.ring_fd >= 0)
		close(how.ring_fd);
	inherited_close(&r->inherited, r->notes.fd);
	return r->pid < 0 ? -1 : 0;
}

/* No room even for an empty trace: the program is run all the same. */
static int run_untraced(struct recording *r, char **error)
{
	if (start(r, error) < 0)
		return RECORD_TROUBLE;
	while (!r->ended) {
		record__read_notes(&r->notes, NULL, NULL, NULL);
		handle_signals(r);
		if (!r->ended)
			pause_for(r, 100);
	}
	failure(error, "no space left for %s: the program ran without being recorded",
		r->options->trace);
	return RECORD_TROUBLE;
}

/* The process was there all the time; only now is it certain that it was the one meant. */
static int attach(struct recording *r, char **error)
{
	char words[128];

	r->pid = r->options->attach;
	record__kernel_attach(r->kernel, r->pid);
	if (record__attached_ended(r->attached))
		return failure(error, "process %d has ended", (int)r->pid);
	record__attached_know(r->kernel, r->pid);
	snprintf(words, sizeof(words),
		 "watching process %d; it goes on when a signal (Ctrl-C) "
		 "ends this",
		 (int)r->pid);
	if (r->options->remark && isatty(STDERR_FILENO))
		r->options->remark(words);
	return store_put_fact_number(r->store, "attached", 1, error);
}

static int run_traced(struct recording *r, char **error)
{
	char *why = NULL;

	if ((r->attached >= 0 ? attach : start)(r, error) < 0) {
		discard_storage(r);
		return RECORD_TROUBLE;
	}
	if (store_put_fact_number(r->store, "program_pid", r->pid, &why) < 0)
		stop_storing(r, why);
	drain_while_running(r);
	why = NULL;
	if (!r->stopped && finish(r, &why) < 0)
		stop_storing(r, why);
	if (r->stopped) {
		finish_after_trouble(r);
		failure(error, "%s", r->trouble);
	}
	close_storage(r);
	return r->stopped ? RECORD_TROUBLE : RECORD_DONE;
}

/* Before anything is made: whose the trace will be, and the program. */
static int choose_identities(struct recording *r, char **error)
{
	if (identity_of_caller(&r->caller, error) < 0)
		return -1;
	r->runs_as = r->caller;
	return r->options->user ? identity_of_user(&r->runs_as, r->options->user, error) : 0;
}

static int record_whole_run(struct recording *r, int *status, char **error)
{
	bool full = false;
	int result;

	if (choose_identities(r, error) < 0 ||
	    (r->attached < 0 && !record__can_run(r->options->argv[0], error)) ||
	    take_signals(r, error) < 0)
		return RECORD_TROUBLE;
	if (open_storage(r, &full, error) < 0) {
		discard_storage(r);
		return full && r->attached < 0 ? run_untraced(r, error) : RECORD_TROUBLE;
	}
	result = run_traced(r, error);
	*status = r->attached < 0 ? record__exit_status(r->wait_status) : 0;
	return result;
}

static void tell_no_kernel(const struct recording *r)
{
	char sentence[PROBE_SENTENCE + 64];

	snprintf(sentence, sizeof(sentence), "without the kernel's rows: %s",
		 r->no_kernel.sentence);
	if (r->options->remark)
		r->options->remark(sentence);
}

int record_run(const struct record_options *options, int *status, char **error)
{
	struct record_options own = *options;
	char **command = NULL;
	struct recording r = { .options = &own,
			       .signals = -1,
			       .attached = -1,
			       .notes.fd = options->notes,
			       .handover = HANDOVER_NOTHING };
	int result;

	inherited_fill_standard(options->client);
	inherited_find(&r.inherited);
	record__ignore_size_limit();
	if (options->attach) {
		r.attached = record__attach_open(options->attach, error);
		if (r.attached < 0)
			return RECORD_TROUBLE;
		own.argv = command = record__attached_command(options->attach);
	}
	if (record__kernel_open(&r.kernel, &own, &r.no_kernel) < 0) {
		failure(error, "the kernel's rows cannot be recorded: %s", r.no_kernel.sentence);
		result = RECORD_UNABLE;
		goto out;
	}
	if (!r.kernel && *r.no_kernel.sentence)
		tell_no_kernel(&r);
	result = own.argv ? record_whole_run(&r, status, error) : RECORD_TROUBLE;
	handover_close(&r.handover);
	record__notes_release(&r.notes);
	record__kernel_free(r.kernel);
	if (r.signals >= 0) {
		close(r.signals);
		sigprocmask(SIG_SETMASK, &r.mask, NULL);
	}
	free(r.trouble);
out:
	if (r.attached >= 0) {
		record__attached_command_free(command);
		close(r.attached);
	}
	return result;
}
