/*
 * peer_pace.c - when the peer may act: once its client sleeps in a poll that
 * began after the last action.
 */
#include "samples/scenario/peer_internal.h"
#include "trace/emit/clock.h"

#include <poll.h>
#include <sys/ioctl.h>

#include <linux/sockios.h>

/*
 * One action, one poll.  The client has noticed the peer's last action when it
 * sleeps in a poll that it began later: its count of polls has grown.  Asleep
 * alone would not do, for a thread that was woken and has not run yet, or
 * whose wake-up is still on its way through the kernel's queues, looks just
 * like one that waits.
 *
 * A client may also not care: it does not watch that socket for reading at
 * the moment.  Then it stays in the same poll although the bytes have arrived,
 * and after PACE_UNNOTICED of that the peer goes on.
 */
#define PACE_MOST 2000000000ull /* nanoseconds that one wait may take */
#define PACE_UNNOTICED 50000000ull
#define PACE_TICK 1 /* milliseconds */

/*
 * Whether all that was sent on the descriptor is in the client's queue.  A
 * closed one cannot be asked, a broken one has nobody to deliver to.
 */
static bool pace_has_arrived(int fd)
{
	struct pollfd polled = { .fd = fd };
	int queued = 0;

	if (fd < 0 || (poll(&polled, 1, 0) > 0 && polled.revents & (POLLERR | POLLHUP)))
		return true;
	return ioctl(fd, SIOCOUTQ, &queued) < 0 || !queued;
}

/* One look at the client: true when the peer may act. */
static bool pace_may_act(struct peer *peer, uint64_t now, uint64_t *unnoticed_since)
{
	const struct peer_watch *watch = peer->options.watch;
	struct peer_pace *pace = &peer->pace;
	uint64_t polls = 0;
	bool asleep = watch->settled(watch->user, &polls) > 0;

	if (asleep && (!pace->pending || polls > pace->polls))
		return true;
	if (!asleep || !pace_has_arrived(pace->fd)) {
		*unnoticed_since = now;
		return false;
	}
	return now - *unnoticed_since >= PACE_UNNOTICED;
}

void peer__settle(struct peer *peer)
{
	uint64_t start = clock_now();
	uint64_t now = start;
	uint64_t unnoticed_since = start;

	if (!peer->options.watch || !peer->options.watch->settled)
		return;
	while (!pace_may_act(peer, now, &unnoticed_since) && now - start < PACE_MOST) {
		if (peer__wait(peer, -1, 0, PACE_TICK) == PEER_OVER)
			break;
		now = clock_now();
	}
	peer->pace.pending = false;
}

void peer__act(struct peer *peer, int fd)
{
	const struct peer_watch *watch = peer->options.watch;
	struct peer_pace *pace = &peer->pace;

	if (!watch || !watch->settled)
		return;
	/* where the count is not known, being asleep must do */
	pace->pending = watch->settled(watch->user, &pace->polls) >= 0;
	pace->fd = fd;
}
