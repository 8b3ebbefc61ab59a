/*
 * key.c - a row becomes a key: what of "key=value; key=value" counts, as two
 * hashes.
 */
#include "trace/diff/internal.h"

#include <strings.h>

#include "trace/base/failure.h"
#include "trace/kinds/row.h"

enum { CLASS_FD = 1, CLASS_FUTURE, CLASS_TIMEOUT, CLASS_RUNNER, CLASS_KEY, CLASS_OTHER };
_Static_assert(CLASS_OTHER < DIFF_CLASS_SET, "classes and the mark of a set share three bits");

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* As objects are named in a trace: future#2. */
static const struct {
	const char *word;
	uint32_t class;
} classes[] = {
	{ "fd", CLASS_FD },         { "future", CLASS_FUTURE }, { "timeout", CLASS_TIMEOUT },
	{ "runner", CLASS_RUNNER }, { "key", CLASS_KEY },
};

/* The class that a name like future#2 begins with, ending before `end`. */
static uint32_t class_before(const char *start, const char *end)
{
	size_t length = 0;

	while (end - length > start && is_letter(end[-(long)length - 1]))
		length++;
	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
		if (strlen(classes[i].word) == length &&
		    memcmp(classes[i].word, end - length, length) == 0)
			return classes[i].class;
	return CLASS_OTHER;
}

static void object_add(struct diff_key *key, uint32_t class, uint64_t number)
{
	if (key->object_count < DIFF_OBJECTS_MAX)
		key->object[key->object_count++] = class << 29 | (uint32_t)(number & 0x1fffffff);
}

/* Blanks the number of each object in the text and keeps it apart. */
static uint64_t hash_object(uint64_t hash, const char *p, const char *end, struct diff_key *key)
{
	const char *mark;

	while (p < end && (mark = memchr(p, '#', (size_t)(end - p)))) {
		const char *digit = mark + 1;
		uint64_t number = 0;

		while (digit < end && is_digit(*digit))
			number = number * 10 + (uint64_t)(*digit++ - '0');
		hash = diff_hash(hash, p, (size_t)(mark - p));
		if (digit > mark + 1)
			object_add(key, class_before(p, mark), number);
		p = digit;
	}
	return p < end ? diff_hash(hash, p, (size_t)(end - p)) : hash;
}

/* An entry of a set: what it says, and of which object. */
struct entry {
	uint64_t hash;
	uint32_t object;
};

/* Keeps the objects of entries that say the same as a set of their own. */
static void add_objects(struct diff_key *key, struct entry *entry, unsigned count)
{
	for (unsigned i = 1; i < count; i++)
		for (unsigned k = i; k > 0 && entry[k].hash < entry[k - 1].hash; k--) {
			struct entry other = entry[k];

			entry[k] = entry[k - 1];
			entry[k - 1] = other;
		}
	for (unsigned from = 0, to; from < count; from = to) {
		for (to = from + 1; to < count && entry[to].hash == entry[from].hash;)
			to++;
		if (key->object_count + 1 + to - from > DIFF_OBJECTS_MAX)
			return;
		if (to - from > 1)
			key->object[key->object_count++] = DIFF_SET_OF(to - from);
		for (unsigned i = from; i < to; i++)
			key->object[key->object_count++] = entry[i].object;
	}
}

/*
 * Entries in any order: their hashes are added.  Of a few each may name an
 * object; those of many are not told apart.
 */
static uint64_t hash_set(uint64_t hash, const char *p, const char *end, struct diff_key *key)
{
	struct entry entry[DIFF_OBJECTS_MAX];
	unsigned before = key->object_count, count = 0, all = 0;
	uint64_t sum = 0;

	while (p < end) {
		const char *comma = memchr(p, ',', (size_t)(end - p));
		const char *stop = comma ? comma : end;
		uint64_t of_entry = hash_object(5, p, stop, key);

		sum += of_entry;
		all += key->object_count - before;
		if (key->object_count == before + 1 && count < DIFF_OBJECTS_MAX)
			entry[count++] = (struct entry){ of_entry, key->object[before] };
		key->object_count = before;
		p = stop + 1;
	}
	if (all == count)
		add_objects(key, entry, count);
	return diff_mix(hash, sum);
}

/* Is there an IPv4 address, or the name localhost, that ends before p? */
static bool host_before(const char *start, const char *p)
{
	static const char local[] = "localhost";
	unsigned dots = 0;

	if (p - start >= 9 && memcmp(p - 9, local, 9) == 0)
		return true;
	while (p > start && (is_digit(p[-1]) || p[-1] == '.'))
		dots += *--p == '.';
	return dots == 3 && is_digit(*p) && (p == start || !is_letter(p[-1]));
}

/* Does a name of a host begin behind "//" or "Host:" and end before p? */
static bool name_before(const char *start, const char *p)
{
	const char *name = p;

	while (name > start &&
	       (is_digit(name[-1]) || is_letter(name[-1]) || name[-1] == '.' || name[-1] == '-'))
		name--;
	if (name == p)
		return false;
	if (name > start && (name[-1] == '/' || name[-1] == '@'))
		return name[-1] == '@' ? memmem(start, (size_t)(name - start), "//", 2) != NULL
				       : name - start >= 2 && name[-2] == '/';
	while (name > start && name[-1] == ' ')
		name--;
	return name - start >= 5 && strncasecmp(name - 5, "Host:", 5) == 0;
}

/* The end of the port that begins after a colon at p, or NULL if no port does. */
static const char *port_end(const char *start, const char *p, const char *end)
{
	const char *digit = p + 1;

	while (digit < end && is_digit(*digit))
		digit++;
	if (digit == p + 1 || digit - p > 6 || (digit < end && is_letter(*digit)) || p == start)
		return NULL;
	return p[-1] == ']' || host_before(start, p) || name_before(start, p) ? digit : NULL;
}

/* The end of the memory address 0x... at p, or NULL if no address begins there. */
static const char *address_end(const char *p, const char *end)
{
	const char *digit = p + 2;

	if (end - p < 8 || p[0] != '0' || p[1] != 'x')
		return NULL;
	while (digit < end && is_hex(*digit))
		digit++;
	return digit - p >= 8 ? digit : NULL;
}

/* Text of any kind: what is noise in it is blanked. */
static uint64_t hash_text(uint64_t hash, const char *p, const char *end, unsigned strict,
			  struct diff_key *key)
{
	const char *start = p, *from = p;

	while (p < end) {
		const char *stop = NULL;

		if (*p == ':' && !(strict >> DIFF_PORTS & 1))
			stop = port_end(start, p, end);
		else if (*p == '0' && !(strict >> DIFF_ADDRESSES & 1))
			stop = address_end(p, end);
		if (!stop) {
			p++;
			continue;
		}
		hash = diff_mix(hash_object(hash, from, p, key), (uint64_t)*p);
		p = from = stop;
	}
	return hash_object(hash, from, end, key);
}

/* 127.0.0.1:80 and [::1]:80 differ in their family; the rest of an address is noise. */
static uint64_t hash_host(uint64_t hash, const char *p, const char *end, unsigned strict,
			  struct diff_key *key)
{
	const char *colon = memchr(p, ':', (size_t)(end - p)), *stop = end;
	bool is_6 = p < end &&
		    (*p == '[' || (colon && memchr(colon + 1, ':', (size_t)(end - colon - 1))));

	if (p < end && *p != '[' && !is_digit(*p) && !is_6)
		return hash_text(hash, p, end, strict, key); /* a path, say */
	if (!(strict >> DIFF_PORTS & 1))
		return diff_mix(hash, is_6);
	while (end > p && is_digit(end[-1]))
		end--; /* now where the port begins */
	return diff_mix(diff_hash(hash, end, (size_t)(stop - end)), is_6);
}

static uint64_t hash_size(uint64_t hash, const char *p, const char *end)
{
	if (p < end && *p >= '1' && *p <= '9')
		return diff_mix(hash, 7);
	return diff_hash(hash, p, (size_t)(end - p));
}

static uint64_t hash_digits(uint64_t hash, const char *p, const char *end)
{
	for (; p < end; p++)
		if (!is_digit(*p))
			hash = diff_mix(hash, (uint64_t)(unsigned char)*p);
	return hash;
}

/* Headers whose value is a time, or made of one. */
static bool header_tells_time(const char *p, const char *end)
{
	static const char *const names[] = { "Date", "Expires", "Age", "Last-Modified",
					     "Server-Timing" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if ((size_t)(end - p) == strlen(names[i]) &&
		    strncasecmp(p, names[i], (size_t)(end - p)) == 0)
			return true;
	return false;
}

/* What a field says that makes the next one noise: a header tells a time, a variable a port. */
static bool hides_next(enum diff_rule rule, const char *p, const char *end)
{
	if (rule == DIFF_RULE_VARIABLE)
		return end - p == 4 && memcmp(p, "port", 4) == 0;
	return rule == DIFF_RULE_HEADER && header_tells_time(p, end);
}

/* A line of a message, or any bytes. */
static uint64_t hash_line(uint64_t hash, unsigned strict, const char *p, const char *end)
{
	const char *start = p, *from = p;

	while (!(strict >> DIFF_PORTS & 1) && p < end) {
		const char *colon = memchr(p, ':', (size_t)(end - p));
		const char *stop = colon ? port_end(start, colon, end) : NULL;

		p = colon ? colon + 1 : end;
		if (!stop)
			continue;
		hash = diff_hash(hash, from, (size_t)(colon - from));
		p = from = stop;
	}
	return diff_hash(hash, from, (size_t)(end - from));
}

uint64_t diff_key_message(unsigned strict, const char *bytes, size_t length)
{
	const char *end = bytes + length;
	uint64_t hash = 23;

	while (bytes < end) {
		const char *newline = memchr(bytes, '\n', (size_t)(end - bytes));
		const char *stop = newline ? newline + 1 : end;
		const char *colon = memchr(bytes, ':', (size_t)(stop - bytes));

		if (colon && !(strict >> DIFF_TIMES & 1) && header_tells_time(bytes, colon))
			hash = diff_hash(hash, bytes, (size_t)(colon - bytes));
		else
			hash = hash_line(hash, strict, bytes, stop);
		bytes = stop;
	}
	return hash;
}

static uint64_t hash_value(enum diff_rule rule, unsigned strict, uint64_t hash, const char *p,
			   const char *end, struct diff_key *key)
{
	switch (rule) {
	case DIFF_RULE_EXACT:
	case DIFF_RULE_SHAPE:
	case DIFF_RULE_HEADER:
	case DIFF_RULE_VARIABLE:
		return diff_hash(hash, p, (size_t)(end - p));
	case DIFF_RULE_DESCRIPTOR:
		if (p < end && is_digit(*p) && !(strict >> DIFF_DESCRIPTORS & 1))
			return diff_mix(hash, CLASS_FD);
		/* fall through */
	case DIFF_RULE_OBJECT:
		return hash_object(hash, p, end, key);
	case DIFF_RULE_SET:
		return hash_set(hash, p, end, key);
	case DIFF_RULE_SIZE:
		return hash_size(hash, p, end);
	case DIFF_RULE_HOST:
		return hash_host(hash, p, end, strict, key);
	case DIFF_RULE_DIGITS:
		return hash_digits(hash, p, end);
	case DIFF_RULE_TEXT:
		return hash_text(hash, p, end, strict, key);
	case DIFF_RULE_TIMEOUT:
		if (key->object_count < DIFF_OBJECTS_MAX)
			key->object[key->object_count++] =
				(uint32_t)diff_hash(hash, p, (size_t)(end - p)) & 0x1fffffff;
		break;
	case DIFF_RULE_CONTENT:
	case DIFF_RULE_SKIP:
		break;
	}
	return hash;
}

/* What the row of a receive says that it brought. */
static enum diff_receive receive_of(const char *p, const char *end)
{
	if (p < end && *p >= '1' && *p <= '9')
		return DIFF_RECEIVE_BYTES;
	if (end - p == 6 && memcmp(p, "EAGAIN", 6) == 0)
		return DIFF_RECEIVE_AGAIN;
	return DIFF_RECEIVE_OTHER;
}

/* What the span around a receive returned: the count of bytes, 0 when there were none. */
static enum diff_receive return_of(const char *p, const char *end)
{
	if (end - p == 1 && *p == '0')
		return DIFF_RECEIVE_AGAIN;
	return receive_of(p, end);
}

/* The field whose "name=" stands at p; details keep the kind's order, so *next mostly is it. */
static const struct diff_field *field_at(const struct diff_kind *kind, unsigned *next,
					 const char *p, const char *end)
{
	for (unsigned tried = 0; tried < kind->field_count; tried++) {
		unsigned n = *next + tried < kind->field_count ? *next + tried
							       : *next + tried - kind->field_count;
		const struct diff_field *field = &kind->field[n];

		if ((size_t)(end - p) > field->length && p[field->length] == '=' &&
		    memcmp(p, field->name, field->length) == 0) {
			*next = n + 1 < kind->field_count ? n + 1 : 0;
			return field;
		}
	}
	return NULL;
}

/*
 * One "name=value".  A value may hide the next one, see hides_next(); sizes are
 * gathered in *sizes, to count last.
 */
static void add_pair(const struct diff_kind *kind, unsigned strict, const struct diff_field *field,
		     const char *p, const char *end, bool *hidden, uint64_t *sizes,
		     struct diff_key *key)
{
	const char *value = p + field->length + 1;
	uint64_t hash;

	if (field->rule == DIFF_RULE_SKIP || *hidden) {
		*hidden = false;
		return;
	}
	*hidden = hides_next(field->rule, value, end);
	hash = hash_value(field->rule, strict, field->hash, value, end, key);
	if (field->rule == DIFF_RULE_SIZE)
		*sizes = diff_mix(*sizes, hash);
	else
		key->own = diff_mix(key->own, hash);
	if (field->rule == DIFF_RULE_SHAPE)
		key->shape = diff_mix(key->shape, hash);
	if (kind->role == DIFF_ROLE_RECEIVED && field->length == 6 &&
	    memcmp(field->name, "result", 6) == 0)
		key->received = receive_of(value, end);
}

void diff_key_make(const struct diff_kind *kind, unsigned strict, unsigned phase,
		   struct diff_text detail, struct diff_text ret, bool raised, struct diff_key *key)
{
	const char *p = detail.bytes ? detail.bytes : "", *end = p + detail.length;
	struct row_pair pair;
	bool hidden = false;
	unsigned next = 0;
	uint64_t sizes = 0;

	key->received = DIFF_RECEIVE_NONE;
	key->object_count = 0;
	key->own = key->shape = diff_mix(kind->hash, phase);
	while (row_next(&p, end, &pair)) {
		const char *stop = pair.value.text + pair.value.length;
		const char *begin = pair.key.length ? pair.key.text : pair.value.text;
		const struct diff_field *field = field_at(kind, &next, begin, stop);

		if (field)
			add_pair(kind, strict, field, begin, stop, &hidden, &sizes, key);
		else
			key->own = diff_mix(key->own, hash_text(11, begin, stop, strict, key));
	}
	if (raised)
		key->own = diff_mix(key->own, 17);
	key->bare = key->own;
	if (sizes)
		key->own = diff_mix(key->own, sizes);
	if (!ret.bytes)
		return;
	end = ret.bytes + ret.length;
	key->own = diff_mix(key->own, hash_value(kind->ret_rule, strict, 13, ret.bytes, end, key));
	if (kind->role == DIFF_ROLE_RECEIVE)
		key->received = return_of(ret.bytes, end);
}

int diff_strict_parse(const char *words, unsigned *strict, char **error)
{
	static const char *const known[] = {
#define DIFF_WORD(symbol, word, sentence) word,
		DIFF_NOISES(DIFF_WORD)
#undef DIFF_WORD
	};

	while (*words) {
		size_t length = strcspn(words, ",");
		unsigned n = 0;

		while (n < DIFF_NOISE_COUNT &&
		       (strlen(known[n]) != length || strncmp(known[n], words, length) != 0))
			n++;
		if (length == 3 && strncmp(words, "all", 3) == 0)
			*strict |= DIFF_ALL_NOISE;
		else if (length == 4 && strncmp(words, "pids", 4) == 0)
			*strict |= 1u << DIFF_THREADS;
		else if (n < DIFF_NOISE_COUNT)
			*strict |= 1u << n;
		else
			return failure(error, "'%.*s' is nothing that can be made to count",
				       (int)length, words);
		words += length + (words[length] == ',');
	}
	return 0;
}
