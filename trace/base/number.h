/*
 * number.h - decimal numbers without printf, for paths that are hot.
 */
#ifndef LOOPSCOPE_TRACE_BASE_NUMBER_H
#define LOOPSCOPE_TRACE_BASE_NUMBER_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define NUMBER_BYTES 20

/* Writes n without a NUL; returns the length, at most NUMBER_BYTES. */
static inline size_t number_decimal(char *out, uint64_t n)
{
	char digits[NUMBER_BYTES];
	size_t at = sizeof(digits);

	do
		digits[--at] = (char)('0' + n % 10);
	while ((n /= 10) != 0);
	memcpy(out, digits + at, sizeof(digits) - at);
	return sizeof(digits) - at;
}

#endif
