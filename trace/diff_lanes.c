#include "trace/diff_lanes.h"

#include <stdlib.h>

#include "trace/failure.h"

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

static bool lane_reserve(struct diff_lane *lane, unsigned objects)
{
	if (lane->count + 1 >= lane->room) {
		uint32_t room = lane->room ? lane->room + lane->room / 2 : 512;
		struct diff_node *grown = realloc(lane->node, room * sizeof(*grown));

		if (!grown || room > DIFF_ROWS_MAX)
			return false;
		lane->node = grown;
		lane->room = room;
	}
	if (lane->object_count + objects > lane->object_room) {
		uint32_t room = objects + (lane->object_room ? lane->object_room * 3 / 2 : 512);
		uint32_t *grown = realloc(lane->object, room * sizeof(*grown));

		if (!grown)
			return false;
		lane->object = grown;
		lane->object_room = room;
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

/*
 * Bytes that came in one receive or in three, with an attempt behind them that
 * found nothing or without: of receives in a row the first stands for all.
 */
static bool receive_repeats(const struct diff_lanes *lanes, enum diff_receive before,
			    enum diff_receive now)
{
	if (before != DIFF_RECEIVE_BYTES && before != DIFF_RECEIVE_AGAIN)
		return false;
	if (now == DIFF_RECEIVE_AGAIN)
		return !(lanes->strict >> DIFF_EAGAIN & 1);
	return now == DIFF_RECEIVE_BYTES && before == DIFF_RECEIVE_BYTES;
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
	if (frame->role == DIFF_ROLE_RECEIVE) {
		if (receive_repeats(lanes, outer->last_received, frame->received)) {
			lane_cut(lane, frame->row);
			return;
		}
		outer->last_received = frame->received;
	} else {
		outer->last_received = DIFF_RECEIVE_NONE;
	}
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

/* What a receive brought is told by a row somewhere inside it. */
static void note_received(struct diff_lane *lane, enum diff_receive received)
{
	for (unsigned depth = lane->depth; depth > 0; depth--) {
		if (lane->frame[depth].role != DIFF_ROLE_RECEIVE)
			continue;
		lane->frame[depth].received = received;
		return;
	}
}

static void lane_open(struct diff_lane *lane, int64_t seq, const struct diff_kind *kind,
		      uint64_t own, uint32_t row)
{
	if (lane->depth == DIFF_DEPTH_MAX)
		return;
	lane->depth++;
	*lane_top(lane) =
		(struct diff_frame){ .seq = seq, .tree = own, .row = row, .role = kind->role };
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
	if (key->received != DIFF_RECEIVE_NONE)
		note_received(lane, key->received);
	if (phase == 1) {
		lane_open(lane, seq, kind, node->tree, lane->count - 1);
		return true;
	}
	top->tree = diff_mix(top->tree, node->tree);
	top->last_received = DIFF_RECEIVE_NONE;
	return true;
}

void diff_lane_hide(struct diff_lane *lane, int64_t seq, const struct diff_kind *kind)
{
	lane_open(lane, seq, kind, 0, DIFF_NONE);
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
