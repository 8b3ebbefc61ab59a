/*
 * test_keys.c - keys, the table of requests, keymap files, and names in short.
 */
#include "tui/screen/requests.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tui/model/shorten.h"

static void names_of_keys_come_back(void **state)
{
	static const char *const names[] = { "s",  "Space", "Tab", "Ctrl-L",    "PageDown",
					     "Up", "Enter", "Esc", "Shift-Tab", "F1",
					     "F5", "F12",   "?" };
	char name[16];

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_int_not_equal(key_parse(names[i]), KEY_NOTHING);
		key_print(key_parse(names[i]), name);
		assert_string_equal(name, names[i]);
	}
	assert_int_equal(key_parse("nokey"), KEY_NOTHING);
	assert_int_equal(key_parse(""), KEY_NOTHING);
	assert_int_equal(key_parse("Ctrl-"), KEY_NOTHING);
	assert_int_equal(key_parse("\033"), KEY_NOTHING);
	assert_int_equal(key_parse("中"), 0x4e2d);
}

static void each_request_has_a_key_of_its_own(void **state)
{
	struct keymap keymap;
	char keys[64];

	(void)state;
	keymap_init(&keymap);
	for (enum request r = REQUEST_NONE + 1; r < REQUEST_COUNT; r++) {
		assert_non_null(request_row(r));
		assert_ptr_equal(request_find(request_row(r)->name), request_row(r));
		/* a key that two requests claim would leave the first without */
		keymap_keys(&keymap, r, keys, sizeof(keys));
		assert_string_equal(keys, request_row(r)->keys);
	}
}

static int read_text(struct keymap *keymap, const char *text, char **error)
{
	char path[] = "/tmp/loopscope-keymap-XXXXXX";
	int fd = mkstemp(path), result;

	assert_true(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
	result = keymap_read(keymap, path, error);
	unlink(path);
	return result;
}

static void a_keymap_file_changes_keys(void **state)
{
	struct keymap keymap;
	char *error = NULL;

	(void)state;
	keymap_init(&keymap);
	assert_int_equal(
		read_text(&keymap, "# mine\n\nx step\nCtrl-N  step-back\ns none\n# end", &error),
		0);
	assert_int_equal(keymap_find(&keymap, 'x'), REQUEST_STEP);
	assert_int_equal(keymap_find(&keymap, 14), REQUEST_STEP_BACK);
	assert_int_equal(keymap_find(&keymap, 's'), REQUEST_NONE);
	assert_int_equal(keymap_find(&keymap, 'S'), REQUEST_STEP_BACK);
	assert_int_equal(keymap_read(&keymap, "/nonexistent/keymap", &error), 0);
}

static void mistakes_in_it_are_named_with_their_line(void **state)
{
	static const char *const wrong[] = { "x", "nokey step", "x nothing-known" };
	struct keymap keymap;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		char text[64], *error = NULL;

		keymap_init(&keymap);
		snprintf(text, sizeof(text), "# a comment\n%s\n", wrong[i]);
		assert_int_equal(read_text(&keymap, text, &error), -1);
		assert_non_null(strstr(error, "line 2"));
		free(error);
	}
	assert_int_equal(read_text(&keymap, "nokey step\nF5 play\n", NULL), -1);
	assert_int_equal(keymap_find(&keymap, KEYS_F1 + 4), REQUEST_PLAY);
}

static void names_are_shortened(void **state)
{
	static const char *const names[][2] = {
		{ "simple_httpclient._HTTPConnection._on_headers", "_on_headers" },
		{ "loop.poll:return", "poll:return" },
		{ "gen.Runner.run", "Runner.run" },
		{ "ioloop.IOLoop.add_future.<lambda>", "add_future.<lambda>" },
		{ "log", "log" },
		{ "", "" },
	};
	char out[SHORTEN_NAME];

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		shorten_name(names[i][0], out);
		assert_string_equal(out, names[i][1]);
	}
	shorten_function("a.b.wrapper(c.d._on_x)", strlen("a.b.wrapper(c.d._on_x)"), out);
	assert_string_equal(out, "_on_x");
	shorten_function("a(b", 3, out);
	assert_string_equal(out, "b");
}

static void details_are_shortened(void **state)
{
	static const char *const details[][2] = {
		{ "fd=fd#1; events=READ; handler=a.B._c; ret=True", "fd#1 READ \u2192_c = True" },
		{ "callback=None; bytes=83", "bytes=83" },
		{ "max=4096 = EAGAIN", "max=4096 = EAGAIN" },
		{ "nothing to split", "nothing to split" },
		{ "", "" },
	};
	char out[SHORTEN_DETAIL], longest[4000];

	(void)state;
	for (size_t i = 0; i < sizeof(details) / sizeof(details[0]); i++) {
		shorten_detail(details[i][0], out);
		assert_string_equal(out, details[i][1]);
	}
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	shorten_detail(longest, out);
	assert_int_equal(strlen(out), SHORTEN_DETAIL - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_of_keys_come_back),
		cmocka_unit_test(each_request_has_a_key_of_its_own),
		cmocka_unit_test(a_keymap_file_changes_keys),
		cmocka_unit_test(mistakes_in_it_are_named_with_their_line),
		cmocka_unit_test(names_are_shortened),
		cmocka_unit_test(details_are_shortened),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
