/*
 * fixture.h - traces for tests of the viewer, made from SQL.
 */
#ifndef LOOPSCOPE_TESTS_TUI_FIXTURE_H
#define LOOPSCOPE_TESTS_TUI_FIXTURE_H

/* Makes the trace of tests/tui/walk.sql at path, then runs more SQL on it (may be NULL). */
int fixture_make(const char *path, const char *more);

#endif
