/*
 * syscalls_words.h - the names of the numbers that system calls take: flags,
 * families, options.  Constant.
 */
#ifndef LOOPSCOPE_TRACE_WORDS_SYSCALLS_WORDS_H
#define LOOPSCOPE_TRACE_WORDS_SYSCALLS_WORDS_H

#include <stdint.h>

/* Lists end with a row whose name is NULL. */
struct syscalls_word {
	uint32_t number;
	const char *name;
};

/* Bits, in the order in which they are written. */
extern const struct syscalls_word syscalls_epoll_bits[];
extern const struct syscalls_word syscalls_socket_flags[], syscalls_message_flags[],
	syscalls_file_flags[], syscalls_open_flags[], syscalls_range_flags[], syscalls_seals[];

/* Values. */
extern const struct syscalls_word syscalls_epoll_operations[], syscalls_families[],
	syscalls_socket_types[], syscalls_directions[], syscalls_fcntl_commands[],
	syscalls_restarts[];

/* The socket options of a level (SOL_SOCKET ...); empty for a level not known. */
const struct syscalls_word *syscalls_options(uint32_t level);

/* What the value of an option is. */
enum syscalls_value {
	SYSCALLS_NUMBER, /* if it has four bytes or one, or eight */
	SYSCALLS_STRING,
	SYSCALLS_LINGER,
	SYSCALLS_TIME, /* seconds and microseconds */
	SYSCALLS_OPAQUE,
};
enum syscalls_value syscalls_option_value(uint32_t level, uint32_t option);

/* The name of the number in a list of values, or NULL. */
const char *syscalls_word(const struct syscalls_word *words, uint32_t number);

#endif
