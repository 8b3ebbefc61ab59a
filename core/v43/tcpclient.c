/*
 * tcpclient.c - TCPClient.connect: the coroutine from a host's name to a stream.
 */
#include "core/v43/tcpclient.h"

#include <stdlib.h>

#include "core/gen.h"
#include "core/iostream.h"
#include "core/netutil.h"
#include "core/python/alloc.h"
#include "core/python/exc.h"
#include "core/python/ssl.h"
#include "core/python/text.h"
#include "core/v43/gen_runner.h"
#include "core/v43/iostream_tls.h"
#include "trace/emit/emit.h"

/* The locals of connect(). */
struct connect {
	struct gen gen;
	struct ioloop *loop;
	const struct resolver *resolver; /* lent until the first yield */
	char *host;
	char *port;
	int family;
	size_t max_buffer_size;
	bool tls;
	struct ssl_options ssl_options; /* if so */
};

static const struct gen_local locals[] = {
	GEN_LOCAL(struct connect, GEN_TEXT, host),
	GEN_LOCAL(struct connect, GEN_TEXT, port),
	{ 0 },
};

static struct future *connect_to_any(const struct connect *self,
				     const struct addrinfo_list *addresses)
{
	if (addrinfo_list_count(addresses))
		return tcpclient__connect_to_any(self->loop, addresses, self->max_buffer_size);
	exc_raise(EXC_INDEX_ERROR, "list index out of range");
	return NULL;
}

/* The stream of (family, address, stream). */
static const struct value *stream_of(const struct value *connected)
{
	return &connected->items->at[2].value;
}

static struct future *start_tls(const struct connect *self, const struct value *stream)
{
	return iostream_start_tls(stream->stream, &self->ssl_options, self->host);
}

static int connect_body(struct gen *gen)
{
	struct connect *self = (struct connect *)gen;

	GEN_BEGIN(gen);
	GEN_YIELD(gen,
		  resolver_resolve(self->resolver, self->host, self->port, self->family, NULL));
	GEN_YIELD(gen, connect_to_any(self, gen->sent->addrinfo));
	if (!self->tls)
		GEN_RETURN(gen, value_copy(stream_of(gen->sent)));
	GEN_YIELD(gen, start_tls(self, stream_of(gen->sent)));
	GEN_RETURN(gen, value_copy(gen->sent));
	GEN_END(gen);
}

static void connect_release(struct gen *gen)
{
	struct connect *self = (struct connect *)gen;

	free(self->host);
	free(self->port);
	ssl_options_release(&self->ssl_options);
	free(self);
}

struct future *tcpclient_connect(struct ioloop *loop, const struct resolver *resolver,
				 const struct tcp_target *target, struct callback *callback)
{
	struct connect *self = core_alloc(sizeof(*self));

	gen_init(&self->gen, connect_body, KIND_TCPClient_connect, locals);
	self->gen.release = connect_release;
	self->loop = loop;
	self->resolver = resolver;
	self->host = text_duplicate(target->host);
	self->port = text_duplicate(target->port);
	self->family = target->family;
	self->max_buffer_size = target->max_buffer_size;
	self->tls = target->ssl_options != NULL;
	if (self->tls)
		self->ssl_options = ssl_options_copy(target->ssl_options);
	return v43_coroutine_calling(&self->gen, callback);
}
