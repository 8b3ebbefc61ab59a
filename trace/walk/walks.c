/*
 * walks.c - the walks that there are, and which of them a run follows.
 */
#include <stddef.h>
#include <string.h>

#include <sqlite3.h>

#include "trace/walk/internal.h"
#include "trace/walk/walk.h"

const struct walk *const walks[] = {
	&walk_client_3x,
	&walk_client_4x,
	NULL,
};

const struct walk *walk_find(const char *name)
{
	for (unsigned i = 0; walks[i]; i++)
		if (strcmp(walks[i]->name, name) == 0 ||
		    (walks[i]->also && strcmp(walks[i]->also, name) == 0))
			return walks[i];
	return NULL;
}

const struct walk *walk_of(const char *generation, const char *role)
{
	if (!generation)
		generation = "3.1";
	if (!role)
		role = "client";
	for (unsigned i = 0; walks[i]; i++)
		if (strcmp(walks[i]->generation, generation) == 0 &&
		    strcmp(walks[i]->role, role) == 0)
			return walks[i];
	return NULL;
}

const struct walk *walk_of_trace(struct sqlite3 *db)
{
	static const char sql[] =
		"SELECT (SELECT CAST(value AS TEXT) FROM run WHERE key = 'generation'),"
		" (SELECT CAST(value AS TEXT) FROM run WHERE key = 'role')";
	const struct walk *walk = NULL;
	sqlite3_stmt *s;

	if (sqlite3_prepare_v2(db, sql, -1, &s, NULL) != SQLITE_OK)
		return NULL;
	if (sqlite3_step(s) == SQLITE_ROW)
		walk = walk_of((const char *)sqlite3_column_text(s, 0),
			       (const char *)sqlite3_column_text(s, 1));
	sqlite3_finalize(s);
	return walk;
}

const struct walk_station *walk_station_find(const struct walk *walk, const char *number)
{
	for (unsigned i = 0; walk && i < walk->station_count; i++)
		if (strcmp(walk->stations[i].number, number) == 0)
			return &walk->stations[i];
	return NULL;
}

bool walk_station_exists(const char *number)
{
	for (unsigned i = 0; walks[i]; i++)
		if (walk_station_find(walks[i], number))
			return true;
	return false;
}
