/*
 * internal.h - between the parts of the diff room.
 *
 *     key.c      a row becomes a key
 *     load.c     a trace becomes a sequence of keys that is a tree, too
 *     tree.c     two trees are aligned
 *     sequence.c two sequences are aligned
 *     objects.c  which object of one run is which of the other
 *     contents.c which messages are really others
 *     timeouts.c which timeouts are really of another length
 *     lines.c    from pairs of rows to lines
 *     summary.c  how many lines of each sort, and which is first
 *     tally.c    differences by kind of event
 *     diff.c     the comparison as a whole, and its places
 *
 *     exchange.c    a trace as moments at the wire, and what was done between
 *     generations.c the exchanges of two generations are aligned
 *     generations_text.c ... in words of both languages
 *     by_steps.c    ... and their rows between the steps of that
 */
#ifndef LOOPSCOPE_TRACE_DIFF_INTERNAL_H
#define LOOPSCOPE_TRACE_DIFF_INTERNAL_H

#include <string.h>

#include "trace/diff/diff.h"

#define DIFF_NONE UINT32_MAX
#define DIFF_DEPTH_MAX 512 /* deeper spans are taken for leaves */
#define DIFF_LANES_MAX 64  /* threads; the rows of all further ones are one sequence */
#define DIFF_ROWS_MAX 200000000u

/* ---- hashes: 64 bits, the same in every run */

static inline uint64_t diff_mix(uint64_t a, uint64_t b)
{
	unsigned __int128 product =
		(unsigned __int128)(a ^ 0x9e3779b97f4a7c15u) * (b ^ 0xd1b54a32d192ed03u);

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t diff_hash(uint64_t seed, const char *bytes, size_t length)
{
	uint64_t word;

	seed = diff_mix(seed, length);
	for (; length >= 8; bytes += 8, length -= 8) {
		memcpy(&word, bytes, 8);
		seed = diff_mix(seed, word);
	}
	if (length == 0)
		return seed;
	word = 0;
	memcpy(&word, bytes, length);
	return diff_mix(seed, word);
}

/* ---- keys */

/* What a kind of event is to the comparison. */
enum diff_role {
	DIFF_ROLE_PLAIN,
	DIFF_ROLE_HIDDEN, /* is not compared */
	DIFF_ROLE_KERNEL,
	DIFF_ROLE_RECEIVE,  /* a span around one receive: several in a row are one */
	DIFF_ROLE_RECEIVED, /* tells what the receive brought */
};

/* How an argument counts. */
enum diff_rule {
	DIFF_RULE_TEXT, /* ports, memory addresses and objects in it are blanked */
	DIFF_RULE_EXACT,
	DIFF_RULE_SHAPE,      /* exactly, and it is part of what the row is */
	DIFF_RULE_OBJECT,     /* names an object: its class counts */
	DIFF_RULE_DESCRIPTOR, /* so, or the bare number of a descriptor */
	DIFF_RULE_SET,        /* entries with commas between, in any order */
	DIFF_RULE_SIZE,       /* whether there were bytes, or why not */
	DIFF_RULE_HOST,       /* an address: which family */
	DIFF_RULE_DIGITS,     /* text whose numbers do not count */
	DIFF_RULE_TIMEOUT,    /* a time that is left: a hint, timeouts.c decides */
	DIFF_RULE_HEADER,     /* name of a header: may make the value that follows a time */
	DIFF_RULE_VARIABLE,   /* name of a variable: may make the value that follows a port */
	DIFF_RULE_CONTENT,    /* bytes that were sent: contents.c compares them */
	DIFF_RULE_SKIP,
};

struct diff_field {
	char name[24];
	size_t length; /* of name */
	uint64_t hash; /* of name */
	enum diff_rule rule;
};

#define DIFF_FIELDS_MAX 16

struct diff_kind {
	int64_t number;
	char *name, *return_name; /* as rows show them */
	enum diff_role role;
	bool content;  /* an argument is what was sent */
	uint64_t hash; /* of its name */
	unsigned field_count;
	enum diff_rule ret_rule;
	struct diff_field field[DIFF_FIELDS_MAX];
};

/* What a receive brought; of a span around one: what it returned of that. */
enum diff_receive { DIFF_RECEIVE_NONE, DIFF_RECEIVE_BYTES, DIFF_RECEIVE_AGAIN, DIFF_RECEIVE_OTHER };

#define DIFF_OBJECTS_MAX 16 /* of one row; more of them are not told apart */

/* Objects in any order: a mark that says how many, and then they. */
#define DIFF_CLASS_SET 7u
#define DIFF_CLASS_HINT 0u /* ... and no object, but what makes it worth to look closer */
#define DIFF_SET_OF(count) (DIFF_CLASS_SET << 29 | (uint32_t)(count))

/* The key of one row. */
struct diff_key {
	uint64_t own;   /* all that counts */
	uint64_t bare;  /* ... without sizes that are noise, and without what was returned */
	uint64_t shape; /* the kind and the functions: a row that changed keeps it */
	enum diff_receive received;
	unsigned object_count;
	uint32_t object[DIFF_OBJECTS_MAX]; /* class and number, marks of sets, hints */
};

struct diff_kinds;

/*
 * Reads the kinds of a trace and decides how each argument counts.  The options
 * are borrowed until diff_kinds_know().  0 or -1.
 */
int diff_kinds_new(struct diff_kinds **out, struct store *store, const struct diff_options *options,
		   char **error);
void diff_kinds_free(struct diff_kinds *kinds);

/* Whether each word of options->ignore names something in one of two traces.  0, or -1. */
int diff_kinds_know(const struct diff_kinds *a, const struct diff_kinds *b, char **error);

/* Has a kind an argument that is what was sent? */
bool diff_kinds_content(const struct diff_kinds *kinds);

/* Borrowed; never NULL: what is not known is compared as text. */
const struct diff_kind *diff_kinds_find(const struct diff_kinds *kinds, int64_t number);

/* A row as it is read; texts are borrowed and need no NUL. */
struct diff_text {
	const char *bytes;
	size_t length;
};

/*
 * Makes the key of a row.  ret is what a span returned, bytes NULL for nothing.
 */
void diff_key_make(const struct diff_kind *kind, unsigned strict, unsigned phase,
		   struct diff_text detail, struct diff_text ret, bool raised,
		   struct diff_key *key);

/*
 * A hash of bytes that were sent, ports left out, and the values of fields that
 * tell a time.
 */
uint64_t diff_key_message(unsigned strict, const char *bytes, size_t length);

/* ---- one trace */

struct diff_node {
	uint64_t own;  /* of the row */
	uint64_t tree; /* of the row and all inside it */
	int64_t seq;
	uint32_t end; /* index after the last row inside */
	uint32_t shape;
	uint32_t object; /* index of its first in diff_side.object */
	uint32_t kind;   /* its number, twice; and 1 for a return row */
};

/* The rows of a thread lie together, in lanes by first appearance. */
struct diff_side {
	struct store *store;
	struct diff_kinds *kinds;
	struct diff_node *node; /* count of them, and one more to end the last one's objects */
	uint32_t *object;
	uint32_t count, object_count;
	uint32_t lane[DIFF_LANES_MAX + 1]; /* where each begins; the last one's end */
	unsigned lanes;
	bool has_program_rows;
};

/* Fills a side that is all zeros.  kernel: take the kernel's rows, too. */
int diff_load(struct diff_side *side, struct store *store, const struct diff_options *options,
	      bool kernel, char **error);
void diff_side_release(struct diff_side *side);

/* What a trace can be compared by. */
enum diff_holds { DIFF_HOLDS_NOTHING, DIFF_HOLDS_KERNEL, DIFF_HOLDS_PROGRAM };

/* An enum diff_holds: whether the program itself gave rows, or the kernel alone.  Or -1. */
int diff_holds(struct store *store, char **error);

/* ---- alignment */

/*
 * Finds a long common subsequence of a[0..n) and b[0..m).  match[i] becomes the
 * place in b of what a[i] was matched with, and is left alone where nothing
 * matches.  Exact where the two differ little; bounded always.  0, or -1 without memory.
 */
int diff_sequence(const uint64_t *a, uint32_t n, const uint64_t *b, uint32_t m, uint32_t *match);

/*
 * Aligns two lanes: pair[i] becomes the row of b that row i of a was matched
 * with, and is left alone where nothing matches.  0, or -1 without memory.
 */
int diff_tree(const struct diff_side *a, const struct diff_side *b, unsigned lane, uint32_t *pair);

/* ---- objects */

struct diff_objects;
int diff_objects_new(struct diff_objects **out);
void diff_objects_free(struct diff_objects *objects);

enum diff_agree {
	DIFF_AGREE,
	DIFF_AGREE_BUT_HINT, /* on the objects, but a hint differs */
	DIFF_DISAGREE,
};

/*
 * Looks at a row of each side that are matched: do they speak of the same
 * objects?  Rows must come in order.  *failed is set when memory ran out.
 */
enum diff_agree diff_objects_agree(struct diff_objects *objects, const uint32_t *a,
				   unsigned a_count, const uint32_t *b, unsigned b_count,
				   bool *failed);

/* ---- contents */

struct diff_contents;

/*
 * Reads what rows say that they sent.  0 or -1; *out is for diff_contents_free()
 * in any case.
 */
int diff_contents_new(struct diff_contents **out, struct store *store, unsigned strict,
		      char **error);
void diff_contents_free(struct diff_contents *contents);

/* Whether these rows are known to have sent something else. */
bool diff_contents_differ(const struct diff_contents *a, int64_t a_seq,
			  const struct diff_contents *b, int64_t b_seq);

/* ---- timeouts */

struct diff_timeouts;

/* Reads what a trace's timeouts say.  0 or -1; *out is for diff_timeouts_free() in any case. */
int diff_timeouts_new(struct diff_timeouts **out, struct store *store, char **error);
void diff_timeouts_free(struct diff_timeouts *timeouts);

/* Whether these rows must have asked for timeouts of different lengths. */
bool diff_timeouts_differ(const struct diff_timeouts *a, int64_t a_seq,
			  const struct diff_timeouts *b, int64_t b_seq);

#endif
