/*
 * fetch.c - loopscope fetch: one request by the faithful client, recorded.
 *
 * The client is a program of its own that consists of core alone, so that the
 * system calls of the fetch are all there is to see.
 */
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "trace/base/url.h"
#include "trace/cmd/command.h"
#include "trace/cmd/common.h"
#include "trace/cmd/recorder.h"
#include "trace/cmd/view.h"

enum {
	OPTION_GENERATION = 1,
	OPTION_METHOD,
	OPTION_BODY,
	OPTION_HEADER,
	OPTION_CONNECT_TIMEOUT,
	OPTION_REQUEST_TIMEOUT,
	OPTION_NO_FOLLOW,
	OPTION_MAX_REDIRECTS,
	OPTION_USER,
	OPTION_USER_AGENT,
	OPTION_GZIP,
	OPTION_STREAM,
	OPTION_HEADER_CALLBACK,
	OPTION_IPV6,
	OPTION_MAX_CLIENTS,
	OPTION_MAX_BUFFER_SIZE,
	OPTION_MAX_HEADER_SIZE,
	OPTION_MAX_BODY_SIZE,
	OPTION_RESOLVE,
	OPTION_RESOLVER,
	OPTION_NAMESERVER,
	OPTION_TICK,
	OPTION_CACERT,
	OPTION_INSECURE,
	OPTION_CERT,
	OPTION_KEY,
	OPTION_BLOCKING,
	OPTION_JSON,
	OPTION_NO_TRACE,
	OPTION_VIEW,
	OPTION_LIVE,
};

static const struct option_row rows[] = {
	{ OPTION_GENERATION, 'g', "generation", "3.1|4.3", "behave as this Tornado (default 3.1)" },
	RECORDER_ROWS,
	{ OPTION_METHOD, 'X', "method", "METHOD", "the request method (default GET)" },
	{ OPTION_BODY, 'd', "body", "BODY", "the request body (makes the method POST)" },
	{ OPTION_HEADER, 'H', "header", "'NAME: VALUE'", "a request header; may be repeated" },
	{ OPTION_USER, 'u', "user", "NAME:PASSWORD", "basic authentication" },
	{ OPTION_USER_AGENT, 'A', "user-agent", "TEXT", "the User-Agent header" },
	{ OPTION_CONNECT_TIMEOUT, 0, "connect-timeout", "S",
	  "seconds until the connection must stand (default 20)" },
	{ OPTION_REQUEST_TIMEOUT, 0, "request-timeout", "S",
	  "seconds until the response must be there (default 20)" },
	{ OPTION_NO_FOLLOW, 0, "no-follow", NULL, "do not follow redirects" },
	{ OPTION_MAX_REDIRECTS, 0, "max-redirects", "N", "follow at most so many (default 5)" },
	{ OPTION_GZIP, 0, "gzip", NULL, "ask for gzip (the default) and decompress" },
	{ OPTION_STREAM, 0, "stream", NULL, "hand the body to a streaming_callback" },
	{ OPTION_HEADER_CALLBACK, 0, "header-callback", NULL,
	  "hand each header line to a header_callback" },
	{ OPTION_IPV6, 0, "allow-ipv6", NULL, "also use IPv6 addresses" },
	{ OPTION_MAX_CLIENTS, 0, "max-clients", "N", "requests in flight at a time (default 10)" },
	{ OPTION_MAX_BUFFER_SIZE, 0, "max-buffer-size", "N",
	  "bytes that a stream may hold (default 104857600)" },
	{ OPTION_MAX_HEADER_SIZE, 0, "max-header-size", "N",
	  "bytes that a head may have (4.3; default 65536)" },
	{ OPTION_MAX_BODY_SIZE, 0, "max-body-size", "N",
	  "bytes that a body may have (4.3; default --max-buffer-size)" },
	{ OPTION_RESOLVE, 0, "resolve", "HOST:PORT:ADDR[,ADDR]",
	  "what the resolver answers for HOST; may be repeated" },
	{ OPTION_RESOLVER, 0, "resolver", "blocking|cares",
	  "by getaddrinfo, for which the loop stands still (default), or by c-ares, which it watches" },
	{ OPTION_NAMESERVER, 0, "nameserver", "ADDR[:PORT]",
	  "with cares: ask this name server; may be repeated" },
	{ OPTION_TICK, 0, "tick", "S",
	  "a PeriodicCallback beside the fetches: its ticks show when the loop is free" },
	{ OPTION_CACERT, 0, "cacert", "FILE",
	  "https: trust the CAs in FILE (default: the system's)" },
	{ OPTION_INSECURE, 0, "insecure", NULL, "https: take any certificate of any host" },
	{ OPTION_CERT, 0, "cert", "FILE", "https: the certificate that we show, in PEM" },
	{ OPTION_KEY, 0, "key", "FILE", "https: its key (default: in the same file)" },
	{ OPTION_BLOCKING, 0, "blocking-threshold", "S",
	  "a row for each callback that keeps the loop for longer than S seconds" },
	{ OPTION_JSON, 0, "json", NULL,
	  "print each outcome as one JSON object, in the order of the URLs" },
	{ OPTION_NO_TRACE, 0, "no-trace", NULL, "fetch without recording" },
	{ OPTION_VIEW, 0, "view", NULL, "walk through the recording on the screen afterwards" },
	{ OPTION_LIVE, 0, "live", NULL,
	  "show it while it happens; it stands still until you let it go on" },
	{ 0 },
};

/* Options that go to the client as a word of its own: with the value behind it, or as it stands. */
static const struct {
	int id;
	const char *word;
} settings[] = {
	{ OPTION_METHOD, "method=" },
	{ OPTION_BODY, "body=" },
	{ OPTION_HEADER, "header=" },
	{ OPTION_USER_AGENT, "user_agent=" },
	{ OPTION_CONNECT_TIMEOUT, "connect_timeout=" },
	{ OPTION_REQUEST_TIMEOUT, "request_timeout=" },
	{ OPTION_NO_FOLLOW, "follow_redirects=false" },
	{ OPTION_MAX_REDIRECTS, "max_redirects=" },
	{ OPTION_GZIP, "use_gzip=true" },
	{ OPTION_STREAM, "streaming_callback=1" },
	{ OPTION_HEADER_CALLBACK, "header_callback=1" },
	{ OPTION_IPV6, "allow_ipv6=true" },
	{ OPTION_MAX_CLIENTS, "max_clients=" },
	{ OPTION_MAX_BUFFER_SIZE, "max_buffer_size=" },
	{ OPTION_MAX_HEADER_SIZE, "max_header_size=" },
	{ OPTION_MAX_BODY_SIZE, "max_body_size=" },
	{ OPTION_RESOLVE, "resolve=" },
	{ OPTION_RESOLVER, "resolver=" },
	{ OPTION_NAMESERVER, "nameserver=" },
	{ OPTION_TICK, "tick=" },
	{ OPTION_CACERT, "ca_certs=" },
	{ OPTION_INSECURE, "validate_cert=false" },
	{ OPTION_CERT, "client_cert=" },
	{ OPTION_KEY, "client_key=" },
	{ OPTION_BLOCKING, "blocking_threshold=" },
};

struct fetch {
	struct recorder recorder;
	struct recorder client; /* used for its list of words alone */
	char generation[8];
	bool method, body, json, no_trace, view, live;
};

static int take_user(struct fetch *fetch, const char *value)
{
	const char *colon = strchr(value, ':');
	int length = colon ? (int)(colon - value) : (int)strlen(value);

	if (recorder_add(&fetch->client, "auth_username=%.*s", length, value))
		return EXIT_TROUBLE;
	return recorder_add(&fetch->client, "auth_password=%s", colon ? colon + 1 : "");
}

static int take_setting(struct fetch *fetch, int id, const char *value)
{
	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
		if (settings[i].id == id)
			return recorder_add(&fetch->client, "%s%s", settings[i].word,
					    value ? value : "");
	return trouble("an option without a meaning");
}

static int take(void *user, int id, const struct options *options)
{
	struct fetch *fetch = user;

	fetch->method |= id == OPTION_METHOD;
	fetch->body |= id == OPTION_BODY;
	switch (id) {
	case OPTION_GENERATION:
		snprintf(fetch->generation, sizeof(fetch->generation), "%s", options->value);
		return 0;
	case OPTION_USER:
		return take_user(fetch, options->value);
	case OPTION_JSON:
		fetch->json = true;
		return 0;
	case OPTION_NO_TRACE:
		fetch->no_trace = true;
		return 0;
	case OPTION_VIEW:
		fetch->view = true;
		return 0;
	case OPTION_LIVE:
		fetch->live = true;
		return 0;
	}
	if (id >= RECORDER_OUTPUT)
		return recorder_take(&fetch->recorder, id, options);
	return take_setting(fetch, id, options->value);
}

static int check_url(const char *url)
{
	const char *complaint = url_complaint(url);
	size_t scheme = strncasecmp(url, "https://", 8) == 0  ? 8
			: strncasecmp(url, "http://", 7) == 0 ? 7
							      : 0;

	if (!scheme)
		return trouble("'%s' is not an http or https URL", url);
	if (url[scheme] == '\0' || strchr("/?#:", url[scheme]))
		return trouble("'%s' names no host", url);
	return complaint ? trouble("%s", complaint) : 0;
}

/*
 * The client's words, of which path is the first: fetch -g GENERATION [--json]
 * SETTING... -- URL....  argv has room for all.
 */
static void put_words(struct fetch *fetch, char *path, char **urls, char **argv)
{
	static char word[] = "fetch", json[] = "--json", post[] = "method=POST",
		    generation[] = "-g", dashes[] = "--";
	int n = 0;

	argv[n++] = path;
	argv[n++] = word;
	argv[n++] = generation;
	argv[n++] = fetch->generation;
	if (fetch->json)
		argv[n++] = json;
	if (fetch->body && !fetch->method)
		argv[n++] = post;
	for (int i = 0; i < fetch->client.argc; i++)
		argv[n++] = fetch->client.argv[i];
	argv[n++] = dashes;
	while (*urls)
		argv[n++] = *urls++;
	argv[n] = NULL;
}

static int become(struct fetch *fetch, char *const *argv)
{
	if (fetch->live)
		return view_live(&fetch->recorder, argv);
	if (fetch->view)
		return view_afterwards(&fetch->recorder, argv);
	if (!fetch->no_trace)
		return recorder_become(&fetch->recorder, argv);
	execv(argv[0], argv);
	return trouble("cannot run %s: %s", argv[0], strerror(errno));
}

static int fetch_urls(struct fetch *fetch, char **urls, int count)
{
	char path[PATH_MAX];
	char **argv;
	int status;

	if (find_program(path, sizeof(path), "loopscope-client") < 0)
		return trouble("loopscope-client is neither beside this program nor installed");
	if (recorder_runs_client(&fetch->recorder))
		return EXIT_TROUBLE;
	argv = calloc(RECORDER_ARGS_MAX + 10 + (size_t)count, sizeof(*argv));
	if (!argv)
		return trouble("out of memory");
	put_words(fetch, path, urls, argv);
	status = become(fetch, argv);
	free(argv);
	return status;
}

/* What one option alone does not tell: 0, or the exit status after a sentence. */
static int check_wishes(const struct fetch *fetch, const struct options *options)
{
	int status = 0;

	if (options->argc == options->rest)
		return trouble("fetch needs a URL; see 'loopscope help fetch'");
	if (fetch->no_trace && (fetch->view || fetch->live))
		return trouble("--view and --live show the recording; leave --no-trace out");
	if (fetch->no_trace && recorder_is_asked(&fetch->recorder))
		return trouble("--no-trace records nothing; leave -o and --kernel=require out");
	for (int i = options->rest; !status && i < options->argc; i++)
		status = check_url(options->argv[i]);
	return status;
}

static int run_fetch(int argc, char **argv)
{
	struct fetch fetch = { .client = { .argc = 0 }, .generation = "3.1" };
	struct options options;
	int status = recorder_init(&fetch.recorder);

	if (!status)
		status = stdout_check();
	options_init(&options, &command_fetch, argc, argv);
	if (!status && !options_take(&options, take, &fetch))
		status = options.status;
	else if (!status && !(status = check_wishes(&fetch, &options)))
		status = fetch_urls(&fetch, argv + options.rest, argc - options.rest);
	recorder_release(&fetch.recorder);
	recorder_release(&fetch.client);
	return status;
}

const struct command command_fetch = {
	.name = "fetch",
	.usage = "fetch [OPTION...] URL...",
	.summary = "Fetch URLs and record every step",
	.help = "Several URLs are fetched at a time, in one loop.\n"
		"\n"
		"Exit: 0 responses with a status from 200 to 299; 1 a fetch ended where\n"
		"the original raises (404 included); 2 usage or trouble, also when the trace\n"
		"could not be written whole; 3 with --kernel=require when the kernel's view\n"
		"cannot be had.",
	.options = rows,
	.run = run_fetch,
};
