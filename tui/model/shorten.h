/*
 * shorten.h - names and details of rows in as few characters as they can be
 * understood in.
 *
 * Results go to buffers of the caller, cut where they do not fit.
 */
#ifndef LOOPSCOPE_TUI_MODEL_SHORTEN_H
#define LOOPSCOPE_TUI_MODEL_SHORTEN_H

#include <stddef.h>
#include <stdint.h>

#define SHORTEN_NAME 96
#define SHORTEN_DETAIL 512

/* simple_httpclient._HTTPConnection._on_headers -> _on_headers; loop.poll:return -> poll:return */
void shorten_name(const char *name, char out[SHORTEN_NAME]);

/* A function as rows name it, wrappers and all: the innermost one's short name. */
void shorten_function(const char *name, size_t length, char out[SHORTEN_NAME]);

/* fd=fd#1; events=READ; handler=a.b._c; ret=True -> fd#1 READ \u2192_c = True */
void shorten_detail(const char *detail, char out[SHORTEN_DETAIL]);

/* A duration as people read it: 812 ns, 8.1 \u00b5s, 80.4 \u00b5s, 1.2 ms, 20.0 s. */
void shorten_time(int64_t nanoseconds, char out[24]);

#endif
