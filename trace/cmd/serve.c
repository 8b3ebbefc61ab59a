/*
 * serve.c - loopscope serve: the scripted peer of a scenario alone, until it
 * ends or Ctrl-C.
 */
#include "trace/cmd/command.h"

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "samples/scenario/peer.h"
#include "trace/cmd/common.h"

enum { SERVE_PORT = 1, SERVE_SEGMENT };

static const struct option_row serve_options[] = {
	{ SERVE_PORT, 'p', "port", "N", "listen on this port instead of any free one" },
	{ SERVE_SEGMENT, 0, "segment", "N",
	  "cut what is sent into pieces of N bytes (the first 16384)" },
	{ 0 }
};

static int run_serve(int argc, char **argv);

const struct command command_serve = {
	.name = "serve",
	.usage = "serve [--port N] [--segment N] SCENARIO",
	.summary = "Play the server of a scenario for any client",
	.help = "Plays the scripted peer of a .scn file of role server, once, and nothing\n"
		"else: the client is yours.  The first line printed is the URL to fetch.\n"
		"With --segment each piece is a send of its own; how many of them a client\n"
		"finds at once is up to it.  (play, which sees its client, waits between them.)\n"
		"Ends with the scenario, or when interrupted.\n"
		"\n"
		"Exit: 0 done, 2 usage or trouble.",
	.options = serve_options,
	.run = run_serve,
};

/*
 * A descriptor that is readable once somebody asks us to end.  The signals
 * stay blocked: the peer looks at the descriptor between any two waits.
 */
static int open_stop_fd(void)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	if (sigprocmask(SIG_BLOCK, &signals, NULL) < 0)
		return -1;
	return signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int print_url(const struct scenario *scenario, const struct peer *peer)
{
	const char *path = scenario->fetch_count ? scenario->fetches[0].path : scenario->url_path;

	printf("%s://%s:%u%s\n", scenario->https ? "https" : "http", scenario->url_host,
	       peer_port(peer), path);
	return stdout_finish(EXIT_DONE);
}

static int serve(const struct scenario *scenario, const struct peer_options *options)
{
	struct scenario_error error;
	struct peer *peer;
	int rc = peer_new(&peer, scenario, options, &error);

	if (rc)
		return trouble("%s", error.text);
	/* a peer whose URL nobody learns would wait for ever */
	rc = print_url(scenario, peer);
	if (!rc && peer_run(peer))
		rc = trouble("%s", peer_error(peer)->text);
	peer_free(peer);
	return rc;
}

static int run_serve(int argc, char **argv)
{
	struct peer_options peer_options = PEER_OPTIONS_INIT;
	struct scenario *scenario;
	struct scenario_error error;
	struct options options;
	long long number;
	int id, status;

	options_init(&options, &command_serve, argc, argv);
	while ((id = options_next(&options)) > 0) {
		number = id == SERVE_PORT ? options_number(&options, "--port", 0, UINT16_MAX)
					  : options_number(&options, "--segment", 1, INT_MAX);
		if (number < 0)
			return EXIT_TROUBLE;
		if (id == SERVE_PORT)
			peer_options.port = (uint16_t)number;
		else
			peer_options.segment = (size_t)number;
	}
	if (id < 0)
		return options.status;
	if (argc - options.rest != 1)
		return trouble("serve needs one scenario; see 'loopscope help serve'");

	if (scenario_load(&scenario, argv[options.rest], &error))
		return trouble("%s: %s", argv[options.rest], error.text);
	if (scenario->role != SCENARIO_SERVER) {
		scenario_free(scenario);
		return trouble(
			"%s: only scenarios of role server can be served; try 'loopscope play'",
			argv[options.rest]);
	}
	stdout_guard();
	/* a person starts the client, in his own time */
	peer_options.patience = -1;
	peer_options.stop_fd = open_stop_fd();
	if (peer_options.stop_fd < 0) {
		scenario_free(scenario);
		return trouble("cannot watch for signals");
	}
	status = serve(scenario, &peer_options);
	close(peer_options.stop_fd);
	scenario_free(scenario);
	return status;
}
