/*
 * iostream_internal.h - what the files of the module iostream share.
 */
#ifndef LOOPSCOPE_CORE_IOSTREAM_INTERNAL_H
#define LOOPSCOPE_CORE_IOSTREAM_INTERNAL_H

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <sys/types.h>

#include "core/iostream.h"
#include "core/iostream_chunks.h"
#include "core/python/buffer.h"

/* _read_bytes is None. */
#define IOSTREAM_NO_BYTES INT64_MIN

/*
 * What a subclass of BaseIOStream brings: IOStream's is iostream_socket_class,
 * SSLIOStream overrides most of these.  Each may raise: -1, where it says so.
 */
struct iostream_class {
	int (*handle_read)(struct iostream *stream);    /* 0, or -1 raised */
	int (*handle_write)(struct iostream *stream);   /* 0, or -1 raised */
	int (*handle_connect)(struct iostream *stream); /* 0, or -1 raised */
	/* Bytes read into room; 0 = None, nothing there or the peer closed; -1 raised. */
	ssize_t (*read_from_fd)(struct iostream *stream, char *room);
	/* Bytes written; -1 raised. */
	ssize_t (*write_to_fd)(struct iostream *stream, const char *data, size_t length);
	void (*close_fd)(struct iostream *stream);
	struct exc *(*get_fd_error)(struct iostream *stream); /* a new reference, NULL for None */
	/* An error that only says that the peer is gone: not logged.  exc is lent. */
	bool (*is_connreset)(const struct iostream *stream, const struct exc *exc);
	bool (*reading)(const struct iostream *stream);
	bool (*writing)(const struct iostream *stream);
	/* Lets go of the callbacks that the subclass added; NULL: none. */
	void (*abandon)(struct iostream *stream);
	/* The last reference is gone: lets go of what the subclass added; NULL: nothing. */
	void (*release)(struct iostream *stream);
};
extern const struct iostream_class iostream_socket_class;

struct iostream {
	const struct iostream_class *class;
	unsigned refs;
	struct ioloop *loop;
	int fd; /* -1 after close_fd */
	int family;
	uint64_t name; /* the descriptor's name in traces, kept after close */
	size_t max_buffer_size;
	size_t read_chunk_size;
	struct exc *error;

	struct buffer read_buffer;
	int64_t read_overcount; /* what _read_buffer_size counts beyond read_buffer */
	struct chunks chunks;   /* how the original's deque divides read_buffer */
	struct buffer write_buffer;
	size_t write_frozen; /* what the next send must repeat; 0: nothing */

	/* the pending read: at most one of these, and its callbacks */
	char *read_delimiter;
	size_t read_delimiter_length;
	size_t read_delimiter_absent; /* the delimiter does not lie in so many first bytes */
	pcre2_code *read_regex;
	int64_t read_bytes;
	/*
	 * Delimited reads of 4.3 may look at so many bytes.  The original never
	 * forgets it: later reads without a number of bytes receive no more at a time.
	 */
	int64_t read_max_bytes;
	bool read_partial; /* read_bytes are the most that is wanted, not the least */
	bool read_until_close;
	struct callback *read_callback;
	struct future *read_future; /* a reference, as the other futures: who waits in 4.3 */
	struct callback *streaming_callback;

	struct callback *write_callback;
	struct future *write_future;
	struct callback *close_callback;
	struct callback *connect_callback;
	struct future *connect_future;
	bool connecting;
	uint32_t state; /* what the loop watches for; 0 = not registered */
	unsigned pending_callbacks;
	bool closed;
	uint64_t received; /* the read_from_fd that last brought bytes, for the trace */

	struct iostream *next;  /* of all streams, in checking mode alone */
	struct iostream **link; /* what points to this one there; NULL: not listed */
};

/* iostream_events.c */
int iostream__handle_events(void *self, struct value *argument);
/* `except Exception: log; self.close(exc_info=True); raise`: returns -1. */
int iostream__close_and_raise(struct iostream *stream, int logger);

/* iostream.c */
/* stream.error: keeps a reference of its own. */
void iostream__set_error(struct iostream *stream, struct exc *error);
/*
 * _run_callback: queues callback(argument) for the next turn; takes both.  due
 * is the event that made the callback due, 0 for this call itself.
 */
int iostream__run_callback(struct iostream *stream, struct callback *callback,
			   struct value argument, uint64_t due);
int iostream__maybe_add_error_listener(struct iostream *stream);
int iostream__maybe_run_close_callback(struct iostream *stream);
int iostream__add_io_state(struct iostream *stream, uint32_t state);
/* Has the exception that future may end with looked at, so that it is not reported as unseen. */
void iostream__drop_exception(struct future *future, uint16_t kind);
int iostream__check_closed(const struct iostream *stream);
/* What becomes of the current UnsatisfiableReadError: a line in the log, and the end of the stream. */
int iostream__close_unsatisfiable(struct iostream *stream);
/* Replaces *place (a callback or NULL) by callback, wrapped, asked for by the event. */
void iostream__set_callback(struct callback **place, struct callback *callback, uint64_t asked_by);
/* Moves *place out. */
struct callback *iostream__take_callback(struct callback **place);
struct future *iostream__take_future(struct future **place);
/* BaseIOStream's reading() and writing(). */
bool iostream__reading(const struct iostream *stream);
bool iostream__writing(const struct iostream *stream);
/* Lets go of all callbacks: nothing will be called any more. */
void iostream__abandon(struct iostream *stream);

/*
 * iostream_socket.c: IOStream.__init__ for a stream of that class, which a
 * subclass may have at the head of a struct of its own, zeroed and from malloc.
 * fd is taken.  The caller's is the one reference.
 */
void iostream__init(struct iostream *stream, const struct iostream_class *class,
		    struct ioloop *loop, int fd, int family, size_t max_buffer_size);

/* iostream_buffer.c */
/*
 * _read_buffer_size: the bytes in the read buffer, and more after a read of a
 * negative number of bytes (a peer may announce one), which adds what it
 * should take away.
 */
int64_t iostream__count(const struct iostream *stream);
/*
 * _consume: the first `count` bytes, or all if there are fewer, taken out of
 * the read buffer, as a value.  If count is negative, the first string of the
 * original's deque.
 */
struct value iostream__consume(struct iostream *stream, int64_t count);
void iostream__clear_read(struct iostream *stream);

/* iostream_report.c: on a new stream, and on one that goes. */
void iostream__list(struct iostream *stream);
void iostream__unlist(struct iostream *stream);

/*
 * iostream_search.c: how many bytes the pending read takes, or one of these.
 * Of the second find_delimiter() knows only where max_bytes were set.
 */
#define IOSTREAM_NOT_FOUND (-1)
#define IOSTREAM_TOO_LONG (-2)
ssize_t iostream__find_delimiter(struct iostream *stream);
ssize_t iostream__find_regex(struct iostream *stream);

/* iostream_read.c, iostream_write.c: BaseIOStream's methods. */
int iostream__handle_read(struct iostream *stream);
int iostream__handle_write(struct iostream *stream);

/* iostream_socket.c: a new socket, or -1 raised. */
int iostream__socket(int family);

/* iostream_socket.c: IOStream's methods, which a subclass may go on from. */
int iostream__handle_connect(struct iostream *stream);
void iostream__close_fd(struct iostream *stream);
ssize_t iostream__read_from_fd(struct iostream *stream, char *room);
ssize_t iostream__write_to_fd(struct iostream *stream, const char *data, size_t length);
struct exc *iostream__get_fd_error(struct iostream *stream);
bool iostream__is_connreset(const struct iostream *stream, const struct exc *exc);
/* The last reference is gone and nobody has closed the stream. */
void iostream__drop_fd(struct iostream *stream);

#endif
