/*
 * page_show.c - pages drawn, printed, and compared with those before.
 */
#include "tui/screen/page.h"

#include <stdlib.h>
#include <string.h>

#include "trace/base/safe.h"

static bool same_bytes(const char *a, size_t n, const char *b, size_t m)
{
	return n == m && memcmp(a, b, n) == 0;
}

/* The line of that key, or NULL. */
static const struct page_line *find(const struct page *page, const struct page *of,
				    const struct page_line *line)
{
	for (size_t i = 0; i < page->count; i++)
		if (page->lines[i].key_length &&
		    same_bytes(page->text + page->lines[i].key, page->lines[i].key_length,
			       of->text + line->key, line->key_length))
			return &page->lines[i];
	return NULL;
}

/* What is faint (ages, times left) does not count as a change. */
static bool same_text(const struct page *a, const struct page_line *x, const struct page *b,
		      const struct page_line *y)
{
	size_t i = 0, k = 0;

	for (;;) {
		const struct page_span *s, *t;

		while (i < x->spans && a->spans[x->first_span + i].style == STYLE_FAINT)
			i++;
		while (k < y->spans && b->spans[y->first_span + k].style == STYLE_FAINT)
			k++;
		if (i == x->spans || k == y->spans)
			return i == x->spans && k == y->spans;
		s = &a->spans[x->first_span + i++];
		t = &b->spans[y->first_span + k++];
		if (!same_bytes(a->text + s->text, s->length, b->text + t->text, t->length))
			return false;
	}
}

static void mark_line(struct page *page, size_t i, const struct page *before)
{
	struct page_line *line = &page->lines[i];
	const struct page_line *old;

	if (!line->key_length)
		return;
	old = find(before, page, line);
	if (!old)
		line->mark = '+';
	else if (!same_text(page, line, before, old))
		line->mark = '*';
}

/* Where a line of the page before stood among those that are there still. */
static size_t place_of(const struct page *page, const struct page *before, size_t i)
{
	const struct page_line *kept = NULL;
	size_t at;

	for (size_t k = i + 1; k < before->count && !kept; k++)
		if (before->lines[k].key_length)
			kept = find(page, before, &before->lines[k]);
	if (kept)
		return (size_t)(kept - page->lines);
	for (size_t k = i; k-- > 0 && !kept;)
		if (before->lines[k].key_length)
			kept = find(page, before, &before->lines[k]);
	if (!kept)
		return page->count;
	at = (size_t)(kept - page->lines) + 1;
	while (at < page->count && page->lines[at].mark == '-')
		at++;
	return at;
}

/* Puts a line that is gone back to where it was. */
static void put_gone(struct page *page, const struct page *before, size_t i)
{
	size_t length, at = place_of(page, before, i), count = page->count;
	const char *text = page_line_text(before, i, &length);
	struct page_line line;

	page_line(page, before->lines[i].seq);
	if (page->count == count)
		return;
	page_put_bytes(page, STYLE_GONE, text, length);
	page->lines[count].mark = '-';
	line = page->lines[count];
	memmove(&page->lines[at + 1], &page->lines[at], (count - at) * sizeof(line));
	page->lines[at] = line;
	if (page->current >= (int)at)
		page->current++;
}

void page_compare(struct page *page, const struct page *before)
{
	size_t count = page->count;

	for (size_t i = 0; i < count; i++)
		mark_line(page, i, before);
	for (size_t i = 0; i < before->count; i++)
		if (before->lines[i].key_length && !find(page, before, &before->lines[i]))
			put_gone(page, before, i);
}

int page_mark_differences(struct page *page, const struct page *other)
{
	int differ = 0;

	for (size_t i = 0; i < page->count; i++) {
		struct page_line *line = &page->lines[i];
		bool same = !line->key_length;

		for (size_t k = 0; k < other->count && !same; k++)
			same = other->lines[k].key_length && other->lines[k].item == line->item &&
			       same_text(page, line, other, &other->lines[k]);
		if (same)
			continue;
		line->mark = '!';
		differ++;
	}
	return differ;
}

int page_top_of_marks(const struct page *page, int rows)
{
	int first = -1, last = -1, most = (int)page->count - rows;

	for (int i = 0; i < (int)page->count; i++) {
		if (page->lines[i].mark == ' ')
			continue;
		first = first < 0 ? i : first;
		last = i;
	}
	if (last < rows)
		return 0;
	if (last - first >= rows)
		return first < most ? first : most;
	return last - rows + 1;
}

static unsigned mark_style(char mark)
{
	return mark == '-' ? STYLE_GONE : STYLE_CHANGED;
}

static void draw_line(const struct page *page, const struct page_line *line, struct area area,
		      int row, int column)
{
	for (size_t i = 0; i < line->spans; i++) {
		const struct page_span *span = &page->spans[line->first_span + i];

		column = area_put_bytes(area, row, column, span->style, page->text + span->text,
					span->length);
		if (column > area.columns)
			return;
	}
}

void page_draw(const struct page *page, struct area area, int top, bool marks)
{
	char mark[2] = "";

	for (int row = 0; row < area.rows; row++) {
		size_t at = (size_t)(top + row);

		if (top + row < 0 || at >= page->count)
			continue;
		mark[0] = page->lines[at].mark;
		if (marks)
			area_put(area, row, 0, mark_style(mark[0]), mark);
		draw_line(page, &page->lines[at], area, row, marks ? 1 : 0);
		if (page->selects && (int)at == page->current)
			area_select(area, row);
	}
	/* what lies above and below what is seen has a sign */
	if (top > 0)
		area_put(area, 0, area.columns - 1, STYLE_KEY, "\u2191");
	if ((size_t)(top + area.rows) < page->count)
		area_put(area, area.rows - 1, area.columns - 1, STYLE_KEY, "\u2193");
}

static void print_bytes(const char *bytes, size_t length, FILE *out)
{
	size_t size = 4 * length + 1 + 8 * (length / 2);
	char *safe = malloc(size);

	if (!safe)
		return;
	safe_text(safe, size, bytes, length);
	fputs(safe, out);
	free(safe);
}

void page_print(const struct page *page, bool marked_only, const char *indent, FILE *out)
{
	for (size_t i = 0; i < page->count; i++) {
		const struct page_line *line = &page->lines[i];

		if (marked_only && line->mark == ' ')
			continue;
		fprintf(out, "%s%c ", indent, line->mark);
		for (size_t k = 0; k < line->spans; k++) {
			const struct page_span *span = &page->spans[line->first_span + k];

			print_bytes(page->text + span->text, span->length, out);
		}
		putc('\n', out);
	}
}
