/*
 * iostream_read.h - the reading side of 4.3's BaseIOStream, for generation_43.
 */
#ifndef LOOPSCOPE_CORE_V43_IOSTREAM_READ_H
#define LOOPSCOPE_CORE_V43_IOSTREAM_READ_H

struct iostream;

/* The methods of struct generation_reading. */
int v43_handle_read(struct iostream *stream);
int v43_try_inline_read(struct iostream *stream);
int v43_finish_until_close(struct iostream *stream);
int v43_take_rest(struct iostream *stream);

#endif
