/*
 * resolving.c - the resolver of the client, as its options say.
 */
#include "samples/client/resolving.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "core/cares/caresresolver.h"
#include "core/netutil.h"
#include "core/python/exc.h"

static const struct resolver_class *chosen; /* NULL: the BlockingResolver */
static bool has_nameservers;

/* What was raised, said of the option. */
static int refuse(const char *option, char error[PLAN_ERROR_MAX])
{
	snprintf(error, PLAN_ERROR_MAX, "--%s: %s", option, exc_current()->text);
	exc_clear();
	return -1;
}

static int choose(const char *name, char error[PLAN_ERROR_MAX])
{
	bool cares = strcmp(name, "cares") == 0;

	if (!cares && strcmp(name, "blocking") != 0) {
		snprintf(error, PLAN_ERROR_MAX,
			 "there is no resolver '%s'; --resolver is blocking or cares", name);
		return -1;
	}
	chosen = cares ? &caresresolver_class : NULL;
	return 0;
}

int resolving_set(const char *name, const char *value, char error[PLAN_ERROR_MAX])
{
	int status = 0;

	if (strcmp(name, "resolver") == 0)
		return choose(value, error) < 0 ? -1 : 1;
	if (strcmp(name, "nameserver") == 0) {
		has_nameservers = true;
		status = caresresolver_add_nameserver(value);
	} else if (strcmp(name, "resolve") == 0) {
		status = netutil_resolve_host(value);
	} else {
		return 0;
	}
	return status < 0 ? refuse(name, error) : 1;
}

int resolving_begin(char error[PLAN_ERROR_MAX])
{
	if (has_nameservers && !chosen) {
		snprintf(
			error, PLAN_ERROR_MAX,
			"--nameserver is for --resolver=cares: the blocking resolver asks those of "
			"/etc/resolv.conf");
		return -1;
	}
	resolver_configure(chosen);
	return 0;
}

void resolving_reset(void)
{
	resolver_configure(NULL);
	chosen = NULL;
	has_nameservers = false;
	netutil_resolve_reset();
	caresresolver_forget_nameservers();
}
