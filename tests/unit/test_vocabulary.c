/*
 * test_vocabulary.c - the catalogue has words for all that the original was seen to do.
 *
 * Each row of the recorded sequences must be a kind, and its details that kind's
 * fields in their order: otherwise no trace of ours could ever equal them.  The
 * original's server in 3.1 is not in the catalogue, and neither is 1.2.
 */
#include "trace/emit/catalog.h"

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define RETURN ":return"

static const char *const folders[] = { "v3.1.1", "v4.3.0", "loop-v3.1.1", "loop-v4.3.0" };

/* The names that a row of this event may show, in order; ends with "". */
struct shown {
	char name[CATALOG_FIELDS_MAX + 3][24];
};

static void show(struct shown *shown, unsigned *count, const struct catalog_fields *fields)
{
	for (unsigned i = 0; i < fields->count; i++)
		memcpy(shown->name[(*count)++], fields->field[i].name, sizeof(shown->name[0]));
}

static void names_of(const struct catalog_kind *kind, bool of_return, struct shown *shown)
{
	struct catalog_fields fields, returns;
	int form = catalog_parse_returns(kind->returns, &returns);
	unsigned count = 0;

	memset(shown, 0, sizeof(*shown));
	assert_int_equal(catalog_parse_fields(kind->fields, &fields), 0);
	if (of_return) {
		assert_int_equal(form, CATALOG_RETURNS_ROW);
		show(shown, &count, &returns);
		return;
	}
	show(shown, &count, &fields);
	if (form == CATALOG_RETURNS_VALUE)
		show(shown, &count, &returns);
	strcpy(shown->name[count], "exit");
}

/* "a=1; c=2" against a, b, c: each must stand behind the one before. */
static void assert_details(const char *path, const char *event, char *detail,
			   const struct shown *shown)
{
	unsigned at = 0;
	char *rest;

	for (char *part = strtok_r(detail, ";", &rest); part; part = strtok_r(NULL, ";", &rest)) {
		char *name = part + (*part == ' ');

		name[strcspn(name, "=")] = '\0';
		while (*shown->name[at] && strcmp(shown->name[at], name) != 0)
			at++;
		if (!*shown->name[at])
			fail_msg("%s: %s has no %s there", path, event, name);
		at++;
	}
}

static void assert_row(const char *path, char *event, char *detail)
{
	char *end = strstr(event, RETURN);
	const struct catalog_kind *kind;
	struct shown shown;

	if (end)
		*end = '\0';
	kind = catalog_find_name(event);
	if (!kind && strncmp(event, "user.", 5) == 0)
		return; /* named at run time */
	if (!kind)
		fail_msg("%s: %s is no kind", path, event);
	names_of(kind, end != NULL, &shown);
	assert_details(path, event, detail, &shown);
}

/* seq, depth, event, detail, step */
static unsigned assert_golden(const char *path)
{
	FILE *file = fopen(path, "r");
	size_t room = 0;
	char *line = NULL;
	unsigned rows = 0;

	assert_non_null(file);
	while (getline(&line, &room, file) > 0) {
		char *rest = line;

		if (*line == '#')
			continue;
		strsep(&rest, "\t");
		strsep(&rest, "\t");
		char *event = strsep(&rest, "\t"), *detail = strsep(&rest, "\t\n");

		assert_non_null(detail);
		assert_row(path, event, detail);
		rows++;
	}
	free(line);
	fclose(file);
	return rows;
}

static void every_row_can_be_said(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		char pattern[64];
		unsigned rows = 0;
		glob_t found;

		snprintf(pattern, sizeof(pattern), "tests/golden/%s/*.tsv", folders[i]);
		assert_int_equal(glob(pattern, 0, NULL, &found), 0);
		for (size_t n = 0; n < found.gl_pathc; n++)
			if (!strstr(found.gl_pathv[n], ".sys."))
				rows += assert_golden(found.gl_pathv[n]);
		globfree(&found);
		assert_true(rows > 0);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_can_be_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
