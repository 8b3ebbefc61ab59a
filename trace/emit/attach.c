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
	emit__ring.fd = -1;
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

/*
 * Maps where this program's threads tell their spans.  The descriptor is given
 * up at once: the program's own numbers begin where they would without us.
 */
static void attach_spans(void)
{
	const char *env = getenv(RING_SPANS_ENV);
	void *spans;

	if (!env || strcmp(env, "4") != 0)
		return;
	spans = mmap(NULL, RING_THREADS * sizeof(struct ring_span), PROT_READ | PROT_WRITE,
		     MAP_SHARED, RING_SPANS_FD, 0);
	if (spans == MAP_FAILED)
		return;
	close(RING_SPANS_FD);
	emit__ring.spans = spans;
}

/*
 * A traced program finds its ring at RING_FD.  The descriptor does not pass to
 * programs that this one starts: the ring has one owner.
 */
__attribute__((constructor)) static void attach_from_environment(void)
{
	const char *env = getenv(RING_ENV);
	struct ring_header *header;
	struct stat st;

	if (!env || strcmp(env, "3") != 0 || fstat(RING_FD, &st) < 0 ||
	    st.st_size < (off_t)sizeof(struct ring_header))
		return;
	header = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, RING_FD, 0);
	if (header == MAP_FAILED)
		return;
	if ((uint64_t)st.st_size < header->file_bytes || !emit_attach(header)) {
		munmap(header, (size_t)st.st_size);
		return;
	}
	emit__ring.device = st.st_dev;
	emit__ring.inode = st.st_ino;
	emit__ring.fd = RING_FD;
	fcntl(RING_FD, F_SETFD, FD_CLOEXEC);
	attach_spans();
	pthread_atfork(NULL, NULL, emit__after_fork);
}
