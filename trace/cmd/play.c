/*
 * play.c - loopscope play: both ends of a scenario.
 *
 * The scripted peer is a child of this command and is not traced; the client
 * runs under the recorder.  The peer watches the recording's ring, so that it
 * sends a segment only when the client waits for one.  What the client put on
 * the wire goes from the peer to the recorder, through a pipe of notes, and
 * becomes part of the trace.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "samples/scenario/peer.h"
#include "samples/scenario/watch.h"
#include "trace/cmd/command.h"
#include "trace/cmd/common.h"
#include "trace/cmd/recorder.h"

enum { OPTION_GENERATION = 1, OPTION_SKIP_PAUSES, OPTION_SEGMENT, OPTION_JSON };

static const struct option_row rows[] = {
	{ OPTION_GENERATION, 'g', "generation", "3.1|4.3|1.2",
	  "behave as this Tornado (default 3.1; 1.2 is not there yet)" },
	RECORDER_ROWS,
	{ OPTION_SKIP_PAUSES, 0, "skip-pauses", NULL,
	  "do not wait out the script's pauses, unless time is its subject" },
	{ OPTION_SEGMENT, 0, "segment", "N",
	  "cut what the peer sends into pieces of N bytes (the first 16384)" },
	{ OPTION_JSON, 0, "json", NULL, "print each outcome as one JSON object" },
	{ 0 },
};

struct play {
	struct recorder recorder;
	struct scenario *scenario;
	char *path; /* of the scenario, absolute; owned */
	struct peer_options peer;
	char generation[8];
	bool skip_pauses, json;
	int notes[2]; /* from the peer to the recorder */
};

/* "wire_request:1<TAB>bytes", escaped so that it stays on its line. */
static void note_request(void *user, unsigned index, const void *bytes, size_t length)
{
	const unsigned char *at = bytes;
	FILE *notes = user;

	fprintf(notes, "wire_request:%u\t", index);
	for (size_t i = 0; i < length; i++) {
		if (at[i] < ' ' || at[i] == '\\' || at[i] >= 0x7f)
			fprintf(notes, "\\x%02x", at[i]);
		else
			putc(at[i], notes);
	}
	putc('\n', notes);
	fflush(notes);
}

/* The child: plays the script and says what it read.  Ends with the command. */
static int play_peer(struct peer *peer)
{
	int status = peer_run(peer);

	if (status == 0)
		return EXIT_DONE;
	return trouble("the peer: %s", peer_error(peer)->text);
}

static pid_t start_peer(struct play *play, struct peer *peer)
{
	pid_t parent = getpid(), child;

	fflush(NULL);
	child = fork();
	if (child != 0)
		return child;
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	close(play->notes[0]);
	_exit(getppid() == parent ? play_peer(peer) : EXIT_TROUBLE);
}

static int add_facts(struct play *play, const struct peer *peer)
{
	struct recorder *recorder = &play->recorder;

	if (recorder_runs_client(recorder) ||
	    recorder_add(recorder, "--fact=scenario=%s", play->path) ||
	    (*play->scenario->title &&
	     recorder_add(recorder, "--fact=title=%s", play->scenario->title)))
		return EXIT_TROUBLE;
	if (!peer)
		return 0;
	if (recorder_add(recorder, "--fact=alias:PORT=%u", peer_port(peer)) ||
	    recorder_add(recorder, "--notes=%d", play->notes[0]))
		return EXIT_TROUBLE;
	if (peer_refused_port(peer) == peer_port(peer))
		return 0;
	return recorder_add(recorder, "--fact=alias:REFUSED=%u", peer_refused_port(peer));
}

/* The client's command line, and the recorder becomes our child. */
static pid_t start_recorder(struct play *play, const struct peer *peer)
{
	static char word[] = "play", json[] = "--json", generation[] = "-g";
	char client[PATH_MAX], port[16], refused[16];
	char *argv[10];
	int n = 0;
	pid_t child;

	if (find_program(client, sizeof(client), "loopscope-client") < 0) {
		trouble("loopscope-client is neither beside this program nor installed");
		return -1;
	}
	snprintf(port, sizeof(port), "%u", peer ? peer_port(peer) : 0);
	snprintf(refused, sizeof(refused), "%u", peer ? peer_refused_port(peer) : 0);
	argv[n++] = client;
	argv[n++] = word;
	argv[n++] = generation;
	argv[n++] = play->generation;
	if (play->json)
		argv[n++] = json;
	argv[n++] = play->path;
	argv[n++] = port;
	argv[n++] = refused;
	argv[n] = NULL;
	if (add_facts(play, peer))
		return -1;
	fflush(NULL);
	child = fork();
	if (child == 0)
		_exit(recorder_become(&play->recorder, argv));
	if (child < 0)
		trouble("cannot start the recorder: %s", strerror(errno));
	return child;
}

/* Waits; the exit status, or 128 and the signal. */
static int wait_for(pid_t child)
{
	int status;

	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return EXIT_TROUBLE;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* The recorder, which passes on to the client what is sent to us. */
static volatile sig_atomic_t forward_to;

static void forward(int number, siginfo_t *info, void *context)
{
	(void)context;
	/* what comes from the terminal comes to all of us */
	if (forward_to > 0 && info->si_code <= 0)
		kill((pid_t)forward_to, number);
}

static void forward_signals(pid_t recorder)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	struct sigaction action = { .sa_sigaction = forward, .sa_flags = SA_SIGINFO | SA_RESTART };

	forward_to = recorder;
	for (unsigned i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		sigaction(numbers[i], &action, NULL);
}

/* Recorder and peer, side by side; the recorder reads notes until the peer ends. */
static int run_both(struct play *play, struct peer *peer)
{
	pid_t peer_child = 0, recorder_child;
	int status = recorder_clear(&play->recorder), peer_status = EXIT_DONE;

	if (status)
		return status;
	if (peer) {
		peer_child = start_peer(play, peer);
		if (peer_child < 0)
			return trouble("cannot start the peer: %s", strerror(errno));
		fclose(play->peer.user);
		play->peer.user = NULL;
	}
	recorder_child = start_recorder(play, peer);
	if (peer)
		close(play->notes[0]);
	if (recorder_child < 0) {
		if (peer_child > 0)
			kill(peer_child, SIGTERM);
		status = EXIT_TROUBLE;
	} else {
		forward_signals(recorder_child);
		status = wait_for(recorder_child);
		forward_to = 0;
		/* a recorder that was killed leaves the client running: it needs its peer */
		if (status != EXIT_DONE && status < 128 && peer_child > 0)
			kill(peer_child, SIGTERM);
	}
	if (peer_child > 0)
		peer_status = wait_for(peer_child);
	return status ? status : peer_status;
}

static int play_with_peer(struct play *play)
{
	char ring[PATH_MAX];
	struct scenario_error error;
	struct watch *watch = NULL;
	struct peer *peer = NULL;
	int status = EXIT_TROUBLE;

	if (snprintf(ring, sizeof(ring), "%s-ring", play->recorder.output) >= (int)sizeof(ring))
		return trouble("the trace's name is too long");
	if (pipe(play->notes) < 0)
		return trouble("no pipe: %s", strerror(errno));
	fcntl(play->notes[1], F_SETFD, FD_CLOEXEC);
	play->peer.user = fdopen(play->notes[1], "w");
	if (!play->peer.user || watch_new(&watch, ring) < 0) {
		trouble("out of memory");
		goto out;
	}
	play->peer.watch = watch_interface(watch);
	play->peer.on_request = note_request;
	play->peer.skip_pauses = play->skip_pauses && !scenario_is_timed(play->scenario);
	if (peer_new(&peer, play->scenario, &play->peer, &error) < 0)
		trouble("%s: %s", play->path, error.text);
	else
		status = run_both(play, peer);
	peer_free(peer);
out:
	watch_free(watch);
	if (play->peer.user)
		fclose(play->peer.user);
	return status;
}

static int take(void *user, int id, const struct options *options)
{
	struct play *play = user;
	long long number;

	switch (id) {
	case OPTION_GENERATION:
		if (strcmp(options->value, "1.2") == 0)
			return trouble("generation 1.2 is not there yet; use -g 3.1 or -g 4.3");
		snprintf(play->generation, sizeof(play->generation), "%s", options->value);
		return 0;
	case OPTION_SKIP_PAUSES:
		play->skip_pauses = true;
		return 0;
	case OPTION_JSON:
		play->json = true;
		return 0;
	case OPTION_SEGMENT:
		number = options_number(options, "--segment", 1, INT_MAX);
		play->peer.segment = number > 0 ? (size_t)number : 0;
		return number < 0 ? EXIT_TROUBLE : 0;
	}
	return recorder_take(&play->recorder, id, options);
}

static int load_and_play(struct play *play, const char *path)
{
	struct scenario_error error;
	int status;

	play->path = realpath(path, NULL);
	if (!play->path)
		return trouble("%s: %s", path, strerror(errno));
	if (scenario_load(&play->scenario, play->path, &error) < 0) {
		status = trouble("%s: %s", path, error.text);
	} else if (play->scenario->role == SCENARIO_CLIENT) {
		status = trouble("%s: scenarios of role client are not there yet", path);
	} else if (play->scenario->role == SCENARIO_LOOP) {
		status = run_both(play, NULL);
	} else {
		status = play_with_peer(play);
	}
	scenario_free(play->scenario);
	free(play->path);
	return status;
}

static int run_play(int argc, char **argv)
{
	struct play play = { .peer = PEER_OPTIONS_INIT, .generation = "3.1" };
	struct options options;
	int status = recorder_init(&play.recorder);

	options_init(&options, &command_play, argc, argv);
	if (!status && !options_take(&options, take, &play))
		status = options.status;
	else if (!status && argc - options.rest != 1)
		status = trouble("play needs one scenario; see 'loopscope help play'");
	else if (!status)
		status = load_and_play(&play, argv[options.rest]);
	recorder_release(&play.recorder);
	return status;
}

const struct command command_play = {
	.name = "play",
	.usage = "play [OPTION...] SCENARIO",
	.summary = "Play both ends of a scenario and record ours",
	.help = "Role server: a scripted peer answers our client.  Role loop: a program of\n"
		"the loop alone.\n"
		"\n"
		"Exit: 0 the scenario was played to its end, whatever the fetch came to; 2\n"
		"usage or trouble; 3 with --kernel=require when the kernel's view cannot be\n"
		"had.",
	.options = rows,
	.run = run_play,
};
