/*
 * test_scenario.c - the parser of .scn files: what it reads, what it refuses
 * and how it says so.
 */
#include "samples/scenario/scenario.h"

#include <errno.h>
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const struct payload_ports ports = { .port = 4711, .refused = 99 };

static struct scenario *parse(const char *text)
{
	struct scenario_error error = { 0 };
	struct scenario *scenario = NULL;

	if (scenario_parse(&scenario, text, strlen(text), &error))
		fail_msg("refused: %s", error.text);
	return scenario;
}

static void assert_refused(const char *text, size_t length, int line, const char *sentence)
{
	struct scenario_error error = { .line = -1 };
	struct scenario *scenario;

	assert_true(scenario_parse(&scenario, text, length, &error) < 0);
	assert_null(scenario);
	assert_int_equal(error.line, line);
	if (!strstr(error.text, sentence))
		fail_msg("'%s' is not in '%s'", sentence, error.text);
}

static void assert_payload(const char *text, const char *bytes, size_t length)
{
	struct payload *payload;
	const char *problem = NULL;
	char *made;
	size_t made_length;

	if (payload_new(&payload, text, &problem))
		fail_msg("%s: %s", text, problem);
	assert_int_equal(payload_render(payload, &ports, &made, &made_length), 0);
	assert_int_equal(made_length, length);
	assert_memory_equal(made, bytes, length);
	free(made);
	payload_free(payload);
}

static void test_payload_escapes(void **state)
{
	(void)state;
	assert_payload("\"a\\r\\n\\t\\0\\\\\\\"\\x00\\xfF\"", "a\r\n\t\0\\\"\0\xff", 9);
	assert_payload("\"\"", "", 0);
	assert_payload("hex()", "", 0);
	assert_payload("hex(1f8B00)", "\x1f\x8b\0", 3);
	assert_payload("\"\xc3\xa4\"", "\xc3\xa4", 2);
	assert_payload("\"a\" \"b\"\"c\"  hex(64)", "abcd", 4);
}

static void test_payload_fill_begins_anew(void **state)
{
	(void)state;
	assert_payload("fill(0)", "", 0);
	assert_payload("fill(3) fill(2)", "01201", 5);
	assert_payload("fill(38)", "0123456789abcdefghijklmnopqrstuvwxyz\n0", 38);
}

static void test_payload_ports(void **state)
{
	(void)state;
	assert_payload("\"http://h:$PORT/$REFUSED$POR\"", "http://h:4711/99$POR", 20);
	/* it is a name in the file's text, not in the bytes */
	assert_payload("\"\\x24PORT\"", "$PORT", 5);

	char *text = payload_expand("127.0.0.1:$PORT, $REFUSED, $", &ports);

	assert_string_equal(text, "127.0.0.1:4711, 99, $");
	free(text);
}

static void test_payload_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"text",
		"\"",
		"\"a\\\"",
		"\"\\q\"",
		"\"\\x1\"",
		"\"\\x\"",
		"\"\\xg0\"",
		"fill()",
		"fill(-1)",
		"fill(1",
		"fill(1x)",
		"hex(1)",
		"hex(1",
		"hex(0g)",
		"\"a\", \"b\"",
		"\"a\" b",
		"fill(67108865)",
		"fill(99999999999999999999)",
		"fill(67108864) \"a\"",
		"fill(67108864) fill(1)",
		"\"\\",
		"\"$PORT",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct payload *payload;
		const char *problem = NULL;

		if (payload_new(&payload, bad[i], &problem) != -EINVAL)
			fail_msg("taken: %s", bad[i]);
		assert_non_null(problem);
		assert_null(payload);
	}
}

static void test_every_scenario_loads(void **state)
{
	glob_t files;

	(void)state;
	assert_int_equal(glob("tests/golden/scenarios/*.scn", 0, NULL, &files), 0);
	assert_true(files.gl_pathc >= 187);
	for (size_t i = 0; i < files.gl_pathc; i++) {
		struct scenario_error error;
		struct scenario *scenario;

		if (scenario_load(&scenario, files.gl_pathv[i], &error))
			fail_msg("%s: %s", files.gl_pathv[i], error.text);
		assert_true(*scenario->title);
		assert_true(!scenario->program == (scenario->role != SCENARIO_LOOP));
		scenario_free(scenario);
	}
	globfree(&files);
}

static void test_defaults(void **state)
{
	struct scenario *scenario = parse("");

	(void)state;
	assert_int_equal(scenario->role, SCENARIO_SERVER);
	assert_string_equal(scenario->url_path, "/");
	assert_string_equal(scenario->url_host, "127.0.0.1");
	assert_string_equal(scenario->listen_address, "127.0.0.1");
	assert_string_equal(scenario->bind_address, "127.0.0.1");
	assert_string_equal(scenario->method, "GET");
	assert_int_equal(scenario->max_clients, 10);
	assert_null(scenario->body);
	assert_null(scenario->second_listen);
	assert_false(scenario_is_timed(scenario));
	assert_true(scenario_has_version(scenario, "v3.1.1"));
	scenario_free(scenario);
}

static void test_server_headers(void **state)
{
	struct scenario *scenario = parse("\xef\xbb\xbf# title: two: of them \r\n"
					  "# A comment: not a header\n"
					  "#no-such-key:  kept \n"
					  "# fetch: /one\n"
					  "# fetch: /two request_timeout=0.4 max_redirects=3\n"
					  "# option: connect_timeout=20\n"
					  "# option: user_agent=a=b\n"
					  "# option: use_gzip=false\n"
					  "# header: X-Port: $PORT\n"
					  "# body: \"a=1\" fill(2)\n"
					  "# resolve: 127.0.0.1:$REFUSED [::1]:$PORT 10.0.0.1:80\n"
					  "# second-listen: [::1]\n"
					  "# optional-accept: yes\n"
					  "# sequential: no\n"
					  "# versions: v4.3.0 v5\n");
	const struct scenario_option *option;

	(void)state;
	assert_string_equal(scenario->title, "two: of them");
	assert_string_equal(scenario_meta(scenario, "no-such-key"), "kept");
	assert_null(scenario_meta(scenario, "comment"));
	assert_int_equal(scenario->fetch_count, 2);
	assert_string_equal(scenario->fetches[1].path, "/two");
	option = scenario_option(&scenario->fetches[1].options, "request_timeout");
	assert_int_equal(option->type, SCENARIO_REAL);
	assert_true(option->real > 0.3999 && option->real < 0.4001);
	assert_int_equal(scenario_option(&scenario->fetches[1].options, "max_redirects")->integer,
			 3);
	option = scenario_option(&scenario->options, "connect_timeout");
	assert_int_equal(option->type, SCENARIO_INTEGER);
	assert_true(option->real > 19.9 && option->real < 20.1);
	assert_string_equal(scenario_option(&scenario->options, "user_agent")->value, "a=b");
	option = scenario_option(&scenario->options, "use_gzip");
	assert_int_equal(option->type, SCENARIO_BOOLEAN);
	assert_int_equal(option->integer, 0);
	assert_string_equal(scenario->headers[0].name, "X-Port");
	assert_string_equal(scenario->headers[0].value, "$PORT");
	assert_non_null(scenario->body);
	assert_int_equal(scenario->resolve_count, 3);
	assert_int_equal(scenario->resolve[0].which, SCENARIO_PORT_REFUSED);
	assert_string_equal(scenario->resolve[1].host, "::1");
	assert_int_equal(scenario->resolve[1].which, SCENARIO_PORT_PEER);
	assert_int_equal(scenario->resolve[2].port, 80);
	assert_string_equal(scenario->second_listen, "::1");
	assert_true(scenario->optional_accept);
	assert_false(scenario->sequential);
	assert_true(scenario_has_version(scenario, "v5"));
	assert_false(scenario_has_version(scenario, "v4"));
	assert_true(scenario_is_timed(scenario));
	scenario_free(scenario);
}

static void test_timed_by_a_single_fetch(void **state)
{
	struct scenario *scenario = parse("# fetch: /a x_timeout=1\n");

	(void)state;
	assert_true(scenario_is_timed(scenario));
	scenario_free(scenario);
	scenario = parse("# option: timeout=1\n# option: x_timeouts=1\n# resolve: error\n");
	assert_false(scenario_is_timed(scenario));
	assert_true(scenario->resolve_error);
	scenario_free(scenario);
}

static void test_script_of_every_server_verb(void **state)
{
	struct scenario *scenario =
		parse("# second-listen: ::1\n\naccept\n accept\tsecond \nuse 1\n"
		      "expect-request\nread 6\nsend \"a\"\nsend-close \"b\"\n"
		      "pause 60ms\nhold 1.25s\nshutdown\nclose\nreset\n"
		      "expect-close\nlisten backlog-full\n");
	static const enum scenario_verb verbs[] = {
		SCENARIO_ACCEPT,         SCENARIO_ACCEPT, SCENARIO_USE,
		SCENARIO_EXPECT_REQUEST, SCENARIO_READ,   SCENARIO_SEND,
		SCENARIO_SEND_CLOSE,     SCENARIO_PAUSE,  SCENARIO_HOLD,
		SCENARIO_SHUTDOWN,       SCENARIO_CLOSE,  SCENARIO_RESET,
		SCENARIO_EXPECT_CLOSE,   SCENARIO_LISTEN,
	};

	(void)state;
	assert_int_equal(scenario->script_count, 14);
	for (size_t i = 0; i < 14; i++) {
		assert_int_equal(scenario->script[i].verb, verbs[i]);
		assert_int_equal(scenario->script[i].number, i + 3);
	}
	assert_false(scenario->script[0].second);
	assert_true(scenario->script[1].second);
	assert_int_equal(scenario->script[2].count, 1);
	assert_int_equal(scenario->script[4].count, 6);
	assert_non_null(scenario->script[5].payload);
	assert_int_equal(scenario->script[7].count, 60000000);
	assert_int_equal(scenario->script[8].count, 1250000000);
	assert_int_equal(scenario->listen, SCENARIO_LISTEN_BACKLOG_FULL);
	assert_string_equal(scenario_verb_name(SCENARIO_SEND_CLOSE), "send-close");
	scenario_free(scenario);
}

static void test_client_role(void **state)
{
	struct scenario *scenario = parse("connect\nsend \"x\"\ndrain\nuse 1\nexpect-close\n"
					  "# role: client\n# server: plain-tcp\n# echo: yes\n"
					  "# bind-address: \n# listen-port: 8888\n"
					  "# max-buffer-size: 1024\n# no-keep-alive: yes\n"
					  "# servers: v3.1.1 v1.2.1\n");

	(void)state;
	assert_int_equal(scenario->role, SCENARIO_CLIENT);
	assert_int_equal(scenario->server, SCENARIO_PLAIN_TCP);
	assert_true(scenario->echo);
	assert_true(scenario->no_keep_alive);
	assert_string_equal(scenario->bind_address, "");
	assert_int_equal(scenario->listen_port, 8888);
	assert_int_equal(scenario->max_buffer_size, 1024);
	assert_true(scenario_has_version(scenario, "v1.2.1"));
	assert_int_equal(scenario->script[2].verb, SCENARIO_DRAIN);
	scenario_free(scenario);
}

/* A text that is refused, the line that is blamed, and what is said of it. */
static const struct {
	const char *text;
	int line;
	const char *sentence;
} mistakes[] = {
	{ "\n# x\naccept\nsned \"a\"\n", 4, "line 4: unknown verb 'sned'" },
	{ "accept\nsend \"\\q\"", 2, "line 2: bad escape" },
	{ "accept\nsend", 2, "payload is missing" },
	{ "pause 60", 1, "line 1: bad duration '60'" },
	{ "pause .5s", 1, "bad duration" },
	{ "pause 1.s", 1, "bad duration" },
	{ "pause -1s", 1, "bad duration" },
	{ "hold 3601s", 1, "bad duration" },
	{ "hold 99999999999999999999999ms", 1, "bad duration" },
	{ "# role: nobody", 1, "line 1: unknown role 'nobody'" },
	{ "# server: apache", 1, "unknown server" },
	{ "accept\nread x", 2, "line 2: bad number 'x'" },
	{ "accept\nread 67108865", 2, "bad number" },
	{ "accept\nread 99999999999999999999", 2, "bad number" },
	{ "accept\nuse 2", 2, "line 2: there is no connection 2 yet" },
	{ "accept\nuse 0", 2, "no connection 0" },
	{ "use -1", 1, "bad number" },
	{ "send \"x\"\naccept", 1, "'send' before any connection" },
	{ "accept third", 1, "'third'" },
	{ "accept second", 1, "second-listen" },
	{ "listen none\naccept", 2, "nothing can be accepted" },
	{ "listen sometimes", 1, "'sometimes'" },
	{ "listen none\nlisten none", 2, "a second 'listen'" },
	{ "accept\nclose now", 2, "'close' takes nothing" },
	{ "accept\ndrain", 2, "'drain' is for role client" },
	{ "# role: client\naccept", 2, "'accept' is for role server" },
	{ "# role: loop\n# program: x\naccept", 3, "no script" },
	{ "# role: loop", 0, "# program:" },
	{ "# max-clients: 0", 1, "bad number '0' for 'max-clients'" },
	{ "# max-clients: ten", 1, "bad number" },
	{ "# listen-port: 65536", 1, "bad number" },
	{ "# optional-accept: maybe", 1, "yes or no" },
	{ "# listen-address: localhost", 1, "numeric address" },
	{ "# resolve: 127.0.0.1:$PORT nonsense", 1, "bad address 'nonsense'" },
	{ "# resolve: 127.0.0.1:0", 1, "bad address" },
	{ "# resolve:", 1, "needs addresses" },
	{ "# fetch:", 1, "needs a path" },
	{ "# fetch: /a b", 1, "name=value" },
	{ "# fetch: /a b=c", 1, "bad number 'c' for 'b'" },
	{ "# option: connect_timeout=soon", 1, "bad number" },
	{ "# option: max_redirects=9223372036854775808", 1, "bad number" },
	{ "# option: =1", 1, "name=value" },
	{ "# header: none", 1, "'Name: value'" },
	{ "# body: x", 1, "a payload is made of" },
	{ "# ca: ../ca.pem", 1, "'ca' takes the name of a file in tls/, not '../ca.pem'" },
	{ "# ca-default: .", 1, "the name of a file" },
	{ "# ca:", 1, "the name of a file" },
	{ "# on-signal: explode", 1, "unknown on-signal 'explode': it is none," },
	{ "# timer: soon", 1, "'timer' takes a time such as 60ms or 1.5s, not 'soon'" },
	{ "# resolve-delay: 3601s", 1, "a time such as" },
	{ "# respond-bytes: 67108865", 1, "bad number" },
	{ "accept\ntls", 2, "'tls' takes a certificate of tls/" },
	{ "accept\ntls ../server", 2, "a certificate of tls/" },
	{ "accept\ntls server 1.1", 2, "a version after the certificate, 1.2 or 1.3" },
	{ "accept\ntls-first server 1.3 x", 2, "'tls-first' takes a version" },
	{ "tls server", 1, "'tls' before any connection" },
	{ "accept\ntls-close", 2, "'tls-close' before any 'tls'" },
	{ "# on-signal: none\nsignal KILL", 2, "'signal' takes USR1, not 'KILL'" },
	{ "signal USR1", 1, "'signal' needs a header '# on-signal:'" },
	{ "# role: client\nconnect localhost", 2, "a numeric address, not 'localhost'" },
	{ "# role: client\nconnect-from 0", 2, "bad number '0': 'connect-from'" },
	{ "# role: client\nconnect\nread-slowly 5", 3, "a step and a total" },
	{ "# role: client\nconnect\nread-slowly 0 5", 3, "a step and a total" },
	{ "\n\xc3(", 2, "line 2: the text is not UTF-8" },
	{ "\xed\xa0\x80", 1, "not UTF-8" },
	{ "\xc0\x80", 1, "not UTF-8" },
	{ "\xe2\x82", 1, "not UTF-8" },
	{ "\x1b[31mred", 1, "unknown verb '?[31mred'" },
};

static void test_mistakes_have_line_and_sentence(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(mistakes) / sizeof(*mistakes); i++)
		assert_refused(mistakes[i].text, strlen(mistakes[i].text), mistakes[i].line,
			       mistakes[i].sentence);
	assert_refused("accept\nuse\0 1", 13, 2, "NUL byte");
}

static void test_tls_and_signals(void **state)
{
	struct scenario *scenario = parse("# https: yes\n# ca: ca.pem\n# ca-default: other-ca.pem\n"
					  "# on-signal: callback\n# resolve-delay: 200ms\n"
					  "# timer: 1.5s\n"
					  "accept\nread-any\ntls server\ntls-first other\t 1.3\n"
					  "signal USR1\ntls-close\n");
	const struct scenario_line *script = scenario->script;

	(void)state;
	assert_true(scenario->https);
	assert_string_equal(scenario->ca, "ca.pem");
	assert_string_equal(scenario->ca_default, "other-ca.pem");
	assert_int_equal(scenario->on_signal, SCENARIO_SIGNAL_CALLBACK);
	assert_int_equal(scenario->resolve_delay, 200000000);
	assert_int_equal(scenario->timer, 1500000000);
	assert_true(scenario_is_timed(scenario));
	assert_string_equal(scenario->folder, ".");
	assert_int_equal(script[1].verb, SCENARIO_READ_ANY);
	assert_string_equal(script[2].name, "server");
	assert_int_equal(script[2].tls, SCENARIO_TLS_1_2);
	assert_int_equal(script[3].verb, SCENARIO_TLS_FIRST);
	assert_string_equal(script[3].name, "other");
	assert_int_equal(script[3].tls, SCENARIO_TLS_1_3);
	assert_int_equal(script[4].verb, SCENARIO_SIGNAL);
	assert_int_equal(script[5].verb, SCENARIO_TLS_CLOSE);
	scenario_free(scenario);
}

static void test_servers_of_role_client(void **state)
{
	struct scenario *scenario = parse("# role: client\n# start-delay: 300ms\n# xheaders: yes\n"
					  "# show: remote_ip path\n# respond-after: 100ms\n"
					  "# respond-bytes: 5000\n# outcome-only: yes\n"
					  "# accept-once: yes\n# blocking-listener: yes\n"
					  "# blocking-handler: no\n# descriptor-limit-polls: 3\n"
					  "connect ::1\nconnect-from 4096\nread-slowly 10 200\n"
					  "send-close \"x\"\n");
	const struct scenario_line *script = scenario->script;

	(void)state;
	assert_int_equal(scenario->start_delay, 300000000);
	assert_true(scenario->xheaders);
	assert_string_equal(scenario->show, "remote_ip path");
	assert_int_equal(scenario->respond_after, 100000000);
	assert_int_equal(scenario->respond_bytes, 5000);
	assert_true(scenario->outcome_only);
	assert_true(scenario->accept_once);
	assert_true(scenario->blocking_listener);
	assert_false(scenario->blocking_handler);
	assert_int_equal(scenario->descriptor_limit_polls, 3);
	assert_string_equal(script[0].name, "::1");
	assert_int_equal(script[1].count, 4096);
	assert_int_equal(script[2].count, 10);
	assert_int_equal(script[2].total, 200);
	assert_non_null(script[3].payload);
	scenario_free(scenario);
}

static void test_the_folder_of_a_file(void **state)
{
	struct scenario_error error;
	struct scenario *scenario;

	(void)state;
	assert_int_equal(scenario_load(&scenario, "tests/golden/scenarios/https-get.scn", &error),
			 0);
	assert_string_equal(scenario->folder, "tests/golden/scenarios");
	scenario_free(scenario);
}

static void test_files_that_cannot_be_read(void **state)
{
	struct scenario_error error;
	struct scenario *scenario;
	char path[] = "/tmp/loopscope-scenario-XXXXXX";
	int fd = mkstemp(path);

	(void)state;
	assert_int_equal(scenario_load(&scenario, "/nonexistent.scn", &error), -ENOENT);
	assert_string_equal(error.text, "cannot be read: No such file or directory");
	assert_int_equal(scenario_load(&scenario, "/tmp", &error), -EISDIR);
	assert_null(scenario);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)SCENARIO_FILE_MAX + 1), 0);
	assert_int_equal(scenario_load(&scenario, path, &error), -EFBIG);
	assert_non_null(strstr(error.text, "1 MiB"));
	close(fd);
	unlink(path);
}

/* A small generator of our own, so that a failure can be had again. */
static uint32_t next_random(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

/* Exactly as many bytes as given: the sanitizer sees a read past them. */
static void parse_exactly(const char *text, size_t length)
{
	char *copy = malloc(length ? length : 1);
	struct scenario_error error = { 0 };
	struct scenario *scenario;
	int rc;

	assert_non_null(copy);
	memcpy(copy, text, length);
	rc = scenario_parse(&scenario, copy, length, &error);
	assert_true(rc == 0 || (rc < 0 && !scenario && *error.text));
	scenario_free(scenario);
	free(copy);
}

static void damage(const char *text, size_t length, uint32_t *seed)
{
	char *copy = malloc(length);

	assert_non_null(copy);
	for (int round = 0; round < 40; round++) {
		memcpy(copy, text, length);
		for (uint32_t flips = next_random(seed) % 8; flips; flips--)
			copy[next_random(seed) % length] ^= (char)(1u << next_random(seed) % 8);
		parse_exactly(copy, 1 + next_random(seed) % length);
	}
	free(copy);
}

static void test_damaged_files_never_crash(void **state)
{
	uint32_t seed = 20130901;
	char text[16384];
	glob_t files;

	(void)state;
	assert_int_equal(glob("tests/golden/scenarios/*.scn", 0, NULL, &files), 0);
	for (size_t i = 0; i < files.gl_pathc; i++) {
		FILE *file = fopen(files.gl_pathv[i], "re");
		size_t length;

		assert_non_null(file);
		length = fread(text, 1, sizeof(text), file);
		fclose(file);
		assert_true(length > 0);
		damage(text, length, &seed);
	}
	globfree(&files);
}

static void test_every_truncation(void **state)
{
	static const char text[] =
		"# fetch: /a request_timeout=0.5 b=-1\n"
		"# resolve: 127.0.0.1:$PORT [::1]:$REFUSED\n"
		"# header: A: b\n# option: c=.5\naccept\n"
		"send \"\\x41\\r\\n$PORT\xc3\xa4\" fill(12) hex(ff00)\npause 1.5ms\n";

	(void)state;
	for (size_t length = 0; length < sizeof(text); length++)
		parse_exactly(text, length);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_payload_escapes),
		cmocka_unit_test(test_payload_fill_begins_anew),
		cmocka_unit_test(test_payload_ports),
		cmocka_unit_test(test_payload_refused),
		cmocka_unit_test(test_every_scenario_loads),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_server_headers),
		cmocka_unit_test(test_timed_by_a_single_fetch),
		cmocka_unit_test(test_script_of_every_server_verb),
		cmocka_unit_test(test_client_role),
		cmocka_unit_test(test_mistakes_have_line_and_sentence),
		cmocka_unit_test(test_tls_and_signals),
		cmocka_unit_test(test_servers_of_role_client),
		cmocka_unit_test(test_the_folder_of_a_file),
		cmocka_unit_test(test_files_that_cannot_be_read),
		cmocka_unit_test(test_damaged_files_never_crash),
		cmocka_unit_test(test_every_truncation),
	};

	return cmocka_run_group_tests_name("scenario", tests, NULL, NULL);
}
