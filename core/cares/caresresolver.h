/*
 * caresresolver.h - tornado.platform.caresresolver: names looked up by c-ares,
 * whose sockets the loop watches, so that nothing stands still meanwhile.
 *
 * c-ares reads /etc/hosts first and asks the name servers of /etc/resolv.conf,
 * or those named here.  Of AF_UNSPEC it asks for IPv4 and IPv6 addresses, and gives
 * those of the family that it would try first.  A name without an address is an Exception
 * ("C-Ares returned error 4: Domain name not found while resolving ...").
 *
 * Answers given by netutil_resolve_host() and its siblings come first.
 */
#ifndef LOOPSCOPE_CORE_CARES_CARESRESOLVER_H
#define LOOPSCOPE_CORE_CARES_CARESRESOLVER_H

#include "core/netutil.h"

/*
 * CaresResolver, for resolver_configure().  What it looks up goes on when the
 * resolver is released, and ends with the loop: then nobody is told.
 */
extern const struct resolver_class caresresolver_class;

/*
 * One more name server to ask, in this order, by all resolvers made later:
 * ADDR, ADDR:PORT or [ADDR]:PORT.  Acts on the whole process and belongs before
 * the first resolver.  0, or -1 = ValueError raised.
 */
int caresresolver_add_nameserver(const char *text);

/* Those of /etc/resolv.conf again. */
void caresresolver_forget_nameservers(void);

#endif
