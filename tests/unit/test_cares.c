/*
 * test_cares.c - CaresResolver beside a name server that never answers: what
 * is open when resolver, loop or both go.
 */
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/cares/caresresolver.h"
#include "core/ioloop.h"
#include "core/v31/generation.h"
#include "core/v43/generation.h"

#define MILLISECOND INT64_C(1000000)

struct fixture {
	struct ioloop *loop;
	int deaf; /* the name server's socket */
	struct resolver resolver;
	unsigned told; /* calls of on_result() */
};

static int setup(void **state)
{
	static struct fixture f;
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t length = sizeof(address);
	char text[32];

	f = (struct fixture){ .deaf = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0) };
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(f.deaf, (struct sockaddr *)&address, length), 0);
	assert_int_equal(getsockname(f.deaf, (struct sockaddr *)&address, &length), 0);
	snprintf(text, sizeof(text), "127.0.0.1:%u", ntohs(address.sin_port));
	assert_int_equal(caresresolver_add_nameserver(text), 0);
	assert_int_equal(ioloop_new(&f.loop, NULL), 0);
	resolver_configure(&caresresolver_class);
	resolver_init(&f.resolver, f.loop);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	resolver_configure(NULL);
	caresresolver_forget_nameservers();
	close(f->deaf);
	return 0;
}

static int on_result(void *self, struct value *argument)
{
	struct fixture *f = self;

	(void)argument;
	f->told++;
	return 0;
}

static void run_for(struct fixture *f, int64_t duration)
{
	timeout_unref(ioloop_add_timeout(f->loop, ioloop_time(f->loop) + (uint64_t)duration,
					 ioloop_stop_callback(f->loop)));
	assert_int_equal(ioloop_start(f->loop), 0);
}

static bool has_question(const struct fixture *f)
{
	char packet[512];

	return recv(f->deaf, packet, sizeof(packet), MSG_DONTWAIT) > 0;
}

/* Asks twice, so that the questions share a socket and a timer. */
static void ask(struct fixture *f)
{
	for (int i = 0; i < 2; i++) {
		struct future *future =
			resolver_resolve(&f->resolver, "name.test", "80", AF_INET, NULL);

		assert_non_null(future);
		assert_false(future_done(future));
		future_unref(future);
	}
	run_for(f, MILLISECOND);
	assert_true(has_question(f));
}

static void test_loop_goes_first(void **state)
{
	struct fixture *f = *state;

	ask(f);
	ioloop_free(f->loop);
	resolver_release(&f->resolver);
}

static void test_resolver_goes_first(void **state)
{
	struct fixture *f = *state;

	ask(f);
	resolver_close(&f->resolver);
	resolver_release(&f->resolver);
	run_for(f, MILLISECOND);
	ioloop_free(f->loop);
}

static void test_nobody_is_told_after_the_end(void **state)
{
	struct fixture *f = *state;
	struct future *future = resolver_resolve(&f->resolver, "name.test", "80", AF_INET, NULL);

	assert_int_equal(ioloop_add_future(f->loop, future, callback_new(on_result, f, NULL, 0)),
			 0);
	run_for(f, MILLISECOND);
	resolver_release(&f->resolver);
	ioloop_free(f->loop);
	assert_false(future_done(future));
	assert_int_equal(f->told, 0);
	future_unref(future);
}

/* What needs no name server is there when resolve() returns. */
static void test_addresses(void **state)
{
	struct fixture *f = *state;
	struct future *future = resolver_resolve(&f->resolver, "::1", "80", AF_UNSPEC, NULL);
	char text[ADDRESS_TEXT_MAX];
	struct value *result;

	assert_int_equal(future_result(future, &result), 0);
	assert_int_equal(addrinfo_list_count(result->addrinfo), 1);
	resolved_address_text(&result->addrinfo->entries[0], text);
	assert_string_equal(text, "[::1]:80");
	future_unref(future);
	future = resolver_resolve(&f->resolver, "::1", "80", AF_INET, NULL);
	assert_string_equal(exc_describe(future_exception(future)),
			    "Exception(Requested socket family 2 but got 10)");
	future_unref(future);
	resolver_release(&f->resolver);
	ioloop_free(f->loop);
	assert_false(has_question(f));
}

static int use_31(void **state)
{
	(void)state;
	generation_use(&generation_31);
	return 0;
}

static int use_43(void **state)
{
	(void)state;
	generation_use(&generation_43);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_loop_goes_first, setup, teardown),
		cmocka_unit_test_setup_teardown(test_resolver_goes_first, setup, teardown),
		cmocka_unit_test_setup_teardown(test_nobody_is_told_after_the_end, setup, teardown),
		cmocka_unit_test_setup_teardown(test_addresses, setup, teardown),
	};
	int failed = cmocka_run_group_tests_name("3.1", tests, use_31, NULL);

	return failed + cmocka_run_group_tests_name("4.3", tests, use_43, NULL);
}
