/*
 * golden_loader.h - a recorded sequence of the original as a trace.
 *
 * For tests of what reads traces: a golden .tsv becomes a database of the
 * store's schema, its details parsed back into typed columns by the catalogue.
 * The step column is left out: giving steps is what is tested.
 */
#ifndef LOOPSCOPE_TESTS_UNIT_KIT_GOLDEN_LOADER_H
#define LOOPSCOPE_TESTS_UNIT_KIT_GOLDEN_LOADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sqlite3;

/* What $PORT and $REFUSED of the golden are in the trace; run facts name them. */
#define GOLDEN_PORT "41234"
#define GOLDEN_REFUSED "41235"

/* Sequence numbers of the trace are those of the golden plus this: run.begin comes first. */
#define GOLDEN_SEQ_SHIFT 1

/*
 * Makes the tables in db, which must be empty, and fills them.  What cannot be
 * loaded fails the running cmocka test.
 */
void golden_load(struct sqlite3 *db, const char *path);

/*
 * Paths of the .tsv goldens of a folder (not the .sys.tsv ones), sorted.  One
 * that names a function which the catalogue lacks is left out: what the port
 * cannot do yet cannot be held to it.  NULL-terminated, to be freed with golden_list_free().
 */
char **golden_list(const char *folder, size_t *count);
void golden_list_free(char **paths);

#endif
