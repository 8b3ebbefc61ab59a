/*
 * identity.c - users by name or number, the one who called sudo among them.
 */
#include "trace/record/identity.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "trace/base/failure.h"

/* All digits, and not the highest number: as a user's id that one means "leave it". */
static bool parse_id(const char *text, uint32_t *id)
{
	unsigned long long number;
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	number = strtoull(text, &end, 10);
	*id = (uint32_t)number;
	return *end == '\0' && errno == 0 && number < UINT32_MAX;
}

/* The group that the system's list of users gives him. */
static int find_group(struct identity *identity, const char *user, char **error)
{
	const struct passwd *entry = getpwuid(identity->uid);

	if (!entry)
		return failure(error, "user %s has no entry that names his group", user);
	identity->gid = entry->pw_gid;
	return 0;
}

int identity_of_caller(struct identity *caller, char **error)
{
	const char *uid = getenv("SUDO_UID"), *gid = getenv("SUDO_GID");

	*caller = (struct identity){ .other = false };
	if (geteuid() != 0 || !uid)
		return 0;
	if (!parse_id(uid, &caller->uid))
		return failure(error, "SUDO_UID is '%s', which is no user's number", uid);
	if (gid && !parse_id(gid, &caller->gid))
		return failure(error, "SUDO_GID is '%s', which is no group's number", gid);
	caller->other = caller->uid != 0;
	return gid || !caller->other ? 0 : find_group(caller, uid, error);
}

int identity_of_user(struct identity *identity, const char *user, char **error)
{
	const struct passwd *entry = getpwnam(user);

	*identity = (struct identity){ .other = false };
	if (entry) {
		identity->uid = entry->pw_uid;
		identity->gid = entry->pw_gid;
	} else if (!parse_id(user, &identity->uid)) {
		return failure(error, "there is no user %s", user);
	} else if (find_group(identity, user, error) < 0) {
		return -1;
	}
	identity->other = identity->uid != geteuid();
	if (identity->other && geteuid() != 0)
		return failure(error, "only root can run a program as user %s", user);
	return 0;
}

int identity_become(const struct identity *identity)
{
	const struct passwd *entry;
	gid_t gid = identity->other ? identity->gid : getgid();
	uid_t uid = identity->other ? identity->uid : getuid();

	if (identity->other) {
		entry = getpwuid(uid);
		if ((entry ? initgroups(entry->pw_name, gid) : setgroups(1, &gid)) < 0)
			return -1;
	}
	return setresgid(gid, gid, gid) < 0 ? -1 : setresuid(uid, uid, uid);
}

void identity_give(const struct identity *caller, const char *path, const char *suffix)
{
	char *file;

	if (!caller->other || asprintf(&file, "%s%s", path, suffix) < 0)
		return;
	if (lchown(file, caller->uid, caller->gid) < 0)
		errno = 0; /* root's file is still a file */
	free(file);
}
