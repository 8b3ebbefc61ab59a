/*
 * rules_internal.h - the rules, between the files that have them and the table
 * that orders them (rules.c).
 */
#ifndef LOOPSCOPE_TRACE_DIFF_RULES_INTERNAL_H
#define LOOPSCOPE_TRACE_DIFF_RULES_INTERNAL_H

#include "trace/diff/rules.h"

/*
 * A rule is asked twice, with the sides both ways round, so that it need only
 * look for what y has and x has not.  True with its sentence in out, if it applies.
 */
#define DIFF_RULE(name)                                                                            \
	bool diff__rule_##name(const struct diff_near *x, const struct diff_near *y, char *out,    \
			       size_t size)

DIFF_RULE(url);
DIFF_RULE(fetches);
DIFF_RULE(program);
DIFF_RULE(local);
DIFF_RULE(queue);
DIFF_RULE(resolver);
DIFF_RULE(family);
DIFF_RULE(addresses);
DIFF_RULE(timeout_option);
DIFF_RULE(request);
DIFF_RULE(refused);
DIFF_RULE(not_connected);
DIFF_RULE(timeout);
DIFF_RULE(reset);
DIFF_RULE(closed);
DIFF_RULE(inline);
DIFF_RULE(incomplete);
DIFF_RULE(response);
DIFF_RULE(chunk);
DIFF_RULE(amount);
DIFF_RULE(status);

#endif
