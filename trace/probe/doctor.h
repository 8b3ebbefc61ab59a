/*
 * doctor.h - what the kernel's view needs, and which of it is here.
 *
 * Looked at with the rights of the running program: the recorder's, so that
 * capabilities given to its file count.
 */
#ifndef LOOPSCOPE_TRACE_PROBE_DOCTOR_H
#define LOOPSCOPE_TRACE_PROBE_DOCTOR_H

#include <stdbool.h>
#include <stdio.h>

/*
 * Prints one line a finding, for each that is missing what would give it, and
 * a verdict.  Returns whether the kernel's rows can be had.
 */
bool doctor_report(FILE *out);

#endif
