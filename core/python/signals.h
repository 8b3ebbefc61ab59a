/*
 * signals.h - Python's way with signals: the kernel's handler only notes that one
 * came, and the program's function runs when the interpreter looks next.
 *
 * So that function may do whatever the program may do: queue callbacks, emit
 * events.  Python looks between any two of its instructions; we look where a
 * loop can wait, before it polls and when a poll was interrupted.
 */
#ifndef LOOPSCOPE_CORE_PYTHON_SIGNALS_H
#define LOOPSCOPE_CORE_PYTHON_SIGNALS_H

/* A handler of the program's.  0, or -1 = raised. */
typedef int signals_fn(void *self, int number);

/*
 * signal.signal(): from now on fn(self, number) runs, in the main thread, after
 * the signal came.  System calls that it interrupts fail with EINTR.  NULL gives
 * the signal back to the system.  self is borrowed.  0 or -errno.
 */
int signals_handle(int number, signals_fn *fn, void *self);

/*
 * signal.set_wakeup_fd(): a descriptor, non-blocking, into which the kernel's
 * handler writes a byte as well; -1 for none.  Returns the one before.  From
 * another than the main thread nothing is changed and -2 returned: ValueError
 * in the original.
 */
int signals_set_wakeup(int fd);

/* PyErr_CheckSignals(): runs what is due, in the main thread.  0, or -1 = raised. */
int signals_check(void);

#endif
