/*
 * exchange.c - reads a trace as an exchange: moments at the wire, and what the
 * program did between them.
 */
#include "trace/diff/exchange.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/base/failure.h"
#include "trace/base/grow.h"
#include "trace/emit/ring.h"
#include "trace/kinds/meaning.h"
#include "trace/read/calls.h"
#include "trace/read/rows.h"

/* What rows of the program and calls of the kernel say the same of the wire. */
static const struct {
	enum meaning row, call;
	enum exchange_what what;
} wires[] = {
	{ MEANS_SOCKET_MADE, MEANS_CALL_MAKES_SOCKET, EXCHANGE_SOCKET },
	{ MEANS_SOCKET_CONNECTS, MEANS_CALL_CONNECTS, EXCHANGE_CONNECT },
	{ MEANS_SOCKET_ERROR_READ, MEANS_CALL_READS_OPTION, EXCHANGE_CONNECTED },
	{ MEANS_INTEREST_CHANGED, MEANS_CALL_CHANGES_SET, EXCHANGE_INTEREST },
	{ MEANS_BYTES_SENT, MEANS_CALL_SENDS, EXCHANGE_SENT },
	{ MEANS_BYTES_CAME, MEANS_CALL_RECEIVES, EXCHANGE_CAME },
	{ MEANS_SOCKET_CLOSED, MEANS_CALL_CLOSES, EXCHANGE_CLOSED },
};

/* One thing that happened at a socket, whoever said so. */
struct happening {
	enum exchange_what what;
	int64_t seq;
	struct row_text descriptor;
	char result[EXCHANGE_RESULT_BYTES];
	bool failed;
	int64_t amount; /* what the call returned, if it did not fail */
};

static struct row_text text_of(const char *text)
{
	return (struct row_text){ text, strlen(text) };
}

static bool connection_find(struct exchange *exchange, struct row_text name, unsigned *index)
{
	char copy[EXCHANGE_RESULT_BYTES];

	row_copy(name, copy, sizeof(copy));
	for (size_t i = exchange->connections; i-- > 0;)
		if (strcmp(exchange->connection[i].name, copy) == 0) {
			*index = (unsigned)i;
			return true;
		}
	if (!array_grow_zeroed(&exchange->connection, &exchange->connection_room,
			       exchange->connections + 1, sizeof(*exchange->connection)))
		return false;
	*index = (unsigned)exchange->connections++;
	strcpy(exchange->connection[*index].name, copy);
	return true;
}

/* Do bytes that came belong to the moment before, because nobody waited between? */
static bool goes_on(const struct exchange *exchange, const struct exchange_connection *connection,
		    const struct happening *happening)
{
	return connection->last && happening->what == EXCHANGE_CAME &&
	       connection->polls == exchange->polls &&
	       exchange->moment[connection->last - 1].what == EXCHANGE_CAME;
}

int64_t exchange_sum(int64_t so_far, int64_t amount)
{
	int64_t all;

	if (amount < 0)
		return so_far;
	return __builtin_add_overflow(so_far, amount, &all) ? INT64_MAX : all;
}

static bool moment_add(struct exchange *exchange, const struct happening *happening)
{
	struct exchange_connection *connection;
	struct exchange_moment moment = { .what = happening->what,
					  .first = happening->seq,
					  .last = happening->seq };

	if (!connection_find(exchange, happening->descriptor, &moment.connection))
		return false;
	connection = &exchange->connection[moment.connection];
	if (happening->what == EXCHANGE_SENT)
		moment.bytes = connection->sent = exchange_sum(connection->sent, happening->amount);
	if (happening->what == EXCHANGE_CAME)
		moment.bytes = connection->received =
			exchange_sum(connection->received, happening->amount);
	if (happening->what == EXCHANGE_CAME_END)
		moment.bytes = connection->received;
	if (goes_on(exchange, connection, happening)) {
		exchange->moment[connection->last - 1].last = moment.last;
		exchange->moment[connection->last - 1].bytes = moment.bytes;
		return true;
	}
	strcpy(moment.result, happening->result);
	if (!array_grow(&exchange->moment, &exchange->moment_room, exchange->moments + 1,
			sizeof(moment)))
		return false;
	exchange->moment[exchange->moments++] = moment;
	connection->last = exchange->moments;
	connection->polls = exchange->polls;
	return true;
}

/*
 * Attempts that found nothing are no moments; what failed otherwise ends what
 * comes, and so do no bytes at all.  The descriptors of connections alone have names of this form.
 */
static bool happening_take(struct exchange *exchange, struct happening *happening)
{
	bool moves = happening->what == EXCHANGE_CAME || happening->what == EXCHANGE_SENT;

	if (!row_begins(happening->descriptor, "fd#"))
		return true;
	if (moves && happening->failed &&
	    (strcmp(happening->result, "EAGAIN") == 0 ||
	     strncmp(happening->result, "WANT_", 5) == 0))
		return true;
	if (happening->what == EXCHANGE_CAME && (happening->failed || happening->amount == 0))
		happening->what = EXCHANGE_CAME_END;
	else if (moves && !happening->failed)
		*happening->result = '\0';
	return moment_add(exchange, happening);
}

/* ---- what the program did */

/* The function inside all wrappers: "b" of "a.<lambda>(b)". */
static struct row_text innermost(struct row_text name)
{
	for (size_t i = name.length; i-- > 0;)
		if (name.text[i] == '(') {
			name.text += i + 1;
			name.length -= i + 1;
			break;
		}
	while (name.length && name.text[name.length - 1] == ')')
		name.length--;
	return name;
}

static bool doing_add(struct exchange *exchange, int64_t seq, enum exchange_act act,
		      struct row_text name)
{
	struct exchange_doing doing = { .seq = seq, .act = act };

	if (!array_grow(&exchange->doing, &exchange->doing_room, exchange->doings + 1,
			sizeof(doing)))
		return false;
	doing.name = strndup(name.length ? name.text : "", name.length);
	if (!doing.name)
		return false;
	exchange->doing[exchange->doings++] = doing;
	return true;
}

static bool act_take(struct exchange *exchange, const struct steps_row *row)
{
	switch (row->means) {
	case MEANS_TURN_BEGINS:
		return doing_add(exchange, row->seq, EXCHANGE_TURN, text_of(""));
	case MEANS_CALLBACK_RUN:
		return doing_add(exchange, row->seq, EXCHANGE_CALLBACK,
				 innermost(row_field(&row->row, "callback").text));
	case MEANS_DISPATCHED:
		return doing_add(exchange, row->seq, EXCHANGE_HANDLER,
				 row_field(&row->row, "fd").text);
	case MEANS_GENERATOR_RESUMES:
		return doing_add(exchange, row->seq, EXCHANGE_RESUMED,
				 row_field(&row->row, "gen").text);
	default:
		return true;
	}
}

/* Heads are told without a descriptor: they came on the connection that was read last. */
static void head_take(struct exchange *exchange, const struct steps_row *row)
{
	for (size_t i = exchange->moments; i-- > 0;)
		if (exchange->moment[i].what == EXCHANGE_CAME) {
			struct exchange_connection *connection =
				&exchange->connection[exchange->moment[i].connection];

			connection->head = exchange_sum(connection->head,
							row_field(&row->row, "bytes").number);
			return;
		}
}

/* ---- the program's own rows */

static struct happening happening_of_row(const struct steps_row *row, enum exchange_what what)
{
	struct happening happening = { .what = what,
				       .seq = row->seq,
				       .descriptor = row_field(&row->row, "fd").text };
	struct row_text result = row_field(&row->row, "result").text;

	if (what == EXCHANGE_INTEREST) {
		char op[8], events[EXCHANGE_RESULT_BYTES / 2];

		row_copy(row_field(&row->row, "op").text, op, sizeof(op));
		row_copy(row_field(&row->row, "events").text, events, sizeof(events));
		snprintf(happening.result, sizeof(happening.result), "%s%s%s", op,
			 *events ? " " : "", events);
		return happening;
	}
	row_copy(result, happening.result, sizeof(happening.result));
	happening.failed = !result.length || result.text[0] < '0' || result.text[0] > '9';
	happening.amount = row_decimal(result);
	return happening;
}

static bool socket_row_take(struct exchange *exchange, const struct steps_row *row)
{
	if (row->means == MEANS_POLL ? row->phase != RING_BEGIN : strcmp(row->layer, "socket") != 0)
		return true;
	if (!doing_add(exchange, row->seq, EXCHANGE_CALL, text_of(row->event)))
		return false;
	for (size_t i = 0; i < sizeof(wires) / sizeof(wires[0]); i++)
		if (wires[i].row == row->means) {
			struct happening happening = happening_of_row(row, wires[i].what);

			return happening_take(exchange, &happening);
		}
	return true;
}

/* ---- the kernel's rows */

static enum meaning meaning_of_call(const struct syscalls_call *call)
{
	char symbol[64];

	snprintf(symbol, sizeof(symbol), "kernel_%s", call->name);
	return meaning_of_symbol(symbol);
}

static bool call_take(struct exchange *exchange, const struct syscalls_call *call)
{
	enum meaning means = meaning_of_call(call);
	struct happening happening = { .seq = call->seq,
				       .descriptor = text_of(call->descriptor),
				       .failed = call->result < 0,
				       .amount = call->result };

	if (!call->is_own || call->is_gap)
		return true;
	if (!doing_add(exchange, call->seq, EXCHANGE_CALL, text_of(call->name)))
		return false;
	if (means == MEANS_CALL_READS_OPTION && strcmp(call->arguments, "SO_ERROR") != 0)
		return true;
	for (size_t i = 0; i < sizeof(wires) / sizeof(wires[0]); i++) {
		if (wires[i].call != means)
			continue;
		happening.what = wires[i].what;
		row_copy(text_of(happening.what == EXCHANGE_INTEREST ? call->arguments
								     : call->shown),
			 happening.result, sizeof(happening.result));
		return happening_take(exchange, &happening);
	}
	return true;
}

/* The call that the row of that number is about: both come in order.  0 or -1. */
static int call_read(struct exchange *exchange, struct syscalls_rows *calls, int64_t seq,
		     char **error)
{
	struct syscalls_call call;
	int status;

	while ((status = syscalls_rows_next(calls, &call, error)) > 0)
		if (!call.is_gap && call.seq >= seq)
			break;
	if (status > 0 && !call_take(exchange, &call))
		return failure(error, "out of memory");
	return status < 0 ? -1 : 0;
}

/* ---- a trace as a whole */

static int row_take(struct exchange *exchange, const struct steps_row *row,
		    struct syscalls_rows *calls, char **error)
{
	if (row->is == STEPS_GAP)
		return 0;
	exchange->end = row->seq;
	if (row->is == STEPS_CALL)
		return calls ? call_read(exchange, calls, row->seq, error) : 0;
	if (row->means == MEANS_POLL && row->phase == RING_BEGIN)
		exchange->polls++;
	if (row->means == MEANS_HEAD_READ && row->phase != RING_END)
		head_take(exchange, row);
	if (act_take(exchange, row) && (calls || socket_row_take(exchange, row)))
		return 0;
	return failure(error, "out of memory");
}

int exchange_read(struct exchange *exchange, struct store *store, bool by_kernel, char **error)
{
	struct steps *steps = NULL;
	struct syscalls_rows *calls = NULL;
	struct steps_row row;
	int status = steps_open(&steps, store, error);

	*exchange = (struct exchange){ 0 };
	if (status == 0 && by_kernel)
		status = syscalls_rows_open(&calls, store, error);
	while (status == 0 && (status = steps_next(steps, &row, error)) > 0)
		status = row_take(exchange, &row, calls, error);
	syscalls_rows_free(calls);
	steps_free(steps);
	return status;
}

void exchange_release(struct exchange *exchange)
{
	for (size_t i = 0; i < exchange->doings; i++)
		free(exchange->doing[i].name);
	free(exchange->doing);
	free(exchange->moment);
	free(exchange->connection);
	*exchange = (struct exchange){ 0 };
}
