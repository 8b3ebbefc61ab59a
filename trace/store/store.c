/*
 * store.c - what all who open a trace share: statements, facts about the run,
 * failures as sentences.
 */
#include "trace/store/store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "trace/base/failure.h"
#include "trace/base/safe.h"
#include "trace/kinds/meaning.h"
#include "trace/store/internal.h"

/*
 * SQLite would take "file:..." for a URI and ":memory:" for no file at all: a
 * path that begins with a slash or a dot is always a path.
 */
static char *plain_path(const char *path)
{
	size_t length = strlen(path);
	char *plain = malloc(length + 3);

	if (!plain)
		return NULL;
	if (path[0] == '/') {
		memcpy(plain, path, length + 1);
	} else {
		memcpy(plain, "./", 2);
		memcpy(plain + 2, path, length + 1);
	}
	return plain;
}

static void means_of(sqlite3_context *context, int count, sqlite3_value **value)
{
	const char *symbol = (const char *)sqlite3_value_text(value[0]);
	enum meaning means = symbol ? meaning_of_symbol(symbol) : MEANS_NOTHING;

	(void)count;
	sqlite3_result_text(context, meaning_name(means), -1, SQLITE_STATIC);
}

int store_teach(struct sqlite3 *db)
{
	return sqlite3_create_function(db, "means", 1,
				       SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY, NULL,
				       means_of, NULL, NULL) == SQLITE_OK
		       ? 0
		       : -1;
}

int store__connect(struct store **out, const char *path, int flags, char **error)
{
	struct store *store = calloc(1, sizeof(*store));
	char *plain = plain_path(path);
	int status;

	*out = NULL;
	if (!store || !plain || !(store->path = strdup(path))) {
		free(plain);
		store_free(store);
		return failure(error, "out of memory");
	}
	status = sqlite3_open_v2(plain, &store->db, flags | SQLITE_OPEN_NOMUTEX, NULL);
	free(plain);
	if (status != SQLITE_OK || store_teach(store->db) < 0) {
		store_failure(store, error);
		store_free(store);
		return -1;
	}
	sqlite3_extended_result_codes(store->db, 1);
	sqlite3_db_config(store->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(store->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(store->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	sqlite3_db_config(store->db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
	sqlite3_db_config(store->db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL);
	sqlite3_db_config(store->db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
	*out = store;
	return 0;
}

void store_free(struct store *store)
{
	sqlite3_stmt *statement;

	if (!store)
		return;
	while (store->db && (statement = sqlite3_next_stmt(store->db, NULL)) != NULL)
		sqlite3_finalize(statement);
	sqlite3_close(store->db);
	free(store->path);
	free(store);
}

struct sqlite3 *store_handle(struct store *store)
{
	return store->db;
}

const char *store_path(const struct store *store)
{
	return store->path;
}

struct sqlite3_stmt *store_prepare(struct store *store, const char *sql, char **error)
{
	sqlite3_stmt *statement = NULL;

	if (sqlite3_prepare_v3(store->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL) !=
	    SQLITE_OK)
		store_failure(store, error);
	return statement;
}

void store_release(struct store *store, struct sqlite3_stmt *statement)
{
	(void)store;
	sqlite3_finalize(statement);
}

int store_run(struct store *store, const char *sql, char **error)
{
	if (sqlite3_exec(store->db, sql, NULL, NULL, NULL) == SQLITE_OK)
		return 0;
	return store_failure(store, error);
}

/* What the system said to SQLite's last call for the database or its log, 0 if nothing. */
static int last_errno(struct store *store)
{
	sqlite3_file *log = NULL;
	int number = 0;

	sqlite3_file_control(store->db, "main", SQLITE_FCNTL_LAST_ERRNO, &number);
	sqlite3_file_control(store->db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
	if (!number && log && log->pMethods)
		log->pMethods->xFileControl(log, SQLITE_FCNTL_LAST_ERRNO, &number);
	return number;
}

bool store_is_full(struct store *store)
{
	int code = sqlite3_errcode(store->db) & 0xff;

	/* a quota and a limit come as I/O errors, and so does a failing device */
	return code == SQLITE_FULL || (code == SQLITE_IOERR && failure_is_full(last_errno(store)));
}

/* The database's own words may quote the file, hence safe_text(). */
int store_failure(struct store *store, char **error)
{
	char words[256];
	const char *message = sqlite3_errmsg(store->db);
	int system = sqlite3_system_errno(store->db);

	safe_text(words, sizeof(words), message, strlen(message));
	if (store_is_full(store))
		return failure(error, "no space left for %s", store->path);
	switch (sqlite3_errcode(store->db) & 0xff) {
	case SQLITE_NOTADB:
		return failure(error, "%s is not a loopscope trace", store->path);
	case SQLITE_CORRUPT:
		return failure(error, "%s is damaged: %s", store->path, words);
	case SQLITE_TOOBIG:
		return failure(error, "%s is damaged: a value in it is too large", store->path);
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return failure(error, "%s is in use: it is being recorded", store->path);
	case SQLITE_IOERR:
	case SQLITE_CANTOPEN:
	case SQLITE_READONLY:
	case SQLITE_PERM:
		return failure(error, "cannot use %s: %s", store->path,
			       system ? strerror(system) : words);
	default:
		return failure(error, "%s: %s", store->path, words);
	}
}

static sqlite3_stmt *fact_statement(struct store *store, sqlite3_stmt **slot, const char *sql,
				    char **error)
{
	if (!*slot)
		*slot = store_prepare(store, sql, error);
	return *slot;
}

static int put_fact(struct store *store, sqlite3_stmt *statement, const char *key, char **error)
{
	int status;

	sqlite3_bind_text(statement, 1, key, -1, SQLITE_STATIC);
	status = sqlite3_step(statement);
	if (status != SQLITE_DONE)
		store_failure(store, error);
	sqlite3_reset(statement);
	sqlite3_clear_bindings(statement);
	return status == SQLITE_DONE ? 0 : -1;
}

static const char put_fact_sql[] = "INSERT OR REPLACE INTO run (key, value) VALUES (?1, ?2)";

int store_put_fact(struct store *store, const char *key, const char *text, char **error)
{
	return store_put_fact_bytes(store, key, text, strlen(text), error);
}

int store_put_fact_bytes(struct store *store, const char *key, const char *bytes, size_t length,
			 char **error)
{
	sqlite3_stmt *s = fact_statement(store, &store->put_fact, put_fact_sql, error);

	if (!s)
		return -1;
	/* text where it can be text: a person reads it with the sqlite3 shell */
	if (memchr(bytes, '\0', length))
		sqlite3_bind_blob64(s, 2, bytes, length, SQLITE_STATIC);
	else
		sqlite3_bind_text64(s, 2, bytes, length, SQLITE_STATIC, SQLITE_UTF8);
	return put_fact(store, s, key, error);
}

int store_put_fact_number(struct store *store, const char *key, int64_t number, char **error)
{
	sqlite3_stmt *s = fact_statement(store, &store->put_fact, put_fact_sql, error);

	if (!s)
		return -1;
	sqlite3_bind_int64(s, 2, number);
	return put_fact(store, s, key, error);
}

int store_drop_fact(struct store *store, const char *key, char **error)
{
	sqlite3_stmt *s =
		fact_statement(store, &store->drop_fact, "DELETE FROM run WHERE key = ?1", error);

	return s ? put_fact(store, s, key, error) : -1;
}

/* The fact's row, to be reset by the caller; NULL if the trace has no such fact. */
static sqlite3_stmt *get_fact(struct store *store, const char *key)
{
	sqlite3_stmt *s = fact_statement(store, &store->get_fact,
					 "SELECT value FROM run WHERE key = ?1", NULL);

	if (!s)
		return NULL;
	sqlite3_bind_text(s, 1, key, -1, SQLITE_STATIC);
	if (sqlite3_step(s) == SQLITE_ROW)
		return s;
	sqlite3_reset(s);
	return NULL;
}

char *store_fact_bytes(struct store *store, const char *key, size_t *length)
{
	sqlite3_stmt *s = get_fact(store, key);
	const void *bytes = s ? sqlite3_column_blob(s, 0) : NULL;
	char *copy = NULL;

	*length = s ? (size_t)sqlite3_column_bytes(s, 0) : 0;
	if (s && (copy = malloc(*length + 1)) != NULL) {
		if (bytes)
			memcpy(copy, bytes, *length);
		copy[*length] = '\0';
	}
	if (s)
		sqlite3_reset(s);
	return copy;
}

char *store_fact(struct store *store, const char *key)
{
	size_t length;

	return store_fact_bytes(store, key, &length);
}

int64_t store_fact_number(struct store *store, const char *key, int64_t otherwise)
{
	sqlite3_stmt *s = get_fact(store, key);
	int64_t number = otherwise;

	if (s) {
		if (sqlite3_column_type(s, 0) == SQLITE_INTEGER)
			number = sqlite3_column_int64(s, 0);
		sqlite3_reset(s);
	}
	return number;
}
