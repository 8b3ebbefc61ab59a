/* loopscope check --against=article: the walk's steps, one a line. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/check/walk.h"
#include "trace/cmd/check_modes.h"
#include "trace/cmd/common.h"
#include "trace/cmd/steps_print.h"
#include "trace/walk/walk.h"

/* before: the step printed before it, NULL for none; a reason is told once for all in a row. */
static void put_step(const struct check_step *step, const struct check_step *before)
{
	const char *word = step->taken      ? step->early ? "early" : "taken"
			   : step->optional ? "spared"
					    : "missed";

	printf("%-7s %-7s ", word, step->step->step);
	if (step->taken)
		printf("row %-6" PRId64 " turn %-3" PRId64 " ", step->seq, step->turn);
	else
		printf("%-20s ", "");
	fputs(step->step->function, stdout);
	if (step->taken > 1)
		printf("  (%" PRId64 " times)", step->taken);
	putchar('\n');
	if (!*step->reason || (before && strcmp(before->reason, step->reason) == 0))
		return;
	printf("%-17s", "");
	steps_put(stdout, step->reason);
	putchar('\n');
}

int check_against_article(struct store *store)
{
	struct check_article *article;
	char *error = NULL;
	int status;

	if (check_article_new(&article, store, &error) < 0) {
		status = trouble("%s", error ? error : "out of memory");
		free(error);
		return status;
	}
	printf("%u of the walk's %u steps and parts of steps were taken", article->taken,
	       article->count);
	if (article->missed)
		printf(", %u missed", article->missed);
	if (article->count - article->taken - article->missed)
		printf(", %u not needed", article->count - article->taken - article->missed);
	puts(article->early ? ", not all in order" : ", in order");
	putchar('\n');
	for (unsigned i = 0; i < article->count; i++)
		put_step(&article->step[i], i ? &article->step[i - 1] : NULL);
	status = article->missed || article->early ? EXIT_NO : EXIT_DONE;
	check_article_free(article);
	return status;
}
