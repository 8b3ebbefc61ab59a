/*
 * facts.c - what is written about a run besides its events.
 */
#include "trace/record/internal.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "gen/version.h"
#include "trace/base/failure.h"
#include "trace/record/drain.h"
#include "trace/store/store.h"
#include "trace/words/mask.h"
#include "trace/write/writer.h"

/* One word so that a shell would read it as it was. */
static void quote_word(FILE *out, const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789@%+=:,./-_";

	if (*word && word[strspn(word, plain)] == '\0') {
		fputs(word, out);
		return;
	}
	putc('\'', out);
	for (; *word; word++) {
		if (*word == '\'')
			fputs("'\\''", out);
		else
			putc(*word, out);
	}
	putc('\'', out);
}

static void put_stars(char *from, size_t length)
{
	memset(from, '*', length);
}

/*
 * Secrets among a program's words become stars: those of headers, as our client
 * and others take them, and passwords, its own and those in URLs.
 */
static void hide_secrets(char *word)
{
	static const char header[] = "header=", password[] = "auth_password=";
	char *scheme = strstr(word, "://"), *at, *colon;
	struct mask mask = { 0 };

	if (strncmp(word, password, strlen(password)) == 0)
		put_stars(word + strlen(password), strlen(word + strlen(password)));
	if (strncmp(word, header, strlen(header)) == 0)
		word += strlen(header);
	mask_bytes(&mask, word, strlen(word), strlen(word), strlen(word));
	if (!scheme)
		return;
	at = scheme + 3 + strcspn(scheme + 3, "/?#@");
	colon = memchr(scheme + 3, ':', (size_t)(at - scheme - 3));
	if (*at == '@' && colon)
		put_stars(colon + 1, (size_t)(at - colon - 1));
}

static char *quote_command(char *const *argv)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	for (int i = 0; argv[i]; i++) {
		char *word = strdup(argv[i]);

		if (i > 0)
			putc(' ', out);
		if (word) {
			hide_secrets(word);
			quote_word(out, word);
		}
		free(word);
	}
	return fclose(out) == 0 ? text : NULL;
}

static int put_given(struct store *store, const char *fact, char **error)
{
	const char *equals = strchr(fact, '=');
	char *key = strndup(fact, equals ? (size_t)(equals - fact) : strlen(fact));
	int result;

	if (!key)
		return failure(error, "out of memory");
	result = store_put_fact(store, key, equals ? equals + 1 : "", error);
	free(key);
	return result;
}

int record__put_facts(struct store *store, const struct record_options *options, char **error)
{
	char started[32] = "", *command = quote_command(options->argv);
	struct utsname host;
	struct tm parts;
	time_t now = time(NULL);
	int result = -1;

	uname(&host);
	gmtime_r(&now, &parts);
	strftime(started, sizeof(started), "%Y-%m-%dT%H:%M:%SZ", &parts);
	if (store_put_fact(store, "version", LOOPSCOPE_VERSION, error) < 0 ||
	    store_put_fact(store, "command", command ? command : "", error) < 0 ||
	    store_put_fact(store, "started", started, error) < 0 ||
	    store_put_fact(store, "kernel", host.release, error) < 0 ||
	    store_put_fact(store, "machine", host.machine, error) < 0 ||
	    store_put_fact_number(store, "cpus", sysconf(_SC_NPROCESSORS_ONLN), error) < 0)
		goto out;
	for (size_t i = 0; i < options->fact_count; i++)
		if (put_given(store, options->facts[i], error) < 0)
			goto out;
	result = 0;
out:
	free(command);
	return result;
}

void record__how(int wait_status, char *out)
{
	const char *name;

	if (WIFSIGNALED(wait_status)) {
		name = sigabbrev_np(WTERMSIG(wait_status));
		if (name)
			snprintf(out, RECORD_HOW_BYTES, "killed by SIG%s", name);
		else
			snprintf(out, RECORD_HOW_BYTES, "killed by signal %d",
				 WTERMSIG(wait_status));
	} else {
		snprintf(out, RECORD_HOW_BYTES, "exited %d", WEXITSTATUS(wait_status));
	}
}

int record__exit_status(int wait_status)
{
	return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

int record__put_end(struct store *store, struct writer *writer, uint64_t time, uint32_t thread,
		    const char *how, int status, uint64_t lost, char **error)
{
	static const char forget_sql[] = "DELETE FROM run WHERE key GLOB 'tail:*'"
					 " OR key GLOB 'told:*' OR key GLOB 'stopped:*'";

	if (writer_begin(writer, error) < 0 || record__put_sources(store, error) < 0 ||
	    writer_end(writer, time, thread, how, error) < 0 ||
	    store_put_fact(store, "ended", how, error) < 0 ||
	    store_put_fact_number(store, "events", (int64_t)writer_events(writer), error) < 0 ||
	    store_put_fact_number(store, "lost", (int64_t)lost, error) < 0 ||
	    store_run(store, forget_sql, error) < 0)
		return -1;
	/* ends that ended nothing: the program's trace points are not balanced */
	if (writer_unmatched(writer) > 0 &&
	    store_put_fact_number(store, "unmatched_ends", (int64_t)writer_unmatched(writer),
				  error) < 0)
		return -1;
	if (status >= 0 && store_put_fact_number(store, "program_status", status, error) < 0)
		return -1;
	return writer_commit(writer, error);
}
