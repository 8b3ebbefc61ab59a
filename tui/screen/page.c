/*
 * page.c - lines put together piece by piece, each with its style.
 */
#include "tui/screen/page.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "trace/base/grow.h"
#include "trace/base/safe.h"

void page_init(struct page *page, int rows, int columns)
{
	*page = (struct page){ .rows = rows, .columns = columns, .current = -1 };
}

void page_release(struct page *page)
{
	free(page->lines);
	free(page->spans);
	free(page->text);
	*page = (struct page){ .current = -1 };
}

/* array_grow(); a page without memory is full. */
static bool make_room(struct page *page, void *array, size_t *room, size_t needed, size_t size)
{
	if (!array_grow(array, room, needed, size))
		page->full = true;
	return !page->full;
}

void page_line(struct page *page, int64_t seq)
{
	if (page->count >= PAGE_LINES_MAX)
		page->full = true;
	if (page->full ||
	    !make_room(page, &page->lines, &page->line_room, page->count + 1, sizeof(*page->lines)))
		return;
	page->lines[page->count++] = (struct page_line){
		.first_span = page->span_count,
		.seq = seq,
		.mark = ' ',
	};
}

/* Keeps bytes; false when there is no memory. */
static bool keep(struct page *page, const char *bytes, size_t length)
{
	if (!make_room(page, &page->text, &page->room, page->length + length, 1))
		return false;
	if (length)
		memcpy(page->text + page->length, bytes, length);
	page->length += length;
	return true;
}

void page_put_bytes(struct page *page, unsigned style, const char *bytes, size_t length)
{
	if (page->full || page->count == 0 || length == 0 ||
	    !make_room(page, &page->spans, &page->span_room, page->span_count + 1,
		       sizeof(*page->spans)))
		return;
	page->spans[page->span_count] = (struct page_span){ page->length, length, style };
	if (!keep(page, bytes, length))
		return;
	page->span_count++;
	page->lines[page->count - 1].spans++;
}

void page_put(struct page *page, unsigned style, const char *text)
{
	page_put_bytes(page, style, text, strlen(text));
}

void page_printf(struct page *page, unsigned style, const char *format, ...)
{
	char text[1024];
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (length > 0)
		page_put_bytes(page, style, text,
			       (size_t)length < sizeof(text) ? (size_t)length : sizeof(text) - 1);
}

void page_key(struct page *page, const char *format, ...)
{
	struct page_line *line;
	char key[256];
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(key, sizeof(key), format, arguments);
	va_end(arguments);
	if (length <= 0 || page->count == 0)
		return;
	line = &page->lines[page->count - 1];
	line->key = page->length;
	if (keep(page, key, strlen(key)))
		line->key_length = strlen(key);
}

void page_here(struct page *page)
{
	page->current = (int)page->count - 1;
}

/*
 * The bytes of text that fit, cut where a line may break: at a blank, or before
 * a wide character that is no closing mark.
 */
static size_t line_fit(const char *text, size_t length, int columns)
{
	size_t at = 0, fit = 0;
	int used = 0;
	unsigned point, n;

	while (at < length) {
		n = safe_utf8((const unsigned char *)text + at, length - at, &point);
		if (n == 0)
			n = point = 1;
		if (at && (point == ' ' || (cells_width(point) == 2 && point < 0xff00 &&
					    (point < 0x3001 || point > 0x3011))))
			fit = at;
		used += cells_width(point);
		if (used > columns)
			return fit ? fit : at ? at : n;
		at += n;
	}
	return length;
}

void page_wrap(struct page *page, unsigned style, int indent, const char *text)
{
	int columns = page->columns - indent;
	size_t length = strlen(text);

	if (columns < 8)
		columns = 8;
	while (length && !page->full) {
		size_t n = line_fit(text, length, columns);

		page_line(page, 0);
		page_printf(page, style, "%*s", indent, "");
		page_put_bytes(page, style, text, n);
		text += n;
		length -= n;
		while (length && *text == ' ') {
			text++;
			length--;
		}
	}
}

const char *page_line_text(const struct page *page, size_t line, size_t *length)
{
	const struct page_line *l = &page->lines[line];
	size_t begin, end;

	*length = 0;
	if (l->spans == 0)
		return "";
	/* keys lie between lines, never between the spans of one */
	begin = page->spans[l->first_span].text;
	end = page->spans[l->first_span + l->spans - 1].text +
	      page->spans[l->first_span + l->spans - 1].length;
	*length = end - begin;
	return page->text + begin;
}
