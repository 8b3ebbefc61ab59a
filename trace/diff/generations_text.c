/*
 * generations_text.c - what two generations did in the same exchange, in words.
 */
#include "trace/diff/generations.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PLURAL(count) ((count) == 1 ? "" : "s")

/* In English and in Chinese; English counts have a plural. */
static const char *const act_names[EXCHANGE_ACT_COUNT][2] = {
	[EXCHANGE_TURN] = { "turn", "轮" },
	[EXCHANGE_CALLBACK] = { "callback", "次回调" },
	[EXCHANGE_HANDLER] = { "handler call", "次处理函数调用" },
	[EXCHANGE_RESUMED] = { "resumed coroutine", "次协程恢复" },
	[EXCHANGE_CALL] = { "system call", "次系统调用" },
};

static const char *const moment_names[EXCHANGE_WHAT_COUNT][2] = {
	[EXCHANGE_SOCKET] = { "a socket is made", "创建套接字" },
	[EXCHANGE_CONNECT] = { "it begins to connect", "开始连接" },
	[EXCHANGE_CONNECTED] = { "the connection stands", "连接已建立" },
	[EXCHANGE_CAME_END] = { "the peer's data ends", "对端的数据到此为止" },
	[EXCHANGE_CLOSED] = { "the socket is closed", "关闭套接字" },
};

static const char *const and_then[2] = { ", ", "，" };

/* Ends a memory stream: its text is whole only when that is closed. */
static char *closed(FILE *out, char *const *text)
{
	if (fclose(out) == 0)
		return *text;
	free(*text);
	return NULL;
}

static void put_bytes(FILE *out, int64_t bytes, bool chinese)
{
	if (chinese)
		fprintf(out, "%" PRId64 " 字节", bytes);
	else
		fprintf(out, "%" PRId64 " byte%s", bytes, PLURAL(bytes));
}

/* ---- the whole */

static void put_counts(FILE *out, const size_t count[EXCHANGE_ACT_COUNT], bool chinese)
{
	static const char *const comma[2] = { ", ", "、" }, *const nothing[2] = { "nothing", "无" };
	bool any = false;

	for (unsigned act = 0; act < EXCHANGE_ACT_COUNT; act++) {
		if (!count[act])
			continue;
		fprintf(out, "%s%zu %s%s", any ? comma[chinese] : "", count[act],
			act_names[act][chinese], chinese ? "" : PLURAL(count[act]));
		any = true;
	}
	if (!any)
		fputs(nothing[chinese], out);
}

static void put_same(FILE *out, const struct generations *generations, bool chinese)
{
	const int64_t *sent = generations->sent, *received = generations->received;

	if (generations->same)
		fprintf(out,
			chinese ? "两边的交换相同，发出 %" PRId64 " 字节，收到 %" PRId64 " 字节："
				: "The exchange is the same, %" PRId64 " bytes out and %" PRId64
				  " in: ",
			sent[0], received[0]);
	else
		fprintf(out,
			chinese ? "两边的交换不同，A 发出 %" PRId64 " 字节、收到 %" PRId64
				  " 字节，B 发出 %" PRId64 " 字节、收到 %" PRId64 " 字节："
				: "The exchanges are not the same, %" PRId64
				  " bytes out and %" PRId64 " in for A, %" PRId64 " and %" PRId64
				  " for B: ",
			sent[0], received[0], sent[1], received[1]);
}

char *generations_sentence(const struct generations *generations, bool chinese)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	put_same(out, generations, chinese);
	for (unsigned side = 0; side < 2; side++) {
		fprintf(out, chinese ? "%s%s（%c）用了 " : "%s%s (%c) needed ",
			side == 0 ? ""
			: chinese ? "；"
				  : "; ",
			generations->name[side], side ? 'B' : 'A');
		put_counts(out, generations->total[side], chinese);
	}
	return closed(out, &text);
}

/* ---- a step */

/* Bytes that came: of the head of the response, of its body, or of both. */
static void put_came(FILE *out, const struct generations *generations,
		     const struct generations_step *step, bool chinese)
{
	static const char *const whole_head[2] = { "the head of the response, ", "响应的头部，" };
	static const char *const of_head[2] = { " of the head", "头部" };
	static const char *const of_body[2] = { " of the body", "正文" };
	static const char *const come[2] = { " come", "到达" };
	const struct exchange_moment *moment = step->moment[0];
	int64_t in_a = generations->exchange[0].connection[moment->connection].head;
	int64_t in_b = generations->exchange[1].connection[step->moment[1]->connection].head;
	int64_t head = in_a ? in_a : in_b, to = moment->bytes;
	int64_t body = step->from < head ? to - head : to - step->from;

	if (head && step->from == 0 && to >= head)
		fputs(whole_head[chinese], out);
	if (head && step->from < head && to > head) {
		put_bytes(out, head - step->from, chinese);
		fputs(step->from ? of_head[chinese] : "", out);
		fputs(and_then[chinese], out);
	}
	put_bytes(out, head && to > head ? body : to - step->from, chinese);
	if (!head)
		fputs(come[chinese], out);
	else if (to > head)
		fputs(of_body[chinese], out);
	else if (step->from || to < head)
		fputs(of_head[chinese], out);
}

static void put_moment(FILE *out, const struct generations *generations,
		       const struct generations_step *step, bool chinese)
{
	const struct exchange_moment *moment = step->moment[0];

	switch (moment->what) {
	case EXCHANGE_CAME:
		put_came(out, generations, step, chinese);
		return;
	case EXCHANGE_SENT:
		fputs(chinese ? "请求发出，" : "the request is out, ", out);
		put_bytes(out, moment->bytes - step->from, chinese);
		return;
	case EXCHANGE_INTEREST:
		fprintf(out, "epoll_ctl %s", moment->result);
		return;
	case EXCHANGE_CONNECTED:
		if (strcmp(moment->result, "0") != 0) {
			fprintf(out, chinese ? "连接失败：%s" : "the connection fails: %s",
				moment->result);
			return;
		}
		break;
	default:
		break;
	}
	fputs(moment_names[moment->what][chinese], out);
}

char *generations_step_text(const struct generations *generations, size_t step, bool chinese)
{
	const struct generations_step *at = &generations->step[step];
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	if (!at->moment[0]) {
		fputs(chinese ? "运行结束" : "the end of the run", out);
		return closed(out, &text);
	}
	if (generations->exchange[0].connections > 1)
		fprintf(out, chinese ? "%s：" : "%s: ",
			generations->exchange[0].connection[at->moment[0]->connection].name);
	put_moment(out, generations, at, chinese);
	return closed(out, &text);
}

char *generations_counts_text(const struct generations *generations, size_t step, unsigned side,
			      bool chinese)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	put_counts(out, generations->step[step].count[side], chinese);
	return closed(out, &text);
}
