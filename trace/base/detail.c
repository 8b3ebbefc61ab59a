/*
 * detail.c - finds a value in the text of a row.
 */
#include "trace/base/detail.h"

#include <string.h>

const char *detail_value_of(const char *detail, const char *key, size_t key_length, size_t *length)
{
	while (strncmp(detail, key, key_length) != 0 || detail[key_length] != '=') {
		detail = strstr(detail, "; ");
		if (!detail)
			return NULL;
		detail += 2;
	}
	detail += key_length + 1;
	*length = strcspn(detail, ";");
	return detail;
}

const char *detail_value(const char *detail, const char *key, size_t *length)
{
	return detail_value_of(detail, key, strlen(key), length);
}
