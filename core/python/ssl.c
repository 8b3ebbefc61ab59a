/*
 * ssl.c - ssl.SSLSocket: TLS over a descriptor that does not block.
 */
#include "core/python/ssl.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#include <openssl/err.h>

#include "core/python/alloc.h"
#include "core/python/ssl_internal.h"
#include "core/python/text.h"

/* getpeername(): 0, or the errno. */
static int peer_error(int fd)
{
	struct sockaddr_storage address;
	socklen_t size = sizeof(address);

	return getpeername(fd, (struct sockaddr *)&address, &size) < 0 ? errno : 0;
}

static int open_ssl(struct ssl_socket *socket, const struct ssl_options *options)
{
	SSL_CTX *context = ssl__context(options);

	if (!context)
		return -1;
	socket->ssl = SSL_new(context);
	SSL_CTX_free(context);
	if (!socket->ssl || SSL_set_fd(socket->ssl, socket->fd) != 1)
		abort();
	if (socket->server_hostname)
		SSL_set_tlsext_host_name(socket->ssl, socket->server_hostname);
	SSL_set_connect_state(socket->ssl);
	return 0;
}

struct ssl_socket *ssl_wrap(int fd, const struct ssl_options *options, const char *server_hostname)
{
	struct ssl_socket *socket = core_alloc(sizeof(*socket));

	socket->fd = fd;
	socket->check_hostname = options->check_hostname;
	socket->server_hostname = text_duplicate(server_hostname);
	if (peer_error(fd) != ENOTCONN && open_ssl(socket, options) < 0) {
		ssl_socket_free(socket);
		return NULL;
	}
	return socket;
}

void ssl_socket_free(struct ssl_socket *socket)
{
	if (!socket)
		return;
	SSL_free(socket->ssl);
	free(socket->server_hostname);
	free(socket);
}

/*
 * OpenSSL writes with write(), which sends SIGPIPE when the peer is gone.  The
 * interpreter ignores that signal; a library must not change what the program
 * does about it, and so holds it back for the length of a call.
 */
static void hold_sigpipe(sigset_t *before)
{
	sigset_t pipe;

	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &pipe, before);
}

static void release_sigpipe(const sigset_t *before)
{
	const struct timespec now = { 0, 0 };
	sigset_t pipe;

	if (sigismember(before, SIGPIPE))
		return;
	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	while (sigtimedwait(&pipe, NULL, &now) == SIGPIPE)
		continue;
	pthread_sigmask(SIG_SETMASK, before, NULL);
}

static void begin_call(sigset_t *before)
{
	hold_sigpipe(before);
	ERR_clear_error();
	errno = 0;
}

/* PySSL_SetError: what a call of OpenSSL came to that returned 0 or less. */
static int failed(const struct ssl_socket *socket, int result, int code, int number)
{
	switch (code) {
	case SSL_ERROR_WANT_READ:
		return SSL_WANTS_READ;
	case SSL_ERROR_WANT_WRITE:
		return SSL_WANTS_WRITE;
	case SSL_ERROR_ZERO_RETURN:
		return ssl__raise(EXC_SSL_ZERO_RETURN_ERROR, code,
				  "TLS/SSL connection has been closed (EOF)", socket);
	case SSL_ERROR_SYSCALL:
		if (ERR_peek_last_error())
			break;
		if (result < 0 && number)
			return exc_raise_errno(EXC_SOCKET_ERROR, number);
		return ssl__raise(EXC_SSL_EOF_ERROR, code, "EOF occurred in violation of protocol",
				  socket);
	case SSL_ERROR_SSL:
		return ssl__raise(EXC_SSL_ERROR, code, "A failure in the SSL library occurred",
				  socket);
	}
	return ssl__raise(EXC_SSL_SYSCALL_ERROR, code, "Some I/O error occurred", socket);
}

static int end_call(const struct ssl_socket *socket, int result, const sigset_t *before)
{
	int number = errno;
	int code = SSL_get_error(socket->ssl, result);

	release_sigpipe(before);
	return result > 0 ? result : failed(socket, result, code, number);
}

int ssl_do_handshake(struct ssl_socket *socket)
{
	sigset_t before;
	int result;

	if (!socket->ssl)
		return exc_raise_errno(EXC_SOCKET_ERROR, ENOTCONN);
	begin_call(&before);
	result = end_call(socket, SSL_do_handshake(socket->ssl), &before);
	if (result < 0)
		return result;
	socket->connected = true;
	if (!socket->check_hostname)
		return 0;
	if (!socket->server_hostname)
		return exc_raise(EXC_VALUE_ERROR, "check_hostname needs server_hostname argument");
	return ssl_check_hostname(socket, socket->server_hostname);
}

/* suppress_ragged_eofs: an end without a word is an end all the same. */
static ssize_t end_of_stream(const struct ssl_socket *socket)
{
	const struct exc *exc = exc_current();
	bool closed = exc->class == EXC_SSL_ZERO_RETURN_ERROR &&
		      SSL_get_shutdown(socket->ssl) == SSL_RECEIVED_SHUTDOWN;

	if (!closed && exc->class != EXC_SSL_EOF_ERROR)
		return -1;
	exc_clear();
	return 0;
}

static int at_most(size_t length)
{
	return length < INT_MAX ? (int)length : INT_MAX;
}

ssize_t ssl_read(struct ssl_socket *socket, void *room, size_t size)
{
	sigset_t before;
	int result;

	begin_call(&before);
	result = end_call(socket, SSL_read(socket->ssl, room, at_most(size)), &before);
	return result == -1 ? end_of_stream(socket) : result;
}

ssize_t ssl_write(struct ssl_socket *socket, const void *data, size_t length)
{
	sigset_t before;

	begin_call(&before);
	return end_call(socket, SSL_write(socket->ssl, data, at_most(length)), &before);
}

bool ssl_has_certificate(const struct ssl_socket *socket)
{
	X509 *certificate = SSL_get1_peer_certificate(socket->ssl);

	X509_free(certificate);
	return certificate != NULL;
}

const char *ssl_version(const struct ssl_socket *socket)
{
	return SSL_get_version(socket->ssl);
}

const char *ssl_cipher(const struct ssl_socket *socket)
{
	return SSL_get_cipher_name(socket->ssl);
}
