/*
 * client_4x.c - the walk through one fetch of generation 4.3.
 */
#include "trace/walk/internal.h"

#define WALK_DEF "trace/walk/client-4x.def"
#include "trace/walk/tables.def"

const struct walk walk_client_4x = {
	.name = "client-4x",
	.generation = "4.3",
	.role = "client",
	.english = "One fetch of Tornado 4.3: who holds which future, from fetch to response",
	.chinese = "Tornado 4.3 的一次抓取：从 fetch 到响应，谁握着哪个 future",
	.subject = "httpclient.AsyncHTTPClient.fetch",
	.once = true,
	WALK_TABLES,
};
