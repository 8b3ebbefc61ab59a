/*
 * golden_loader.c - a recorded sequence, line by line, into the tables of a
 * trace.
 */
#include "tests/unit/kit/golden_loader.h"

#include <errno.h>
#include <glob.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gen/schema.h"
#include "tests/unit/kit/golden_internal.h"
#include "trace/emit/catalog.h"
#include "trace/emit/ring.h"
#include "trace/store/store.h"

static void run_sql(struct golden_loader *loader, const char *format, ...)
{
	va_list arguments;
	char *sql, *error = NULL;

	va_start(arguments, format);
	sql = sqlite3_vmprintf(format, arguments);
	va_end(arguments);
	if (sqlite3_exec(loader->db, sql, NULL, NULL, &error) != SQLITE_OK)
		fail_msg("%s: %s", error, sql);
	sqlite3_free(sql);
}

/* A copy of text with $PORT and $REFUSED as numbers. */
static char *with_ports(const char *text)
{
	static const struct {
		const char *alias, *port;
	} ports[] = {
		{ "$PORT", GOLDEN_PORT },
		{ "$REFUSED", GOLDEN_REFUSED },
	};
	char *out = malloc(strlen(text) * 2 + 1), *end = out;

	while (*text) {
		const char *put = NULL;

		for (unsigned i = 0; i < 2 && !put; i++)
			if (strncmp(text, ports[i].alias, strlen(ports[i].alias)) == 0) {
				put = ports[i].port;
				text += strlen(ports[i].alias);
			}
		if (put)
			end = stpcpy(end, put);
		else
			*end++ = *text++;
	}
	*end = '\0';
	return out;
}

int64_t golden__object_of(struct golden_loader *loader, const char *name)
{
	unsigned i = 0;
	const char *hash = strchr(name, '#');

	while (i < loader->object_count && strcmp(loader->objects[i], name) != 0)
		i++;
	if (i < loader->object_count)
		return i + 1;
	assert_true(i < OBJECTS_MAX && strlen(name) < sizeof(loader->objects[0]));
	strcpy(loader->objects[loader->object_count++], name);
	run_sql(loader, "INSERT INTO objects VALUES (%u, '%.*s', %d, %Q, %u, %lld)", i + 1,
		hash ? (int)(hash - name) : 2, hash ? name : "fd", hash ? atoi(hash + 1) : 0, name,
		100 + i, loader->seq);
	return i + 1;
}

unsigned golden__kind_of(struct golden_loader *loader, const char *name, const char *fields)
{
	const struct catalog_kind *kind = catalog_find_name(name);
	unsigned i = 0;
	char key[64];

	if (kind)
		return kind->number;
	snprintf(key, sizeof(key), "%s %s", name, fields);
	while (i < loader->name_count && strcmp(loader->names[i], key) != 0)
		i++;
	if (i == loader->name_count) {
		assert_true(i < NAMES_MAX);
		strcpy(loader->names[loader->name_count++], key);
		run_sql(loader,
			"INSERT INTO kinds VALUES (%u, %Q, %Q, 'instant', 'program', 'core', %Q, '', '', '')",
			RING_NAME_FIRST + i, name, name, fields);
	}
	return RING_NAME_FIRST + i;
}

/* The value of a key in a detail, copied to out; false if it is not there. */
static bool detail_value(const char *detail, const char *key, char *out, size_t size)
{
	size_t length = strlen(key);

	for (const char *at = detail; *at;) {
		size_t here = strlen(at);
		const char *next = strstr(at, "; ");

		if (next)
			here = (size_t)(next - at);
		if (here > length && memcmp(at, key, length) == 0 && at[length] == '=') {
			snprintf(out, size, "%.*s", (int)(here - length - 1), at + length + 1);
			return true;
		}
		at += next ? here + 2 : here;
	}
	return false;
}

/* Cuts "ret=..." and "exit=exception" off the end of the detail into the open row. */
static void detail_split(char *detail, struct open_row *row)
{
	char *at = strstr(detail, "exit=exception");

	row->raised = at;
	if (at)
		*(at - detail >= 2 ? at - 2 : at) = '\0';
	row->has_ret = detail_value(detail, "ret", row->ret, sizeof(row->ret));
	at = strstr(detail, "ret=");
	if (row->has_ret && (at == detail || at[-1] == ' '))
		*(at - detail >= 2 ? at - 2 : at) = '\0';
}

/* Fields for a name of the program's own: numbers are int, the rest is text. */
static void fields_guess(const char *detail, char *out, size_t size)
{
	size_t used = 0;

	*out = '\0';
	while (*detail) {
		size_t key = strcspn(detail, "=");
		const char *value = detail + key + 1, *next = strstr(value, "; ");
		size_t digits = strspn(value, "0123456789");

		used += (size_t)snprintf(out + used, size - used, "%s%.*s:%s", used ? " " : "",
					 (int)key, detail,
					 value[digits] == ';' || !value[digits] ? "int" : "str");
		detail = next ? next + 2 : value + strlen(value);
	}
}

static void rows_close(struct golden_loader *loader, int64_t depth)
{
	while (loader->open_count && loader->open[loader->open_count - 1].depth >= depth) {
		const struct open_row *row = &loader->open[--loader->open_count];

		if (row->span)
			run_sql(loader, "INSERT INTO ends VALUES (%lld, %lld, %lld, %Q, %d)",
				row->seq, loader->seq * 1000 + 500, loader->seq,
				row->has_ret ? row->ret : NULL, row->raised);
	}
}

static void event_put(struct golden_loader *loader, int64_t depth, unsigned kind, int phase,
		      const char *fields_text, const char *detail)
{
	struct catalog_fields fields = { 0 };
	unsigned numeric = 0;
	char columns[4][32] = { "NULL", "NULL", "NULL", "NULL" };
	struct open_row *above = loader->open_count ? &loader->open[loader->open_count - 1] : NULL;
	char parent[32] = "NULL";

	assert_int_equal(catalog_parse_fields(fields_text, &fields), 0);
	for (unsigned i = 0; i < fields.count; i++) {
		char value[512];

		if (FIELD_TYPE_IN_PAYLOAD(fields.field[i].type))
			continue;
		assert_true(numeric < 4);
		if (detail_value(detail, fields.field[i].name, value, sizeof(value)))
			snprintf(columns[numeric], sizeof(columns[0]), "%lld",
				 (long long)golden__number_of(loader, &fields.field[i], value));
		numeric++;
	}
	if (above)
		snprintf(parent, sizeof(parent), "%lld", (long long)above->seq);
	run_sql(loader,
		"INSERT INTO events (seq, time, thread, turn, depth, parent, kind, phase, site, "
		"a0, a1, a2, a3, detail) VALUES (%lld, %lld, 77, %lld, %lld, %s, %u, %d, 1, "
		"%s, %s, %s, %s, %Q)",
		loader->seq, loader->seq * 1000, loader->turn, depth, parent, kind, phase,
		columns[0], columns[1], columns[2], columns[3], detail);
}

static void row_load(struct golden_loader *loader, int64_t depth, char *name, char *detail)
{
	struct open_row row = { .depth = depth };
	char *colon = strstr(name, ":return");
	char fields[128];
	const struct catalog_kind *kind;
	unsigned number;

	detail_split(detail, &row);
	rows_close(loader, depth);
	row.seq = ++loader->seq;
	if (colon)
		*colon = '\0';
	fields_guess(detail, fields, sizeof(fields));
	number = golden__kind_of(loader, name, fields);
	kind = catalog_find(number);
	if (number == KIND_loop_iteration)
		loader->turn = atoi(detail + 2);
	row.span = !colon && kind && kind->shape == KIND_SHAPE_SPAN;
	event_put(loader, depth, number,
		  colon      ? RING_END
		  : row.span ? RING_BEGIN
			     : RING_INSTANT,
		  !kind   ? fields
		  : colon ? kind->returns + strlen("return=")
			  : kind->fields,
		  detail);
	assert_true(loader->open_count < DEPTH_MAX);
	loader->open[loader->open_count++] = row;
}

/* ---- head lines */

static void instant_put(struct golden_loader *loader, unsigned kind, const char *detail)
{
	loader->seq++;
	event_put(loader, 0, kind, RING_INSTANT, catalog_find(kind)->fields, detail);
}

static void outcome_load(struct golden_loader *loader, const char *line)
{
	static const char *const keys[] = { "body_len",      "code",   "error", "message",
					    "effective_url", "reason", "sha256" };
	char detail[8192], value[8192];
	const char *header = strstr(line, " response-header ");
	int fetch, used;

	assert_int_equal(sscanf(line, "# outcome fetch=%d", &fetch), 1);
	used = snprintf(detail, sizeof(detail), "fetch=%d", fetch);
	if (header) {
		const char *name = header + strlen(" response-header ");
		const char *colon = strchr(name, ':');

		snprintf(detail + used, sizeof(detail) - (size_t)used, "; name=%.*s; value=%s",
			 (int)(colon - name), name, colon + 2);
		instant_put(loader, KIND_run_response_header, detail);
		return;
	}
	line = strchr(line + strlen("# outcome fetch="), ' ') + 1;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (detail_value(line, keys[i], value, sizeof(value)) && strcmp(value, "None") != 0)
			used += snprintf(detail + used, sizeof(detail) - (size_t)used, "; %s=%s",
					 keys[i], value);
	instant_put(loader, KIND_run_outcome, detail);
}

/*
 * How long a request was of which the golden shows the beginning alone, and
 * says so: "...(64156 bytes)".  0 for one that is shown whole.
 */
static size_t wire_cut(const char *from, const char **end)
{
	const char *cut = memmem(from, (size_t)(*end - from), "...(", 4);
	size_t length;

	if (!cut || sscanf(cut, "...(%zu bytes)", &length) != 1)
		return 0;
	*end = cut;
	return length;
}

/* The quoted bytes of a "# wire request N:" line as a run fact. */
static void wire_load(struct golden_loader *loader, const char *line)
{
	const char *p = strchr(line, '"') + 1, *end = strrchr(line, '"');
	size_t length = wire_cut(p, &end);
	char *bytes = calloc(1, strlen(p) + 1 + length), *to = bytes;
	sqlite3_stmt *s;
	char key[64];
	unsigned n;

	assert_non_null(bytes);
	assert_int_equal(sscanf(line, "# wire request %u", &n), 1);
	snprintf(key, sizeof(key), "wire_request:%u", n);
	for (; p < end; p++) {
		if (*p == '\\') {
			p++;
			if (*p == 'x' && sscanf(p + 1, "%2x", &n) == 1) {
				*to++ = (char)n;
				p += 2;
			} else {
				*to++ = *p == 'r' ? '\r' : *p == 'n' ? '\n' : *p == 't' ? '\t' : *p;
			}
		} else {
			*to++ = *p;
		}
	}
	sqlite3_prepare_v2(loader->db, "INSERT INTO run VALUES (?1, ?2)", -1, &s, NULL);
	sqlite3_bind_text(s, 1, key, -1, SQLITE_STATIC);
	if (length == 0)
		length = (size_t)(to - bytes);
	sqlite3_bind_blob(s, 2, bytes, (int)length, SQLITE_STATIC);
	assert_int_equal(sqlite3_step(s), SQLITE_DONE);
	sqlite3_finalize(s);
	free(bytes);
}

/* ---- files */

static void kinds_load(struct golden_loader *loader)
{
	size_t count;
	const struct catalog_kind *all = catalog_all(&count);

	for (size_t i = 0; i < count; i++)
		run_sql(loader, "INSERT INTO kinds VALUES (%u, %Q, %Q, %Q, %Q, %Q, %Q, %Q, %Q, %Q)",
			all[i].number, all[i].symbol, all[i].name,
			all[i].shape == KIND_SHAPE_SPAN ? "span" : "instant",
			catalog_layer_name(all[i].layer),
			all[i].role == KIND_ROLE_CORE ? "core" : "info", all[i].fields,
			all[i].returns, all[i].english, all[i].chinese);
}

static void line_load(struct golden_loader *loader, char *line)
{
	char *rest, *field[4];
	int major, minor;

	line[strcspn(line, "\n")] = '\0';
	if (strncmp(line, "# wire request", 14) == 0)
		wire_load(loader, line);
	if (sscanf(line, "# tornado: v%d.%d", &major, &minor) == 2)
		run_sql(loader, "UPDATE run SET value = '%d.%d' WHERE key = 'generation'", major,
			minor);
	if (*line == '#')
		return;
	rest = line;
	for (unsigned i = 0; i < 4; i++)
		assert_non_null(field[i] = strsep(&rest, "\t"));
	row_load(loader, atoll(field[1]), field[2], field[3]);
}

void golden_load(sqlite3 *db, const char *path)
{
	struct golden_loader *loader = calloc(1, sizeof(*loader));
	FILE *file = fopen(path, "r");
	char *line = NULL, *outcomes[64];
	size_t room = 0, outcome_count = 0;

	if (!file)
		fail_msg("%s: %s", path, strerror(errno));
	loader->db = db;
	assert_int_equal(store_teach(db), 0);
	run_sql(loader, "%s", schema_sql);
	run_sql(loader,
		"BEGIN; INSERT INTO sites VALUES (1, 'core/ioloop.c', 214, 'ioloop_start'); "
		"INSERT INTO run VALUES ('alias:PORT', %s), ('alias:REFUSED', %s), "
		"('generation', '3.1')",
		GOLDEN_PORT, GOLDEN_REFUSED);
	kinds_load(loader);
	instant_put(loader, KIND_run_begin, "");
	while (getline(&line, &room, file) > 0) {
		char *text = with_ports(line);

		line_load(loader, text);
		text[strcspn(text, "\n")] = '\0';
		if (strncmp(text, "# outcome", 9) == 0 && outcome_count < 64)
			outcomes[outcome_count++] = text;
		else
			free(text);
	}
	rows_close(loader, 0);
	for (size_t i = 0; i < outcome_count; i++) {
		outcome_load(loader, outcomes[i]);
		free(outcomes[i]);
	}
	instant_put(loader, KIND_run_end, "how=exited 0");
	run_sql(loader, "COMMIT");
	fclose(file);
	free(line);
	free(loader);
}

/* Whether the catalogue has each function of a golden; programs name their own ("user."). */
static bool golden_is_known(const char *path)
{
	FILE *file = fopen(path, "r");
	char *line = NULL, name[128];
	size_t room = 0;
	bool known = true;

	assert_non_null(file);
	while (known && getline(&line, &room, file) > 0)
		if (sscanf(line, "%*d\t%*d\t%127[^\t\n:]", name) == 1)
			known = strncmp(name, "user.", 5) == 0 || catalog_find_name(name);
	free(line);
	fclose(file);
	return known;
}

char **golden_list(const char *folder, size_t *count)
{
	char pattern[4096], **paths;
	glob_t found;

	snprintf(pattern, sizeof(pattern), "%s/*.tsv", folder);
	*count = 0;
	assert_int_equal(glob(pattern, 0, NULL, &found), 0);
	paths = calloc(found.gl_pathc + 1, sizeof(*paths));
	for (size_t i = 0; i < found.gl_pathc; i++)
		if (!strstr(found.gl_pathv[i], ".sys.tsv") && golden_is_known(found.gl_pathv[i]))
			paths[(*count)++] = strdup(found.gl_pathv[i]);
	globfree(&found);
	return paths;
}

void golden_list_free(char **paths)
{
	for (size_t i = 0; paths && paths[i]; i++)
		free(paths[i]);
	free(paths);
}
