/*
 * check_walk.c - loopscope check --against=WALK: the walk's stations, one a line.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/check/walk.h"
#include "trace/cmd/check_modes.h"
#include "trace/cmd/common.h"
#include "trace/export/put.h"
#include "trace/walk/walk.h"

/* before: the station printed before it, or NULL.  Stations in a row share one line for their reason. */
static void put_station(const struct check_station *station, const struct check_station *before)
{
	const char *word = station->taken      ? station->early ? "early" : "taken"
			   : station->optional ? "spared"
					       : "missed";

	printf("%-7s %-7s ", word, station->station->number);
	if (station->taken)
		printf("row %-6" PRId64 " turn %-3" PRId64 " ", station->seq, station->turn);
	else
		printf("%-20s ", "");
	fputs(station->station->function, stdout);
	if (station->taken > 1)
		printf("  (%" PRId64 " times)", station->taken);
	putchar('\n');
	if (!*station->reason || (before && strcmp(before->reason, station->reason) == 0))
		return;
	printf("%-17s", "");
	steps_put(stdout, station->reason);
	putchar('\n');
}

int check_against_walk(struct store *store, const struct walk *walk)
{
	struct check_walk *check;
	char *error = NULL;
	int status;

	if (check_walk_new(&check, store, walk, &error) < 0) {
		status = trouble("%s", error ? error : "out of memory");
		free(error);
		return status;
	}
	printf("%u of the walk's %u steps and parts of steps were taken", check->taken,
	       check->count);
	if (check->missed)
		printf(", %u missed", check->missed);
	if (check->count - check->taken - check->missed)
		printf(", %u not needed", check->count - check->taken - check->missed);
	puts(check->early ? ", not all in order" : ", in order");
	putchar('\n');
	for (unsigned i = 0; i < check->count; i++)
		put_station(&check->station[i], i ? &check->station[i - 1] : NULL);
	status = check->missed || check->early ? EXIT_NO : EXIT_DONE;
	check_walk_free(check);
	return status;
}
