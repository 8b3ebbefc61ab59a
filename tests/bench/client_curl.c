/*
 * client_curl.c - libcurl's multi interface for bench_client.py: so many pages,
 * so many at a time, a connection each.
 */
#include <curl/curl.h>

#include "tests/bench/client_cost.h"

static size_t take(char *bytes, size_t size, size_t count, void *self)
{
	(void)bytes, (void)self;
	return size * count;
}

static void ask(struct client_cost *cost, CURLM *multi, CURL *easy)
{
	cost->asked++;
	curl_multi_add_handle(multi, easy);
}

static CURL *easy_new(const struct client_cost *cost)
{
	CURL *easy = curl_easy_init();
	char url[64];

	snprintf(url, sizeof(url), "http://127.0.0.1:%d/", cost->port);
	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
	curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take);
	return easy;
}

/* Takes what is done, and asks again with the same handle.  Returns how many that were. */
static long answers_take(struct client_cost *cost, CURLM *multi)
{
	CURLMsg *message;
	long done = 0;
	int left;

	while ((message = curl_multi_info_read(multi, &left)) != NULL) {
		CURL *easy = message->easy_handle;
		long code = 0;

		curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &code);
		cost->answered += code == 200;
		done++;
		curl_multi_remove_handle(multi, easy);
		if (cost->asked < cost->requests)
			ask(cost, multi, easy);
		else
			curl_easy_cleanup(easy);
	}
	return done;
}

int main(int argc, char **argv)
{
	struct client_cost cost = client_cost_begin(argc, argv);
	CURLM *multi;
	long done = 0;
	int running;

	curl_global_init(CURL_GLOBAL_DEFAULT);
	cost.began = client_seconds(); /* OpenSSL's beginning is no part of a request */
	multi = curl_multi_init();
	for (int i = 0; i < cost.at_a_time && cost.asked < cost.requests; i++)
		ask(&cost, multi, easy_new(&cost));
	while (done < cost.requests) {
		curl_multi_perform(multi, &running);
		done += answers_take(&cost, multi);
		if (done < cost.asked)
			curl_multi_poll(multi, NULL, 0, 1000, NULL);
	}
	curl_multi_cleanup(multi);
	return client_cost_end(&cost);
}
