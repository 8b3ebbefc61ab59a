/*
 * hostile.c - runs the reading commands on files that lie.
 *
 *     hostile FILE...
 *
 * Each command runs in this process on each file, those that take two on it and
 * the next; the output is caught.  Held to: exit 0, 1 or 2; one sentence on
 * stderr with exit 2; nothing that a terminal would obey on either; two seconds
 * of processor time; the file unchanged.  `recover` may write, and everybody may
 * to a file that asks for its write-ahead log; then it is put back.  Prints a
 * line for each fault, and "done N files, M runs" at the end; a crash is told by
 * that line missing, and with sanitizers by their words and the file's name.
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>

/* The commands' own table and main(), under another name. */
int loopscope_main(int argc, char **argv);
#define main loopscope_main
#include "trace/cmd/main.c"
#undef main

#include "trace/base/failure.h"
#include "trace/base/safe.h"
#include "trace/store/store.h"

#define SECONDS 2
#define WORDS_MAX 8

#define FILE_WORD "FILE"
#define OTHER_WORD "OTHER"
static const char *const runs[][WORDS_MAX] = {
	{ "steps", FILE_WORD },
	{ "steps", FILE_WORD, "--numbered", "--lang=zh" },
	{ "steps", FILE_WORD, "--format=tsv" },
	{ "steps", FILE_WORD, "--format=json" },
	{ "info", FILE_WORD },
	{ "syscalls", FILE_WORD, "--all" },
	{ "why", FILE_WORD, "step:51" },
	{ "why", FILE_WORD, "turn:2", "--trigger", "--format=json" },
	{ "why", FILE_WORD, "step:0", "--forward", "--deep", "--limit=200" },
	{ "query", FILE_WORD, "SELECT * FROM steps", "--timeout=1" },
	{ "query", FILE_WORD, "SELECT * FROM callbacks", "--timeout=1", "--format=csv" },
	{ "state", FILE_WORD, "--at", "end" },
	{ "state", FILE_WORD, "--at", "turn:2", "--json" },
	{ "check", FILE_WORD },
	{ "check", FILE_WORD, "--against=article" },
	{ "diff", FILE_WORD, OTHER_WORD, "--full" },
	{ "diff", OTHER_WORD, FILE_WORD, "--format=json", "--strict=all" },
	{ "diff", FILE_WORD, FILE_WORD, "--timing" },
	{ "diff", FILE_WORD, OTHER_WORD, "--generations" },
	{ "diff", OTHER_WORD, FILE_WORD, "--generations", "--format=json" },
	{ "view", FILE_WORD, "--screenshot=200x50", "--at", "turn:2" },
	{ "view", FILE_WORD, "--screenshot=80x24", "--level=everything", "--lang=zh" },
	{ "view", FILE_WORD, "--plain", "--at", "end" },
	{ "view", FILE_WORD, OTHER_WORD, "--plain" },
	{ "view", FILE_WORD, OTHER_WORD, "--screenshot=120x40", "--at", "turn:2" },
	{ "recover", FILE_WORD },
};

static int report_fd, caught_fd[2];
static unsigned faults, run_count;
static char now[1024]; /* the file and the command, for the signal handler */

static void fault(const char *what)
{
	faults++;
	dprintf(report_fd, "fault: %s: %s\n", now, what);
}

static void on_late(int signal)
{
	static const char words[] = "\nfault: took too long: ";
	ssize_t unused = write(report_fd, words, sizeof(words) - 1);

	(void)signal;
	unused = write(report_fd, now, strlen(now));
	unused = write(report_fd, "\n", 1);
	(void)unused;
	_exit(3);
}

static void on_death(void)
{
	dprintf(report_fd, "fault: died: %s\n", now);
}

/* Of the sanitizers, if there are any: their words are for whoever started us. */
void __sanitizer_set_report_fd(void *fd) __attribute__((weak));
void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));

/* ---- files */

struct content {
	char *bytes;
	size_t length;
	struct timespec changed; /* of a file: when it was written last */
};

static bool content_read(struct content *content, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat status;
	bool whole;

	*content = (struct content){ 0 };
	if (fd < 0 || fstat(fd, &status) < 0)
		return false;
	content->bytes = malloc((size_t)status.st_size + 1);
	content->length = (size_t)status.st_size;
	content->changed = status.st_mtim;
	whole = content->bytes &&
		read(fd, content->bytes, content->length) == (ssize_t)content->length;
	close(fd);
	return whole;
}

/* Whether a write to the file has happened: what is cheap to know. */
static bool content_is_old(const struct content *content, const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && (size_t)status.st_size == content->length &&
	       status.st_mtim.tv_sec == content->changed.tv_sec &&
	       status.st_mtim.tv_nsec == content->changed.tv_nsec;
}

static bool content_is(const struct content *content, const char *path)
{
	struct content other;
	bool same = content_read(&other, path) && other.length == content->length &&
		    memcmp(other.bytes, content->bytes, content->length) == 0;

	free(other.bytes);
	return same;
}

static void content_put_back(const struct content *content, const char *path)
{
	int fd;

	store_remove(path);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, content->bytes, content->length) != (ssize_t)content->length)
		fault("cannot put the file back");
	close(fd);
}

static bool has_beside(const char *path, const char *suffix)
{
	char beside[1024];

	snprintf(beside, sizeof(beside), "%s%s", path, suffix);
	return access(beside, F_OK) == 0;
}

/* ---- output */

/* Text is safe if making it safe changes nothing. */
static bool is_safe(const char *text, size_t length)
{
	return safe_text(NULL, 0, text, length) == length;
}

/* Lines and columns may end as they do; between them everything must be safe. */
static bool output_is_safe(const char *text, size_t length)
{
	size_t from = 0;

	for (size_t at = 0; at <= length; at++) {
		bool end = at == length || text[at] == '\n' || text[at] == '\t' ||
			   (text[at] == '\r' && at + 1 < length && text[at + 1] == '\n');

		if (!end)
			continue;
		if (!is_safe(text + from, at - from))
			return false;
		from = at + 1;
	}
	return true;
}

/* What was written to a caught descriptor since the last look. */
static struct content caught(int fd)
{
	struct content content = { 0 };
	off_t length = lseek(fd, 0, SEEK_END);

	if (length > 0)
		content.bytes = malloc((size_t)length);
	if (content.bytes && pread(fd, content.bytes, (size_t)length, 0) == length)
		content.length = (size_t)length;
	if (ftruncate(fd, 0) < 0 || lseek(fd, 0, SEEK_SET) < 0)
		fault("cannot empty what was caught");
	return content;
}

static unsigned count_lines(const struct content *content)
{
	unsigned n = 0;

	for (size_t i = 0; i < content->length; i++)
		n += content->bytes[i] == '\n';
	return n;
}

static void judge(int status)
{
	struct content out, err;

	fflush(stdout);
	fflush(stderr);
	clearerr(stdout);
	out = caught(caught_fd[0]);
	err = caught(caught_fd[1]);
	if (status < 0 || status > 2)
		fault("another exit code than 0, 1, 2");
	if (!output_is_safe(out.bytes, out.length))
		fault("unsafe bytes on stdout");
	if (!output_is_safe(err.bytes, err.length))
		fault("unsafe bytes on stderr");
	if (status == 2 && count_lines(&err) != 1)
		fault("exit 2 without one sentence");
	free(out.bytes);
	free(err.bytes);
}

/* ---- runs */

static void time_limit(unsigned seconds)
{
	struct itimerval processor = { .it_value.tv_sec = seconds };

	setitimer(ITIMER_PROF, &processor, NULL);
	alarm(seconds * 15);
}

static const char *word_of(const char *word, const char *path, const char *other)
{
	if (strcmp(word, FILE_WORD) == 0)
		return path;
	return strcmp(word, OTHER_WORD) == 0 ? other : word;
}

static void run_command(const char *const *words, const char *path, const char *other,
			unsigned seconds)
{
	const struct command *command = command_find(words[0]);
	char *argv[WORDS_MAX + 1];
	int argc = 0, status;

	if (!command)
		return;
	snprintf(now, sizeof(now), "%.700s: %s %s", path, words[0], words[2] ? words[2] : "");
	for (; words[argc]; argc++)
		argv[argc] = strdup(word_of(words[argc], path, other));
	argv[argc] = NULL;
	time_limit(seconds);
	status = command->run(argc, argv);
	time_limit(0);
	run_count++;
	judge(status);
	while (argc-- > 0)
		free(argv[argc]);
}

static void run_all(const char *path, const char *other, unsigned seconds)
{
	struct content before;
	bool asks = store_look_unfinished(path);

	if (!content_read(&before, path)) {
		snprintf(now, sizeof(now), "%.700s", path);
		fault("cannot read the file");
		return;
	}
	for (size_t i = 0; i < sizeof(runs) / sizeof(runs[0]); i++) {
		bool may_write = asks || strcmp(runs[i][0], "recover") == 0;

		run_command(runs[i], path, other, seconds);
		if (!may_write && (has_beside(path, "-wal") || has_beside(path, "-journal")))
			fault("left a file beside the trace");
		if (content_is_old(&before, path))
			continue;
		if (!may_write)
			fault("the file was written to");
		content_put_back(&before, path);
		free(before.bytes);
		if (!content_read(&before, path))
			fault("cannot read the file again");
	}
	if (!content_is(&before, path))
		fault("the file was changed");
	free(before.bytes);
}

static int catch (int fd, const char *name)
{
	int file = memfd_create(name, MFD_CLOEXEC);

	if (file < 0 || dup2(file, fd) < 0)
		return -1;
	/* the copy on fd shares its place with ours */
	return file;
}

int main(int argc, char **argv)
{
	const char *seconds = getenv("HOSTILE_SECONDS");

	setlocale(LC_ALL, "C.UTF-8");
	setlocale(LC_NUMERIC, "C");
	report_fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 10);
	if (__sanitizer_set_report_fd)
		__sanitizer_set_report_fd(
			(void *)(intptr_t)fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 10));
	if (__sanitizer_set_death_callback)
		__sanitizer_set_death_callback(on_death);
	caught_fd[0] = catch (STDOUT_FILENO, "stdout");
	caught_fd[1] = catch (STDERR_FILENO, "stderr");
	if (report_fd < 0 || caught_fd[0] < 0 || caught_fd[1] < 0)
		return 1;
	signal(SIGPROF, on_late);
	signal(SIGALRM, on_late);
	for (int i = 1; i < argc; i++)
		run_all(argv[i], argv[i + 1 < argc ? i + 1 : 1],
			seconds ? (unsigned)atoi(seconds) : SECONDS);
	dprintf(report_fd, "done %d files, %u runs\n", argc - 1, run_count);
	return faults ? 1 : 0;
}
