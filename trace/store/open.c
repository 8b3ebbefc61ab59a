/*
 * open.c - looking at a file that claims to be a trace, and opening it for
 * reading.
 */
#include "trace/store/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gen/schema.h"
#include "trace/base/failure.h"

/* The head of a database file, as SQLite's file format documents it. */
struct file_head {
	unsigned char bytes[100];
};
enum { HEAD_WRITE_VERSION = 18, HEAD_USER_VERSION = 60, HEAD_APPLICATION_ID = 68 };

static uint32_t head_number(const struct file_head *head, unsigned offset)
{
	const unsigned char *b = head->bytes + offset;

	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static enum store_look look(const char *path, struct file_head *head)
{
	struct stat status;
	/* O_NONBLOCK: somebody's fifo must not make us wait */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	ssize_t n;

	if (fd < 0)
		return errno == ENOENT ? STORE_LOOK_ABSENT : STORE_LOOK_UNREADABLE;
	if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode)) {
		close(fd);
		return STORE_LOOK_FOREIGN;
	}
	n = pread(fd, head->bytes, sizeof(head->bytes), 0);
	close(fd);
	if (n != sizeof(head->bytes) || memcmp(head->bytes, "SQLite format 3", 16) != 0 ||
	    head_number(head, HEAD_APPLICATION_ID) != STORE_APPLICATION_ID)
		return STORE_LOOK_FOREIGN;
	return STORE_LOOK_TRACE;
}

enum store_look store_look(const char *path)
{
	struct file_head head;

	return look(path, &head);
}

/* Write-ahead mode is left by store_finish() and by nothing else. */
static bool is_unfinished(const struct file_head *head)
{
	return head->bytes[HEAD_WRITE_VERSION] == 2;
}

bool store_look_unfinished(const char *path)
{
	struct file_head head;

	return look(path, &head) == STORE_LOOK_TRACE && is_unfinished(&head);
}

/*
 * A reader asks only to read.  What else its statements could reach through
 * the text of a hostile schema is refused here by name.
 */
static int authorize(void *context, int action, const char *first, const char *second,
		     const char *database, const char *trigger)
{
	static const char *const forbidden[] = { "load_extension", "fts3_tokenizer", "writefile",
						 "edit" };

	(void)context;
	(void)first;
	(void)database;
	(void)trigger;
	if (action == SQLITE_ATTACH || action == SQLITE_DETACH)
		return SQLITE_DENY;
	if (action == SQLITE_FUNCTION && second)
		for (size_t i = 0; i < sizeof(forbidden) / sizeof(forbidden[0]); i++)
			if (sqlite3_stricmp(second, forbidden[i]) == 0)
				return SQLITE_DENY;
	return SQLITE_OK;
}

int store__harden(struct store *store, char **error)
{
	static const struct {
		int limit, value;
	} limits[] = {
		{ SQLITE_LIMIT_LENGTH, 16 << 20 },    { SQLITE_LIMIT_SQL_LENGTH, 1 << 20 },
		{ SQLITE_LIMIT_COLUMN, 200 },         { SQLITE_LIMIT_EXPR_DEPTH, 100 },
		{ SQLITE_LIMIT_COMPOUND_SELECT, 20 }, { SQLITE_LIMIT_ATTACHED, 0 },
		{ SQLITE_LIMIT_TRIGGER_DEPTH, 10 },   { SQLITE_LIMIT_WORKER_THREADS, 0 },
	};

	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
		sqlite3_limit(store->db, limits[i].limit, limits[i].value);
	/* a file that shrinks while it is read must not raise SIGBUS */
	if (store_run(store, "PRAGMA mmap_size = 0; PRAGMA cell_size_check = ON;", error) < 0)
		return -1;
	sqlite3_set_authorizer(store->db, authorize, NULL);
	return 0;
}

/* The number that the prepared question gives for a table and a column. */
static int ask(sqlite3_stmt *question, const char *table, const char *column)
{
	int answer = -1;

	sqlite3_bind_text(question, 1, table, -1, SQLITE_STATIC);
	sqlite3_bind_text(question, 2, column, -1, SQLITE_STATIC);
	if (sqlite3_step(question) == SQLITE_ROW)
		answer = sqlite3_column_int(question, 0);
	sqlite3_reset(question);
	return answer;
}

/*
 * Holds one table of the file to the model's.  A virtual table, a view or a
 * generated column (hidden is not 0) would run code that the file chose.
 */
static const char column_sql[] =
	"SELECT hidden FROM sqlite_schema t, pragma_table_xinfo(t.name, 'main') c "
	"WHERE t.name = ?1 AND t.type = 'table' AND t.sql LIKE 'CREATE TABLE %' AND c.name = ?2";

int store__check_schema(struct store *store, char **error)
{
	static const char columns_sql[] =
		"SELECT t.name, c.name FROM sqlite_schema t, pragma_table_info(t.name) c "
		"WHERE t.type = 'table'";
	sqlite3 *model = NULL;
	sqlite3_stmt *columns = NULL, *question;
	int result = -1;

	/* provoke an error of the file itself first: its words are better than ours */
	if (store_run(store, "SELECT count(*) FROM sqlite_schema", error) < 0)
		return -1;
	question = store_prepare(store, column_sql, error);
	if (!question)
		return -1;
	if (sqlite3_open(":memory:", &model) != SQLITE_OK ||
	    sqlite3_exec(model, schema_sql, NULL, NULL, NULL) != SQLITE_OK ||
	    sqlite3_prepare_v2(model, columns_sql, -1, &columns, NULL) != SQLITE_OK) {
		failure(error, "cannot read the schema: %s", sqlite3_errmsg(model));
		goto out;
	}
	while (sqlite3_step(columns) == SQLITE_ROW) {
		const char *table = (const char *)sqlite3_column_text(columns, 0);
		const char *column = (const char *)sqlite3_column_text(columns, 1);

		if (ask(question, table, column) != 0) {
			failure(error, "%s is damaged: it has no table %s with a column %s",
				store->path, table, column);
			goto out;
		}
	}
	result = 0;
out:
	store_release(store, question);
	sqlite3_finalize(columns);
	sqlite3_close(model);
	return result;
}

static int check_head(const char *path, struct file_head *head, char **error)
{
	uint32_t version;

	switch (look(path, head)) {
	case STORE_LOOK_ABSENT:
	case STORE_LOOK_UNREADABLE:
		return failure(error, "cannot open %s: %s", path, strerror(errno));
	case STORE_LOOK_FOREIGN:
		return failure(error, "%s is not a loopscope trace", path);
	case STORE_LOOK_TRACE:
		break;
	}
	version = head_number(head, HEAD_USER_VERSION);
	if (version > STORE_USER_VERSION)
		return failure(error,
			       "%s was made by a newer loopscope: its format is %u, "
			       "this program reads up to %d",
			       path, version, STORE_USER_VERSION);
	if (version == 0)
		return failure(error, "%s is not a loopscope trace", path);
	return 0;
}

int store_open(struct store **out, const char *path, char **error)
{
	struct file_head head;
	struct store *store;

	*out = NULL;
	if (check_head(path, &head, error) < 0)
		return -1;
	if (is_unfinished(&head))
		return failure(error,
			       "%s is not finished: it is being recorded, or "
			       "'loopscope recover' has to complete it",
			       path);
	if (store__connect(&store, path, SQLITE_OPEN_READONLY, error) < 0)
		return -1;
	if (store__harden(store, error) < 0 || store__check_schema(store, error) < 0) {
		store_free(store);
		return -1;
	}
	*out = store;
	return 0;
}

int store_reopen(struct store **out, const char *path, char **error)
{
	struct file_head head;
	struct store *store;

	*out = NULL;
	if (check_head(path, &head, error) < 0)
		return -1;
	if (store__connect(&store, path, SQLITE_OPEN_READWRITE, error) < 0)
		return -1;
	/* exclusive before the first read of the log: no shared memory is mapped */
	if (store_run(store, "PRAGMA locking_mode = EXCLUSIVE", error) < 0 ||
	    store__harden(store, error) < 0 || store__check_schema(store, error) < 0 ||
	    store_run(store, "PRAGMA synchronous = NORMAL; PRAGMA secure_delete = OFF;", error) <
		    0) {
		store_free(store);
		return -1;
	}
	*out = store;
	return 0;
}
