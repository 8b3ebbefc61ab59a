/*
 * render_number.c - numeric fields as words.
 */
#include "trace/words/render_internal.h"

#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "trace/base/number.h"
#include "trace/emit/emit.h"

static void put_unsigned(struct render_cursor *c, uint64_t n)
{
	c->p += number_decimal(c->p, n);
}

static void put_signed(struct render_cursor *c, int64_t n)
{
	if (n < 0) {
		*c->p++ = '-';
		put_unsigned(c, 0 - (uint64_t)n);
	} else {
		put_unsigned(c, (uint64_t)n);
	}
}

static const char *name_of_trouble(int64_t number)
{
	switch (number) {
	case EMIT_TLS_WANT_READ:
		return "WANT_READ";
	case EMIT_TLS_WANT_WRITE:
		return "WANT_WRITE";
	case EMIT_TLS_EOF:
		return "EOF";
	case EMIT_TLS_CUT_OFF:
		return "SSLError(UNEXPECTED_EOF_WHILE_READING)";
	case EMIT_TLS_ERROR:
		return "SSLError";
	default:
		return number > 0 && number < EMIT_TLS_WANT_READ ? strerrorname_np((int)number)
								 : NULL;
	}
}

/* An errno, or what TLS waits for, by its name; what has none by its number. */
static void put_errno(struct render_cursor *c, int64_t number)
{
	const char *name = name_of_trouble(number);

	if (name)
		render__put(c, name, strlen(name));
	else
		put_signed(c, number);
}

/* The names are the loop's: IOLoop.ERROR is EPOLLERR and EPOLLHUP together. */
void render__mask(uint64_t mask, struct render_cursor *c)
{
	uint64_t error = mask & (EPOLLERR | EPOLLHUP);
	uint64_t rest = mask & ~(uint64_t)(EPOLLIN | EPOLLOUT | EPOLLERR | EPOLLHUP | EPOLLRDHUP);
	char *start = c->p;

	if (mask == 0) {
		RENDER_PUT(c, "NONE");
		return;
	}
	if (mask & EPOLLIN)
		RENDER_PUT(c, "READ|");
	if (mask & EPOLLOUT)
		RENDER_PUT(c, "WRITE|");
	if (error == (EPOLLERR | EPOLLHUP))
		RENDER_PUT(c, "ERROR|");
	else if (error == EPOLLERR)
		RENDER_PUT(c, "ERROR(ERR)|");
	else if (error == EPOLLHUP)
		RENDER_PUT(c, "ERROR(HUP)|");
	if (mask & EPOLLRDHUP)
		RENDER_PUT(c, "RDHUP|");
	if (rest)
		c->p += sprintf(c->p, "0x%llx|", (unsigned long long)rest);
	if (c->p > start)
		c->p--;
}

int64_t render__object(struct objects *objects, enum object_class class, uint64_t runtime,
		       struct render_cursor *c)
{
	uint32_t row;

	if (runtime == 0 && class != OBJECT_FD) {
		RENDER_PUT(c, "None");
		return 0;
	}
	row = objects_number(objects, class, runtime);
	if (row)
		c->p += object_name(objects_at(objects, row), c->p);
	else
		*c->p++ = '?';
	return row;
}

/* A function id: up to four names, outermost in the low 16 bits. */
static void put_function(const struct render *render, uint64_t id, struct render_cursor *c)
{
	unsigned depth = 0;

	if (id == 0)
		RENDER_PUT(c, "None");
	for (; id != 0; id >>= 16) {
		const struct render_kind *kind = render_find(render, id & 0xffff);

		if (depth++ > 0)
			*c->p++ = '(';
		if (kind) {
			render__put(c, kind->name, kind->name_length);
		} else {
			RENDER_PUT(c, "function#");
			put_unsigned(c, id & 0xffff);
		}
	}
	while (depth-- > 1)
		*c->p++ = ')';
}

/* %g of so many thousandths: 20, 0.4. */
static void put_thousandths(int64_t thousandths, struct render_cursor *c)
{
	uint64_t n = thousandths < 0 ? 0 - (uint64_t)thousandths : (uint64_t)thousandths;
	unsigned fraction = (unsigned)(n % 1000);

	if (n >= 1000000u * 1000u || (n >= 1000 * 1000 && fraction)) {
		/* beyond six digits %g rounds or turns to exponents */
		c->p += sprintf(c->p, "%g", (double)thousandths / 1000);
		return;
	}
	if (thousandths < 0)
		*c->p++ = '-';
	put_unsigned(c, n / 1000);
	if (fraction) {
		char digits[4] = { '.', (char)('0' + fraction / 100),
				   (char)('0' + fraction / 10 % 10), (char)('0' + fraction % 10) };
		size_t length = sizeof(digits);

		while (digits[length - 1] == '0')
			length--;
		render__put(c, digits, length);
	}
}

static int64_t milliseconds(int64_t ns)
{
	return ns / 1000000 + (ns % 1000000) / 500000;
}

static void put_counted(struct render_cursor *c, const char *name, int64_t n)
{
	render__put(c, name, strlen(name));
	*c->p++ = '(';
	put_signed(c, n);
	*c->p++ = ')';
}

static void put_bool(struct render_cursor *c, bool truth)
{
	if (truth)
		RENDER_PUT(c, "True");
	else
		RENDER_PUT(c, "False");
}

/* The types of which a row tells no more than their names. */
static const char *type_of_value(uint64_t tag)
{
	static const char *const names[] = {
		[EMIT_VALUE_DICT] = "dict",         [EMIT_VALUE_FUNCTION] = "function",
		[EMIT_VALUE_CALLBACK] = "Callback", [EMIT_VALUE_WAIT] = "Wait",
		[EMIT_VALUE_WAIT_ALL] = "WaitAll",  [EMIT_VALUE_TASK] = "Task",
	};
	const char *name = tag < sizeof(names) / sizeof(names[0]) ? names[tag] : NULL;

	return name ? name : "object";
}

/* The descriptor that emit_value_stream() squeezed. */
static void put_stream(struct objects *objects, uint64_t value, struct render_cursor *c)
{
	uint64_t serial = value << 8 >> 32;

	RENDER_PUT(c, "stream(");
	render__object(objects, OBJECT_FD, emit_descriptor((uint32_t)serial, value & 0xffffff), c);
	*c->p++ = ')';
}

static void put_value(struct objects *objects, uint64_t value, struct render_cursor *c)
{
	int64_t n = (int64_t)(value << 8) >> 8;
	const char *type;

	switch (value >> 56) {
	case EMIT_VALUE_NONE:
		RENDER_PUT(c, "None");
		break;
	case EMIT_VALUE_BOOL:
		put_bool(c, n != 0);
		break;
	case EMIT_VALUE_INT:
		put_signed(c, n);
		break;
	case EMIT_VALUE_LIST:
		put_counted(c, "list", n);
		break;
	case EMIT_VALUE_RESPONSE:
		put_counted(c, "HTTPResponse", n);
		break;
	case EMIT_VALUE_BYTES:
		put_counted(c, "bytes", n);
		break;
	case EMIT_VALUE_STR:
		put_counted(c, "str", n);
		break;
	case EMIT_VALUE_TUPLE:
		put_counted(c, "tuple", n);
		break;
	case EMIT_VALUE_REAL:
		put_thousandths(n, c);
		break;
	case EMIT_VALUE_STREAM:
		put_stream(objects, value, c);
		break;
	default:
		type = type_of_value(value >> 56);
		render__put(c, type, strlen(type));
	}
}

/* The row stores a future as it does in other fields, and nothing of other values. */
static int64_t put_yielded(struct objects *objects, uint64_t value, struct render_cursor *c)
{
	if (value >> 56 == EMIT_VALUE_NONE)
		return render__object(objects, OBJECT_FUTURE, value, c);
	put_value(objects, value, c);
	return 0;
}

static void put_family(int64_t family, struct render_cursor *c)
{
	if (family == AF_INET)
		RENDER_PUT(c, "INET");
	else if (family == AF_INET6)
		RENDER_PUT(c, "INET6");
	else if (family == AF_UNSPEC)
		RENDER_PUT(c, "UNSPEC");
	else
		put_signed(c, family);
}

static int64_t put_until(struct objects *objects, uint64_t value, struct render_cursor *c)
{
	if (value == 0) {
		*c->p++ = '0';
		return 0;
	}
	if (value == EMIT_UNTIL_NOTHING) {
		RENDER_PUT(c, "3600");
		return -1;
	}
	RENDER_PUT(c, "until:");
	return render__object(objects, OBJECT_TIMEOUT, value, c);
}

static void put_word(const struct render_field *field, uint64_t n, struct render_cursor *c)
{
	if (n < field->word_count)
		render__put(c, field->word[n], strlen(field->word[n]));
	else
		put_signed(c, (int64_t)n);
}

/* What a call returned: how much, or why not. */
static void put_count(int64_t n, struct render_cursor *c)
{
	if (n < 0)
		put_errno(c, n == INT64_MIN ? 0 : -n);
	else
		put_signed(c, n);
}

static void put_status(int64_t n, struct render_cursor *c)
{
	if (n == 0)
		RENDER_PUT(c, "OK");
	else
		put_errno(c, n < 0 && n != INT64_MIN ? -n : n);
}

static enum object_class class_of(enum field_type type)
{
	switch (type) {
	case FIELD_FUTURE:
		return OBJECT_FUTURE;
	case FIELD_TIMEOUT:
		return OBJECT_TIMEOUT;
	case FIELD_RUNNER:
		return OBJECT_RUNNER;
	case FIELD_KEY:
		return OBJECT_KEY;
	default:
		return OBJECT_FD;
	}
}

int64_t render__number(const struct render *render, const struct render_field *field,
		       struct objects *objects, uint64_t value, struct render_cursor *c)
{
	int64_t n = (int64_t)value;

	switch (field->type) {
	case FIELD_FD:
	case FIELD_FUTURE:
	case FIELD_TIMEOUT:
	case FIELD_RUNNER:
	case FIELD_KEY:
		return render__object(objects, class_of(field->type), value, c);
	case FIELD_UNTIL:
		return put_until(objects, value, c);
	case FIELD_YIELDED:
		return put_yielded(objects, value, c);
	case FIELD_FN:
		put_function(render, value, c);
		break;
	case FIELD_MASK:
		render__mask(value, c);
		break;
	case FIELD_BOOL:
		put_bool(c, n != 0);
		break;
	case FIELD_COUNT:
		put_count(n, c);
		break;
	case FIELD_STATUS:
		put_status(n, c);
		break;
	case FIELD_ERRNO:
		put_errno(c, n < 0 && n != INT64_MIN ? -n : n);
		break;
	case FIELD_SECONDS:
		put_thousandths(milliseconds(n), c);
		*c->p++ = 's';
		break;
	case FIELD_MILLIS:
		put_signed(c, milliseconds(n));
		RENDER_PUT(c, "ms");
		break;
	case FIELD_FAMILY:
		put_family(n, c);
		break;
	case FIELD_VALUE:
		put_value(objects, value, c);
		break;
	case FIELD_RESPONSE:
		put_counted(c, "HTTPResponse", n);
		break;
	case FIELD_WORD:
		put_word(field, value, c);
		break;
	default:
		put_signed(c, n);
	}
	return n;
}
