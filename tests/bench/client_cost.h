/*
 * client_cost.h - what the clients of bench_client.py share: their arguments,
 * and the processor time that a request took.
 *
 *     CLIENT URL-PORT REQUESTS AT-A-TIME [...]
 */
#ifndef LOOPSCOPE_TESTS_BENCH_CLIENT_COST_H
#define LOOPSCOPE_TESTS_BENCH_CLIENT_COST_H

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

struct client_cost {
	int port;
	long requests;
	int at_a_time;
	long asked, answered; /* counted by the client */
	double began;
};

static inline double client_seconds(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (double)usage.ru_utime.tv_sec + (double)usage.ru_stime.tv_sec +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/* Reads the arguments and begins to count time: what it takes to start is no part of it. */
static inline struct client_cost client_cost_begin(int argc, char **argv)
{
	struct client_cost cost = { 0 };

	if (argc < 4 || atol(argv[2]) < 1 || atoi(argv[3]) < 1) {
		fprintf(stderr, "usage: %s PORT REQUESTS AT-A-TIME\n", argv[0]);
		exit(2);
	}
	cost.port = atoi(argv[1]);
	cost.requests = atol(argv[2]);
	cost.at_a_time = atoi(argv[3]);
	cost.began = client_seconds();
	return cost;
}

/* Prints microseconds of processor time a request.  The exit status. */
static inline int client_cost_end(const struct client_cost *cost)
{
	printf("%.3f\n", (client_seconds() - cost->began) / (double)cost->requests * 1e6);
	return cost->answered == cost->requests ? 0 : 1;
}

#endif
