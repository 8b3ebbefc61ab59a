/*
 * snapshot.c - a trace as it is while it is being recorded, made whole in
 * memory.
 */
#include "trace/finish/finish.h"

#include <stddef.h>

#include "trace/store/store.h"

int store_open_snapshot(struct store **out, const char *path,
			int (*complete)(struct store *store, char **error), char **error)
{
	struct store *copy;

	*out = NULL;
	if (store_copy(&copy, path, error) < 0)
		return -1;
	if ((complete && complete(copy, error) < 0) || store_finish(copy, error) < 0 ||
	    store_seal(copy, error) < 0) {
		store_free(copy);
		return -1;
	}
	*out = copy;
	return 0;
}
