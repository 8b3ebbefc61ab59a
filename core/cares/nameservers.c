/*
 * nameservers.c - the name servers that c-ares is to ask in place of those of
 * /etc/resolv.conf.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/cares/caresresolver.h"
#include "core/cares/internal.h"
#include "core/python/alloc.h"
#include "core/python/exc.h"
#include "core/python/text.h"

#define DNS_PORT "53"
#define PORT_DIGITS_MAX 5
#define PORT_MAX 65535

static struct addrinfo_list *nameservers;

/* A bare IPv6 address has colons of its own, and so no port behind it. */
static bool has_port(const char *text)
{
	return *text == '[' || strchr(text, ':') == strrchr(text, ':');
}

static bool is_port(const char *text)
{
	size_t digits = strspn(text, "0123456789");

	return digits && digits <= PORT_DIGITS_MAX && !text[digits] && atoi(text) > 0 &&
	       atoi(text) <= PORT_MAX;
}

/* text is cut where the port begins. */
static int add(char *text)
{
	const char *host = text, *port = "";
	char *rest = text;

	if (has_port(text)) {
		if (*text && text[strlen(text) - 1] == ':')
			return -1;
		host = netutil_take_host(&rest, ':');
		port = rest;
	}
	if (!host || (*port && !is_port(port)))
		return -1;
	return addrinfo_list_add(&nameservers, host, *port ? port : DNS_PORT);
}

int caresresolver_add_nameserver(const char *text)
{
	char *copy = text_duplicate(text);
	int status = add(copy);

	free(copy);
	if (status < 0)
		return exc_raise(EXC_VALUE_ERROR,
				 "not an address of a name server, ADDR[:PORT]: %s", text);
	return 0;
}

void caresresolver_forget_nameservers(void)
{
	addrinfo_list_free(nameservers);
	nameservers = NULL;
}

static struct ares_addr_port_node node_of(const struct resolved_address *address)
{
	struct ares_addr_port_node node = { .family = address->family };
	struct sockaddr_in in;
	struct sockaddr_in6 in6;

	if (address->family == AF_INET) {
		memcpy(&in, &address->address, sizeof(in));
		node.addr.addr4 = in.sin_addr;
		node.udp_port = node.tcp_port = ntohs(in.sin_port);
	} else {
		memcpy(&in6, &address->address, sizeof(in6));
		memcpy(&node.addr.addr6, &in6.sin6_addr, sizeof(node.addr.addr6));
		node.udp_port = node.tcp_port = ntohs(in6.sin6_port);
	}
	return node;
}

void caresresolver__use_nameservers(ares_channel channel)
{
	size_t count = addrinfo_list_count(nameservers);
	struct ares_addr_port_node *nodes;

	if (!count)
		return;
	nodes = core_alloc(count * sizeof(*nodes));
	for (size_t i = 0; i < count; i++) {
		nodes[i] = node_of(&nameservers->entries[i]);
		if (i)
			nodes[i - 1].next = &nodes[i];
	}
	/* it copies them; out of memory is all that it can say */
	if (ares_set_servers_ports(channel, nodes) != ARES_SUCCESS)
		abort();
	free(nodes);
}
