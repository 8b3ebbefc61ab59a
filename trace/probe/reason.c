/*
 * reason.c - finds out why the probe cannot run here: what the kernel said,
 * then what lies around it.
 */
#include "trace/probe/reason.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int because(struct probe_reason *reason, enum probe_trouble trouble, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
static int because(struct probe_reason *reason, enum probe_trouble trouble, const char *format, ...)
{
	va_list arguments;

	reason->trouble = trouble;
	va_start(arguments, format);
	vsnprintf(reason->sentence, sizeof(reason->sentence), format, arguments);
	va_end(arguments);
	return -1;
}

void probe_own_path(char *out, size_t size)
{
	ssize_t length = readlink("/proc/self/exe", out, size - 1);

	if (length <= 0)
		snprintf(out, size, "loopscope-record");
	else
		out[length] = '\0';
}

/* The capabilities in force; all of them when the kernel does not tell. */
static uint64_t capabilities(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &header, data) < 0)
		return UINT64_MAX;
	return (uint64_t)data[1].effective << 32 | data[0].effective;
}

const char *probe_missing_capabilities(void)
{
	uint64_t have = capabilities();
	bool bpf, perfmon;

	/* CAP_SYS_ADMIN stands for both, as it did before they were parted */
	if (have >> CAP_SYS_ADMIN & 1)
		return NULL;
	bpf = have >> CAP_BPF & 1;
	perfmon = have >> CAP_PERFMON & 1;
	if (bpf && perfmon)
		return NULL;
	return bpf ? "CAP_PERFMON" : perfmon ? "CAP_BPF" : "CAP_BPF and CAP_PERFMON";
}

bool probe_is_locked_down(void)
{
	char state[128];
	int fd = open("/sys/kernel/security/lockdown", O_RDONLY | O_CLOEXEC);
	ssize_t length;

	if (fd < 0)
		return false;
	length = read(fd, state, sizeof(state) - 1);
	close(fd);
	if (length <= 0)
		return false;
	state[length] = '\0';
	return strstr(state, "[confidentiality]") != NULL;
}

/* Is bpf() answered with this error although nothing was asked of it? */
static int bpf_answer(void)
{
	union bpf_attr attr;

	/* no such map: a kernel that listens says ENOENT, or EPERM to the unprivileged */
	memset(&attr, 0, sizeof(attr));
	attr.map_id = UINT32_MAX;
	if (syscall(SYS_bpf, BPF_MAP_GET_FD_BY_ID, &attr, sizeof(attr)) >= 0)
		return 0;
	return errno;
}

int probe_reason_before(struct probe_reason *reason)
{
	const char *missing = probe_missing_capabilities();
	char path[160];
	int answer = bpf_answer();

	if (answer == ENOSYS)
		return because(reason, PROBE_REFUSED,
			       "the kernel does not offer bpf(), or a filter such as a "
			       "container's hides it; run it outside of that filter");
	if (missing) {
		probe_own_path(path, sizeof(path));
		return because(reason, PROBE_NO_PRIVILEGE,
			       "the recorder lacks %s; '%s %s' gives it", missing, PROBE_GRANT,
			       path);
	}
	if (access(PROBE_BTF_FILE, R_OK) < 0)
		return because(reason, PROBE_NO_BTF,
			       "%s cannot be read (%s); boot a kernel built with "
			       "CONFIG_DEBUG_INFO_BTF=y, and mount /sys",
			       PROBE_BTF_FILE, strerror(errno));
	return 0;
}

int probe_reason_after(struct probe_reason *reason, int error, const char *complaint)
{
	if (error == -EPERM || error == -EACCES) {
		if (probe_is_locked_down())
			return because(reason, PROBE_LOCKED_DOWN,
				       "the kernel is locked down (confidentiality); boot with "
				       "lockdown=integrity or none");
		if (bpf_answer() == EPERM)
			return because(reason, PROBE_REFUSED,
				       "bpf() is refused although the recorder has the "
				       "capabilities; a seccomp filter or a container does that: "
				       "run it outside, or allow bpf there");
	}
	return because(reason, PROBE_UNSUPPORTED,
		       "the kernel does not load the probe (%s%s%s); it takes Linux 5.15 or newer "
		       "with BTF, raw tracepoints and BPF ring buffers",
		       strerror(-error), *complaint ? ": " : "", complaint);
}
