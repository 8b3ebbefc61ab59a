/*
 * test_store.c - what makes a trace, what is refused, and files that lie.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "trace/finish/finish.h"
#include "trace/store/store.h"

static char folder[256], path[320];

static int setup(void **state)
{
	const char *top = getenv("TMPDIR");

	(void)state;
	snprintf(folder, sizeof(folder), "%.200s/store-XXXXXX", top ? top : "/tmp");
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/t.db", folder);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	store_remove(path);
	return rmdir(folder);
}

static void run(struct store *store, const char *sql)
{
	char *error = NULL;

	if (store_run(store, sql, &error) < 0)
		fail_msg("%s", error);
}

/* A finished trace with some rows in it. */
static void make_trace(unsigned rows)
{
	struct store *store;
	char *error = NULL, sql[512];
	bool full;

	if (store_create(&store, path, &full, &error) < 0)
		fail_msg("%s", error);
	run(store, "BEGIN; INSERT INTO kinds VALUES (1,'a','b','span','loop','core','','','','')");
	snprintf(sql, sizeof(sql),
		 "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %u)"
		 " INSERT INTO events SELECT i, i * 10, 1, i / 9, i %% 5, i - 1, 1, 1, NULL,"
		 " i / 2, NULL, i, 1, 2, 3, 4, 'fd=fd#' || i FROM n",
		 rows);
	run(store, sql);
	run(store, "INSERT INTO ends SELECT seq, time + 5, seq, 'True', 0 FROM events;"
		   "INSERT INTO payloads SELECT seq, 'data', 100, zeroblob(100) FROM events"
		   " WHERE seq % 7 = 0; COMMIT");
	if (store_finish(store, &error) < 0)
		fail_msg("%s", error);
	assert_true(store_is_finished(store));
	store_free(store);
}

static void change(const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 0, NULL);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static void expect_refused(const char *words)
{
	struct store *store = NULL;
	char *error = NULL;

	assert_int_equal(store_open(&store, path, &error), -1);
	assert_null(store);
	assert_non_null(error);
	if (!strstr(error, words) || strchr(error, '\n') || strchr(error, '\x1b'))
		fail_msg("\"%s\" does not say \"%s\"", error, words);
	free(error);
}

static void write_file(const char *bytes, size_t length)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, length), length);
	close(fd);
}

static bool exists(const char *suffix)
{
	char name[512];

	snprintf(name, sizeof(name), "%s%s", path, suffix);
	return access(name, F_OK) == 0;
}

static void test_create_and_read(void **state)
{
	struct store *store;
	struct stat status;
	char *error = NULL, *format;

	(void)state;
	umask(0777);
	make_trace(100);
	umask(022);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0600);
	assert_false(exists("-wal") || exists("-shm") || exists("-journal") || exists("-new"));
	assert_int_equal(store_look(path), STORE_LOOK_TRACE);
	assert_false(store_look_unfinished(path));
	assert_int_equal(store_open(&store, path, &error), 0);
	format = store_fact(store, "format");
	assert_string_equal(format, STORE_FORMAT);
	free(format);
	assert_null(store_fact(store, "nothing"));
	assert_int_equal(store_fact_number(store, "finished", 0), 1);
	assert_int_equal(store_put_fact(store, "a", "b", &error), -1);
	assert_non_null(error);
	free(error);
	store_free(store);
}

static void test_facts(void **state)
{
	struct store *store;
	char *error = NULL, *copy;
	size_t length;

	(void)state;
	assert_int_equal(store_create(&store, path, NULL, &error), 0);
	assert_int_equal(store_put_fact_bytes(store, "wire", "a\0b\xff", 4, &error), 0);
	copy = store_fact_bytes(store, "wire", &length);
	assert_int_equal(length, 4);
	assert_memory_equal(copy, "a\0b\xff", 5);
	free(copy);
	assert_int_equal(store_put_fact_number(store, "n", -7, &error), 0);
	assert_int_equal(store_put_fact_number(store, "n", 8, &error), 0);
	assert_int_equal(store_fact_number(store, "n", 0), 8);
	assert_int_equal(store_fact_number(store, "wire", 3), 3);
	assert_int_equal(store_drop_fact(store, "n", &error), 0);
	assert_int_equal(store_fact_number(store, "n", 0), 0);
	store_free(store);
}

/* Only a trace is replaced, and only by one that could be made. */
static void test_replace(void **state)
{
	static const char *const foreign[] = { "", "precious", "SQLite format 3" };
	struct store *store;
	char *error = NULL;

	(void)state;
	for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++) {
		struct stat status;

		write_file(foreign[i], strlen(foreign[i]));
		assert_int_equal(store_create(&store, path, NULL, &error), -1);
		assert_non_null(strstr(error, "not a loopscope trace"));
		assert_int_equal(stat(path, &status), 0);
		assert_int_equal(status.st_size, strlen(foreign[i]));
	}
	unlink(path);
	change("CREATE TABLE other (x)");
	assert_int_equal(store_create(&store, path, NULL, &error), -1);
	unlink(path);
	make_trace(10);
	assert_int_equal(store_create(&store, path, NULL, &error), 0);
	assert_true(store_look_unfinished(path));
	store_free(store);
	unlink(path);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(store_create(&store, path, NULL, &error), -1);
	rmdir(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(store_create(&store, path, NULL, &error), -1);
	expect_refused("not a loopscope trace");
	free(error);
}

static void test_refused(void **state)
{
	static const struct {
		const char *sql, *words;
	} cases[] = {
		{ "PRAGMA user_version = 2", "newer loopscope" },
		{ "PRAGMA user_version = 0", "not a loopscope trace" },
		{ "PRAGMA application_id = 5", "not a loopscope trace" },
		{ "DROP TABLE ends", "no table ends" },
		{ "ALTER TABLE gaps DROP COLUMN reason", "column reason" },
		{ "DROP TABLE gaps; CREATE VIEW gaps AS SELECT 1 AS gap, 2 AS after, 3 AS thread,"
		  " 4 AS source, 5 AS lost, 6 AS reason",
		  "no table gaps" },
		{ "DROP TABLE gaps; CREATE TABLE gaps (gap, after, thread, source, lost,"
		  " reason AS (hex(zeroblob(1000000))))",
		  "column reason" },
		{ "DROP TABLE gaps; CREATE VIRTUAL TABLE gaps USING"
		  " fts5(gap, after, thread, source, lost, reason)",
		  "no table gaps" },
		{ "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = "
		  "'CREATE TABLE \x1b[31mends (' WHERE name = 'ends'",
		  "damaged" },
	};

	(void)state;
	expect_refused("No such file");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		make_trace(5);
		change(cases[i].sql);
		expect_refused(cases[i].words);
		unlink(path);
	}
	write_file("just text, and long enough to be looked at as if it were a database's head, "
		   "a hundred bytes and more",
		   100);
	expect_refused("not a loopscope trace");
}

static void test_unfinished(void **state)
{
	struct store *store;
	char *error = NULL;

	(void)state;
	assert_int_equal(store_create(&store, path, NULL, &error), 0);
	expect_refused("not finished");
	assert_false(exists("-shm"));
	store_free(store);
	expect_refused("not finished");
	assert_int_equal(store_reopen(&store, path, &error), 0);
	assert_int_equal(store_finish(store, &error), 0);
	assert_int_equal(store_finish(store, &error), 0);
	store_free(store);
	assert_int_equal(store_open(&store, path, &error), 0);
	store_free(store);
}

/* Triggers and views of the file do not run, statements reach no other file. */
static void test_inert(void **state)
{
	struct store *store;
	char *error = NULL;

	(void)state;
	make_trace(5);
	change("CREATE TRIGGER t AFTER INSERT ON run BEGIN DELETE FROM events; END;"
	       "DROP VIEW steps; CREATE VIEW steps AS SELECT * FROM events");
	assert_int_equal(store_open(&store, path, &error), 0);
	assert_null(store_prepare(store, "SELECT * FROM steps", &error));
	assert_int_equal(store_run(store, "ATTACH 'x' AS y", &error), -1);
	assert_int_equal(store_run(store, "SELECT load_extension('x')", &error), -1);
	assert_int_equal(store_run(store, "DELETE FROM events", &error), -1);
	store_free(store);
	assert_int_equal(store_reopen(&store, path, &error), 0);
	assert_int_equal(store_put_fact(store, "a", "b", &error), 0);
	store_free(store);
	assert_int_equal(store_open(&store, path, &error), 0);
	assert_int_equal(store_run(store, "SELECT 1 / (count(*) = 5) FROM events", &error), 0);
	store_free(store);
	free(error);
}

static void test_read_only_folder(void **state)
{
	struct store *store;
	char *error = NULL;

	(void)state;
	make_trace(50);
	assert_int_equal(chmod(path, 0400), 0);
	assert_int_equal(chmod(folder, 0500), 0);
	/* root may write anywhere: be somebody who may not */
	if (geteuid() == 0) {
		assert_int_equal(chown(path, 65534, 65534), 0);
		assert_int_equal(chown(folder, 65534, 65534), 0);
		assert_int_equal(seteuid(65534), 0);
	}
	if (store_open(&store, path, &error) < 0)
		fail_msg("%s", error);
	assert_int_equal(store_run(store, "SELECT sum(seq) FROM events", &error), 0);
	store_free(store);
	assert_int_equal(seteuid(getuid()), 0);
	prctl(PR_SET_DUMPABLE, 1); /* the leak sanitizer looks at us */
	assert_int_equal(chmod(folder, 0700), 0);
}

/* Reads all there is; errors are fine, what matters is that nothing breaks. */
static void read_everything(struct store *store)
{
	static const char *const tables[] = { "run",      "kinds",  "sites",  "sources",
					      "objects",  "events", "ends",   "payloads",
					      "syscalls", "gaps",   "article" };

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		char sql[64];
		sqlite3_stmt *s;
		unsigned rows = 0;

		snprintf(sql, sizeof(sql), "SELECT * FROM %s", tables[i]);
		s = store_prepare(store, sql, NULL);
		while (s && sqlite3_step(s) == SQLITE_ROW && rows++ < 100000)
			for (int c = 0; c < sqlite3_column_count(s); c++)
				(void)sqlite3_column_text(s, c);
		store_release(store, s);
	}
	store_run(store, "SELECT count(*) FROM events WHERE parent = 5", NULL);
	free(store_fact(store, "format"));
}

static size_t read_file(char *bytes, size_t size)
{
	int fd = open(path, O_RDONLY);
	ssize_t n = read(fd, bytes, size);

	close(fd);
	assert_true(n > 0 && (size_t)n < size);
	return (size_t)n;
}

static void test_mutated(void **state)
{
	enum { SIZE = 1 << 20 };
	char *good = malloc(SIZE), *bad = malloc(SIZE), *after = malloc(SIZE);
	unsigned seed = 31100, opened = 0;
	size_t length;

	(void)state;
	make_trace(1500);
	length = read_file(good, SIZE);
	for (unsigned round = 0; round < 200; round++) {
		size_t cut = length;
		struct store *store = NULL;
		char *error = NULL;

		memcpy(bad, good, length);
		for (unsigned i = round % 4 * 5; i > 0; i--) {
			/* half of the damage in the pages where structure is densest */
			size_t range = i % 2 ? 8192 : length;

			bad[((unsigned)rand_r(&seed) << 8 ^ (unsigned)rand_r(&seed)) % range] ^=
				(char)(1 << rand_r(&seed) % 8);
		}
		if (round % 4 == 0)
			cut = 1 + (unsigned)rand_r(&seed) % length;
		write_file(bad, cut);
		if (store_open(&store, path, &error) == 0) {
			opened++;
			read_everything(store);
		} else {
			assert_non_null(error);
			assert_null(strchr(error, '\n'));
		}
		store_free(store);
		free(error);
		assert_int_equal(read_file(after, SIZE), cut);
		assert_memory_equal(after, bad, cut);
	}
	assert_true(opened > 20);
	free(good);
	free(bad);
	free(after);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_create_and_read, setup, teardown),
		cmocka_unit_test_setup_teardown(test_facts, setup, teardown),
		cmocka_unit_test_setup_teardown(test_replace, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unfinished, setup, teardown),
		cmocka_unit_test_setup_teardown(test_inert, setup, teardown),
		cmocka_unit_test_setup_teardown(test_read_only_folder, setup, teardown),
		cmocka_unit_test_setup_teardown(test_mutated, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
