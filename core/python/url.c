/*
 * url.c - urlsplit() and urljoin() of Python 2.7, for http and https.
 */
#include "core/python/url.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "core/python/alloc.h"
#include "core/python/exc.h"
#include "core/python/text.h"

/* A part of a text that someone else owns. */
struct slice {
	const char *text;
	size_t length;
};

static struct slice slice_of(const char *text, size_t length)
{
	return (struct slice){ text, length };
}

static char *slice_copy(struct slice slice)
{
	return text_copy(slice.text, slice.length);
}

/* Cuts *slice at the first c: returns what is behind it, empty if there is no c. */
static struct slice slice_cut(struct slice *slice, char c)
{
	const char *at = slice->length ? memchr(slice->text, c, slice->length) : NULL;
	struct slice rest = slice_of(slice->text + slice->length, 0);

	if (at) {
		rest = slice_of(at + 1, slice->length - (size_t)(at + 1 - slice->text));
		slice->length = (size_t)(at - slice->text);
	}
	return rest;
}

static bool slice_has(struct slice slice, char c)
{
	return slice.length && memchr(slice.text, c, slice.length);
}

/*
 * The length of the scheme, 0 if the URL has no scheme, as "localhost:80": what
 * looks like a port is one.
 */
static size_t scheme_length(const char *url)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789+-.";
	size_t n = strspn(url, allowed);

	if (!n || url[n] != ':')
		return 0;
	if (strncmp(url, "http", n) == 0 && n == 4)
		return n;
	if (url[n + 1] && !url[n + 1 + strspn(url + n + 1, "0123456789")])
		return 0;
	return n;
}

static char *lower_copy(const char *text, size_t length)
{
	char *copy = text_copy(text, length);

	for (char *c = copy; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	return copy;
}

/* The user name and password that stand before the last "@" of netloc. */
static void split_user(struct url_parts *parts)
{
	const char *at = strrchr(parts->netloc, '@');
	struct slice user;

	if (!at)
		return;
	user = slice_of(parts->netloc, (size_t)(at - parts->netloc));
	if (slice_has(user, ':')) {
		struct slice password = slice_cut(&user, ':');

		parts->password = slice_copy(password);
	}
	parts->username = slice_copy(user);
}

int url_split(struct url_parts *out, const char *url)
{
	size_t n = scheme_length(url);
	struct slice netloc = slice_of("", 0);
	struct slice query, fragment, rest;

	*out = (struct url_parts){ .scheme = lower_copy(url, n) };
	if (n)
		url += n + 1;
	if (url[0] == '/' && url[1] == '/') {
		netloc = slice_of(url + 2, strcspn(url + 2, "/?#"));
		url += 2 + netloc.length;
	}
	if (slice_has(netloc, '[') != slice_has(netloc, ']')) {
		url_parts_release(out);
		return exc_raise(EXC_VALUE_ERROR, "Invalid IPv6 URL");
	}
	rest = slice_of(url, strlen(url));
	fragment = slice_cut(&rest, '#');
	query = slice_cut(&rest, '?');
	out->netloc = slice_copy(netloc);
	out->path = slice_copy(rest);
	out->query = slice_copy(query);
	out->fragment = slice_copy(fragment);
	split_user(out);
	return 0;
}

void url_parts_release(struct url_parts *parts)
{
	free(parts->scheme);
	free(parts->netloc);
	free(parts->path);
	free(parts->query);
	free(parts->fragment);
	free(parts->username);
	free(parts->password);
	*parts = (struct url_parts){ 0 };
}

/* urlparse() takes ";params" off the last segment; the place where it starts, or the end. */
static const char *find_params(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *semicolon = strchr(slash ? slash : path, ';');

	return semicolon ? semicolon : path + strlen(path);
}

/* urlunsplit() of a network scheme. */
static char *unsplit(const char *scheme, const char *netloc, const char *path, const char *params,
		     const char *query, const char *fragment)
{
	/* ";" alone is dropped by urlparse */
	const char *shown = params[0] && params[1] ? params : "";
	bool rooted = path[0] == '/' || (!path[0] && !shown[0]);

	return text_format("%s://%s%s%s%s%s%s%s%s", scheme, netloc, rooted ? "" : "/", path, shown,
			   query[0] ? "?" : "", query, fragment[0] ? "#" : "", fragment);
}

struct segments {
	struct slice *item;
	size_t count;
	size_t room;
};

static void segments_add(struct segments *list, struct slice path)
{
	for (bool more = true; more;) {
		more = slice_has(path, '/');
		struct slice rest = slice_cut(&path, '/');

		list->item = core_room_for_one(list->item, list->count, &list->room,
					       sizeof(*list->item));
		list->item[list->count++] = path;
		path = rest;
	}
}

static bool is_text(struct slice slice, const char *text)
{
	return slice.length == strlen(text) && memcmp(slice.text, text, slice.length) == 0;
}

/* Takes out "." segments; one at the end leaves an empty segment. */
static void remove_dots(struct segments *list)
{
	size_t kept = 0;

	if (is_text(list->item[list->count - 1], "."))
		list->item[list->count - 1].length = 0;
	for (size_t i = 0; i < list->count; i++)
		if (!is_text(list->item[i], "."))
			list->item[kept++] = list->item[i];
	list->count = kept;
}

/*
 * Takes out "segment/.." pairs, but leaves a ".." at the very start, and one
 * at the end, as Python 2.7 does: one pass with a stack, instead of its
 * repeated search.
 */
static void remove_parents(struct segments *list)
{
	size_t kept = 1;

	for (size_t i = 1; i + 1 < list->count; i++) {
		struct slice top = list->item[kept ? kept - 1 : 0];

		if (is_text(list->item[i], "..") && kept && top.length && !is_text(top, ".."))
			kept--;
		else
			list->item[kept++] = list->item[i];
	}
	if (list->count > 1)
		list->item[kept++] = list->item[list->count - 1];
	list->count = kept;
	if (kept == 2 && !list->item[0].length && is_text(list->item[1], "..")) {
		list->item[1].length = 0;
	} else if (kept >= 2 && is_text(list->item[kept - 1], "..")) {
		list->item[kept - 2].length = 0;
		list->count--;
	}
}

/* The path that `path` means as seen from `base`. */
static char *join_path(struct slice base, struct slice path)
{
	struct segments list = { 0 };
	char *joined = core_alloc(base.length + path.length + 2);
	char *end = joined;

	segments_add(&list, base);
	list.count--;
	segments_add(&list, path);
	remove_dots(&list);
	remove_parents(&list);
	for (size_t i = 0; i < list.count; i++) {
		if (i)
			*end++ = '/';
		memcpy(end, list.item[i].text, list.item[i].length);
		end += list.item[i].length;
	}
	*end = '\0';
	free(list.item);
	return joined;
}

static char *join_parts(const struct url_parts *base, const struct url_parts *parts)
{
	const char *base_params = find_params(base->path);
	const char *params = find_params(parts->path);
	const char *netloc = parts->netloc[0] ? parts->netloc : base->netloc;
	const char *query = parts->query;
	struct slice base_path = slice_of(base->path, (size_t)(base_params - base->path));
	struct slice path = slice_of(parts->path, (size_t)(params - parts->path));
	char *joined_path, *joined;

	if (parts->netloc[0] || (path.length && path.text[0] == '/')) {
		joined_path = slice_copy(path);
	} else if (!path.length && !(params[0] && params[1])) {
		joined_path = slice_copy(base_path);
		params = base_params;
		query = query[0] ? query : base->query;
	} else {
		joined_path = join_path(base_path, path);
	}
	joined = unsplit(base->scheme, netloc, joined_path, params, query, parts->fragment);
	free(joined_path);
	return joined;
}

char *url_join(const char *base, const char *url)
{
	struct url_parts base_parts, parts;
	char *joined;

	if (!url[0])
		return text_duplicate(base);
	if (url_split(&base_parts, base) < 0)
		return NULL;
	if (url_split(&parts, url) < 0) {
		url_parts_release(&base_parts);
		return NULL;
	}
	if (parts.scheme[0] && strcmp(parts.scheme, base_parts.scheme) != 0)
		joined = text_duplicate(url);
	else
		joined = join_parts(&base_parts, &parts);
	url_parts_release(&base_parts);
	url_parts_release(&parts);
	return joined;
}
