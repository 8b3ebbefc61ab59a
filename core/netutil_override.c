/*
 * netutil_override.c - tornado.netutil.OverrideResolver, for whole answers:
 * what a name means is said on the command line, or by a scenario.
 *
 * All that is said before the first fetch and only read afterwards.
 */
#include "core/netutil_override.h"

#include <errno.h>
#include <netdb.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "core/netutil.h"
#include "core/python/alloc.h"
#include "core/python/exc.h"
#include "core/python/text.h"
#include "trace/emit/emit.h"

/* HOST:PORT and its addresses. */
struct mapping {
	char *host;
	char *port;
	struct addrinfo_list *answer;
};

static struct mapping *mappings;
static size_t mapping_count, mapping_room;
static struct addrinfo_list *answer_to_all;
static bool all_fail;
static uint64_t delay; /* nanoseconds */

static int parse_mapping(char *text, struct mapping *out)
{
	char *host = netutil_take_host(&text, ':');
	char *port = host ? netutil_take_host(&text, ':') : NULL;

	if (!port || port[strspn(port, "0123456789")] || !*text)
		return -1;
	while (*text) {
		char *address = netutil_take_host(&text, ',');

		if (!address || addrinfo_list_add(&out->answer, address, port) < 0)
			return -1;
	}
	out->host = text_duplicate(host);
	out->port = text_duplicate(port);
	return 0;
}

int netutil_resolve_host(const char *mapping)
{
	struct mapping parsed = { 0 };
	char *copy = text_duplicate(mapping);
	int status = parse_mapping(copy, &parsed);

	free(copy);
	if (status < 0) {
		addrinfo_list_free(parsed.answer);
		return exc_raise(EXC_VALUE_ERROR, "not of the form HOST:PORT:ADDRESS[,ADDRESS]: %s",
				 mapping);
	}
	mappings = core_room_for_one(mappings, mapping_count, &mapping_room, sizeof(*mappings));
	mappings[mapping_count++] = parsed;
	return 0;
}

int netutil_resolve_all(const char *answer)
{
	struct addrinfo_list *list = NULL;
	char *copy = text_duplicate(answer);
	char *rest = copy;
	int status = 0;

	all_fail = strcmp(answer, "error") == 0;
	for (char *word; !all_fail && !status && (word = strsep(&rest, " "));) {
		if (!*word)
			continue;
		char *host = netutil_take_host(&word, ':');

		if (!host || addrinfo_list_add(&list, host, word) < 0)
			status = -1;
	}
	free(copy);
	if (status < 0 || (!all_fail && !list)) {
		addrinfo_list_free(list);
		return exc_raise(EXC_VALUE_ERROR, "not a list of ADDRESS:PORT: %s", answer);
	}
	addrinfo_list_free(answer_to_all);
	answer_to_all = list;
	return 0;
}

void netutil_resolve_reset(void)
{
	for (size_t i = 0; i < mapping_count; i++) {
		free(mappings[i].host);
		free(mappings[i].port);
		addrinfo_list_free(mappings[i].answer);
	}
	free(mappings);
	mappings = NULL;
	mapping_count = mapping_room = 0;
	addrinfo_list_free(answer_to_all);
	answer_to_all = NULL;
	all_fail = false;
	delay = 0;
}

void netutil_resolve_delay(uint64_t nanoseconds)
{
	delay = nanoseconds;
}

/* Those of list that are of the family; NULL if none is. */
static struct addrinfo_list *filter(const struct addrinfo_list *list, int family)
{
	struct addrinfo_list *kept = addrinfo_list_copy(list);

	kept->count = 0;
	for (size_t i = 0; i < list->count; i++)
		if (family == AF_UNSPEC || list->entries[i].family == family)
			kept->entries[kept->count++] = list->entries[i];
	if (!kept->count) {
		addrinfo_list_free(kept);
		return NULL;
	}
	return kept;
}

/* Stands still as getaddrinfo() does while it asks somebody far away. */
static void take_time(const char *host, const struct addrinfo_list *answer)
{
	struct timespec left = { (time_t)(delay / 1000000000), (long)(delay % 1000000000) };

	while (nanosleep(&left, &left) < 0 && errno == EINTR)
		continue;
	EMIT(sock_getaddrinfo, TEXT(host), NONE, WHEN(answer, INT(addrinfo_list_count(answer))),
	     INT(delay));
}

/* As netutil_override(), without the time that it takes. */
static int look_for_answer(const char *host, const char *port, int family,
			   struct addrinfo_list **out)
{
	const struct addrinfo_list *answer = answer_to_all;

	*out = NULL;
	if (all_fail)
		return EAI_NONAME;
	for (size_t i = 0; i < mapping_count && !answer; i++)
		if (strcasecmp(mappings[i].host, host) == 0 && strcmp(mappings[i].port, port) == 0)
			answer = mappings[i].answer;
	if (!answer)
		return 0;
	*out = filter(answer, family);
	return *out ? 0 : EAI_NONAME;
}

int netutil_override(const char *host, const char *port, int family, struct addrinfo_list **out)
{
	int code = look_for_answer(host, port, family, out);

	if (delay && (code || *out))
		take_time(host, *out);
	return code;
}
