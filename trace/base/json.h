/*
 * json.h - writes JSON as it comes, without building anything in memory.
 *
 *     struct json json;
 *
 *     json_init(&json, stdout);
 *     json_begin_object(&json);
 *     json_key(&json, "status");
 *     json_int(&json, 200);
 *     json_end_object(&json);
 *     json_newline(&json);
 *
 * The writer puts the commas.  Whatever bytes a string holds, the output is
 * valid JSON in valid UTF-8: bytes that are no UTF-8 become U+FFFD, one each,
 * and characters that a terminal might obey are written as \u.
 * Errors of the stream are the caller's to find, with ferror().
 */
#ifndef LOOPSCOPE_TRACE_BASE_JSON_H
#define LOOPSCOPE_TRACE_BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define JSON_DEPTH_MAX 63

struct json {
	FILE *file;      /* borrowed */
	unsigned depth;  /* arrays and objects that are open */
	uint64_t filled; /* bit n: level n has a member already */
	bool after_key;  /* the next value belongs to a key */
};

void json_init(struct json *json, FILE *file);

/* At most JSON_DEPTH_MAX deep. */
void json_begin_object(struct json *json);
void json_end_object(struct json *json);
void json_begin_array(struct json *json);
void json_end_array(struct json *json);

/* Inside an object, before each value. */
void json_key(struct json *json, const char *key);

/* A NUL-terminated string; NULL writes null. */
void json_string(struct json *json, const char *text);
void json_bytes(struct json *json, const void *bytes, size_t length);
/* Bytes as a string of two hexadecimal digits each. */
void json_hex(struct json *json, const void *bytes, size_t length);
void json_int(struct json *json, int64_t n);
/* A number with a point; null for infinities and what is not a number. */
void json_double(struct json *json, double number);
void json_bool(struct json *json, bool truth);
void json_null(struct json *json);

/* A member of an object: its key, and its value. */
void json_member_int(struct json *json, const char *key, int64_t n);
void json_member_string(struct json *json, const char *key, const char *text);
void json_member_bool(struct json *json, const char *key, bool truth);

/* The number, or null for one that is not known. */
void json_member_int_or_null(struct json *json, const char *key, bool known, int64_t n);

/* A line break where a reader likes one: between values, or at the end. */
void json_newline(struct json *json);

#endif
