/*
 * render.c - a record's fields, one after the other, as key=value.
 */
#include "trace/words/render.h"

#include <stdlib.h>
#include <string.h>

#include "trace/base/safe.h"
#include "trace/words/render_internal.h"

static void compile_words(struct render_field *to, const struct catalog_field *from)
{
	to->word_count = 1;
	for (const char *p = from->words; *p; p++)
		to->word_count = (uint8_t)(to->word_count + (*p == '/'));
	if (to->word_count > RENDER_WORDS_MAX)
		to->word_count = RENDER_WORDS_MAX;
	for (unsigned n = 0; n < to->word_count; n++)
		catalog_word(from, n, to->word[n], sizeof(to->word[n]));
}

static void compile_fields(struct render_fields *to, const struct catalog_fields *from)
{
	uint8_t slot = 0;

	to->count = from->count;
	for (unsigned i = 0; i < from->count; i++) {
		struct render_field *f = &to->field[i];
		size_t length = strnlen(from->field[i].name, sizeof(f->name) - 1);

		f->type = from->field[i].type;
		f->in_payload = FIELD_TYPE_IN_PAYLOAD(f->type);
		f->slot =
			f->in_payload || slot >= CATALOG_NUMERIC_MAX ? CATALOG_NUMERIC_MAX : slot++;
		memcpy(f->name, from->field[i].name, length);
		memcpy(f->prefix, "; ", 2);
		memcpy(f->prefix + 2, f->name, length);
		f->prefix[2 + length] = '=';
		f->prefix_length = (uint8_t)(3 + length);
		if (f->type == FIELD_WORD)
			compile_words(f, &from->field[i]);
	}
}

static void compile_returns(struct render_kind *kind, const char *returns)
{
	struct catalog_fields fields;
	int form = catalog_parse_returns(returns, &fields);

	kind->has_return_row = form == CATALOG_RETURNS_ROW;
	kind->has_ret = form == CATALOG_RETURNS_VALUE;
	if (kind->has_return_row || kind->has_ret)
		compile_fields(&kind->returns, &fields);
}

static void kind_free(struct render_kind *kind)
{
	if (!kind)
		return;
	free(kind->name);
	free(kind->fields_text);
	free(kind);
}

static struct render_kind *kind_new(const char *name, size_t length, const char *fields,
				    const char *returns)
{
	struct render_kind *kind = calloc(1, sizeof(*kind));
	struct catalog_fields parsed;

	if (!kind)
		return NULL;
	kind->name = malloc(4 * length + 1);
	kind->fields_text = strdup(fields);
	if (!kind->name || !kind->fields_text) {
		kind_free(kind);
		return NULL;
	}
	kind->name_length = render_escape(kind->name, name, length, true);
	kind->name[kind->name_length] = '\0';
	/* fields of the program's own making may be malformed: then none are shown */
	if (catalog_parse_fields(fields, &parsed) == 0)
		compile_fields(&kind->fields, &parsed);
	compile_returns(kind, returns);
	return kind;
}

int render_new(struct render **out)
{
	struct render *render = calloc(1, sizeof(*render));
	const struct catalog_kind *kinds;
	size_t count;

	*out = NULL;
	if (!render)
		return -1;
	kinds = catalog_all(&count);
	for (size_t i = 0; i < count; i++) {
		const struct catalog_kind *k = &kinds[i];

		if (k->number >= RENDER_CATALOG_MAX)
			continue;
		render->catalog[k->number] =
			kind_new(k->name, strlen(k->name), k->fields, k->returns);
		if (!render->catalog[k->number]) {
			render_free(render);
			return -1;
		}
	}
	*out = render;
	return 0;
}

void render_free(struct render *render)
{
	if (!render)
		return;
	for (unsigned i = 0; i < RENDER_CATALOG_MAX; i++)
		kind_free(render->catalog[i]);
	for (unsigned i = 0; i < render->named_count; i++)
		kind_free(render->named[i]);
	free(render);
}

int render_add_name(struct render *render, const char *entry, size_t size)
{
	size_t length = strnlen(entry, size);
	const char *space = memchr(entry, ' ', length);
	size_t name_length = space ? (size_t)(space - entry) : length;
	char *fields = strndup(space ? space + 1 : "", space ? length - name_length - 1 : 0);
	struct render_kind *kind = NULL;

	if (fields && render->named_count < RING_NAMES)
		kind = kind_new(entry, name_length, fields, "");
	free(fields);
	if (!kind)
		return -1;
	render->named[render->named_count++] = kind;
	return 0;
}

unsigned render_names(const struct render *render)
{
	return render->named_count;
}

const struct render_kind *render_find(const struct render *render, unsigned number)
{
	if (number < RENDER_CATALOG_MAX)
		return render->catalog[number];
	if (number >= RING_NAME_FIRST && number - RING_NAME_FIRST < render->named_count)
		return render->named[number - RING_NAME_FIRST];
	return NULL;
}

const char *render_kind_name(const struct render_kind *kind)
{
	return kind->name;
}

const char *render_kind_fields(const struct render_kind *kind)
{
	return kind->fields_text;
}

bool render_kind_has_return_row(const struct render_kind *kind)
{
	return kind->has_return_row;
}

static char *put_hex(char *out, unsigned char byte)
{
	static const char digits[] = "0123456789abcdef";

	*out++ = '\\';
	*out++ = 'x';
	*out++ = digits[byte >> 4];
	*out++ = digits[byte & 15];
	return out;
}

static char *put_special(char *out, unsigned char byte)
{
	const char *short_form = byte == '\t'   ? "\\t"
				 : byte == '\r' ? "\\r"
				 : byte == '\n' ? "\\n"
				 : byte == '\\' ? "\\\\"
						: NULL;

	if (!short_form)
		return put_hex(out, byte);
	memcpy(out, short_form, 2);
	return out + 2;
}

size_t render_escape(char *out, const char *text, size_t length, bool utf8)
{
	const unsigned char *p = (const unsigned char *)text, *end = p + length;
	char *start = out;

	while (p < end) {
		unsigned point, n;

		if (*p >= 0x20 && *p < 0x7f && *p != '\\' && *p != ';') {
			*out++ = (char)*p++;
			continue;
		}
		n = utf8 && *p >= 0x80 ? safe_utf8(p, (size_t)(end - p), &point) : 0;
		if (n == 0) {
			out = put_special(out, *p++);
			continue;
		}
		memcpy(out, p, n);
		out += n;
		p += n;
	}
	return (size_t)(out - start);
}

/* The next text of a payload: false when what is left holds none. */
static bool next_text(const struct render_record *record, size_t *at, struct ring_text *head,
		      char **bytes)
{
	size_t left = record->payload_bytes - *at;

	if (left < sizeof(*head))
		return false;
	memcpy(head, record->payload + *at, sizeof(*head));
	*at += sizeof(*head);
	left -= sizeof(*head);
	if (head->stored > left)
		head->stored = (uint32_t)left;
	if (head->total < head->stored)
		head->total = head->stored;
	*bytes = record->payload + *at;
	*at += head->stored;
	return true;
}

static void put_text(struct render_cursor *c, const struct ring_text *head, const char *bytes,
		     bool utf8)
{
	size_t room = (size_t)(c->end - c->p) / 4;
	size_t length = head->stored < room ? head->stored : room;

	c->p += render_escape(c->p, bytes, length, utf8);
	if (head->total > length)
		RENDER_PUT(c, "...");
}

static void put_ready(struct render_cursor *c, struct objects *objects,
		      const struct ring_text *head, const char *bytes)
{
	size_t count = head->stored / sizeof(struct ring_ready);

	if (count == 0)
		*c->p++ = '-';
	for (size_t i = 0; i < count && c->p < c->end; i++) {
		struct ring_ready ready;

		memcpy(&ready, bytes + i * sizeof(ready), sizeof(ready));
		if (i > 0)
			*c->p++ = ',';
		render__object(objects, OBJECT_FD, ready.descriptor, c);
		*c->p++ = ':';
		render__mask(ready.events, c);
	}
}

static void put_payload_field(const struct render_field *f, struct objects *objects,
			      const struct ring_text *head, const char *bytes,
			      struct render_cursor *c)
{
	if (f->type == FIELD_READY)
		put_ready(c, objects, head, bytes);
	else
		put_text(c, head, bytes, f->type != FIELD_LINE);
}

static void keep_data(const struct render_field *f, const struct ring_text *head, char *bytes,
		      struct render_result *result)
{
	if (result->data_count < RENDER_DATA_MAX)
		result->data[result->data_count++] = (struct render_data){ .field = f->name,
									   .bytes = bytes,
									   .total = head->total,
									   .stored = head->stored };
}

static void render_fields(const struct render *render, const struct render_fields *fields,
			  struct objects *objects, const struct render_record *record,
			  struct render_result *result)
{
	struct render_cursor c = { result->text, result->text + RENDER_BYTES - RENDER_NUMBER_ROOM };
	unsigned numbers = 0; /* present ones lie densely in arg */
	size_t at = 0;

	result->numbers = 0;
	result->data_count = 0;
	for (unsigned i = 0; i < fields->count; i++) {
		const struct render_field *f = &fields->field[i];
		unsigned skip = c.p == result->text ? 2 : 0;
		struct ring_text head = { 0, 0 };
		char *bytes = NULL;

		if (!(record->present >> i & 1) || c.p >= c.end)
			continue;
		if (f->in_payload
			    ? !next_text(record, &at, &head, &bytes)
			    : numbers == CATALOG_NUMERIC_MAX || f->slot == CATALOG_NUMERIC_MAX)
			continue;
		if (f->type == FIELD_DATA) {
			keep_data(f, &head, bytes, result);
			continue;
		}
		if (f->type == FIELD_CLOCK) {
			result->number[f->slot] = (int64_t)record->arg[numbers++];
			result->numbers |= 1u << f->slot;
			continue;
		}
		render__put(&c, f->prefix + skip, f->prefix_length - skip);
		if (f->in_payload) {
			put_payload_field(f, objects, &head, bytes, &c);
		} else {
			result->number[f->slot] =
				render__number(render, f, objects, record->arg[numbers++], &c);
			result->numbers |= 1u << f->slot;
		}
	}
	result->length = (size_t)(c.p - result->text);
}

void render_event(const struct render *render, const struct render_kind *kind,
		  struct objects *objects, const struct render_record *record,
		  struct render_result *result)
{
	render_fields(render, &kind->fields, objects, record, result);
}

void render_return(const struct render *render, const struct render_kind *kind,
		   struct objects *objects, const struct render_record *record,
		   struct render_result *result)
{
	render_fields(render, &kind->returns, objects, record, result);
}

void render_ret(const struct render *render, const struct render_kind *kind,
		struct objects *objects, uint64_t value, struct render_result *result)
{
	struct render_cursor c = { result->text, result->text + RENDER_BYTES - RENDER_NUMBER_ROOM };
	static const struct render_field plain = { .type = FIELD_INT };

	render__number(render,
		       kind->has_ret && kind->returns.count ? &kind->returns.field[0] : &plain,
		       objects, value, &c);
	result->length = (size_t)(c.p - result->text);
}
