/*
 * source.c - the merge: the earliest record of all sources, once none can come
 * up with an earlier one.
 */
#include "trace/record/source.h"

/* The source whose record is the earliest; *limit: until when it stays so. */
static struct source *earliest(struct source *const *sources, size_t count, uint64_t *limit)
{
	struct source *first = NULL;

	*limit = SOURCE_NEVER;
	for (size_t i = 0; i < count; i++) {
		struct source *s = sources[i];
		uint64_t here = s->next;

		if (here == SOURCE_NEVER) {
			if (s->bound < *limit)
				*limit = s->bound;
		} else if (!first || here < first->next) {
			if (first && first->next < *limit)
				*limit = first->next;
			first = s;
		} else if (here < *limit) {
			*limit = here;
		}
	}
	return first;
}

static struct source *find_pressed(struct source *const *sources, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (sources[i]->pressed && sources[i]->next != SOURCE_NEVER)
			return sources[i];
	return NULL;
}

int64_t source_merge(struct source *const *sources, size_t count, uint64_t now, char **error)
{
	int64_t taken = 0;

	for (size_t i = 0; i < count; i++)
		if (sources[i]->look(sources[i], now, error) < 0)
			return -1;
	for (;;) {
		uint64_t limit;
		struct source *s = earliest(sources, count, &limit);

		if (!s)
			return taken;
		if (s->next > limit) {
			/*
			 * Somebody is slow to publish.  A writer that waits for room
			 * must not wait for him too: then order yields.
			 */
			s = find_pressed(sources, count);
			if (!s)
				return taken;
			limit = s->next;
		}
		do {
			if (s->take(s, error) < 0)
				return -1;
			taken++;
		} while (s->next <= limit && s->next != SOURCE_NEVER);
	}
}
