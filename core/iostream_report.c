/*
 * iostream_report.c - checking mode: each stream says what it holds.
 *
 * Only then are streams listed, in one list for all loops; see ioloop_report.c.
 */
#include <pthread.h>

#include "core/iostream_internal.h"
#include "trace/emit/emit.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct iostream *streams;

void iostream__list(struct iostream *stream)
{
	if (!emit_checking())
		return;
	pthread_mutex_lock(&lock);
	stream->next = streams;
	stream->link = &streams;
	if (streams)
		streams->link = &stream->next;
	streams = stream;
	pthread_mutex_unlock(&lock);
}

void iostream__unlist(struct iostream *stream)
{
	if (!stream->link)
		return;
	pthread_mutex_lock(&lock);
	*stream->link = stream->next;
	if (stream->next)
		stream->next->link = stream->link;
	pthread_mutex_unlock(&lock);
	stream->link = NULL;
}

void iostream_report(const struct ioloop *loop)
{
	pthread_mutex_lock(&lock);
	for (const struct iostream *stream = streams; stream; stream = stream->next) {
		if (stream->loop != loop || stream->closed)
			continue;
		EMIT(stream_state, FD(stream->name), INT(stream->read_buffer.size),
		     INT(stream->write_buffer.size), INT(stream->state));
		EMIT(stream_pending, FD(stream->name), INT(stream->pending_callbacks),
		     INT(iostream__reading(stream)), INT(stream->connecting));
	}
	pthread_mutex_unlock(&lock);
}
