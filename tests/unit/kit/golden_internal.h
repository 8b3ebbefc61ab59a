/*
 * golden_internal.h - between the rows of a golden (golden_loader.c) and the
 * values of its details (golden_values.c).
 */
#ifndef LOOPSCOPE_TESTS_UNIT_KIT_GOLDEN_INTERNAL_H
#define LOOPSCOPE_TESTS_UNIT_KIT_GOLDEN_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "trace/emit/catalog.h"

struct sqlite3;

#define DEPTH_MAX 64
#define OBJECTS_MAX 512
#define NAMES_MAX 64

struct open_row {
	int64_t seq, depth;
	bool span;
	char ret[64];
	bool has_ret, raised;
};

struct golden_loader {
	struct sqlite3 *db;
	int64_t seq, turn;
	struct open_row open[DEPTH_MAX];
	unsigned open_count;
	char objects[OBJECTS_MAX][32];
	unsigned object_count;
	char names[NAMES_MAX][64];
	unsigned name_count;
};

/* The row of objects that "fd#1" or "waker" is. */
int64_t golden__object_of(struct golden_loader *loader, const char *name);

/* A kind of the catalogue or a name of the program's own, with these fields. */
unsigned golden__kind_of(struct golden_loader *loader, const char *name, const char *fields);

/* The number that stands in a column for the text of a numeric field. */
uint64_t golden__number_of(struct golden_loader *loader, const struct catalog_field *field,
			   const char *text);

#endif
