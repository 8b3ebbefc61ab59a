/*
 * requests.h - what a person can ask for, and the keys that ask it.
 *
 * A key is a character, or one of the constants below for what has none.
 * Names of keys ("s", "Tab", "Ctrl-L") stand in the table, in keymap files and
 * in tests; those of keys without a character are in keys.def.
 */
#ifndef LOOPSCOPE_TUI_SCREEN_REQUESTS_H
#define LOOPSCOPE_TUI_SCREEN_REQUESTS_H

#include <stdbool.h>
#include <stdint.h>

enum request {
	REQUEST_NONE,
#define GROUP(...)
#define REQUEST(id, ...) REQUEST_##id,
#include "tui/screen/requests.def"
#undef REQUEST
#undef GROUP
	REQUEST_COUNT,
};

struct request_row {
	enum request request; /* REQUEST_NONE: a group begins, only the texts are set */
	const char *name;
	const char *keys;
	const char *english, *chinese;
};
extern const struct request_row request_rows[];
extern const unsigned request_rows_count;

/* The row of a request's name, or NULL. */
const struct request_row *request_find(const char *name);
const struct request_row *request_row(enum request request);

/* Keys that are no characters; beyond Unicode. */
enum key {
	KEY_NOTHING = 0,
	KEY_INTERRUPT = 3, /* Ctrl-C */
	KEY_FIRST_NAMED = 0x110000,
	KEYS_UP = KEY_FIRST_NAMED,
	KEYS_DOWN,
	KEYS_LEFT,
	KEYS_RIGHT,
	KEYS_HOME,
	KEYS_END,
	KEYS_PAGE_UP,
	KEYS_PAGE_DOWN,
	KEYS_SHIFT_TAB,
	KEYS_DELETE,
	KEYS_F1,
	KEYS_F12 = KEYS_F1 + 11,
	KEYS_UNKNOWN, /* of the terminal, but nobody's: to be passed over */
	KEYS_RESIZE,  /* the terminal has another size now */
	KEYS_MOUSE,   /* struct mouse tells more */
	KEYS_GONE,    /* there is no terminal any more, or we are asked to end */
};

/* The key of that name, or KEY_NOTHING. */
uint32_t key_parse(const char *name);

/* Its name; out has room for 16. */
void key_print(uint32_t key, char out[16]);

#define KEYMAP_KEYS 160

/* Which key asks what.  Begins as in the table. */
struct keymap {
	struct {
		uint32_t key;
		enum request request;
	} keys[KEYMAP_KEYS];
	unsigned count;
};

void keymap_init(struct keymap *keymap);

/*
 * Reads lines "KEY REQUEST" or "KEY none"; those that begin with '#' are comments.  A file that
 * is not there is fine.  -1 with a sentence that names the first line with a mistake; the other
 * lines count.
 */
int keymap_read(struct keymap *keymap, const char *path, char **error);

/* loopscope/keymap in XDG_CONFIG_HOME, else ~/.config; false if there is no such folder. */
bool keymap_path(char *out, unsigned size);

enum request keymap_find(const struct keymap *keymap, uint32_t key);

/* The keys of a request as help shows them: "j Down"; out has room for size. */
void keymap_keys(const struct keymap *keymap, enum request request, char *out, unsigned size);

#endif
