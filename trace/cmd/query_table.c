/*
 * query_table.c - an answer as a table.  The widths of the columns are those
 * of its first rows, which are kept until they are known; a later value that
 * is wider is cut.
 */
#include "trace/cmd/query_print.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "trace/base/failure.h"
#include "trace/base/safe.h"
#include "trace/store/query.h"

#define ROWS_MEASURED 200
#define WIDTH_MAX 60 /* columns of the terminal that a value takes */
#define CELL_BYTES (WIDTH_MAX * 4 + 8)
#define RAW_BYTES 512 /* of a value that are looked at */

struct cell {
	char text[CELL_BYTES]; /* safe for a terminal */
	unsigned width;
	bool number;
};

struct table {
	sqlite3_stmt *statement;
	int columns;
	unsigned *widths;
	bool *numbers;      /* columns that hold nothing but numbers */
	struct cell *cells; /* ROWS_MEASURED rows */
	unsigned rows;
};

/* Cuts the text to so many columns of the terminal, with "..." if it is longer. */
static void cell_cut(struct cell *cell, unsigned most)
{
	const unsigned char *p = (const unsigned char *)cell->text;
	size_t length = strlen(cell->text), at = 0, fit = 0;
	unsigned point, n, width = 0, fit_width = 0;

	while (at < length && (n = safe_utf8(p + at, length - at, &point)) > 0) {
		width += safe_columns(point);
		at += n;
		if (width + 3 <= most) {
			fit = at;
			fit_width = width;
		}
	}
	cell->width = width;
	if (width <= most)
		return;
	snprintf(cell->text + fit, sizeof(cell->text) - fit, "%.*s", (int)(most - fit_width),
		 "...");
	cell->width = most < fit_width + 3 ? most : fit_width + 3;
}

static void cell_set(struct cell *cell, const char *text, size_t length)
{
	/* more than fits, so that cell_cut() sees that it must cut */
	size_t looked = length < RAW_BYTES ? length : RAW_BYTES;

	safe_text(cell->text, sizeof(cell->text), text, looked);
	cell_cut(cell, WIDTH_MAX);
}

static void cell_set_blob(struct cell *cell, const unsigned char *bytes, int length)
{
	char text[2 * WIDTH_MAX + 8] = "x'";
	size_t used = 2;

	for (int i = 0; i < length && i < WIDTH_MAX; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%02x", bytes[i]);
	snprintf(text + used, sizeof(text) - used, "'");
	cell_set(cell, text, strlen(text));
}

static void cell_read(struct cell *cell, sqlite3_stmt *s, int column)
{
	int type = sqlite3_column_type(s, column);
	const char *text;

	cell->number = type == SQLITE_INTEGER || type == SQLITE_FLOAT || type == SQLITE_NULL;
	if (type == SQLITE_BLOB) {
		cell_set_blob(cell, sqlite3_column_blob(s, column),
			      sqlite3_column_bytes(s, column));
		return;
	}
	text = (const char *)sqlite3_column_text(s, column);
	cell_set(cell, text ? text : "", text ? (size_t)sqlite3_column_bytes(s, column) : 0);
}

static void put_cell(const struct table *table, int column, const struct cell *cell)
{
	unsigned pad = table->widths[column] - cell->width;
	bool last = column == table->columns - 1;

	fputs(column ? "  " : "", stdout);
	if (table->numbers[column])
		printf("%*s", (int)pad, "");
	fputs(cell->text, stdout);
	if (!table->numbers[column] && !last)
		printf("%*s", (int)pad, "");
}

static void put_cells(const struct table *table, struct cell *cells)
{
	for (int i = 0; i < table->columns; i++) {
		if (cells[i].width > table->widths[i])
			cell_cut(&cells[i], table->widths[i]);
		put_cell(table, i, &cells[i]);
	}
	putchar('\n');
}

static void put_head(const struct table *table)
{
	struct cell cell = { .number = false };

	for (int i = 0; i < table->columns; i++) {
		const char *name = sqlite3_column_name(table->statement, i);

		cell_set(&cell, name ? name : "", name ? strlen(name) : 0);
		put_cell(table, i, &cell);
	}
	putchar('\n');
	for (int i = 0; i < table->columns; i++) {
		fputs(i ? "  " : "", stdout);
		for (unsigned n = 0; n < table->widths[i]; n++)
			putchar('-');
	}
	putchar('\n');
}

static void measure_names(struct table *table)
{
	struct cell cell = { .number = false };

	for (int i = 0; i < table->columns; i++) {
		const char *name = sqlite3_column_name(table->statement, i);

		cell_set(&cell, name ? name : "", name ? strlen(name) : 0);
		table->widths[i] = cell.width;
		table->numbers[i] = true;
	}
}

/* Reads the row on which the statement stands. */
static void read_row(struct table *table, struct cell *cells, bool measure)
{
	for (int i = 0; i < table->columns; i++) {
		cell_read(&cells[i], table->statement, i);
		if (!measure)
			continue;
		if (cells[i].width > table->widths[i])
			table->widths[i] = cells[i].width;
		table->numbers[i] &= cells[i].number;
	}
}

static struct cell *row_at(const struct table *table, unsigned row)
{
	return table->cells + (size_t)row * (size_t)table->columns;
}

static int put_table(struct table *table, struct query *query, char **error)
{
	int more = 1;

	measure_names(table);
	while (table->rows < ROWS_MEASURED && (more = query_next(query, error)) > 0)
		read_row(table, row_at(table, table->rows++), true);
	if (more < 0 && !table->rows)
		return -1;
	put_head(table);
	for (unsigned i = 0; i < table->rows; i++)
		put_cells(table, row_at(table, i));
	while (more > 0 && (more = query_next(query, error)) > 0 && !ferror(stdout)) {
		read_row(table, table->cells, false);
		put_cells(table, table->cells);
	}
	return more < 0 ? -1 : 0;
}

int query_print_table(struct query *query, char **error)
{
	struct table table = { .statement = query_statement(query) };
	size_t columns;
	int status;

	table.columns = sqlite3_column_count(table.statement);
	columns = (size_t)table.columns;
	table.widths = calloc(columns, sizeof(*table.widths));
	table.numbers = calloc(columns, sizeof(*table.numbers));
	table.cells = calloc(columns * ROWS_MEASURED, sizeof(*table.cells));
	if (table.widths && table.numbers && table.cells)
		status = put_table(&table, query, error);
	else
		status = failure(error, "out of memory");
	free(table.widths);
	free(table.numbers);
	free(table.cells);
	return status;
}
