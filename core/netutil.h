/*
 * netutil.h - tornado.netutil: Resolver, and its default, the BlockingResolver,
 * which is an ExecutorResolver over the dummy executor.
 *
 * getaddrinfo() blocks the loop while it runs; the callback still comes in a
 * later turn.  Other classes of resolvers do not block: see resolver_configure().
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

/*
 * Appends the numeric address with the port, a decimal number, to *list, which
 * is NULL while it is empty.  0, or -1: host is a name, or one of them is wrong.
 */
int addrinfo_list_add(struct addrinfo_list **list, const char *host, const char *port);

/*
 * Takes HOST off *text up to the separator at `end` (or the end of the text);
 * brackets around it are dropped.  It lies in the text, which is cut there.
 * Returns NULL if it is empty or not closed.
 */
char *netutil_take_host(char **text, char end);

/* "127.0.0.1:80" or "[::1]:80" into out; "?" for a family that is neither. */
#define ADDRESS_TEXT_MAX 64
void resolved_address_text(const struct resolved_address *address, char out[ADDRESS_TEXT_MAX]);

struct resolver;

/* A class of resolvers: what it does in its own way.  The first and last may be NULL. */
struct resolver_class {
	/* initialize(): what the resolver's `object` is to be. */
	void *(*initialize)(struct ioloop *loop);
	/* See resolver_resolve(). */
	struct future *(*resolve)(const struct resolver *resolver, const char *host,
				  const char *port, int family, struct callback *callback);
	/* The resolver lets go of its object. */
	void (*release)(void *object);
};

struct resolver {
	const struct resolver_class *class;
	struct ioloop *loop;
	executor_submit_fn *executor; /* of an ExecutorResolver: NULL once closed */
	void *object;                 /* of other classes */
};

/*
 * Resolver.configure(): the class (borrowed) of resolvers made later, in all
 * threads; NULL is the BlockingResolver.  Belongs before the first of them.
 */
void resolver_configure(const struct resolver_class *class);

void resolver_init(struct resolver *resolver, struct ioloop *loop);

/*
 * close(): every resolve() of an ExecutorResolver that comes later raises
 * AttributeError.  Other classes have nothing to close.
 */
void resolver_close(struct resolver *resolver);

/* The end of the object; what it looks up at that time goes on. */
void resolver_release(struct resolver *resolver);

/*
 * resolve(): looks host up for family (AF_INET, AF_INET6, AF_UNSPEC).  callback
 * (taken, may be NULL) is queued on the loop with the VALUE_ADDRINFO result; an
 * error travels into the contexts that surround it.  host and port, a decimal
 * number, are lent for the call.  The future is the caller's reference; NULL =
 * raised.
 */
struct future *resolver_resolve(const struct resolver *resolver, const char *host, const char *port,
				int family, struct callback *callback);

/*
 * What is answered in place of getaddrinfo and others, for names that should not be looked up.  All
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
