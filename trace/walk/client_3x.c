/*
 * client_3x.c - the walk through one fetch of generation 3.1.
 */
#include "trace/walk/internal.h"

#define WALK_DEF "trace/walk/client-3x.def"
#include "trace/walk/tables.def"

const struct walk walk_client_3x = {
	.name = "client-3x",
	.also = "article",
	.generation = "3.1",
	.role = "client",
	.english = "One fetch of Tornado 3.1: IOLoop, IOStream and a coroutine",
	.chinese = "Tornado 3.1 的一次抓取：IOLoop、IOStream 与协程",
	.subject = "httpclient.AsyncHTTPClient.fetch",
	WALK_TABLES,
};
