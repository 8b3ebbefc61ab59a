/*
 * test_peer_tls.c - the scripted peer's TLS, against a blocking OpenSSL client.
 */
#include "tests/unit/kit/peer_play.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

/* A client that trusts a CA of tls/. */
static SSL *client_of(int fd, const char *ca)
{
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());
	char path[64];
	SSL *ssl;

	snprintf(path, sizeof(path), "tls/%s.pem", ca);
	assert_int_equal(SSL_CTX_load_verify_locations(context, path, NULL), 1);
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
	ssl = SSL_new(context);
	SSL_CTX_free(context);
	assert_int_equal(SSL_set_fd(ssl, fd), 1);
	return ssl;
}

static void hear_tls(SSL *ssl, const char *text)
{
	char bytes[256] = "";
	size_t length = strlen(text), got = 0;

	while (got < length) {
		int n = SSL_read(ssl, bytes + got, (int)(length - got));

		assert_true(n > 0);
		got += (size_t)n;
	}
	assert_string_equal(bytes, text);
}

static void exchange(const char *script, const char *version)
{
	struct play play;
	SSL *ssl;
	int fd;

	play_start(&play, script, NULL);
	fd = connect_to(&play);
	ssl = client_of(fd, "ca");
	assert_int_equal(SSL_connect(ssl), 1);
	assert_string_equal(SSL_get_version(ssl), version);
	assert_int_equal(SSL_write(ssl, "GET / HTTP/1.1\r\n\r\n", 18), 18);
	hear_tls(ssl, "hello");
	/* a close alone is no end that TLS knows; tls-close is */
	assert_true(SSL_read(ssl, (char[1]){ 0 }, 1) <= 0);
	assert_int_equal(SSL_get_shutdown(ssl) & SSL_RECEIVED_SHUTDOWN,
			 strstr(script, "tls-close") ? SSL_RECEIVED_SHUTDOWN : 0);
	SSL_free(ssl);
	close(fd);
	pthread_join(play.thread, NULL);
	assert_int_equal(play.result, 0);
	assert_int_equal(play.requests, 1);
	assert_string_equal(play.request[0], "GET / HTTP/1.1\r\n\r\n");
	play_release(&play);
}

static void test_exchanges(void **state)
{
	(void)state;
	exchange("accept\ntls server\nexpect-request\nsend \"hel\"\nsend \"lo\"\nclose\n",
		 "TLSv1.2");
	exchange("accept\ntls server 1.3\nexpect-request\nsend \"hello\"\ntls-close\n", "TLSv1.3");
	exchange("accept\ntls server\nread 18\nsend-close \"hello\"\n", "TLSv1.2");
}

/* Single bytes on the wire, also those of the handshake. */
static void test_pieces(void **state)
{
	struct peer_options options = PEER_OPTIONS_INIT;
	struct play play;
	SSL *ssl;
	int fd;

	(void)state;
	options.segment = 1;
	play_start(&play, "accept\ntls server\nsend \"hello\"\ntls-close\n", &options);
	fd = connect_to(&play);
	ssl = client_of(fd, "ca");
	assert_int_equal(SSL_connect(ssl), 1);
	hear_tls(ssl, "hello");
	SSL_free(ssl);
	close(fd);
	play_end(&play, 0);
}

/* The client refuses the certificate: told in the place of a request. */
static void test_refused_certificate(void **state)
{
	static const char *const certificates[] = { "server", "selfsigned", "expired" };
	char script[64];

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct play play;
		SSL *ssl;
		int fd;

		snprintf(script, sizeof(script), "accept\ntls %s\nexpect-close\n", certificates[i]);
		play_start(&play, script, NULL);
		fd = connect_to(&play);
		ssl = client_of(fd, i == 2 ? "ca" : "other-ca");
		assert_true(SSL_connect(ssl) <= 0);
		SSL_free(ssl);
		close(fd);
		pthread_join(play.thread, NULL);
		assert_int_equal(play.result, 0);
		assert_int_equal(play.requests, 1);
		assert_string_equal(play.request[0],
				    i == 2 ? "<TLS failure: SSLV3_ALERT_CERTIFICATE_EXPIRED>"
					   : "<TLS failure: TLSV1_ALERT_UNKNOWN_CA>");
		play_release(&play);
	}
}

/* After the first flight the script goes on: here it breaks off. */
static void test_first_flight_only(void **state)
{
	struct play play;
	SSL *ssl;
	int fd;

	(void)state;
	play_start(&play, "accept\ntls-first server\nreset\n", NULL);
	fd = connect_to(&play);
	ssl = client_of(fd, "ca");
	assert_true(SSL_connect(ssl) <= 0);
	SSL_free(ssl);
	close(fd);
	play_end(&play, 0);
}

static void test_clients_without_tls(void **state)
{
	struct play play;
	int fd;

	(void)state;
	play_start(&play, "accept\ntls server\nsend \"never\"\ntls-close\n", NULL);
	fd = connect_to(&play);
	say(fd, "GET / HTTP/1.1\r\n\r\n");
	hear_end(fd);
	close(fd);
	pthread_join(play.thread, NULL);
	assert_int_equal(play.result, 0);
	assert_string_equal(play.request[0], "<TLS failure: HTTP_REQUEST>");
	play_release(&play);

	play_start(&play, "accept\ntls server\n", NULL);
	close(connect_to(&play));
	pthread_join(play.thread, NULL);
	assert_int_equal(play.result, 0);
	assert_int_equal(play.requests, 1);
	play_release(&play);
}

/* A port that only looks: what it reads is not told, and plain bytes go back. */
static void test_no_tls_at_the_port(void **state)
{
	struct play play;
	SSL *ssl;
	int fd;

	(void)state;
	play_start(&play, "accept\nread-any\nsend \"HTTP/1.1 400 Bad Request\\r\\n\\r\\n\"\n",
		   NULL);
	fd = connect_to(&play);
	ssl = client_of(fd, "ca");
	assert_true(SSL_connect(ssl) <= 0);
	assert_int_equal(ERR_GET_REASON(ERR_peek_last_error()), SSL_R_WRONG_VERSION_NUMBER);
	SSL_free(ssl);
	close(fd);
	pthread_join(play.thread, NULL);
	assert_int_equal(play.requests, 0);
	play_release(&play);
}

static void check_trouble(const char *script, int result, const char *sentence)
{
	struct play play;
	int fd;

	play_start(&play, script, NULL);
	fd = connect_to(&play);
	say(fd, "GET / HTTP/1.1\r\n\r\n");
	pthread_join(play.thread, NULL);
	assert_int_equal(play.result, result);
	if (!strstr(peer_error(play.peer)->text, sentence))
		fail_msg("%s", peer_error(play.peer)->text);
	close(fd);
	play_release(&play);
}

static void test_trouble_has_a_sentence(void **state)
{
	(void)state;
	check_trouble("accept\ntls nobody\n", -ENOENT,
		      "line 2: the certificate of 'tls' cannot be read from tls/NAME.pem: No such");
	check_trouble("accept\ntls ca\n", -ENOENT, "line 2: the key of 'tls' cannot be read");
	check_trouble("accept\ntls-first server\ntls server\n", -EALREADY,
		      "the connection speaks TLS");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exchanges),
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_refused_certificate),
		cmocka_unit_test(test_first_flight_only),
		cmocka_unit_test(test_clients_without_tls),
		cmocka_unit_test(test_no_tls_at_the_port),
		cmocka_unit_test(test_trouble_has_a_sentence),
	};

	/* certificates are looked for beside the scenario, in tls/ */
	if (chdir("tests/golden/scenarios") < 0)
		return 2;
	return cmocka_run_group_tests_name("peer_tls", tests, NULL, NULL);
}
