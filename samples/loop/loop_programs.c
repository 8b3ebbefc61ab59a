/*
 * loop_programs.c - the table of loop programs.
 */
#include "samples/loop/loop_programs.h"

#include <stdbool.h>
#include <stddef.h>

#include "samples/loop/loop_internal.h"

const struct loop_program loop_programs[] = {
	{ "blocked-turn", blocked_turn },
	{ "call-later", call_later },
	{ "call-later-cancel", call_later_cancel },
	{ "callback-before-start", callback_before_start },
	{ "callback-exception-in-timeout", callback_exception_in_timeout },
	{ "callback-in-callback", callback_in_callback },
	{ "callback-order", callback_order },
	{ "close-all-fds", close_all_fds },
	{ "close-plain", close_plain },
	{ "gen-bad-yield", gen_bad_yield },
	{ "gen-callback-wait", gen_callback_wait },
	{ "gen-dict", gen_dict },
	{ "gen-done-future", gen_done_future },
	{ "gen-exception", gen_exception },
	{ "gen-list", gen_list },
	{ "gen-list-error", gen_list_error },
	{ "gen-moment", gen_moment_program },
	{ "gen-moment-two", gen_moment_two },
	{ "gen-nested", gen_nested },
	{ "gen-sleep", gen_sleep_program },
	{ "gen-sleep-two", gen_sleep_two },
	{ "gen-task", gen_task_program },
	{ "gen-task-now", gen_task_now },
	{ "gen-task-timeout", gen_task_timeout },
	{ "gen-wait-all", gen_wait_all_program },
	{ "gen-with-timeout", gen_with_timeout_program },
	{ "gen-with-timeout-in-time", gen_with_timeout_in_time },
	{ "handler-adds-callback", handler_adds_callback },
	{ "handler-epipe", handler_epipe },
	{ "handler-exception", handler_exception },
	{ "idle-second", idle_second },
	{ "periodic-exception", periodic_exception },
	{ "periodic-three", periodic_three },
	{ "remove-ready-handler", remove_ready_handler },
	{ "restart", restart },
	{ "run-sync", run_sync },
	{ "run-sync-exception", run_sync_exception },
	{ "run-sync-timeout", run_sync_timeout },
	{ "signal-callback", signal_callback },
	{ "signal-eintr", signal_eintr },
	{ "signal-stop", signal_stop },
	{ "spawn-callback", spawn_callback },
	{ "stop-before-start", stop_before_start },
	{ "stop-from-thread", stop_from_thread },
	{ "stop-in-callback", stop_in_callback },
	{ "stop-in-handler", stop_in_handler },
	{ "thread-callback", thread_callback },
	{ "thread-callback-twice", thread_callback_twice },
	{ "timeout-cancel-other", timeout_cancel_other },
	{ "timeout-cancelled", timeout_cancelled },
	{ "timeout-order", timeout_order },
	{ "timeout-past", timeout_past },
	{ "timeout-remove-fired", timeout_remove_fired },
	{ "timeout-vs-callback", timeout_vs_callback },
	{ "timer-adds-callback", timer_adds_callback },
	{ "timer-bounds-poll", timer_bounds_poll },
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
