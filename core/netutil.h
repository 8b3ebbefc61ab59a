/*
 * netutil.h - tornado.netutil of 3.1: Resolver, and its default, the
 * BlockingResolver, which is an ExecutorResolver over the dummy executor.
 *
 * getaddrinfo() blocks the loop while it runs; the callback still comes in a
 * later turn.
 */
#ifndef LOOPSCOPE_CORE_NETUTIL_H
#define LOOPSCOPE_CORE_NETUTIL_H

#include <stddef.h>
#include <sys/socket.h>

#include "core/callback.h"
#include "core/concurrent.h"

struct ioloop;

struct resolved_address {
	int family;
	socklen_t length;
	struct sockaddr_storage address;
};

/* What a resolver found: a list of (family, address). */
struct addrinfo_list {
	size_t count;
	struct resolved_address entries[];
};

size_t addrinfo_list_count(const struct addrinfo_list *list);
struct addrinfo_list *addrinfo_list_copy(const struct addrinfo_list *list);
void addrinfo_list_free(struct addrinfo_list *list);

/* "127.0.0.1:80" or "[::1]:80" into out; "?" for a family that is neither. */
#define ADDRESS_TEXT_MAX 64
void resolved_address_text(const struct resolved_address *address, char out[ADDRESS_TEXT_MAX]);

/* A BlockingResolver. */
struct resolver {
	struct ioloop *loop;
	executor_submit_fn *executor; /* NULL once closed */
};

void resolver_init(struct resolver *resolver, struct ioloop *loop);

/* close(): every resolve() that comes later raises AttributeError. */
void resolver_close(struct resolver *resolver);

/*
 * ExecutorResolver.resolve as run_on_executor decorates it: looks host up for
 * family (AF_INET, AF_INET6, AF_UNSPEC).  callback (taken, may be NULL) is
 * queued on the loop with the VALUE_ADDRINFO result; an error travels into the
 * contexts that surround it.  host and port, a decimal number, are lent for
 * the call.  The future is the caller's reference; NULL = raised.
 */
struct future *resolver_resolve(const struct resolver *resolver, const char *host, const char *port,
				int family, struct callback *callback);

/*
 * What getaddrinfo is to answer, for names that should not be looked up.  All
 * of these act on the whole process and belong before the first fetch.
 */

/* HOST:PORT:ADDR[,ADDR], an IPv6 address in brackets.  0, or -1 = ValueError raised. */
int netutil_resolve_host(const char *mapping);

/*
 * Every look-up has this answer: "ADDR:PORT [ADDR]:PORT ...", those of the
 * family asked for.  "error" makes every look-up fail with EAI_NONAME.
 * 0, or -1 = ValueError raised.
 */
int netutil_resolve_all(const char *answer);

/*
 * Such an answer takes so many nanoseconds to come, in which the thread stands
 * still as it does inside of getaddrinfo.
 */
void netutil_resolve_delay(uint64_t nanoseconds);

/* Forgets all of it. */
void netutil_resolve_reset(void);

#endif
