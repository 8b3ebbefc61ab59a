/*
 * inherited.c - descriptors that came with exec: found, filled up, closed.
 */
#include "trace/record/inherited.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "trace/base/grow.h"

void inherited_fill_standard(bool pass)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR | (pass ? 0 : O_CLOEXEC));
	while (fd >= 0 && fd <= 2);
	if (fd > 2)
		close(fd);
}

void inherited_find(struct inherited *inherited)
{
	DIR *folder = opendir("/proc/self/fd");
	struct dirent *entry;
	size_t room = 0;

	*inherited = (struct inherited){ .fds = NULL };
	while (folder && (entry = readdir(folder)) != NULL) {
		int fd = atoi(entry->d_name); /* "." and "..": 0 */

		if (fd <= STDERR_FILENO || (fcntl(fd, F_GETFD) & FD_CLOEXEC))
			continue;
		if (!array_grow(&inherited->fds, &room, inherited->count + 1, sizeof(fd)))
			break;
		inherited->fds[inherited->count++] = fd;
	}
	if (folder)
		closedir(folder);
}

void inherited_close(struct inherited *inherited, int keep)
{
	for (size_t i = 0; i < inherited->count; i++)
		if (inherited->fds[i] != keep)
			close(inherited->fds[i]);
	free(inherited->fds);
	*inherited = (struct inherited){ .fds = NULL };
}
