/*
 * peer_play.h - a peer in its thread and a plain blocking client for it, as
 * the tests of the peer share them.  Everything asserts.
 */
#ifndef LOOPSCOPE_TESTS_UNIT_KIT_PEER_PLAY_H
#define LOOPSCOPE_TESTS_UNIT_KIT_PEER_PLAY_H

#include <pthread.h>
#include <stddef.h>

#include "samples/scenario/peer.h"

#define RECORDED 8

/* One peer in its thread, and what it reported. */
struct play {
	struct scenario *scenario;
	struct peer *peer;
	struct peer_options options;
	pthread_t thread;
	int result;
	unsigned requests;
	char *request[RECORDED];
	size_t length[RECORDED];
};

/* Loads and binds; options may be NULL. */
void play_prepare(struct play *play, const char *text, const struct peer_options *options);
/* Parses text and plays it in a thread; options may be NULL. */
void play_start(struct play *play, const char *text, const struct peer_options *options);
/* Frees what play_prepare() made; the thread has ended. */
void play_release(struct play *play);
/* Joins the thread, whose peer_run() must have come to result, and releases. */
void play_end(struct play *play, int result);
/* A blocking socket whose reads and writes give up after a while. */
int client_socket(int family);
/* connect() to the loopback; 0 or -1 with errno. */
int try_connect(int fd, uint16_t port);
/* A connection to the peer. */
int connect_to(const struct play *play);
/* Sends all of text. */
void say(int fd, const char *text);
/* Reads exactly text. */
void hear(int fd, const char *text);
/* Reads the end of the stream. */
void hear_end(int fd);

#endif
