/*
 * exchange.h - one trace as what it exchanged with its peers: when its sockets
 * were made, connected, written, read and closed, and what it did meanwhile.
 *
 * It is told by what rows mean, so that it is the same for every generation.
 * Moments come from the program's own rows of sockets, or from the kernel's.
 * How many receives brought some bytes is noise: those between two polls are one
 * moment, and what counts is how much had come by then.
 */
#ifndef LOOPSCOPE_TRACE_DIFF_EXCHANGE_H
#define LOOPSCOPE_TRACE_DIFF_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct store;

enum exchange_what {
	EXCHANGE_SOCKET,    /* a socket was made */
	EXCHANGE_CONNECT,   /* it began to connect */
	EXCHANGE_CONNECTED, /* the program looked how that ended */
	EXCHANGE_INTEREST,  /* the kernel was told what to watch it for */
	EXCHANGE_SENT,
	EXCHANGE_CAME,
	EXCHANGE_CAME_END, /* the peer's data ended, or an error came instead */
	EXCHANGE_CLOSED,
	EXCHANGE_WHAT_COUNT,
};

#define EXCHANGE_RESULT_BYTES 48

struct exchange_moment {
	enum exchange_what what;
	int64_t first, last;                /* rows; receives that are one moment are several */
	unsigned connection;                /* index into exchange.connection */
	int64_t bytes;                      /* sent or received on that connection up to here */
	char result[EXCHANGE_RESULT_BYTES]; /* "EINPROGRESS"; of an interest "ADD READ|ERROR" */
};

struct exchange_connection {
	char name[EXCHANGE_RESULT_BYTES]; /* "fd#1" */
	int64_t sent, received;
	int64_t head;   /* of what was received, the heads of responses; 0: nobody said */
	size_t last;    /* 1 + index of its last moment */
	unsigned polls; /* ... and how many polls there had been by then */
};

/* What a program did to get from one moment to the next. */
enum exchange_act {
	EXCHANGE_TURN,
	EXCHANGE_CALLBACK, /* the loop called what was queued or due */
	EXCHANGE_HANDLER,  /* ... or the handler of a descriptor that was ready */
	EXCHANGE_RESUMED,  /* the body of a coroutine went on */
	EXCHANGE_CALL,     /* a system call */
	EXCHANGE_ACT_COUNT,
};

struct exchange_doing {
	int64_t seq;
	enum exchange_act act;
	char *name; /* "sock.recv", a function, a descriptor; "" of a turn */
};

struct exchange {
	struct exchange_moment *moment;
	struct exchange_connection *connection;
	struct exchange_doing *doing; /* in order of seq */
	size_t moments, connections, doings;
	size_t moment_room, connection_room, doing_room;
	unsigned polls;
	int64_t end; /* the last row */
};

/*
 * Reads a trace; by_kernel: moments and system calls are those that the kernel
 * saw.  0, or -1 with *error set; for exchange_release() in any case.
 */
int exchange_read(struct exchange *exchange, struct store *store, bool by_kernel, char **error);
void exchange_release(struct exchange *exchange);

/* Amounts are a stranger's: those below nothing are nothing, and sums stay in range. */
int64_t exchange_sum(int64_t so_far, int64_t amount);

#endif
