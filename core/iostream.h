/*
 * iostream.h - tornado.iostream of 3.1: BaseIOStream over a non-blocking
 * socket, IOStream (one class here).
 *
 * Every read and write is asked for with a callback, which the loop runs in a
 * later turn, never before the asking function returns.  One read may be
 * pending at a time.
 *
 * Streams are counted.  While its socket is registered with the loop, or a
 * callback is queued, the loop holds a reference.  A stream lets go of all
 * callbacks when it is closed and its close callback is queued, or when its
 * loop is freed; until then it holds them, and what they hold.  For the loop's
 * thread alone.
 *
 * Functions that return int may raise: -1.
 */
#ifndef LOOPSCOPE_CORE_IOSTREAM_H
#define LOOPSCOPE_CORE_IOSTREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/callback.h"
#include "core/netutil.h"
#include "core/python/exc.h"

struct future;
struct ioloop;
struct iostream;

/* What a regex read may look at: the longest block of headers. */
#define IOSTREAM_HEADER_MAX 65536

/*
 * IOStream.__init__: a stream over fd, a socket of that address family, which
 * is taken and made non-blocking.  max_buffer_size 0
 * means the generation's (100 MB).  One reference.
 */
struct iostream *iostream_new(struct ioloop *loop, int fd, int family, size_t max_buffer_size);

/* The same over a new socket; NULL = raised. */
struct iostream *iostream_open(struct ioloop *loop, int family, size_t max_buffer_size);

struct iostream *iostream_ref(struct iostream *stream);
void iostream_unref(struct iostream *stream);

/*
 * Callbacks below are taken and may be NULL where that is said.  Those of
 * reads get a VALUE_BYTES, the others nothing.
 */

/* connect(): callback, which may be NULL, is called when connected; an error closes the stream. */
int iostream_connect(struct iostream *stream, const struct resolved_address *address,
		     struct callback *callback);

/*
 * In 4.3 whoever gives no callback gets a future instead: the functions that
 * end in _future.  It is the caller's reference; NULL = raised.  A read's gets
 * a VALUE_BYTES, a write's None, that of connect() the VALUE_STREAM; all get
 * StreamClosedError when the stream is closed before.
 */
struct future *iostream_connect_future(struct iostream *stream,
				       const struct resolved_address *address);

/*
 * Reads until pattern (PCRE) matches, the match included.  name is what traces
 * show instead of pattern, or NULL.
 */
int iostream_read_until_regex(struct iostream *stream, const char *pattern, const char *name,
			      struct callback *callback);

/*
 * Both delimited reads of 4.3 close the stream (UnsatisfiableReadError) when
 * what they wait for does not end within max_bytes.
 */
struct future *iostream_read_until_regex_future(struct iostream *stream, const char *pattern,
						const char *name, size_t max_bytes);

/* Reads until delimiter, which is included. */
int iostream_read_until(struct iostream *stream, const void *delimiter, size_t length,
			struct callback *callback);
struct future *iostream_read_until_future(struct iostream *stream, const void *delimiter,
					  size_t length, size_t max_bytes);

/*
 * Reads num_bytes; a negative number takes the first string of the buffer, as
 * it does in the original.  With streaming (taken; NULL
 * for none) each piece goes there as it comes, and callback gets no bytes.
 */
int iostream_read_bytes(struct iostream *stream, int64_t num_bytes, struct callback *callback,
			struct callback *streaming);

/* The same; partial: what there is will do, if it is one byte and no more than num_bytes. */
struct future *iostream_read_bytes_future(struct iostream *stream, int64_t num_bytes, bool partial);

/* Reads until the peer closes; streaming as above. */
int iostream_read_until_close(struct iostream *stream, struct callback *callback,
			      struct callback *streaming);
struct future *iostream_read_until_close_future(struct iostream *stream);

/*
 * Writes a copy of data; callback, which may be NULL, is called when all that
 * was buffered is written.  StreamClosedError if the stream is closed.
 */
int iostream_write(struct iostream *stream, const void *data, size_t length,
		   struct callback *callback);

/* The same; the future of an earlier write that is not done yet never will be. */
struct future *iostream_write_future(struct iostream *stream, const void *data, size_t length);

/*
 * callback, which may be NULL, is called once, after the stream is closed.
 * Where the generation listens for it (trait close_callback_listens) this may
 * raise: -1.
 */
int iostream_set_close_callback(struct iostream *stream, struct callback *callback);

/*
 * Was the closed stream cut off, so that what was read until its close may not be
 * all?  It was if it has an error: a reset, or an end of the connection before the
 * peer had ended TLS.  0, or -1: raises that error.
 */
int iostream_check_cut_off(const struct iostream *stream);

/* close(); close(exc_info=True) with error, lent, as what iostream_error() gives. */
int iostream_close(struct iostream *stream);
int iostream_close_error(struct iostream *stream, struct exc *error);

/* What its descriptor is called in traces, after the close too. */
uint64_t iostream_name(const struct iostream *stream);

bool iostream_closed(const struct iostream *stream);
bool iostream_reading(const struct iostream *stream);
bool iostream_writing(const struct iostream *stream);

/* stream.error: why it was closed, lent; NULL if there was no error. */
struct exc *iostream_error(const struct iostream *stream);

/*
 * StreamClosedError.real_error: why the stream was closed, lent while exc is
 * held; NULL if exc is no StreamClosedError or there was no error.
 */
struct exc *iostream_real_error(const struct exc *exc);

/*
 * In checking mode (emit_checking()): says what each open stream of the loop
 * holds.  The loop calls it at the end of a turn.
 */
void iostream_report(const struct ioloop *loop);

/* set_nodelay(): TCP_NODELAY, where the socket has it. */
int iostream_set_nodelay(struct iostream *stream, bool value);

#endif
