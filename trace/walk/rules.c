/*
 * rules.c - the rules that give steps of the walk to rows: tables, and how they
 * are read.
 */
#include "trace/walk/internal.h"

#include <assert.h>
#include <stddef.h>

/* Callbacks as packed function ids, outermost wrapper in the low bits: emit_wrap(). */
#define WRAP(outer, inner) ((uint64_t)KIND_##outer | (uint64_t)KIND_##inner << 16)
#define STREAM_WRAPS(method) WRAP(BaseIOStream__run_callback_wrapper, _HTTPConnection_##method)
#define ON_RESOLVE WRAP(run_on_executor_wrapper_lambda, _HTTPConnection__on_resolve)
#define HANDLE_RESPONSE ((uint64_t)KIND_AsyncHTTPClient_fetch_handle_response)
#define RESULT_CALLBACK ((uint64_t)KIND_Runner_result_callback_inner)

/* clang-format off */
#define ROW(symbol, ...) { .kind = KIND_##symbol, .steps = { __VA_ARGS__ } }
#define RETURN(symbol, step) { .kind = KIND_##symbol, .at_return = true, .steps = { step } }
#define UNDER(above, symbol, ...) \
	{ .kind = KIND_##symbol, .parent = KIND_##above, .steps = { __VA_ARGS__ } }
#define INSIDE(span, symbol, ...) \
	{ .kind = KIND_##symbol, .inside = KIND_##span, .steps = { __VA_ARGS__ } }
#define RUNS(function, symbol, step) \
	{ .kind = KIND_##symbol, .callback = (function), .steps = { step } }
#define WHERE(condition, symbol, ...) \
	{ .kind = KIND_##symbol, .when = ARTICLE_##condition, .steps = { __VA_ARGS__ } }

const struct article_rule article_rules[] = {
	/* the coroutine begins: nothing of its body has run before step 5 */
	ROW(coroutine_wrapper, "0"),
	ROW(gen_create, "1"),
	UNDER(coroutine_wrapper, Runner_run, "2"),
	ROW(Runner_run, "47"),
	ROW(_NullYieldPoint_is_ready, "3"),
	ROW(_NullYieldPoint_get_result, "4"),
	ROW(gen_start, "5"),

	/* fetch() and the connection, up to the blocking resolver */
	ROW(AsyncHTTPClient_fetch, "6"),
	RETURN(AsyncHTTPClient_fetch, "7.1"),
	ROW(SimpleAsyncHTTPClient_fetch_impl, "7"),
	ROW(_HTTPConnection___init__, "8"),
	ROW(run_on_executor_wrapper, "9"),
	ROW(DummyExecutor_submit, "10"),
	RETURN(DummyExecutor_submit, "14"),
	ROW(ExecutorResolver_resolve, "11"),
	RETURN(ExecutorResolver_resolve, "12"),

	/* futures: the executor's is done at once, the fetch's at step 44 */
	UNDER(DummyExecutor_submit, _DummyFuture_set_result, "13"),
	UNDER(AsyncHTTPClient_fetch_handle_response, _DummyFuture_set_result, "44"),
	{ .kind = KIND__DummyFuture__set_done, .parent = KIND__DummyFuture_set_result,
	  .inside = KIND_AsyncHTTPClient_fetch_handle_response, .steps = { "44.1" } },
	{ .kind = KIND__DummyFuture__set_done, .parent = KIND__DummyFuture_set_exception,
	  .inside = KIND_AsyncHTTPClient_fetch_handle_response, .steps = { "44.1" } },
	UNDER(run_on_executor_wrapper, IOLoop_add_future, "15"),
	UNDER(YieldFuture_start, IOLoop_add_future, "17.2.2"),
	WHERE(DONE, _DummyFuture_add_done_callback, "16"),
	INSIDE(YieldFuture_start, _DummyFuture_add_done_callback, "17.2.3"),
	INSIDE(AsyncHTTPClient_fetch_handle_response, IOLoop_add_future_lambda, "44.2"),

	/* the yielded future gets its yield point */
	ROW(YieldFuture___init__, "17.1"),
	ROW(YieldFuture_start, "17.2"),
	ROW(Runner_register_callback, "17.2.1"),

	/* the loop: what runs later is told apart by the callback */
	ROW(PollIOLoop_start, "18"),
	RUNS(ON_RESOLVE, IOLoop__run_callback, "19"),
	RUNS(STREAM_WRAPS(_on_connect), IOLoop__run_callback, "28"),
	RUNS(STREAM_WRAPS(_on_headers), IOLoop__run_callback, "33"),
	{ .kind = KIND_IOLoop__run_callback, .callback = STREAM_WRAPS(_on_chunk_length),
	  .when = ARTICLE_FIRST_LENGTH, .steps = { "37" } },
	RUNS(STREAM_WRAPS(_on_chunk_length), IOLoop__run_callback, "41"),
	RUNS(STREAM_WRAPS(_on_chunk_data), IOLoop__run_callback, "39"),
	RUNS(HANDLE_RESPONSE, IOLoop__run_callback, "43"),
	RUNS(RESULT_CALLBACK, IOLoop__run_callback, "45"),
	{ .kind = KIND_PollIOLoop_add_callback, .callback = ON_RESOLVE,
	  .inside = KIND__DummyFuture_add_done_callback, .steps = { "17" } },
	RUNS(STREAM_WRAPS(_on_connect), PollIOLoop_add_callback, "27"),
	RUNS(STREAM_WRAPS(_on_headers), PollIOLoop_add_callback, "32.2.2"),
	RUNS(STREAM_WRAPS(_on_chunk_length), PollIOLoop_add_callback, "34.2.2"),
	{ .kind = KIND_PollIOLoop_add_callback, .callback = HANDLE_RESPONSE,
	  .parent = KIND__HTTPConnection__run_callback, .steps = { "42.1" } },
	RUNS(RESULT_CALLBACK, PollIOLoop_add_callback, "44.3"),

	/* the stream connects; steps 24, 31 and 35 are article_poll_step()'s */
	ROW(IOStream_connect, "20"),
	ROW(sock_connect, "21"),
	UNDER(IOStream_connect, BaseIOStream__add_io_state, "22"),
	INSIDE(IOStream_connect, PollIOLoop_add_handler, "23"),
	WHERE(WRITABLE, BaseIOStream__handle_events, "25"),
	ROW(IOStream__handle_connect, "26"),

	/* it writes the request */
	ROW(BaseIOStream_write, "29", "29.1"),
	UNDER(BaseIOStream_write, BaseIOStream__handle_write, "29.2"),
	UNDER(BaseIOStream_write, BaseIOStream__maybe_add_error_listener, "29.3"),

	/* and reads: first the header block, then length lines and chunks */
	ROW(BaseIOStream_read_until_regex, "30"),
	UNDER(BaseIOStream_read_until_regex, BaseIOStream__set_read_callback, "30.1"),
	UNDER(BaseIOStream_read_until, BaseIOStream__set_read_callback, "34.1"),
	UNDER(BaseIOStream_read_until_regex, BaseIOStream__try_inline_read, "30.2"),
	UNDER(BaseIOStream_read_until, BaseIOStream__try_inline_read, "34.2"),
	WHERE(WANTS_HEADERS, BaseIOStream__handle_read, "32"),
	ROW(BaseIOStream__handle_read, "36"),
	{ .kind = KIND_BaseIOStream__read_to_buffer, .parent = KIND_BaseIOStream__handle_read,
	  .when = ARTICLE_WANTS_HEADERS, .steps = { "32.1" } },
	WHERE(SCHEDULES_LENGTH, BaseIOStream__read_from_buffer, "34.2.1"),
	{ .kind = KIND_BaseIOStream__read_from_buffer, .parent = KIND_BaseIOStream__handle_read,
	  .when = ARTICLE_HEADERS_FOUND, .steps = { "32.2", "32.2.1" } },
	{ .kind = KIND_BaseIOStream__read_from_buffer, .parent = KIND_BaseIOStream__handle_read,
	  .when = ARTICLE_WANTS_HEADERS, .steps = { "32.2" } },
	INSIDE(_HTTPConnection__on_chunk_data, BaseIOStream_read_until, "40"),
	ROW(BaseIOStream_read_until, "34"),
	INSIDE(_HTTPConnection__on_chunk_length, BaseIOStream_read_bytes, "38"),

	/* the response goes back up to the coroutine */
	ROW(_HTTPConnection__on_body, "42"),
	ROW(_HTTPConnection__run_callback, "42.1"),
	ROW(_HTTPConnection__on_end_request, "42.2"),
	ROW(Runner_set_result, "46"),
	WHERE(RETURNS_TRUE, YieldFuture_is_ready, "48", "48.1"),
	WHERE(RETURNS_TRUE, Runner_is_ready, "48.2"),
	ROW(YieldFuture_get_result, "49"),
	ROW(gen_resume, "50"),
	ROW(user_response, "51"),
};
/* clang-format on */
const unsigned article_rules_count = sizeof(article_rules) / sizeof(article_rules[0]);

static const struct article_turn turns[] = {
	{ KIND_IOStream_connect, false, ARTICLE_WAIT_CONNECT },
	{ KIND_BaseIOStream_read_until_regex, false, ARTICLE_WAIT_HEADERS },
	{ KIND__HTTPConnection__on_headers, true, ARTICLE_WAIT_BODY },
};

const struct article_turn *article_turn(unsigned kind)
{
	for (size_t i = 0; i < sizeof(turns) / sizeof(turns[0]); i++)
		if (turns[i].kind == kind)
			return &turns[i];
	return NULL;
}

const char *article_poll_step(enum article_wait wait, bool readable, bool writable)
{
	if (wait == ARTICLE_WAIT_CONNECT && writable)
		return "24";
	if (!readable)
		return NULL;
	return wait == ARTICLE_WAIT_HEADERS ? "31" : "35";
}

/* The spans that rules ask for as ancestors; a row carries them as a set. */
static const uint16_t spans[] = {
	KIND_IOStream_connect,
	KIND_YieldFuture_start,
	KIND__DummyFuture_add_done_callback,
	KIND_AsyncHTTPClient_fetch_handle_response,
	KIND__HTTPConnection__on_chunk_length,
	KIND__HTTPConnection__on_chunk_data,
};

uint32_t article_span_bit(unsigned kind)
{
	for (unsigned i = 0; i < sizeof(spans) / sizeof(spans[0]); i++)
		if (spans[i] == kind)
			return 1u << i;
	return 0;
}

const struct article_rule *article_rules_of(unsigned kind, unsigned *count, unsigned *needs)
{
	const struct article_rule *first = NULL;

	*count = *needs = 0;
	for (unsigned i = 0; i < article_rules_count; i++) {
		if (article_rules[i].kind != kind)
			continue;
		first = first ? first : &article_rules[i];
		assert(first + *count == &article_rules[i]);
		assert(!article_rules[i].inside || article_span_bit(article_rules[i].inside));
		++*count;
		*needs |= 1u << article_rules[i].when;
	}
	return first;
}

static bool condition_holds(const struct article_row *row, enum article_when when)
{
	switch (when) {
	case ARTICLE_ALWAYS:
	case ARTICLE_WHENS:
		return true;
	case ARTICLE_DONE:
		return row->done;
	case ARTICLE_WRITABLE:
		return row->writable;
	case ARTICLE_RETURNS_TRUE:
		return row->returned_true;
	case ARTICLE_WANTS_HEADERS:
		return row->wants_headers;
	case ARTICLE_HEADERS_FOUND:
		return row->wants_headers && row->returned_true;
	case ARTICLE_FIRST_LENGTH:
		return row->first_length;
	case ARTICLE_SCHEDULES_LENGTH:
		return row->scheduled == KIND__HTTPConnection__on_chunk_length;
	}
	return false;
}

/* All of the rule but its condition. */
static bool rule_fits(const struct article_rule *rule, const struct article_row *row)
{
	return rule->at_return == row->at_return &&
	       (!rule->parent || rule->parent == row->parent) &&
	       (!rule->inside || (row->inside & article_span_bit(rule->inside))) &&
	       (!rule->callback || rule->callback == row->callback);
}

enum article_when article_looks_ahead(const struct article_rule *first, unsigned count,
				      const struct article_row *row)
{
	for (unsigned i = 0; i < count; i++) {
		enum article_when when = first[i].when;

		if (!rule_fits(&first[i], row))
			continue;
		if (when == ARTICLE_FIRST_LENGTH || when == ARTICLE_SCHEDULES_LENGTH)
			return when;
		if (condition_holds(row, when))
			break;
	}
	return ARTICLE_ALWAYS;
}

const struct article_rule *article_match(const struct article_rule *first, unsigned count,
					 const struct article_row *row)
{
	for (unsigned i = 0; i < count; i++)
		if (rule_fits(&first[i], row) && condition_holds(row, first[i].when))
			return &first[i];
	return NULL;
}
