/*
 * requests.c - the table of requests, names of keys, and keymaps from files.
 */
#include "tui/screen/requests.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/base/failure.h"
#include "trace/base/safe.h"

const struct request_row request_rows[] = {
#define GROUP(english, chinese) { REQUEST_NONE, NULL, "", english, chinese },
#define REQUEST(id, name, keys, english, chinese) { REQUEST_##id, name, keys, english, chinese },
#include "tui/screen/requests.def"
#undef REQUEST
#undef GROUP
};
const unsigned request_rows_count = sizeof(request_rows) / sizeof(request_rows[0]);

const struct request_row *request_find(const char *name)
{
	for (unsigned i = 0; i < request_rows_count; i++)
		if (request_rows[i].name && strcmp(request_rows[i].name, name) == 0)
			return &request_rows[i];
	return NULL;
}

const struct request_row *request_row(enum request request)
{
	for (unsigned i = 0; i < request_rows_count; i++)
		if (request_rows[i].request == request && request_rows[i].name)
			return &request_rows[i];
	return NULL;
}

static const struct {
	const char *name;
	uint32_t key;
} named[] = {
#define KEY_NAME(name, key) { name, key },
#include "tui/screen/keys.def"
#undef KEY_NAME
};

uint32_t key_parse(const char *name)
{
	size_t length = strlen(name);
	unsigned point;

	for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++)
		if (strcmp(named[i].name, name) == 0)
			return named[i].key;
	if (strncmp(name, "Ctrl-", 5) == 0 && name[5] >= 'A' && name[5] <= 'Z' && !name[6])
		return (uint32_t)(name[5] - '@');
	if (length && safe_utf8((const unsigned char *)name, length, &point) == length &&
	    point > ' ' && point != 127)
		return point;
	return KEY_NOTHING;
}

void key_print(uint32_t key, char out[16])
{
	for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++)
		if (named[i].key == key) {
			snprintf(out, 16, "%s", named[i].name);
			return;
		}
	if (key < ' ')
		snprintf(out, 16, "Ctrl-%c", (int)key + '@');
	else if (key < 127)
		snprintf(out, 16, "%c", (int)key);
	else
		snprintf(out, 16, "U+%x", key);
}

static int bind_key(struct keymap *keymap, uint32_t key, enum request request)
{
	unsigned i;

	for (i = 0; i < keymap->count; i++)
		if (keymap->keys[i].key == key)
			break;
	if (i == KEYMAP_KEYS)
		return -ENOSPC;
	keymap->keys[i].key = key;
	keymap->keys[i].request = request;
	if (i == keymap->count)
		keymap->count++;
	return 0;
}

void keymap_init(struct keymap *keymap)
{
	char keys[64], *left, *key;

	keymap->count = 0;
	for (unsigned i = 0; i < request_rows_count; i++) {
		snprintf(keys, sizeof(keys), "%s", request_rows[i].keys);
		for (key = strtok_r(keys, " ", &left); key; key = strtok_r(NULL, " ", &left))
			bind_key(keymap, key_parse(key), request_rows[i].request);
	}
}

/* One line of a keymap file; what is wrong with it, or NULL. */
static const char *read_line(struct keymap *keymap, char *line)
{
	char *left, *key = strtok_r(line, " \t\r\n", &left), *name;
	const struct request_row *row = NULL;

	if (!key || *key == '#')
		return NULL;
	name = strtok_r(NULL, " \t\r\n", &left);
	if (!name || strtok_r(NULL, " \t\r\n", &left))
		return "it is not of the form: KEY REQUEST";
	if (key_parse(key) == KEY_NOTHING)
		return "there is no such key";
	if (strcmp(name, "none") != 0 && !(row = request_find(name)))
		return "there is no such request";
	if (bind_key(keymap, key_parse(key), row ? row->request : REQUEST_NONE) < 0)
		return "there are too many keys";
	return NULL;
}

int keymap_read(struct keymap *keymap, const char *path, char **error)
{
	FILE *file = fopen(path, "re");
	char *line = NULL;
	size_t size = 0;
	int number = 0, result = 0;

	if (!file)
		return errno == ENOENT
			       ? 0
			       : failure(error, "cannot read %s: %s", path, strerror(errno));
	while (getline(&line, &size, file) > 0) {
		const char *wrong = read_line(keymap, line);

		number++;
		if (wrong && result == 0)
			result = failure(error, "%s, line %d: %s", path, number, wrong);
	}
	free(line);
	fclose(file);
	return result;
}

bool keymap_path(char *out, unsigned size)
{
	const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	int length;

	if (config && *config == '/')
		length = snprintf(out, size, "%s/loopscope/keymap", config);
	else if (home && *home == '/')
		length = snprintf(out, size, "%s/.config/loopscope/keymap", home);
	else
		return false;
	return length > 0 && (unsigned)length < size;
}

enum request keymap_find(const struct keymap *keymap, uint32_t key)
{
	for (unsigned i = 0; i < keymap->count; i++)
		if (keymap->keys[i].key == key)
			return keymap->keys[i].request;
	return REQUEST_NONE;
}

void keymap_keys(const struct keymap *keymap, enum request request, char *out, unsigned size)
{
	unsigned used = 0;
	char name[16];

	*out = '\0';
	for (unsigned i = 0; i < keymap->count; i++) {
		if (keymap->keys[i].request != request || used + 18 > size)
			continue;
		key_print(keymap->keys[i].key, name);
		used += (unsigned)snprintf(out + used, size - used, "%s%s", used ? " " : "", name);
	}
}
