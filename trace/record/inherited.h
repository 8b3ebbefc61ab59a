/*
 * inherited.h - descriptors that were handed to the recorder and are the program's.
 *
 * The recorder passes them on and then lets go of its own copies: what the
 * program closes is closed, and who reads at the other end of a pipe comes to
 * its end.
 */
#ifndef LOOPSCOPE_TRACE_RECORD_INHERITED_H
#define LOOPSCOPE_TRACE_RECORD_INHERITED_H

#include <stdbool.h>
#include <stddef.h>

struct inherited {
	int *fds; /* owned */
	size_t count;
};

/*
 * Opens /dev/null as what its caller has closed of 0, 1 and 2, so that no file of
 * ours gets such a number.  pass: the program shall have it as well.
 */
void inherited_fill_standard(bool pass);

/*
 * All above 2 that are open and would survive exec: call this before anything
 * of the recorder's own is opened.  Without memory some are missing.
 */
void inherited_find(struct inherited *inherited);

/* Closes all but `keep`, once the program has them; forgets them. */
void inherited_close(struct inherited *inherited, int keep);

#endif
