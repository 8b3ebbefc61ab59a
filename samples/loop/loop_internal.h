/*
 * loop_internal.h - the programs, for the table in loop_programs.c.
 */
#ifndef LOOPSCOPE_SAMPLES_LOOP_LOOP_INTERNAL_H
#define LOOPSCOPE_SAMPLES_LOOP_LOOP_INTERNAL_H

/* loop_blocking.c */
int blocked_turn(void);

/* loop_callbacks.c */
int callback_in_callback(void);
int callback_order(void);
int callback_before_start(void);
int stop_before_start(void);
int stop_in_callback(void);
int restart(void);
int thread_callback(void);
int thread_callback_twice(void);
int stop_from_thread(void);

/* loop_timeouts.c */
int timeout_order(void);
int timeout_cancelled(void);
int timeout_past(void);
int timeout_cancel_other(void);
int timeout_vs_callback(void);
int timer_bounds_poll(void);
int idle_second(void);
int timer_adds_callback(void);
int callback_exception_in_timeout(void);
int timeout_remove_fired(void);

/* loop_handlers.c */
int two_ready_order(void);
int remove_ready_handler(void);
int update_handler(void);
int handler_exception(void);
int stop_in_handler(void);
int handler_epipe(void);
int handler_adds_callback(void);
int close_all_fds(void);
int close_plain(void);

/* loop_periodic.c */
int periodic_three(void);
int periodic_exception(void);

/* loop_signals.c */
int signal_eintr(void);
int signal_callback(void);
int signal_stop(void);

/* loop_gen.c */
int gen_nested(void);
int gen_exception(void);
int gen_done_future(void);
int gen_bad_yield(void);
int gen_list(void);
int gen_list_error(void);

/* loop_gen_points.c */
int gen_task_program(void);
int gen_task_now(void);
int gen_task_timeout(void);
int gen_callback_wait(void);
int gen_wait_all_program(void);

/* loop_sync.c */
int run_sync(void);
int run_sync_timeout(void);
int run_sync_exception(void);

/* loop_gen_new.c */
int gen_dict(void);
int gen_moment_program(void);
int gen_moment_two(void);
int gen_sleep_program(void);
int gen_sleep_two(void);
int gen_with_timeout_program(void);
int gen_with_timeout_in_time(void);

/* loop_new.c */
int call_later(void);
int call_later_cancel(void);
int spawn_callback(void);

#endif
