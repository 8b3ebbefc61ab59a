/*
 * guard.c - SIGBUS from a mapped file answered with pages of zeros.
 */
#include "trace/base/guard.h"

#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

static struct guard {
	char *start; /* NULL: free */
	size_t bytes;
	volatile sig_atomic_t lost;
} guards[GUARDS];

static struct guard *find(const void *address)
{
	for (struct guard *g = guards; g < guards + GUARDS; g++)
		if (g->start && (uintptr_t)address - (uintptr_t)g->start < g->bytes)
			return g;
	return NULL;
}

/* The instruction that failed is tried again when this returns. */
static void replace(int number, siginfo_t *info, void *context)
{
	struct guard *g = find(info->si_addr);

	(void)context;
	if (g && mmap(g->start, g->bytes, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != MAP_FAILED)
		g->lost = 1;
	else
		signal(number, SIG_DFL); /* it is not ours to answer */
}

void guard_mapping(void *start, size_t bytes)
{
	struct sigaction action = { .sa_sigaction = replace, .sa_flags = SA_SIGINFO };
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	for (struct guard *g = guards; g < guards + GUARDS; g++) {
		if (g->start)
			continue;
		*g = (struct guard){ .start = start, .bytes = (bytes + page - 1) / page * page };
		sigaction(SIGBUS, &action, NULL);
		return;
	}
}

bool guard_is_lost(const void *start)
{
	const struct guard *g = find(start);

	return g && g->lost;
}

void guard_release(const void *start)
{
	struct guard *g = find(start);

	if (g)
		g->start = NULL;
}
