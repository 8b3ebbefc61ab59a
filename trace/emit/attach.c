/*
 * attach.c - how a program gets at its ring, and introduces itself there.
 */
#include "trace/emit/internal.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

bool emit_active;
struct emit_ring emit__ring;
uint8_t emit__data_fields[EMIT_DATA_KINDS];

/* Tells the reader where events can come from, and what their numbers mean. */
static void describe(struct ring_header *header)
{
	ptrdiff_t count = __stop_loopscope_sites - __start_loopscope_sites;
	uint32_t n = count > (ptrdiff_t)RING_SITES ? RING_SITES : (uint32_t)count;

	for (uint32_t i = 0; i < n; i++) {
		const struct emit_site *from = &__start_loopscope_sites[i];
		struct ring_site *to = &header->sites[i];

		to->line = from->line;
		to->kind = from->kind;
		strncpy(to->file, from->file, sizeof(to->file) - 1);
		strncpy(to->function, from->function, sizeof(to->function) - 1);
	}
	atomic_store(&header->site_count, n);
	header->catalogue_hash = catalog_hash();
	atomic_store(&header->program_pid, (uint32_t)getpid());
}

/* Learns which fields are bytes of the network. */
static void find_data_fields(void)
{
	size_t count;
	const struct catalog_kind *kinds = catalog_all(&count);

	for (size_t i = 0; i < count; i++) {
		struct catalog_fields fields;

		if (kinds[i].number >= EMIT_DATA_KINDS ||
		    catalog_parse_fields(kinds[i].fields, &fields) < 0)
			continue;
		for (unsigned f = 0; f < fields.count; f++)
			if (fields.field[f].type == FIELD_DATA)
				emit__data_fields[kinds[i].number] |= (uint8_t)(1u << f);
	}
}

static bool header_is_ours(const struct ring_header *header)
{
	uint32_t slots = header->slots_per_thread;

	return memcmp(header->magic, RING_MAGIC, sizeof(header->magic)) == 0 &&
	       header->abi == RING_ABI && slots >= RING_SLOTS_MIN && (slots & (slots - 1)) == 0 &&
	       slots <= 1u << 24 && header->file_bytes == ring_file_bytes(slots);
}

bool emit_attach(struct ring_header *header)
{
	uint32_t first = 0;

	if (!header_is_ours(header) ||
	    !atomic_compare_exchange_strong(&header->attached, &first, 2))
		return false;
	find_data_fields();
	describe(header);
	emit__ring.header = header;
	emit__ring.slots = header->slots_per_thread;
	emit__ring.payload_slots_max = header->slots_per_thread / 4 < RING_PAYLOAD_SLOTS_MAX
					       ? header->slots_per_thread / 4
					       : RING_PAYLOAD_SLOTS_MAX;
	emit__ring.generation++;
	atomic_store(&emit__ring.reader_gone, false);
	atomic_store(&header->attached, 1);
	emit_active = true;
	return true;
}

void emit_detach(void)
{
	emit_active = false;
	emit__ring.header = NULL;
	emit__ring.generation++;
}

/* Maps the whole ring behind fd and introduces the program there. */
static bool attach_ring(int fd)
{
	struct ring_header *header;
	struct stat st;

	if (fstat(fd, &st) < 0 || st.st_size < (off_t)sizeof(struct ring_header))
		return false;
	header = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (header == MAP_FAILED)
		return false;
	if ((uint64_t)st.st_size >= header->file_bytes && emit_attach(header)) {
		pthread_atfork(NULL, NULL, emit__after_fork);
		return true;
	}
	munmap(header, (size_t)st.st_size);
	return false;
}

/* Maps where this program's threads tell their spans. */
static void attach_spans(int fd)
{
	void *spans = mmap(NULL, RING_THREADS * sizeof(struct ring_span), PROT_READ | PROT_WRITE,
			   MAP_SHARED, fd, 0);

	if (spans != MAP_FAILED)
		emit__ring.spans = spans;
}

/*
 * Our own client keeps its ring at RING_FD, closed to programs that it would
 * start: its numbers are those of the original.  That of the span map is given up,
 * for epoll is to have it.
 */
static void attach_client(void)
{
	const char *spans = getenv(RING_SPANS_ENV);

	if (!attach_ring(RING_FD))
		return;
	fcntl(RING_FD, F_SETFD, FD_CLOEXEC);
	if (!spans || strcmp(spans, "4") != 0)
		return;
	attach_spans(RING_SPANS_FD);
	close(RING_SPANS_FD);
}

/* Any other program asks for both, and gives their descriptors back once they are mapped. */
static void attach_by_asking(const char *name)
{
	int fds[RING_SOCKET_FDS];
	unsigned count;

	emit__own_calls(true);
	count = emit__ask_recorder(name, fds);
	if (count > 0 && attach_ring(fds[0]) && count > 1)
		attach_spans(fds[1]);
	while (count > 0)
		close(fds[--count]);
	emit__own_calls(false);
}

/* Who knows of us learns where the recorder is, and main() sees no trace of that. */
__attribute__((constructor)) static void attach_from_environment(void)
{
	const char *ring = getenv(RING_ENV), *name = secure_getenv(RING_SOCKET_ENV);

	if (ring && strcmp(ring, "3") == 0)
		attach_client();
	else if (name)
		attach_by_asking(name);
	unsetenv(RING_SOCKET_ENV);
}
