/*
 * check_rules.c - loopscope check --rules: a line of TAP for each rule.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/check/rules.h"
#include "trace/cmd/check_modes.h"
#include "trace/cmd/common.h"
#include "trace/export/put.h"

static int rules_open(struct check_rules **rules, const char *path, char **error)
{
	bool is_stdin = strcmp(path, "-") == 0;
	FILE *file = is_stdin ? stdin : fopen(path, "r");
	int status;

	if (!file)
		return trouble("cannot read %s: %s", path, strerror(errno));
	status = check_rules_read(rules, file, is_stdin ? "stdin" : path, error);
	if (!is_stdin)
		fclose(file);
	return status;
}

/* Returns whether every rule holds. */
static int print(const struct check_rules *rules)
{
	unsigned count = check_rules_count(rules);
	int status = EXIT_DONE;

	printf("TAP version 13\n1..%u\n", count);
	for (unsigned i = 0; i < count; i++) {
		const struct check_verdict *verdict = check_rules_verdict(rules, i);

		printf("%sok %u - ", verdict->holds == CHECK_HOLDS ? "" : "not ", i + 1);
		/* a mark here would be a directive of TAP: "step:38#2" is a place */
		for (const char *p = verdict->text; *p; p += *p == '#') {
			size_t length = strcspn(p, "#");

			steps_put_bytes(stdout, p, length);
			p += length;
			if (*p)
				fputs("\\#", stdout);
		}
		putchar('\n');
		if (*verdict->note && verdict->holds != CHECK_HOLDS) {
			fputs("# ", stdout);
			steps_put(stdout, verdict->note);
			putchar('\n');
		}
		if (verdict->holds == CHECK_FAILS)
			status = status == EXIT_DONE ? EXIT_NO : status;
		else if (verdict->holds == CHECK_OPEN)
			status = EXIT_TROUBLE;
	}
	return status;
}

int check_against_rules(struct store *store, const char *path)
{
	struct check_rules *rules = NULL;
	char *error = NULL;
	int status = rules_open(&rules, path, &error);

	if (status > 0)
		return status;
	if (status == 0)
		status = check_rules_run(rules, store, &error);
	if (status < 0)
		status = trouble("%s", error ? error : "out of memory");
	else
		status = print(rules);
	check_rules_free(rules);
	free(error);
	return status;
}
