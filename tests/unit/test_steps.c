/*
 * test_steps.c - reading a trace as steps.  Every recorded fetch must print
 * back as it was recorded; a hostile trace must print nothing that a terminal
 * would obey. Argument: the folder that holds the folders of goldens (default
 * tests/golden).
 */
#include "trace/read/rows.h"

#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/kit/golden_loader.h"
#include "trace/export/export.h"
#include "trace/walk/apply.h"
#include "trace/walk/walk.h"

static const char *goldens = "tests/golden";

static sqlite3 *trace_of(const char *path)
{
	sqlite3 *db;
	char *error = NULL;

	assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
	golden_load(db, path);
	if (walk_apply_db(db, &error) < 0)
		fail_msg("%s", error);
	return db;
}

static sqlite3 *trace_named(const char *name)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/v3.1.1/%s.tsv", goldens, name);
	return trace_of(path);
}

static void change(sqlite3 *db, const char *sql)
{
	char *message = NULL;

	if (sqlite3_exec(db, sql, NULL, NULL, &message) != SQLITE_OK)
		fail_msg("%s: %s", message, sql);
}

enum form { FORM_TSV, FORM_TEXT, FORM_NUMBERED, FORM_JSON };
static const struct exporter *const exporters[] = {
	[FORM_TSV] = &export_tsv,
	[FORM_TEXT] = &export_text,
	[FORM_NUMBERED] = &export_numbered,
	[FORM_JSON] = &export_json,
};

/* What a form prints of the trace; to be freed. */
static char *printed(sqlite3 *db, enum form form, const struct steps_style *style)
{
	struct steps *steps;
	char *error = NULL, *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);
	int result = steps_open_db(&steps, db, &error);

	if (result == 0)
		result = export_steps(exporters[form], steps, style, out, &error);
	if (result < 0)
		fail_msg("%s", error);
	steps_free(steps);
	fclose(out);
	return text;
}

/* The golden without the head lines that speak of how it was made. */
static char *golden_body(const char *path)
{
	FILE *file = fopen(path, "r"), *out;
	char *line = NULL, *text = NULL;
	size_t room = 0, length;

	assert_non_null(file);
	out = open_memstream(&text, &length);
	while (getline(&line, &room, file) > 0)
		if (*line != '#' || strncmp(line, "# outcome", 9) == 0 ||
		    strncmp(line, "# wire", 6) == 0 || strncmp(line, "# columns", 9) == 0)
			fputs(line, out);
	fclose(out);
	fclose(file);
	free(line);
	return text;
}

static void expect_same_text(const char *path, const char *got, const char *wanted)
{
	unsigned line = 1;

	for (; *got && *got == *wanted; got++, wanted++)
		line += *got == '\n';
	if (*got || *wanted)
		fail_msg("%s: line %u differs near '%.60s', wanted '%.60s'", path, line, got,
			 wanted);
}

static unsigned check_folder(const char *name)
{
	char folder[4096];
	size_t count;
	char **paths;

	snprintf(folder, sizeof(folder), "%s/%s", goldens, name);
	paths = golden_list(folder, &count);
	for (size_t i = 0; i < count; i++) {
		sqlite3 *db = trace_of(paths[i]);
		char *got = printed(db, FORM_TSV, NULL), *wanted = golden_body(paths[i]);

		expect_same_text(paths[i], got, wanted);
		free(got);
		free(wanted);
		sqlite3_close(db);
	}
	golden_list_free(paths);
	return (unsigned)count;
}

static void goldens_print_back(void **state)
{
	(void)state;
	assert_true(check_folder("v3.1.1") >= 65);
	assert_true(check_folder("loop-v3.1.1") >= 18);
}

static void kernel_rows_stay_out_of_tsv(void **state)
{
	sqlite3 *db = trace_named("refused");
	char *before = printed(db, FORM_TSV, NULL), *after, *text;
	static const struct steps_style style = { 0 };

	(void)state;
	/* every row moves to an even number; a call follows each sock.connect */
	change(db,
	       "UPDATE events SET seq = -2 * seq, parent = 2 * parent;"
	       "UPDATE events SET seq = -seq; UPDATE ends SET seq = -2 * seq;"
	       "UPDATE ends SET seq = -seq; UPDATE article SET seq = -2 * seq;"
	       "UPDATE article SET seq = -seq;"
	       "INSERT INTO kinds VALUES (3000, 'sys_connect', 'connect', 'instant', 'kernel', "
	       "'info', '', '', '', '');"
	       "INSERT INTO events (seq, time, thread, turn, depth, parent, kind, phase, detail) "
	       "SELECT seq + 1, time + 1, thread, turn, depth, parent, 3000, 3, '' FROM events "
	       "WHERE kind = (SELECT kind FROM kinds WHERE name = 'sock.connect');"
	       "INSERT INTO syscalls SELECT seq, 'connect', NULL, NULL, 'fd#1, 127.0.0.1:41235', "
	       "-115, 'EINPROGRESS', 900 FROM events WHERE kind = 3000");
	after = printed(db, FORM_TSV, NULL);
	assert_string_equal(before, after);
	text = printed(db, FORM_TEXT, &style);
	assert_non_null(strstr(text, "k           connect  fd#1, 127.0.0.1:41235 = EINPROGRESS\n"));
	free(text);
	text = printed(db, FORM_NUMBERED, &style);
	assert_non_null(strstr(text, "k connect  fd#1, 127.0.0.1:41235 = EINPROGRESS\n"));
	free(text);
	free(before);
	free(after);
	sqlite3_close(db);
}

static void aliases_stop_at_digits(void **state)
{
	sqlite3 *db = trace_named("refused");
	struct steps *steps;
	static const char text[] = ":41234 :412345 x:41234/ :4123 :41235";
	size_t length = sizeof(text) - 1;

	(void)state;
	assert_int_equal(steps_open_db(&steps, db, NULL), 0);
	assert_string_equal(steps_with_aliases(steps, text, &length),
			    ":$PORT :412345 x:$PORT/ :4123 :$REFUSED");
	assert_int_equal(length, strlen(":$PORT :412345 x:$PORT/ :4123 :$REFUSED"));
	length = 0;
	assert_string_equal(steps_with_aliases(steps, "", &length), "");
	steps_free(steps);
	sqlite3_close(db);
}

static void gaps_are_always_shown(void **state)
{
	sqlite3 *db = trace_named("refused");
	static const struct steps_style style = { 0 };
	static const enum form forms[] = { FORM_TSV, FORM_TEXT, FORM_NUMBERED, FORM_JSON };

	(void)state;
	change(db, "INSERT INTO gaps VALUES (1, 0, 77, 'program', 3, 'first'),"
		   "(2, 20, 77, 'kernel', NULL, 'middle'), (3, 20, 77, 'program', 1, 'again'),"
		   "(4, 999999, 77, 'program', 5, 'last')");
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		char *text = printed(db, forms[i], &style);
		const char *first = strstr(text, "first"), *middle = strstr(text, "middle");
		const char *again = strstr(text, "again");

		assert_true(first && middle && again && first < middle && middle < again);
		/* the tsv form ends where the run does */
		assert_true(forms[i] == FORM_TSV || strstr(text, "last") > again);
		free(text);
	}
	sqlite3_close(db);
}

static void hostile_texts_are_disarmed(void **state)
{
	sqlite3 *db = trace_named("chunked-2-article");
	static const struct steps_style style = { .utf8 = true };
	static const enum form forms[] = { FORM_TSV, FORM_TEXT, FORM_NUMBERED, FORM_JSON };
	/* an escape sequence, a C1 control, a right-to-left override, bad UTF-8, controls */
#define HOSTILE "x'1b5d303b6f776e65640799c29be280ae08200d0a09410b7f'"

	(void)state;
	change(db, "UPDATE events SET detail = CAST(" HOSTILE " AS TEXT);"
		   "UPDATE kinds SET english = CAST(" HOSTILE " AS TEXT), "
		   "name = CAST(" HOSTILE " AS TEXT);"
		   "UPDATE ends SET ret = CAST(" HOSTILE " AS TEXT);"
		   "UPDATE sites SET file = CAST(" HOSTILE " AS TEXT), "
		   "function = CAST(" HOSTILE " AS TEXT);"
		   "UPDATE article SET step = CAST(" HOSTILE " AS TEXT);"
		   "UPDATE run SET value = CAST(" HOSTILE " AS TEXT);"
		   "INSERT INTO gaps VALUES (1, 5, 77, CAST(" HOSTILE " AS TEXT), 3, "
		   "CAST(" HOSTILE " AS TEXT))");
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		char *text = printed(db, forms[i], &style);

		for (const char *p = text; *p; p++)
			if (((unsigned char)*p < 0x20 && *p != '\n' && *p != '\t') || *p == 0x7f)
				fail_msg("form %zu prints byte %02x", i, (unsigned char)*p);
		assert_null(strstr(text, "\xc2\x9b"));
		assert_null(strstr(text, "\xe2\x80\xae"));
		free(text);
	}
	sqlite3_close(db);
}

static void the_walk_is_told(void **state)
{
	sqlite3 *db = trace_named("chunked-2-article");
	static const struct steps_style style = { 0 }, narrow = { .columns = 60 },
					chinese = { .columns = 60, .chinese = true };
	char *text = printed(db, FORM_NUMBERED, &style);
	const struct walk *walk = walk_find("client-3x");

	(void)state;
	for (unsigned i = 0; i < walk->station_count; i++)
		if (!strstr(text, walk->stations[i].english))
			fail_msg("step %s is not told", walk->stations[i].number);
	assert_non_null(strstr(text, "\n 38#2      iostream.BaseIOStream.read_bytes  "
				     "core/ioloop.c:214\n"));
	assert_non_null(strstr(text, "\nAll steps were taken.\n"));
	free(text);

	text = printed(db, FORM_NUMBERED, &narrow);
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		assert_true(strncmp(line, "           ", 11) != 0 || strlen(line) <= 60);
	free(text);
	text = printed(db, FORM_NUMBERED, &chinese);
	assert_non_null(strstr(text, "getaddrinfo"));
	free(text);
	sqlite3_close(db);

	db = trace_named("refused");
	text = printed(db, FORM_NUMBERED, &style);
	assert_non_null(strstr(text, "\nSteps that this run did not take: 27, 28, 29, 29.1, "));
	free(text);
	sqlite3_close(db);
}

static void each_generation_has_its_walk(void **state)
{
	static const struct steps_style english = { 0 }, chinese = { .chinese = true };
	sqlite3 *db = trace_named("../v4.3.0/refused");
	char *text = printed(db, FORM_NUMBERED, &english);

	(void)state;
	assert_non_null(strstr(text, "\n A47       ioloop.PollIOLoop.start  core/ioloop.c:214\n"));
	assert_null(strstr(text, "A47#2"));
	assert_non_null(strstr(text, "\nSteps that this run did not take: A3, A6, A49, A53, "));
	free(text);
	text = printed(db, FORM_TSV, NULL);
	assert_non_null(strstr(text, "\tioloop.PollIOLoop.start\t\tA47\n"));
	free(text);

	change(db, "UPDATE run SET value = '5.0' WHERE key = 'generation'");
	text = printed(db, FORM_NUMBERED, &english);
	assert_non_null(strstr(text, "\nNo numbered walk is about such a run.\n"));
	free(text);
	text = printed(db, FORM_NUMBERED, &chinese);
	assert_non_null(strstr(text, "\n没有哪一条带编号的走读讲的是这样的运行。\n"));
	free(text);
	sqlite3_close(db);
}

static void turns_are_marked(void **state)
{
	sqlite3 *db = trace_named("chunked-2-article");
	static const struct steps_style ascii = { 0 }, drawn = { .utf8 = true };
	char *text = printed(db, FORM_TEXT, &ascii);

	(void)state;
	assert_non_null(strstr(text, "\n-- turn 1 --\n"));
	assert_non_null(strstr(text, "\n-- turn 6 --\n"));
	free(text);
	text = printed(db, FORM_TEXT, &drawn);
	assert_non_null(strstr(text, "\n── turn 2 ──\n"));
	free(text);
	sqlite3_close(db);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(goldens_print_back),
		cmocka_unit_test(kernel_rows_stay_out_of_tsv),
		cmocka_unit_test(aliases_stop_at_digits),
		cmocka_unit_test(gaps_are_always_shown),
		cmocka_unit_test(hostile_texts_are_disarmed),
		cmocka_unit_test(the_walk_is_told),
		cmocka_unit_test(each_generation_has_its_walk),
		cmocka_unit_test(turns_are_marked),
	};

	if (argc > 1)
		goldens = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
