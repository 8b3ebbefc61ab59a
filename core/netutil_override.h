/*
 * netutil_override.h - answers given in place of getaddrinfo()'s.  For
 * netutil.c alone; netutil.h has the functions that set them.
 */
#ifndef LOOPSCOPE_CORE_NETUTIL_OVERRIDE_H
#define LOOPSCOPE_CORE_NETUTIL_OVERRIDE_H

struct addrinfo_list;

/*
 * *out is the answer, a new list, or NULL if getaddrinfo() is to be asked.
 * Returns 0, or an EAI_ code if the look-up is to fail.
 */
int netutil_override(const char *host, const char *port, int family, struct addrinfo_list **out);

#endif
