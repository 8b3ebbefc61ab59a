/*
 * caresresolver.c - CaresResolver: c-ares says which of its sockets it waits
 * for, the loop says when they are ready, and a coroutine waits for the answer.
 *
 * Who holds whom: a question holds the resolver and, by its callback, the
 * coroutine, whose caller may hold the resolver as well.  This circle ends with
 * the answer.  There is a timer as long as questions are open; a loop that
 * drops it before its time is being freed, and then no answer will come: the
 * questions are let go (see release_timer()).
 */
#include "core/cares/caresresolver.h"

#include <ares.h>
#include <arpa/inet.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include "core/cares/internal.h"
#include "core/gen.h"
#include "core/ioloop.h"
#include "core/log.h"
#include "core/netutil_override.h"
#include "core/platform/descriptor.h"
#include "core/python/alloc.h"
#include "core/python/exc.h"
#include "core/python/text.h"
#include "core/stack_context.h"
#include "trace/emit/emit.h"

#define SECOND UINT64_C(1000000000)
#define MICROSECOND UINT64_C(1000)
/* ares_timeout() leaves out what is less. */
#define MILLISECOND UINT64_C(1000000)

struct timer;

struct caresresolver {
	unsigned refs; /* the resolver's, its handlers', its timer's, the questions' */
	struct ioloop *loop;
	ares_channel channel;
	int *watched; /* self.fds: its sockets that have a handler */
	size_t count;
	size_t room;
	struct timer *timer; /* held by the loop; NULL: no question is open */
	bool abandoned;      /* the loop is being freed, and touched no more */
};

/* When c-ares wants to look at the clock again. */
struct timer {
	struct caresresolver *cares; /* a reference */
	struct timeout *timeout;
	uint64_t deadline;
};

/* A name that c-ares looks up. */
struct question {
	struct caresresolver *cares; /* a reference */
	struct callback *callback;
};

static struct caresresolver *cares_ref(struct caresresolver *cares)
{
	cares->refs++;
	return cares;
}

/* The last one goes when no question is open, so that c-ares calls nobody back. */
static void cares_unref(void *self)
{
	struct caresresolver *cares = self;

	if (--cares->refs)
		return;
	ares_destroy(cares->channel);
	free(cares->watched);
	free(cares);
}

/* c-ares calls through C, where nobody can catch an exception: it is said and forgotten. */
static void report_unraisable(void)
{
	log_message(LOG_LEVEL_ERROR, LOGGER_APPLICATION,
		    "Exception ignored in a callback of c-ares",
		    "Exception ignored in a callback of c-ares: %s", exc_describe(exc_current()));
	exc_clear();
}

/* The timer */

/* Takes the timer off the resolver; who calls it has the loop let go of the rest. */
static struct timeout *take_timer(struct caresresolver *cares)
{
	struct timeout *timeout = cares->timer->timeout;

	cares->timer = NULL;
	return timeout;
}

static void set_timer(struct caresresolver *cares);

static int on_timer(void *self, struct value *argument)
{
	struct caresresolver *cares = ((struct timer *)self)->cares;
	struct emit_cause cause = callback_cause();
	SPAN_CAUSED(span, cares_timeout, &cause);

	(void)argument;
	timeout_unref(take_timer(cares));
	ares_process_fd(cares->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	set_timer(cares);
	return 0;
}

/* The loop lets go of a timer: because it has run or was removed, or for good. */
static void release_timer(void *self)
{
	struct timer *timer = self;
	struct caresresolver *cares = timer->cares;

	if (cares->timer == timer) {
		cares->abandoned = true;
		timeout_unref(take_timer(cares));
		ares_cancel(cares->channel);
	}
	free(timer);
	cares_unref(cares);
}

/* No fetch's own: whatever context it is set in. */
static void add_timer(struct caresresolver *cares, uint64_t deadline)
{
	struct timer *timer = core_alloc(sizeof(*timer));
	struct stack_contexts *saved = stack_context_null_enter();

	*timer = (struct timer){ .cares = cares_ref(cares), .deadline = deadline };
	timer->timeout = ioloop_add_timeout(
		cares->loop, deadline,
		callback_new(on_timer, timer, release_timer, KIND_cares_timeout));
	stack_context_null_exit(saved);
	cares->timer = timer;
}

/* After each call of c-ares.  One that comes too early is only set again. */
static void set_timer(struct caresresolver *cares)
{
	struct timeval left, *due = ares_timeout(cares->channel, NULL, &left);
	uint64_t deadline = 0;

	if (cares->abandoned)
		return;
	if (due)
		deadline = ioloop_time(cares->loop) + (uint64_t)due->tv_sec * SECOND +
			   (uint64_t)due->tv_usec * MICROSECOND + MILLISECOND;
	if (cares->timer && due && cares->timer->deadline <= deadline)
		return;
	if (cares->timer)
		ioloop_remove_timeout(cares->loop, take_timer(cares));
	if (due)
		add_timer(cares, deadline);
}

/* The sockets */

/* _handle_events.  c-ares learns of an error by reading. */
static int handle_events(void *self, struct value *argument)
{
	struct caresresolver *cares = self;
	int fd = argument->ready.fd;
	uint32_t events = argument->ready.events;
	struct emit_cause cause = ioloop_dispatch_cause(cares->loop);
	SPAN_CAUSED(span, CaresResolver__handle_events, &cause, FD(descriptor_name(fd)),
		    INT(events));

	ares_process_fd(cares->channel,
			events & (IOLOOP_READ | IOLOOP_ERROR) ? fd : ARES_SOCKET_BAD,
			events & IOLOOP_WRITE ? fd : ARES_SOCKET_BAD);
	set_timer(cares);
	return 0;
}

/* The place of fd in self.fds; the number of them if it is not there. */
static size_t find(const struct caresresolver *cares, int fd)
{
	size_t at = 0;

	while (at < cares->count && cares->watched[at] != fd)
		at++;
	return at;
}

static int watch(struct caresresolver *cares, int fd, uint32_t state)
{
	if (find(cares, fd) < cares->count)
		return ioloop_update_handler(cares->loop, fd, state);
	cares->watched = core_room_for_one(cares->watched, cares->count, &cares->room, sizeof(int));
	cares->watched[cares->count++] = fd;
	return ioloop_add_handler(cares->loop, fd,
				  callback_new(handle_events, cares_ref(cares), cares_unref,
					       KIND_CaresResolver__handle_events),
				  state);
}

static void watch_no_more(struct caresresolver *cares, int fd)
{
	size_t at = find(cares, fd);

	if (at == cares->count)
		return;
	cares->watched[at] = cares->watched[--cares->count];
	ioloop_remove_handler(cares->loop, fd);
}

/* _sock_state_cb: what c-ares waits for at a socket has changed; nothing any more: it closes it. */
static void sock_state_cb(void *data, ares_socket_t fd, int readable, int writable)
{
	struct caresresolver *cares = data;
	uint32_t state = (readable ? IOLOOP_READ : 0) | (writable ? IOLOOP_WRITE : 0);
	SPAN(span, CaresResolver__sock_state_cb, FD(descriptor_name(fd)), INT(readable != 0),
	     INT(writable != 0));

	if (cares->abandoned)
		return;
	if (!state)
		watch_no_more(cares, fd);
	else if (watch(cares, fd, state) < 0)
		report_unraisable();
}

static void *cares_initialize(struct ioloop *loop)
{
	struct caresresolver *cares = core_alloc(sizeof(*cares));
	struct ares_options options = { .sock_state_cb = sock_state_cb,
					.sock_state_cb_data = cares };

	cares->refs = 1;
	cares->loop = loop;
	/* out of memory is all that can fail here */
	if (ares_init_options(&cares->channel, &options, ARES_OPT_SOCK_STATE_CB) != ARES_SUCCESS)
		abort();
	caresresolver__use_sockets(cares->channel);
	caresresolver__use_nameservers(cares->channel);
	return cares;
}

/* Questions and answers */

/* result.addresses: texts. */
static struct value addresses_of(const struct hostent *host)
{
	char text[INET6_ADDRSTRLEN];
	struct value list;
	size_t count = 0;

	while (host->h_addr_list[count])
		count++;
	list = value_of_items(VALUE_LIST, count);
	for (size_t i = 0; i < count; i++) {
		inet_ntop(host->h_addrtype, host->h_addr_list[i], text, sizeof(text));
		list.items->at[i].value = value_from_bytes(text, strlen(text));
	}
	return list;
}

/* The arguments of the callback: (result, error), one of which is None. */
static struct value answer_of(int status, const struct hostent *host)
{
	struct value answer = value_of_items(VALUE_TUPLE, 2);

	if (status == ARES_SUCCESS)
		answer.items->at[0].value = addresses_of(host);
	else
		answer.items->at[1].value = VALUE_OF_INT(status);
	return answer;
}

/* An ares_host_callback. */
static void on_answer(void *self, int status, int timeouts, struct hostent *host)
{
	struct question *question = self;
	struct caresresolver *cares = question->cares;
	struct callback *callback = question->callback;
	struct value answer = answer_of(status, host);
	SPAN(span, cares_answer, TEXT(status == ARES_SUCCESS ? "OK" : ares_strerror(status)),
	     INT(timeouts));

	free(question);
	if (!cares->abandoned && callback_call(callback, &answer) < 0)
		report_unraisable();
	value_release(&answer);
	callback_unref(callback);
	cares_unref(cares);
}

/* channel.gethostbyname(): callback is lent. */
static void ask(struct caresresolver *cares, const char *host, int family,
		struct callback *callback)
{
	struct question *question = core_alloc(sizeof(*question));
	SPAN(span, cares_gethostbyname, TEXT(host), INT(family));

	*question = (struct question){ cares_ref(cares), callback_ref(callback) };
	ares_gethostbyname(cares->channel, host, family, on_answer, question);
	set_timer(cares);
}

/* resolve() */

/* Its locals. */
struct resolve {
	struct gen gen;
	struct caresresolver *cares; /* a reference */
	char *host;
	char *port;
	int family;
	struct addrinfo_list *addrinfo;
};

static const struct gen_local locals[] = {
	GEN_LOCAL(struct resolve, GEN_TEXT, host),
	GEN_LOCAL(struct resolve, GEN_TEXT, port),
	GEN_LOCAL(struct resolve, GEN_INT, family),
	{ 0 },
};

static int raise_error(const struct resolve *self, int error)
{
	return exc_raise(EXC_EXCEPTION, "C-Ares returned error %d: %s while resolving %s", error,
			 ares_strerror(error), self->host);
}

/* The rest of resolve(), for one address that was found. */
static int take_address(struct resolve *self, const char *address)
{
	int family;

	if (addrinfo_list_add(&self->addrinfo, address, self->port) < 0)
		return exc_raise(EXC_EXCEPTION, "%s is no port", self->port);
	family = self->addrinfo->entries[self->addrinfo->count - 1].family;
	if (self->family != AF_UNSPEC && self->family != family)
		return exc_raise(EXC_EXCEPTION, "Requested socket family %d but got %d",
				 self->family, family);
	return 0;
}

static int take_answer(struct resolve *self, const struct value *answer)
{
	const struct value *result = &answer->items->at[0].value;
	const struct value *error = &answer->items->at[1].value;

	if (error->type != VALUE_NONE)
		return raise_error(self, (int)error->integer);
	for (size_t i = 0; i < result->items->count; i++)
		if (take_address(self, result->items->at[i].value.bytes.data) < 0)
			return -1;
	return 0;
}

/* is_valid_ip() */
static bool is_valid_ip(const char *host)
{
	struct addrinfo_list *list = NULL;
	bool valid = addrinfo_list_add(&list, host, "0") == 0;

	addrinfo_list_free(list);
	return valid;
}

/* For who is not a name, or is told what it is to be: 1, 0 = must be asked, -1 raised. */
static int resolve_at_once(struct resolve *self)
{
	if (is_valid_ip(self->host))
		return take_address(self, self->host) < 0 ? -1 : 1;
	if (netutil_override(self->host, self->port, self->family, &self->addrinfo))
		return raise_error(self, ARES_ENOTFOUND);
	return self->addrinfo != NULL;
}

/* A name may be another's alias that has no address: then the list is empty. */
static struct value take_addrinfo(struct resolve *self)
{
	struct addrinfo_list *list = self->addrinfo;

	self->addrinfo = NULL;
	return value_take_addrinfo(list ? list : core_alloc(sizeof(*list)));
}

static int resolve_body(struct gen *gen)
{
	enum { ANSWER = 1 };
	struct resolve *self = (struct resolve *)gen;
	int known;

	GEN_BEGIN(gen);
	known = resolve_at_once(self);
	if (known < 0)
		return GEN_RAISED;
	if (!known) {
		GEN_YIELD_VALUE(gen, gen_callback(ANSWER));
		ask(self->cares, self->host, self->family, gen->sent->function);
		GEN_YIELD_VALUE(gen, gen_wait(ANSWER));
		if (take_answer(self, gen->sent) < 0)
			return GEN_RAISED;
	}
	GEN_RETURN(gen, take_addrinfo(self));
	GEN_END(gen);
}

static void resolve_release(struct gen *gen)
{
	struct resolve *self = (struct resolve *)gen;

	addrinfo_list_free(self->addrinfo);
	free(self->host);
	free(self->port);
	cares_unref(self->cares);
	free(self);
}

static struct future *cares_resolve(const struct resolver *resolver, const char *host,
				    const char *port, int family, struct callback *callback)
{
	struct resolve *self = core_alloc(sizeof(*self));

	gen_init(&self->gen, resolve_body, KIND_CaresResolver_resolve, locals);
	self->gen.release = resolve_release;
	self->cares = cares_ref(resolver->object);
	self->host = text_duplicate(host);
	self->port = text_duplicate(port);
	self->family = family;
	return gen_coroutine_calling(&self->gen, callback);
}

const struct resolver_class caresresolver_class = {
	.initialize = cares_initialize,
	.resolve = cares_resolve,
	.release = cares_unref,
};
