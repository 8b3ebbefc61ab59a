/*
 * netutil.c - Resolver, and its default, an ExecutorResolver.
 */
#include "core/netutil.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "core/netutil_override.h"
#include "core/python/alloc.h"
#include "core/python/exc.h"
#include "trace/emit/emit.h"

#define LABEL_MAX 63

size_t addrinfo_list_count(const struct addrinfo_list *list)
{
	return list ? list->count : 0;
}

struct addrinfo_list *addrinfo_list_copy(const struct addrinfo_list *list)
{
	size_t size = sizeof(*list) + list->count * sizeof(list->entries[0]);
	struct addrinfo_list *copy = core_alloc(size);

	memcpy(copy, list, size);
	return copy;
}

void addrinfo_list_free(struct addrinfo_list *list)
{
	free(list);
}

void resolved_address_text(const struct resolved_address *address, char out[ADDRESS_TEXT_MAX])
{
	char host[INET6_ADDRSTRLEN];
	struct sockaddr_in in;
	struct sockaddr_in6 in6;

	if (address->family == AF_INET) {
		memcpy(&in, &address->address, sizeof(in));
		inet_ntop(AF_INET, &in.sin_addr, host, sizeof(host));
		snprintf(out, ADDRESS_TEXT_MAX, "%s:%u", host, ntohs(in.sin_port));
	} else if (address->family == AF_INET6) {
		memcpy(&in6, &address->address, sizeof(in6));
		inet_ntop(AF_INET6, &in6.sin6_addr, host, sizeof(host));
		snprintf(out, ADDRESS_TEXT_MAX, "[%s]:%u", host, ntohs(in6.sin6_port));
	} else {
		snprintf(out, ADDRESS_TEXT_MAX, "?");
	}
}

int addrinfo_list_add(struct addrinfo_list **list, const char *host, const char *port)
{
	const struct addrinfo hints = { .ai_family = AF_UNSPEC,
					.ai_socktype = SOCK_STREAM,
					.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV };
	size_t count = addrinfo_list_count(*list);
	struct addrinfo *found;
	struct resolved_address *entry;

	if (!port[0] || getaddrinfo(host, port, &hints, &found) != 0)
		return -1;
	/* entries lie behind the count in one piece of memory, and a host has few */
	*list = realloc(*list, sizeof(**list) + (count + 1) * sizeof(*entry));
	if (!*list)
		abort();
	entry = &(*list)->entries[count];
	*entry = (struct resolved_address){ .family = found->ai_family,
					    .length = found->ai_addrlen };
	memcpy(&entry->address, found->ai_addr, found->ai_addrlen);
	(*list)->count = count + 1;
	freeaddrinfo(found);
	return 0;
}

char *netutil_take_host(char **text, char end)
{
	char *host = *text;
	char *stop;

	if (*host == '[') {
		stop = strchr(++host, ']');
		if (!stop || (stop[1] && stop[1] != end))
			return NULL;
		*stop++ = '\0';
	} else {
		stop = host + strcspn(host, (char[]){ end, '\0' });
	}
	*text = stop;
	if (*stop) {
		*stop = '\0';
		*text = stop + 1;
	}
	return *host ? host : NULL;
}

static int raise_gaierror(int code)
{
	int saved = errno;

	if (code == EAI_SYSTEM)
		return exc_raise_errno(EXC_SOCKET_ERROR, saved);
	return exc_raise_take(
		exc_new(EXC_GAIERROR, code, "[Errno %d] %s", code, gai_strerror(code)));
}

/* host.encode("idna"), which getaddrinfo's wrapper does first: for ASCII, only a check. */
static int check_host(const char *host)
{
	for (const char *label = host; *label;) {
		size_t length = strcspn(label, ".");

		if (length < 1 || length > LABEL_MAX)
			return exc_raise(EXC_UNICODE_ERROR, "label empty or too long");
		label += length;
		if (*label == '.')
			label++;
	}
	for (const char *c = host; *c; c++)
		if ((unsigned char)*c >= 0x80)
			return exc_raise(EXC_UNICODE_ERROR, "not an ASCII host name");
	return 0;
}

static struct value addrinfo_value_copy(const struct value *value)
{
	return value_take_addrinfo(addrinfo_list_copy(value->addrinfo));
}

static void addrinfo_value_release(struct value *value)
{
	addrinfo_list_free(value->addrinfo);
}

static uint64_t addrinfo_value_describe(const struct value *value)
{
	return EMIT_VALUE(EMIT_VALUE_LIST, addrinfo_list_count(value->addrinfo));
}

static const struct value_class addrinfo_class = {
	addrinfo_value_copy,
	addrinfo_value_release,
	addrinfo_value_describe,
};

struct value value_take_addrinfo(struct addrinfo_list *list)
{
	return (struct value){ .type = VALUE_ADDRINFO, .class = &addrinfo_class, .addrinfo = list };
}

/* The (family, address) pairs of a getaddrinfo() result, in its order. */
static struct addrinfo_list *list_of(const struct addrinfo *found)
{
	struct addrinfo_list *list;
	size_t count = 0;

	for (const struct addrinfo *a = found; a; a = a->ai_next)
		count++;
	list = core_alloc(sizeof(*list) + count * sizeof(list->entries[0]));
	for (const struct addrinfo *a = found; a; a = a->ai_next) {
		struct resolved_address *entry = &list->entries[list->count++];

		entry->family = a->ai_family;
		entry->length = a->ai_addrlen;
		memcpy(&entry->address, a->ai_addr, a->ai_addrlen);
	}
	return list;
}

static struct addrinfo_list *look_up(const char *host, const char *port, int family)
{
	const struct addrinfo hints = { .ai_family = family, .ai_socktype = SOCK_STREAM };
	struct addrinfo_list *list;
	struct addrinfo *found;
	int code;

	if (check_host(host) < 0)
		return NULL;
	code = getaddrinfo(host, port, &hints, &found);
	if (code) {
		raise_gaierror(code);
		return NULL;
	}
	list = list_of(found);
	freeaddrinfo(found);
	return list;
}

struct question {
	const char *host;
	const char *port;
	int family;
};

/* An executor_fn: the method that run_on_executor decorates. */
static int resolve(void *self, struct value *result)
{
	const struct question *question = self;
	struct addrinfo_list *list = NULL;
	int code;
	SPAN(span, ExecutorResolver_resolve, TEXT(question->host), INT(question->family));

	code = netutil_override(question->host, question->port, question->family, &list);
	if (code)
		raise_gaierror(code);
	else if (!list)
		list = look_up(question->host, question->port, question->family);
	if (!list)
		return SPAN_RAISED(span);
	*result = value_take_addrinfo(list);
	SPAN_RETURN_ROW(span, INT(list->count));
	return 0;
}

static struct future *blocking_resolve(const struct resolver *resolver, const char *host,
				       const char *port, int family, struct callback *callback)
{
	/* the dummy executor runs it before this returns */
	struct question question = { host, port, family };

	return run_on_executor(resolver->loop, resolver->executor, resolve, &question,
			       KIND_ExecutorResolver_resolve, callback);
}

static const struct resolver_class blocking_class = { .resolve = blocking_resolve };
static const struct resolver_class *configured = &blocking_class;

void resolver_configure(const struct resolver_class *class)
{
	configured = class ? class : &blocking_class;
}

void resolver_init(struct resolver *resolver, struct ioloop *loop)
{
	*resolver = (struct resolver){
		.class = configured,
		.loop = loop,
		.executor = dummy_executor_submit,
	};
	if (resolver->class->initialize)
		resolver->object = resolver->class->initialize(loop);
}

void resolver_close(struct resolver *resolver)
{
	resolver->executor = NULL;
}

void resolver_release(struct resolver *resolver)
{
	if (resolver->class->release)
		resolver->class->release(resolver->object);
}

struct future *resolver_resolve(const struct resolver *resolver, const char *host, const char *port,
				int family, struct callback *callback)
{
	return resolver->class->resolve(resolver, host, port, family, callback);
}
