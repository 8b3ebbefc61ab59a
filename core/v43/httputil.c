/*
 * httputil.c - the first line of a response, and references to delegates.
 */
#include "core/v43/httputil.h"

#include <ctype.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/python/exc.h"
#include "core/python/python.h"
#include "core/python/text.h"

/* Where the match of "(HTTP/1.[0-9]) ([0-9]+) ([^\r]*)" has its reason; NULL: no match. */
static const char *match(const char *line, int64_t *code)
{
	const char *end = line + 9;

	/* the dot stands for any character */
	if (strncmp(line, "HTTP/1", 6) != 0 || !line[6] || !isdigit((unsigned char)line[7]) ||
	    line[8] != ' ')
		return NULL;
	while (isdigit((unsigned char)*end))
		end++;
	if (end == line + 9 || *end != ' ' ||
	    python_int(line + 9, (size_t)(end - line - 9), 10, code) < 0)
		return NULL;
	return end + 1;
}

int http_start_line_parse(struct http_start_line *out, const char *line)
{
	int64_t code;
	const char *reason = match(line, &code);

	if (!reason)
		return exc_raise(EXC_HTTP_INPUT_ERROR, "Error parsing response start line");
	out->version = text_copy(line, 8);
	out->code = code > INT_MAX ? INT_MAX : (int)code;
	out->reason = text_copy(reason, strcspn(reason, "\r"));
	return 0;
}

void http_start_line_release(struct http_start_line *line)
{
	free(line->version);
	free(line->reason);
	*line = (struct http_start_line){ 0 };
}

struct http_delegate *http_delegate_ref(struct http_delegate *delegate)
{
	delegate->refs++;
	return delegate;
}

void http_delegate_unref(struct http_delegate *delegate)
{
	if (delegate && --delegate->refs == 0)
		delegate->class->release(delegate);
}
