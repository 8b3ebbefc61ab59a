/*
 * doctor.c - loopscope doctor: can the kernel's rows be had here?
 *
 * The recorder is asked, for it is the recorder that needs the rights.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "trace/cmd/command.h"
#include "trace/cmd/common.h"

static int run_doctor(int argc, char **argv)
{
	char path[PATH_MAX], doctor[] = "--doctor";
	char *words[] = { path, doctor, NULL };
	struct options options;
	int id;

	options_init(&options, &command_doctor, argc, argv);
	id = options_next(&options);
	if (id < 0)
		return stdout_finish(options.status);
	if (options.rest != argc)
		return trouble("doctor takes no operands");
	if (find_program(path, sizeof(path), "loopscope-record") < 0)
		return trouble("loopscope-record is neither beside this program nor installed");
	execv(path, words);
	return trouble("cannot run %s: %s", path, strerror(errno));
}

const struct command command_doctor = {
	.name = "doctor",
	.usage = "doctor",
	.summary = "Say what the kernel's rows need and what of it is missing",
	.help = "Looks at what the recorder must have to see system calls in the kernel: BTF, two\n"
		"capabilities, bpf() itself.  For each that is missing it names what would give it.\n"
		"\n"
		"Exit: 0 the kernel's rows can be recorded, 3 they cannot, 2 trouble.",
	.run = run_doctor,
};
