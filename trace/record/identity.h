/*
 * identity.h - as whom the program runs, and to whom the trace belongs.
 */
#ifndef LOOPSCOPE_TRACE_RECORD_IDENTITY_H
#define LOOPSCOPE_TRACE_RECORD_IDENTITY_H

#include <stdbool.h>
#include <sys/types.h>

struct identity {
	bool other; /* than that of this process: the rest says which */
	uid_t uid;
	gid_t gid;
};

/*
 * The user who called sudo; not other unless root runs under sudo.  -1 with a
 * sentence if SUDO_UID or SUDO_GID is no number of a user or group: a guess
 * might be root.
 */
int identity_of_caller(struct identity *caller, char **error);

/* The user of that name or number.  -1 with a sentence, also if we may not become him. */
int identity_of_user(struct identity *identity, const char *user, char **error);

/*
 * Becomes him for good, with his groups; of one that is not other, what a
 * set-user-ID bit lent is given back.  -1 with errno.
 */
int identity_become(const struct identity *identity);

/* Under sudo the file path + suffix belongs to the caller, as if he had made it himself. */
void identity_give(const struct identity *caller, const char *path, const char *suffix);

#endif
