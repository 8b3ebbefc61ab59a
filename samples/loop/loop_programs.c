/*
 * loop_programs.c - the table of loop programs.
 */
#include "samples/loop/loop_programs.h"

#include <stdbool.h>
#include <stddef.h>

#include "samples/loop/loop_internal.h"

const struct loop_program loop_programs[] = {
	{ "callback-before-start", callback_before_start },
	{ "callback-in-callback", callback_in_callback },
	{ "callback-order", callback_order },
	{ "handler-exception", handler_exception },
	{ "remove-ready-handler", remove_ready_handler },
	{ "restart", restart },
	{ "stop-before-start", stop_before_start },
	{ "stop-in-callback", stop_in_callback },
	{ "stop-in-handler", stop_in_handler },
	{ "thread-callback", thread_callback },
	{ "thread-callback-twice", thread_callback_twice },
	{ "timeout-cancel-other", timeout_cancel_other },
	{ "timeout-cancelled", timeout_cancelled },
	{ "timeout-order", timeout_order },
	{ "timeout-past", timeout_past },
	{ "timeout-vs-callback", timeout_vs_callback },
	{ "two-ready-order", two_ready_order },
	{ "update-handler", update_handler },
	{ NULL, NULL },
};

/* Equal, a dash being the same as an underscore. */
static bool same_name(const char *a, const char *b)
{
	for (; *a && *b; a++, b++)
		if (*a != *b && !(*a == '-' && *b == '_'))
			return false;
	return *a == *b;
}

const struct loop_program *loop_program_find(const char *name)
{
	for (const struct loop_program *program = loop_programs; name && program->name; program++)
		if (same_name(program->name, name))
			return program;
	return NULL;
}
