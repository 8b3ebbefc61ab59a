/*
 * scenario.h - a .scn file, read and checked.
 *
 * A scenario scripts the raw peer of one program on the loopback interface:
 * what the peer puts on the wire, when, and what the program under study is
 * asked to do.  The format is described in tests/golden/scenarios/FORMAT.md.
 * Everything that can be wrong in a file is found here, with its line, so
 * that whoever plays a scenario meets only what happens at run time.
 *
 * A struct scenario is constant once loaded, owns all it points to, and may
 * be read by several threads.  Texts are never NULL unless a comment says so.
 */
#ifndef LOOPSCOPE_SAMPLES_SCENARIO_SCENARIO_H
#define LOOPSCOPE_SAMPLES_SCENARIO_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "samples/scenario/payload.h"

#define SCENARIO_FILE_MAX ((size_t)1 << 20)
#define SCENARIO_READ_MAX ((uint64_t)64 << 20)
#define SCENARIO_PAUSE_MAX_SECONDS 3600u

/*
 * What is wrong, as one sentence without a full stop that names the line; who
 * prints it puts the file's name and a colon before it.
 */
struct scenario_error {
	int line;       /* from 1; 0 when no line is to blame */
	char text[240]; /* "line 7: unknown verb 'sned'" */
};

/* Who the script plays. */
enum scenario_role {
	SCENARIO_SERVER, /* the script is a server, our program the client */
	SCENARIO_CLIENT, /* the script is a client, our program the server */
	SCENARIO_LOOP,   /* no peer: a program of the loop alone */
};

/* Role client: which server the program is. */
enum scenario_server_kind { SCENARIO_HTTPSERVER, SCENARIO_PLAIN_TCP };

/* Role server: what the peer's port does. */
enum scenario_listen {
	SCENARIO_LISTEN_NORMAL,
	SCENARIO_LISTEN_NONE,         /* refuses */
	SCENARIO_LISTEN_BACKLOG_FULL, /* drops SYNs */
};

/* Role server: what the client's handler of SIGUSR1 does. */
enum scenario_on_signal {
	SCENARIO_SIGNAL_UNHANDLED, /* the client handles nothing */
	SCENARIO_SIGNAL_NONE,
	SCENARIO_SIGNAL_CALLBACK,
	SCENARIO_SIGNAL_STOP,
};

enum scenario_tls { SCENARIO_TLS_1_2, SCENARIO_TLS_1_3 };

enum scenario_verb {
	SCENARIO_ACCEPT,
	SCENARIO_CLOSE,
	SCENARIO_CONNECT,
	SCENARIO_CONNECT_FROM,
	SCENARIO_DRAIN,
	SCENARIO_EXPECT_CLOSE,
	SCENARIO_EXPECT_REQUEST,
	SCENARIO_HOLD,
	SCENARIO_LISTEN,
	SCENARIO_PAUSE,
	SCENARIO_READ,
	SCENARIO_READ_ANY,
	SCENARIO_READ_SLOWLY,
	SCENARIO_RESET,
	SCENARIO_SEND,
	SCENARIO_SEND_CLOSE,
	SCENARIO_SHUTDOWN,
	SCENARIO_SIGNAL,
	SCENARIO_TLS,
	SCENARIO_TLS_CLOSE,
	SCENARIO_TLS_FIRST,
	SCENARIO_USE,
	SCENARIO_VERBS
};

/* One line of the script. */
struct scenario_line {
	int number; /* in the file, from 1 */
	enum scenario_verb verb;
	uint64_t count;          /* use: connection, from 1; read: bytes; connect-from:
				  * its buffer; read-slowly: the step; pause, hold:
				  * nanoseconds */
	uint64_t total;          /* read-slowly: bytes in all */
	bool second;             /* accept: on the second address */
	const char *name;        /* tls, tls-first: the certificate; connect: the address, or
				  * NULL; else NULL */
	enum scenario_tls tls;   /* tls, tls-first */
	struct payload *payload; /* send, send-close; else NULL */
};

struct scenario_pair {
	char *name;
	char *value;
};

/* What the text of an option's value looks like. */
enum scenario_type { SCENARIO_TEXT, SCENARIO_INTEGER, SCENARIO_REAL, SCENARIO_BOOLEAN };

struct scenario_option {
	char *name;
	char *value; /* as written */
	enum scenario_type type;
	int64_t integer; /* integers, and booleans as 0 and 1 */
	double real;     /* reals and integers */
};

struct scenario_options {
	struct scenario_option *rows;
	size_t count;
};

/* One `fetch` line: what one coroutine fetches. */
struct scenario_fetch {
	char *path;
	struct scenario_options options; /* of this fetch only */
};

enum scenario_port { SCENARIO_PORT_NUMBER, SCENARIO_PORT_PEER, SCENARIO_PORT_REFUSED };

/* One answer of getaddrinfo(). */
struct scenario_address {
	char *host; /* a numeric address, without brackets */
	enum scenario_port which;
	uint16_t port; /* for SCENARIO_PORT_NUMBER */
};

struct scenario {
	enum scenario_role role;
	const char *title;
	const char *versions; /* Tornado versions it is for; "" all */

	/* role loop */
	const char *program; /* with its dashes; NULL in other roles */

	/* role server: what the client does */
	const char *url_path;
	const char *url_host; /* IPv6 in brackets */
	struct scenario_fetch *fetches;
	size_t fetch_count; /* 0: one fetch of url_path */
	bool sequential;    /* one coroutine yields all fetches in turn */
	const char *method;
	struct payload *body;          /* NULL for none */
	struct scenario_pair *headers; /* $PORT unresolved, see payload_expand() */
	size_t header_count;
	struct scenario_options options; /* of every fetch */
	uint64_t max_clients;
	struct scenario_address *resolve;
	size_t resolve_count;   /* 0: the real resolver answers */
	bool resolve_error;     /* the resolver fails with EAI_NONAME */
	uint64_t resolve_delay; /* nanoseconds that the resolver takes to answer */
	uint64_t timer;         /* nanoseconds until a timeout of the client's; 0: none */
	enum scenario_on_signal on_signal;
	bool https;
	const char *ca;         /* a file of tls/ with the CAs to trust; NULL for none */
	const char *ca_default; /* the same, as the default of the program; NULL */

	/* role server: what the peer does */
	const char *listen_address; /* numeric, without brackets */
	const char *second_listen;  /* likewise; NULL for none */
	bool refused_port;
	bool optional_accept; /* an accept without a connection ends the script */
	enum scenario_listen listen;

	/* role client: what the server is */
	enum scenario_server_kind server;
	const char *servers;      /* versions; "" all */
	const char *bind_address; /* "" all addresses */
	uint64_t listen_port;     /* 0 ephemeral */
	bool no_keep_alive;
	uint64_t max_buffer_size; /* 0: the program's default */
	uint64_t start_delay;     /* nanoseconds between listening and the loop */
	bool xheaders;
	const char *show;       /* attributes of the request, "" for none */
	uint64_t respond_after; /* nanoseconds until the answer; 0: at once */
	uint64_t respond_bytes; /* the body; 0: what the program has */
	bool outcome_only;

	/* role client, plain-tcp */
	bool echo;
	bool accept_once;
	bool blocking_listener;
	bool blocking_handler;
	uint64_t descriptor_limit_polls; /* accepts that fail with EMFILE */

	struct scenario_line *script;
	size_t script_count;

	/* every header line in the file's order, unknown keys among them */
	struct scenario_pair *meta;
	size_t meta_count;

	char *folder; /* of the file, "." without one; tls/ lies in it */
	char *text;   /* what meta and the texts above point into */
};

/*
 * Reads and checks the file.  Returns 0, or a negative errno with *error
 * filled in: -EINVAL for a mistake in the file, else what kept it from being
 * read.  *out is NULL then.
 */
int scenario_load(struct scenario **out, const char *path, struct scenario_error *error);

/* The same for text in memory, which need not end with NUL and is not kept. */
int scenario_parse(struct scenario **out, const char *text, size_t length,
		   struct scenario_error *error);

/* Takes NULL. */
void scenario_free(struct scenario *scenario);

/* The last value of a header as written, or NULL. */
const char *scenario_meta(const struct scenario *scenario, const char *key);

/* The last option of that name, or NULL. */
const struct scenario_option *scenario_option(const struct scenario_options *options,
					      const char *name);

/* Whether the scenario is for a version, "v3.1.1" say. */
bool scenario_has_version(const struct scenario *scenario, const char *version);

/*
 * True if real time is its subject, by a timeout or a timer: its pauses must
 * really be waited.
 */
bool scenario_is_timed(const struct scenario *scenario);

/* The verb as it is written. */
const char *scenario_verb_name(enum scenario_verb verb);

#endif
