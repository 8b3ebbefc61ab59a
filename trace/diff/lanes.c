/*
 * lanes.c - the threads of a trace while it is loaded, each a sequence that is
 * a tree.
 */
#include "trace/diff/lanes.h"

#include <stdlib.h>

#include "trace/base/failure.h"

struct diff_lane *diff_lanes_find(struct diff_lanes *lanes, int64_t thread)
{
	struct diff_lane *lane = lanes->last;

	if (lane && lane->thread == thread)
		return lane;
	for (unsigned i = 0; i < lanes->count; i++)
		if (lanes->lane[i]->thread == thread)
			return lanes->last = lanes->lane[i];
	if (lanes->count == DIFF_LANES_MAX)
		return lanes->last = lanes->lane[DIFF_LANES_MAX - 1];
	lane = calloc(1, sizeof(*lane));
	if (!lane)
		return NULL;
	lane->thread = thread;
	lane->frame[0] = (struct diff_frame){ .row = DIFF_NONE };
	lanes->lane[lanes->count++] = lane;
	return lanes->last = lane;
}

/*
 * By half, not to twice the size as array_grow() does: a lane holds most of a
 * trace of millions of rows, and both traces are in memory at once.
 */
static void *grown_by_half(void *array, uint32_t *room, uint32_t needed, size_t size)
{
	uint32_t bigger = *room + (*room ? *room / 2 : 512);

	if (bigger < needed)
		bigger = needed;
	array = bigger > DIFF_ROWS_MAX ? NULL : reallocarray(array, bigger, size);
	if (array)
		*room = bigger;
	return array;
}

static bool lane_reserve(struct diff_lane *lane, unsigned objects)
{
	void *grown;

	if (lane->count + 1 >= lane->room) {
		grown = grown_by_half(lane->node, &lane->room, lane->count + 2,
				      sizeof(*lane->node));
		if (!grown)
			return false;
		lane->node = grown;
	}
	if (lane->object_count + objects > lane->object_room) {
		grown = grown_by_half(lane->object, &lane->object_room,
				      lane->object_count + objects, sizeof(*lane->object));
		if (!grown)
			return false;
		lane->object = grown;
	}
	return true;
}

/* Takes back all rows from this one on. */
static void lane_cut(struct diff_lane *lane, uint32_t row)
{
	lane->object_count = lane->node[row].object;
	lane->count = row;
}

static struct diff_frame *lane_top(struct diff_lane *lane)
{
	return &lane->frame[lane->depth];
}

/* Do the rows from `row` to the last one speak of the objects of those from `before` on? */
static bool same_objects(const struct diff_lane *lane, uint32_t before, uint32_t row)
{
	const uint32_t *objects = lane->object;
	uint32_t from = lane->node[before].object, count = lane->object_count;

	count -= lane->node[row].object;
	return lane->node[lane->node[before].end].object - from == count &&
	       memcmp(objects + from, objects + lane->node[row].object, count * sizeof(*objects)) ==
		       0;
}

/*
 * Bytes that came in one receive or in three, with an attempt behind them that
 * found nothing or without: of receives in a row the first stands for all that
 * do the same, to the same stream.
 */
static bool receive_repeats(const struct diff_lanes *lanes, const struct diff_lane *lane,
			    const struct diff_frame *outer, const struct diff_frame *frame)
{
	if (frame->received != frame->returned || frame->bare != outer->last_bare)
		return false;
	if (frame->received == DIFF_RECEIVE_BYTES) {
		if (outer->last_received != DIFF_RECEIVE_BYTES ||
		    frame->tree != lane->node[outer->last_row].tree)
			return false;
	} else if (frame->received != DIFF_RECEIVE_AGAIN || lanes->strict >> DIFF_EAGAIN & 1 ||
		   (outer->last_received != DIFF_RECEIVE_BYTES &&
		    outer->last_received != DIFF_RECEIVE_AGAIN)) {
		return false;
	}
	return same_objects(lane, outer->last_row, frame->row);
}

/* Ends a receive.  False if it says nothing new, and is taken back. */
static bool receive_close(const struct diff_lanes *lanes, struct diff_lane *lane,
			  const struct diff_frame *frame, struct diff_frame *outer)
{
	if (receive_repeats(lanes, lane, outer, frame)) {
		lane_cut(lane, frame->row);
		return false;
	}
	outer->last_received = frame->received;
	outer->last_row = frame->row;
	outer->last_bare = frame->bare;
	if (outer->receive)
		lane->frame[outer->receive].bare =
			diff_mix(lane->frame[outer->receive].bare, frame->bare);
	return true;
}

/* Ends the innermost open span. */
static void lane_close(const struct diff_lanes *lanes, struct diff_lane *lane)
{
	struct diff_frame *frame = lane_top(lane), *outer = frame - 1;

	lane->depth--;
	if (frame->row == DIFF_NONE) {
		/* its rows are its parent's, and so is what is known of them */
		outer->tree = diff_mix(outer->tree, frame->tree);
		return;
	}
	if (frame->role != DIFF_ROLE_RECEIVE)
		outer->last_received = DIFF_RECEIVE_NONE;
	else if (!receive_close(lanes, lane, frame, outer))
		return;
	lane->node[frame->row].tree = frame->tree;
	lane->node[frame->row].end = lane->count;
	outer->tree = diff_mix(outer->tree, frame->tree);
}

void diff_lane_enter(const struct diff_lanes *lanes, struct diff_lane *lane, int64_t parent)
{
	unsigned depth = lane->depth;

	while (depth > 0 && lane->frame[depth].seq != parent)
		depth--;
	if (depth == 0 && parent != 0)
		return;
	while (lane->depth > depth)
		lane_close(lanes, lane);
}

/* Opens a span; a row that lies too deep is taken for a leaf.  What a frame says of children is set by them. */
static void lane_open(struct diff_lane *lane, int64_t seq, enum diff_role role, uint32_t row,
		      uint64_t tree, const struct diff_key *key)
{
	unsigned receive = lane_top(lane)->receive;
	struct diff_frame *frame;

	if (lane->depth == DIFF_DEPTH_MAX)
		return;
	lane->depth++;
	frame = lane_top(lane);
	frame->seq = seq;
	frame->tree = tree;
	frame->row = row;
	frame->role = role;
	frame->receive = receive;
	frame->last_received = DIFF_RECEIVE_NONE;
	if (role != DIFF_ROLE_RECEIVE)
		return;
	frame->receive = lane->depth;
	frame->bare = key->bare;
	frame->returned = key->received;
	frame->received = DIFF_RECEIVE_NONE;
}

/* A row inside a receive: what it brought is told by one of them. */
static void receive_add(struct diff_frame *receive, const struct diff_kind *kind,
			const struct diff_key *key)
{
	receive->bare = diff_mix(receive->bare, key->bare);
	if (kind->role == DIFF_ROLE_RECEIVED)
		receive->received = key->received;
}

bool diff_lane_add(struct diff_lane *lane, int64_t seq, const struct diff_kind *kind,
		   unsigned phase, const struct diff_key *key)
{
	struct diff_node *node;
	struct diff_frame *top = lane_top(lane);

	if (!lane_reserve(lane, key->object_count))
		return false;
	node = &lane->node[lane->count++];
	*node = (struct diff_node){ .own = key->own,
				    .tree = diff_mix(key->own, 19),
				    .seq = seq,
				    .end = lane->count,
				    .shape = (uint32_t)(key->shape ^ key->shape >> 32),
				    .object = lane->object_count,
				    .kind = (uint32_t)kind->number << 1 | (phase == 2) };
	for (unsigned i = 0; i < key->object_count; i++)
		lane->object[lane->object_count + i] = key->object[i];
	lane->object_count += key->object_count;
	if (top->receive)
		receive_add(&lane->frame[top->receive], kind, key);
	if (phase == 1) {
		lane_open(lane, seq, kind->role, lane->count - 1, node->tree, key);
		return true;
	}
	top->tree = diff_mix(top->tree, node->tree);
	top->last_received = DIFF_RECEIVE_NONE;
	return true;
}

void diff_lane_hide(struct diff_lane *lane, int64_t seq, const struct diff_kind *kind)
{
	lane_open(lane, seq, kind->role, DIFF_NONE, 0, NULL);
}

int diff_lanes_join(struct diff_lanes *lanes, struct diff_side *side, char **error)
{
	uint64_t rows = 0, objects = 0;

	for (unsigned i = 0; i < lanes->count; i++)
		while (lanes->lane[i]->depth > 0)
			lane_close(lanes, lanes->lane[i]);
	for (unsigned i = 0; i < lanes->count; i++) {
		rows += lanes->lane[i]->count;
		objects += lanes->lane[i]->object_count;
	}
	if (rows > DIFF_ROWS_MAX || objects > DIFF_ROWS_MAX)
		return failure(error, "a trace of %llu rows is too long to be compared",
			       (unsigned long long)rows);
	for (unsigned i = 0; i < lanes->count; i++) {
		struct diff_lane *lane = lanes->lane[i];
		bool is_first = i == 0;
		struct diff_node *node =
			realloc(is_first ? lane->node : side->node, (rows + 1) * sizeof(*node));
		uint32_t *object;

		if (!node)
			return failure(error, "out of memory");
		side->node = node;
		if (is_first)
			lane->node = NULL;
		object = realloc(is_first ? lane->object : side->object,
				 (objects + 1) * sizeof(*object));
		if (!object)
			return failure(error, "out of memory");
		side->object = object;
		if (is_first)
			lane->object = NULL;
		side->lane[i] = side->count;
		for (uint32_t k = 0; k < lane->count && !is_first; k++) {
			struct diff_node *to = &node[side->count + k];

			*to = lane->node[k];
			to->end += side->count;
			to->object += side->object_count;
		}
		for (uint32_t k = 0; k < lane->object_count && !is_first; k++)
			object[side->object_count + k] = lane->object[k];
		side->count += lane->count;
		side->object_count += lane->object_count;
		side->lanes = i + 1;
		side->lane[i + 1] = side->count;
	}
	if (side->node)
		side->node[side->count].object = side->object_count;
	return 0;
}

void diff_lanes_release(struct diff_lanes *lanes)
{
	for (unsigned i = 0; i < lanes->count; i++) {
		free(lanes->lane[i]->node);
		free(lanes->lane[i]->object);
		free(lanes->lane[i]);
	}
}
