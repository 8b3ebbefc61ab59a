/*
 * doctor.c - looks for what the kernel's view needs, one line a need.
 */
#include "trace/probe/doctor.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "trace/probe/probe.h"
#include "trace/probe/reason.h"

/* Prints "yes  WHAT" or "no   WHAT: REMEDY". */
static bool tell(FILE *out, bool good, const char *what, const char *remedy)
{
	fprintf(out, "%-4s %s", good ? "yes" : "no", what);
	if (!good)
		fprintf(out, ": %s", remedy);
	putc('\n', out);
	return good;
}

/* The number in a one-line file of the kernel's, or `otherwise`. */
static int setting(const char *path, int otherwise)
{
	FILE *file = fopen(path, "re");
	int number = otherwise;

	if (file && fscanf(file, "%d", &number) != 1)
		number = otherwise;
	if (file)
		fclose(file);
	return number;
}

static void tell_kernel(FILE *out)
{
	struct utsname host;

	uname(&host);
	fprintf(out, "     kernel: %s %s\n", host.release, host.machine);
	fprintf(out,
		"     kernel.unprivileged_bpf_disabled = %d, kernel.perf_event_paranoid = %d\n",
		setting("/proc/sys/kernel/unprivileged_bpf_disabled", -1),
		setting("/proc/sys/kernel/perf_event_paranoid", -1));
}

static void tell_capabilities(FILE *out)
{
	const char *missing = probe_missing_capabilities();
	char path[1024], remedy[1200];
	bool bpf = missing && strstr(missing, "CAP_BPF"),
	     perfmon = missing && strstr(missing, "CAP_PERFMON");

	probe_own_path(path, sizeof(path));
	snprintf(remedy, sizeof(remedy), "run '%s %s', or loopscope with sudo", PROBE_GRANT, path);
	tell(out, !bpf, "CAP_BPF, to load a program into the kernel", remedy);
	tell(out, !perfmon, "CAP_PERFMON, to read with it", remedy);
}

bool doctor_report(FILE *out)
{
	struct probe_options options = { .ring_bytes = PROBE_RING_BYTES };
	struct probe_reason reason;
	struct probe *probe = NULL;
	bool works;

	tell_kernel(out);
	tell(out, access(PROBE_BTF_FILE, R_OK) == 0,
	     "BTF, the kernel's description of itself (" PROBE_BTF_FILE ")",
	     "boot a kernel built with CONFIG_DEBUG_INFO_BTF=y, and mount /sys");
	tell_capabilities(out);
	tell(out, !probe_is_locked_down(), "no confidentiality lockdown",
	     "boot with lockdown=integrity or none");
	works = probe_open(&probe, &options, &reason) == 0;
	probe_close(probe);
	tell(out, works || (reason.trouble != PROBE_REFUSED), "bpf(), the system call",
	     "a seccomp filter or a container refuses it; run outside of "
	     "that, or allow bpf there");
	if (works || reason.trouble == PROBE_UNSUPPORTED)
		tell(out, works, "tracepoints, task storage, BPF ring buffers", reason.sentence);
	if (works)
		fputs("the kernel's rows can be recorded\n", out);
	else
		fprintf(out, "the kernel's rows cannot be recorded: %s\n", reason.sentence);
	return works;
}
