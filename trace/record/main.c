/*
 * main.c - loopscope-record, the program that runs another and records it.
 */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/base/safe.h"
#include "trace/probe/doctor.h"
#include "trace/probe/probe.h"
#include "trace/record/record.h"

#define PAYLOAD_DEFAULT 4096

static const char usage_text[] =
	"usage: loopscope-record [-o TRACE] [--kernel=auto|require|off] [--on-full=wait|drop]\n"
	"                        [--payload=none|all|N] [--ring-slots N] [--fact KEY=VALUE]...\n"
	"                        [--notes FD] [--kernel-ring BYTES] [--checking] [--live PID]\n"
	"                        [--user USER] [--client] -- PROGRAM [ARG...]\n"
	"       loopscope-record [-o TRACE] [--kernel-ring BYTES] --attach PID\n"
	"       loopscope-record --doctor\n";

enum {
	OPTION_KERNEL = 256,
	OPTION_ON_FULL,
	OPTION_PAYLOAD,
	OPTION_SLOTS,
	OPTION_FACT,
	OPTION_NOTES,
	OPTION_KERNEL_RING,
	OPTION_DOCTOR,
	OPTION_CHECKING,
	OPTION_LIVE,
	OPTION_ATTACH,
	OPTION_USER,
	OPTION_CLIENT,
	OPTION_HELP
};

static const struct option long_options[] = {
	{ "output", required_argument, NULL, 'o' },
	{ "kernel", required_argument, NULL, OPTION_KERNEL },
	{ "on-full", required_argument, NULL, OPTION_ON_FULL },
	{ "payload", required_argument, NULL, OPTION_PAYLOAD },
	{ "ring-slots", required_argument, NULL, OPTION_SLOTS },
	{ "fact", required_argument, NULL, OPTION_FACT },
	{ "notes", required_argument, NULL, OPTION_NOTES },
	{ "kernel-ring", required_argument, NULL, OPTION_KERNEL_RING },
	{ "doctor", no_argument, NULL, OPTION_DOCTOR },
	{ "checking", no_argument, NULL, OPTION_CHECKING },
	{ "live", required_argument, NULL, OPTION_LIVE },
	{ "attach", required_argument, NULL, OPTION_ATTACH },
	{ "user", required_argument, NULL, OPTION_USER },
	{ "client", no_argument, NULL, OPTION_CLIENT },
	{ "help", no_argument, NULL, OPTION_HELP },
	{ NULL, 0, NULL, 0 },
};

static void complain(const char *words)
{
	char text[1024];

	safe_text(text, sizeof(text), words, strlen(words));
	fprintf(stderr, "loopscope: %s\n", text);
}

static bool parse_number(const char *text, unsigned long most, unsigned long *number)
{
	char *end;

	errno = 0;
	*number = strtoul(text, &end, 10);
	return *text >= '0' && *text <= '9' && *end == '\0' && errno == 0 && *number <= most;
}

/* The index of text among the words, -1 if it is not among them. */
static int parse_word(const char *text, const char *const *words)
{
	for (int i = 0; words[i]; i++)
		if (strcmp(text, words[i]) == 0)
			return i;
	return -1;
}

static bool parse_payload(const char *text, struct record_options *options)
{
	unsigned long number = 0;

	if (strcmp(text, "all") == 0)
		number = RING_PAYLOAD_MAX;
	else if (strcmp(text, "none") != 0 && !parse_number(text, RING_PAYLOAD_MAX, &number))
		return false;
	options->ring.payload_limit = (uint32_t)number;
	return true;
}

static bool parse_slots(const char *text, struct record_options *options)
{
	unsigned long number;

	if (!parse_number(text, 1u << 22, &number) || number < RING_SLOTS_MIN ||
	    (number & (number - 1)) != 0)
		return false;
	options->ring.slots = (uint32_t)number;
	return true;
}

static bool parse_attach(const char *text, struct record_options *options)
{
	unsigned long number;

	if (!parse_number(text, INT_MAX, &number) || number == 0)
		return false;
	options->attach = (pid_t)number;
	/* nothing else can be seen of it: it does not know the ring */
	options->kernel = RECORD_KERNEL_REQUIRE;
	options->ring.slots = RING_SLOTS_MIN;
	return true;
}

/* Who started us reads the trace and steps the program, which stands at first. */
static bool parse_live(const char *text, struct record_options *options)
{
	unsigned long number;

	if (!parse_number(text, INT32_MAX, &number) || number == 0)
		return false;
	options->reader = (pid_t)number;
	options->ring.hold = true;
	return true;
}

static bool parse_option(int option, struct record_options *options, const char **facts)
{
	static const char *const kernel_words[] = { "auto", "require", "off", NULL };
	static const char *const full_words[] = { "wait", "drop", NULL };
	unsigned long number;
	int word;

	switch (option) {
	case 'o':
		options->trace = optarg;
		return *optarg != '\0';
	case OPTION_KERNEL:
		word = parse_word(optarg, kernel_words);
		options->kernel = (enum record_kernel)word;
		return word >= 0;
	case OPTION_ON_FULL:
		word = parse_word(optarg, full_words);
		options->ring.on_full = (enum ring_on_full)word;
		return word >= 0;
	case OPTION_PAYLOAD:
		return parse_payload(optarg, options);
	case OPTION_SLOTS:
		return parse_slots(optarg, options);
	case OPTION_FACT:
		facts[options->fact_count++] = optarg;
		return strchr(optarg, '=') != NULL && *optarg != '=';
	case OPTION_KERNEL_RING:
		if (!parse_number(optarg, 1u << 30, &number) || number < PROBE_RING_BYTES_MIN ||
		    (number & (number - 1)) != 0)
			return false;
		options->kernel_ring = (uint32_t)number;
		return true;
	case OPTION_NOTES:
		if (!parse_number(optarg, 1u << 20, &number))
			return false;
		options->notes = (int)number;
		return true;
	case OPTION_ATTACH:
		return parse_attach(optarg, options);
	case OPTION_USER:
		options->user = optarg;
		return *optarg != '\0';
	case OPTION_CLIENT:
		options->client = true;
		return true;
	case OPTION_CHECKING:
		options->ring.checking = true;
		return true;
	case OPTION_LIVE:
		return parse_live(optarg, options);
	default:
		return false;
	}
}

static int tell_doctor(void)
{
	bool works = doctor_report(stdout);
	char words[128];

	if (fflush(stdout) == 0 && !ferror(stdout))
		return works ? RECORD_DONE : RECORD_UNABLE;
	snprintf(words, sizeof(words), "cannot write the report: %s", strerror(errno));
	complain(words);
	return RECORD_TROUBLE;
}

/* -1: go on; otherwise the exit code. */
static int parse(int argc, char **argv, struct record_options *options, const char **facts)
{
	int option, index = 0;

	/* "+": what follows the program's name is the program's */
	while ((option = getopt_long(argc, argv, "+o:", long_options, &index)) != -1) {
		if (option == OPTION_HELP) {
			fputs(usage_text, stdout);
			return RECORD_DONE;
		}
		if (option == OPTION_DOCTOR)
			return tell_doctor();
		if (option == '?')
			return RECORD_TROUBLE;
		if (!parse_option(option, options, facts)) {
			char words[256];

			snprintf(words, sizeof(words), "bad value for %s%s: %s",
				 option == 'o' ? "-" : "--",
				 option == 'o' ? "o" : long_options[index].name, optarg);
			complain(words);
			return RECORD_TROUBLE;
		}
	}
	if ((optind == argc) != (options->attach != 0)) {
		complain(options->attach ? "a process that runs already takes no program"
					 : "no program to record was named");
		return RECORD_TROUBLE;
	}
	options->argv = argv + optind;
	return -1;
}

int main(int argc, char **argv)
{
	const char **facts = calloc((size_t)argc + 1, sizeof(*facts));
	struct record_options options = {
		.trace = "loopscope.db",
		.ring = { .slots = RING_SLOTS, .payload_limit = PAYLOAD_DEFAULT },
		.facts = facts,
		.notes = -1,
		.remark = complain,
	};
	int status = 0, result;
	char *error = NULL;

	if (!facts)
		return RECORD_TROUBLE;
	result = parse(argc, argv, &options, facts);
	if (result < 0) {
		result = record_run(&options, &status, &error);
		if (result == RECORD_DONE)
			result = status;
		else
			complain(error ? error : "out of memory");
	}
	free(error);
	free(facts);
	return result;
}
