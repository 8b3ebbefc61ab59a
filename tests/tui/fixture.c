/*
 * fixture.c - traces made from SQL, with the schema of the store.
 */
#include "tests/tui/fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <sqlite3.h>

#include "gen/schema.h"
#include "trace/store/store.h"

static char *read_file(const char *path)
{
	FILE *file = fopen(path, "re");
	char *text = NULL;
	long size;

	if (file && fseek(file, 0, SEEK_END) == 0 && (size = ftell(file)) >= 0) {
		rewind(file);
		text = calloc(1, (size_t)size + 1);
		if (text && fread(text, 1, (size_t)size, file) != (size_t)size) {
			free(text);
			text = NULL;
		}
	}
	if (file)
		fclose(file);
	return text;
}

static int run(sqlite3 *db, const char *sql)
{
	char *error = NULL;

	if (!sql)
		return 0;
	if (sqlite3_exec(db, sql, NULL, NULL, &error) == SQLITE_OK)
		return 0;
	fprintf(stderr, "fixture: %s\n", error ? error : "?");
	sqlite3_free(error);
	return -1;
}

int fixture_make(const char *path, const char *more)
{
	const char *top = getenv("LOOPSCOPE_TOP");
	char walk[4096], head[128];
	char *rows;
	sqlite3 *db = NULL;
	int result = -1;

	snprintf(walk, sizeof(walk), "%s/tests/tui/walk.sql", top ? top : ".");
	snprintf(head, sizeof(head), "PRAGMA application_id = %d; PRAGMA user_version = %d; BEGIN;",
		 STORE_APPLICATION_ID, STORE_USER_VERSION);
	rows = read_file(walk);
	unlink(path);
	if (!rows)
		fprintf(stderr, "fixture: cannot read %s\n", walk);
	else if (sqlite3_open(path, &db) == SQLITE_OK && run(db, head) == 0 &&
		 run(db, schema_sql) == 0 && run(db, rows) == 0 && run(db, more) == 0 &&
		 run(db, "CREATE INDEX events_parent ON events (parent);"
			 "CREATE INDEX events_kind ON events (kind);"
			 "CREATE INDEX events_turn ON events (turn); COMMIT;") == 0)
		result = 0;
	sqlite3_close(db);
	free(rows);
	return result;
}
