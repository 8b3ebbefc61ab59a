/*
 * scenario.c - reads a scenario file line by line and checks what only the
 * whole of it shows.
 */
#include "samples/scenario/scenario.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "samples/scenario/scenario_parse.h"

int scenario__refuse(struct scenario_error *error, int line, const char *format, ...)
{
	va_list arguments;
	int used = 0;

	error->line = line;
	if (line)
		used = snprintf(error->text, sizeof(error->text), "line %d: ", line);
	va_start(arguments, format);
	vsnprintf(error->text + used, sizeof(error->text) - (size_t)used, format, arguments);
	va_end(arguments);
	/* the sentence may quote the file, and the file is a stranger's */
	for (char *c = error->text; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
	return -EINVAL;
}

int scenario__no_memory(struct scenario_error *error)
{
	scenario__refuse(error, 0, "memory is short");
	return -ENOMEM;
}

void *scenario__grow(void *array, size_t count, size_t size)
{
	/* room doubles at powers of two, so that counts need no capacity beside them */
	if (!(count & (count - 1)))
		array = realloc(array, (count ? count * 2 : 1) * size);
	if (array)
		memset((char *)array + count * size, 0, size);
	return array;
}

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

char *scenario__strip(char *text)
{
	size_t length;

	while (is_blank(*text))
		text++;
	length = strlen(text);
	while (length && is_blank(text[length - 1]))
		length--;
	text[length] = '\0';
	return text;
}

char *scenario__next_word(char **rest)
{
	char *word = scenario__strip(*rest);
	char *end = word;

	while (*end && !is_blank(*end))
		end++;
	*rest = *end ? end + 1 : end;
	*end = '\0';
	return *word ? word : NULL;
}

bool scenario__number(const char *text, uint64_t most, uint64_t *number)
{
	uint64_t value = 0;

	if (!*text)
		return false;
	for (; *text; text++) {
		uint64_t digit = (uint64_t)(*text - '0');

		if (*text < '0' || *text > '9' || digit > most || value > (most - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*number = value;
	return true;
}

bool scenario__is_file_name(const char *text)
{
	static const char allowed[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";

	return *text && *text != '.' && !text[strspn(text, allowed)];
}

/*
 * The number of bytes of the UTF-8 character at `at`, or 0 if the bytes are no such character:
 * truncated, overlong, a surrogate, or beyond U+10FFFF.
 */
static size_t utf8_length(const unsigned char *at, size_t left)
{
	static const unsigned least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t length = at[0] < 0x80   ? 1
			: at[0] < 0xc2 ? 0
			: at[0] < 0xe0 ? 2
			: at[0] < 0xf0 ? 3
			: at[0] < 0xf5 ? 4
				       : 0;
	unsigned value;

	if (length < 2)
		return length;
	if (length > left)
		return 0;
	value = at[0] & (0x7fu >> length);
	for (size_t i = 1; i < length; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
		value = value << 6 | (at[i] & 0x3fu);
	}
	if (value < least[length] || value > 0x10ffff || (value >= 0xd800 && value < 0xe000))
		return 0;
	return length;
}

static int check_encoding(const char *text, size_t length, struct scenario_error *error)
{
	int line = 1;

	for (size_t i = 0; i < length;) {
		size_t step = utf8_length((const unsigned char *)text + i, length - i);

		if (!text[i])
			return scenario__refuse(error, line, "there is a NUL byte in it");
		if (!step)
			return scenario__refuse(error, line, "the text is not UTF-8");
		line += text[i] == '\n';
		i += step;
	}
	return 0;
}

/*
 * "# key: value" is a header if the key is of lower-case letters, digits and
 * dashes; every other line with a # is a comment.
 */
static int take_hash_line(struct scenario *scenario, int line, char *text,
			  struct scenario_error *error)
{
	char *key = text + 1;
	char *end;

	while (is_blank(*key))
		key++;
	end = key + strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789-");
	if (end == key || *end != ':')
		return 0;
	*end = '\0';
	return scenario__take_header(scenario, line, key, scenario__strip(end + 1), error);
}

static int take_lines(struct scenario *scenario, struct scenario_error *error)
{
	char *next = scenario->text;
	int rc = 0;

	if (!strncmp(next, "\xef\xbb\xbf", 3))
		next += 3; /* the mark that some editors put first */
	for (int line = 1; next && !rc; line++) {
		char *text = next;

		next = strchr(text, '\n');
		if (next)
			*next++ = '\0';
		text = scenario__strip(text);
		if (*text == '#')
			rc = take_hash_line(scenario, line, text, error);
		else if (*text)
			rc = scenario__take_line(scenario, line, text, error);
	}
	return rc;
}

static struct scenario *scenario_new(const char *text, size_t length)
{
	struct scenario *scenario = calloc(1, sizeof(*scenario));

	if (!scenario)
		return NULL;
	scenario->text = malloc(length + 1);
	scenario->folder = strdup(".");
	if (!scenario->text || !scenario->folder) {
		scenario_free(scenario);
		return NULL;
	}
	memcpy(scenario->text, text, length);
	scenario->text[length] = '\0';

	scenario->title = "";
	scenario->versions = "";
	scenario->servers = "";
	scenario->url_path = "/";
	scenario->url_host = "127.0.0.1";
	scenario->listen_address = "127.0.0.1";
	scenario->bind_address = "127.0.0.1";
	scenario->show = "";
	scenario->method = "GET";
	scenario->max_clients = 10;
	return scenario;
}

int scenario_parse(struct scenario **out, const char *text, size_t length,
		   struct scenario_error *error)
{
	struct scenario *scenario;
	int rc;

	*out = NULL;
	if (length > SCENARIO_FILE_MAX) {
		scenario__refuse(error, 0, "longer than the 1 MiB that a scenario may have");
		return -EFBIG;
	}
	rc = check_encoding(text, length, error);
	if (rc)
		return rc;
	scenario = scenario_new(text, length);
	if (!scenario)
		return scenario__no_memory(error);
	rc = take_lines(scenario, error);
	if (!rc)
		rc = scenario__check_headers(scenario, error);
	if (!rc)
		rc = scenario__check_script(scenario, error);
	if (rc) {
		scenario_free(scenario);
		return rc;
	}
	*out = scenario;
	return 0;
}

static int cannot_read(struct scenario_error *error, int number)
{
	scenario__refuse(error, 0, "cannot be read: %s", strerror(number));
	return -number;
}

/* The folder of the file becomes the scenario's. */
static int take_folder(struct scenario *scenario, const char *path, struct scenario_error *error)
{
	const char *slash = strrchr(path, '/');
	char *folder;

	if (!slash)
		return 0;
	folder = strndup(path, slash == path ? 1 : (size_t)(slash - path));
	if (!folder)
		return scenario__no_memory(error);
	free(scenario->folder);
	scenario->folder = folder;
	return 0;
}

int scenario_load(struct scenario **out, const char *path, struct scenario_error *error)
{
	FILE *file = fopen(path, "re");
	char *text;
	size_t length;
	int rc;

	*out = NULL;
	if (!file)
		return cannot_read(error, errno);
	/* one byte more than allowed, to see that there is more */
	text = malloc(SCENARIO_FILE_MAX + 1);
	if (!text) {
		fclose(file);
		return scenario__no_memory(error);
	}
	errno = 0;
	length = fread(text, 1, SCENARIO_FILE_MAX + 1, file);
	if (ferror(file))
		rc = cannot_read(error, errno ? errno : EIO);
	else
		rc = scenario_parse(out, text, length, error);
	if (!rc)
		rc = take_folder(*out, path, error);
	if (rc) {
		scenario_free(*out);
		*out = NULL;
	}
	free(text);
	fclose(file);
	return rc;
}

static void options_release(struct scenario_options *options)
{
	for (size_t i = 0; i < options->count; i++)
		free(options->rows[i].name); /* the value lies in the same block */
	free(options->rows);
}

void scenario_free(struct scenario *scenario)
{
	if (!scenario)
		return;
	for (size_t i = 0; i < scenario->script_count; i++)
		payload_free(scenario->script[i].payload);
	for (size_t i = 0; i < scenario->fetch_count; i++) {
		free(scenario->fetches[i].path);
		options_release(&scenario->fetches[i].options);
	}
	for (size_t i = 0; i < scenario->header_count; i++)
		free(scenario->headers[i].name);
	for (size_t i = 0; i < scenario->resolve_count; i++)
		free(scenario->resolve[i].host);
	options_release(&scenario->options);
	payload_free(scenario->body);
	free(scenario->script);
	free(scenario->fetches);
	free(scenario->headers);
	free(scenario->resolve);
	free(scenario->meta);
	free(scenario->folder);
	free(scenario->text);
	free(scenario);
}

const char *scenario_meta(const struct scenario *scenario, const char *key)
{
	for (size_t i = scenario->meta_count; i > 0; i--)
		if (!strcmp(scenario->meta[i - 1].name, key))
			return scenario->meta[i - 1].value;
	return NULL;
}

const struct scenario_option *scenario_option(const struct scenario_options *options,
					      const char *name)
{
	for (size_t i = options->count; i > 0; i--)
		if (!strcmp(options->rows[i - 1].name, name))
			return options->rows + i - 1;
	return NULL;
}

bool scenario_has_version(const struct scenario *scenario, const char *version)
{
	const char *list =
		scenario->role == SCENARIO_CLIENT ? scenario->servers : scenario->versions;
	size_t length = strlen(version);

	if (!*list)
		return true;
	for (const char *at = list; (at = strstr(at, version)); at += length) {
		bool begins = at == list || is_blank(at[-1]);
		bool ends = !at[length] || is_blank(at[length]);

		if (begins && ends)
			return true;
	}
	return false;
}

static bool any_timeout(const struct scenario_options *options)
{
	static const char suffix[] = "_timeout";
	const size_t tail = sizeof(suffix) - 1;

	for (size_t i = 0; i < options->count; i++) {
		const char *name = options->rows[i].name;
		size_t length = strlen(name);

		if (length >= tail && !strcmp(name + length - tail, suffix))
			return true;
	}
	return false;
}

bool scenario_is_timed(const struct scenario *scenario)
{
	if (scenario->timer || any_timeout(&scenario->options))
		return true;
	for (size_t i = 0; i < scenario->fetch_count; i++)
		if (any_timeout(&scenario->fetches[i].options))
			return true;
	return false;
}
