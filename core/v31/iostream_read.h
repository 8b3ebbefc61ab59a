/*
 * iostream_read.h - the reading side of 3.1's BaseIOStream, for generation_31.
 */
#ifndef LOOPSCOPE_CORE_V31_IOSTREAM_READ_H
#define LOOPSCOPE_CORE_V31_IOSTREAM_READ_H

struct iostream;

/* The methods of struct generation_reading. */
int v31_handle_read(struct iostream *stream);
int v31_try_inline_read(struct iostream *stream);
int v31_finish_until_close(struct iostream *stream);
int v31_take_rest(struct iostream *stream);

#endif
