# loopscope: see README.md.  `make help` lists the targets.

VERSION := 0.1.0
PREFIX  ?= /usr/local
DESTDIR ?=
B       := build

ifeq ($(origin CC),default)
CC := gcc
endif
# valgrind 3.19 does not read the newer debugging format of clang.
OPT      ?= -O2 -g -gdwarf-4
WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion -Wstrict-prototypes \
            -Wmissing-prototypes -Wpointer-arith -Wcast-qual $(if $(WERROR),-Werror)
SANFLAGS := $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer)
CFLAGS_ALL := -std=gnu11 -D_GNU_SOURCE -I. -I$(B) $(OPT) $(WARNINGS) $(SANFLAGS) -pthread $(CFLAGS)
LDFLAGS_ALL := $(SANFLAGS) -pthread $(LDFLAGS)

CLANG_FORMAT ?= clang-format

comma := ,
space := $(subst ,, )
Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-7s %s\n' '$(1)' '$(2)')

# The rooms.  A room is a folder is an archive.  ROOMS goes from the lowest floor
# to the highest; NEEDS_room names the rooms whose headers a room includes, and
# "make check-layers" holds the sources to it.  A program names the rooms that it
# uses and links their closure, highest first: an arrow that runs up, or a circle
# between two rooms, does not link.
ROOMS := base emit probe words kinds store walk replay finish read export diff check write record \
         python platform core cares v31 v43 scenario loop client screen model views tui cmd

NEEDS_base     :=
NEEDS_emit     :=
NEEDS_probe    := base
NEEDS_words    := base emit probe
NEEDS_kinds    := emit words
NEEDS_store    := base emit kinds
NEEDS_walk     := base emit kinds store
NEEDS_replay   := base emit kinds store
NEEDS_finish   := emit store walk replay
NEEDS_read     := base emit kinds store walk
NEEDS_export   := base kinds store read walk
NEEDS_diff     := base emit kinds store read
NEEDS_check    := base store walk read
NEEDS_write    := base emit probe words store
NEEDS_record   := base emit probe words store finish write
NEEDS_python   :=
NEEDS_platform := emit python
NEEDS_core     := emit python platform
NEEDS_cares    := emit python platform core
NEEDS_v31      := emit python platform core
NEEDS_v43      := emit python core
NEEDS_scenario := base emit
NEEDS_loop     := emit python platform core v43
NEEDS_client   := base emit python core cares v31 v43 scenario loop
NEEDS_screen   := base
NEEDS_model    := base emit kinds store replay finish read screen
NEEDS_views    := emit kinds store walk replay read screen model
NEEDS_tui      := base emit kinds store walk read diff screen model views
NEEDS_cmd      := base kinds store walk replay read export diff check record scenario screen model tui

# Where a room is, when it is not trace/ROOM.
DIR_python   := core/python
DIR_platform := core/platform
DIR_core     := core
DIR_cares    := core/cares
DIR_v31      := core/v31
DIR_v43      := core/v43
DIR_scenario := samples/scenario
DIR_loop     := samples/loop
DIR_client   := samples/client
DIR_screen   := tui/screen
DIR_model    := tui/model
DIR_views    := tui/views
DIR_tui      := tui

# The libraries that a room brings.
LIBS_python  := -lpcre2-8 -lz -lssl -lcrypto
LIBS_cares   := -lcares
LIBS_scenario := -lssl -lcrypto
LIBS_store   := -lsqlite3
LIBS_probe   := -lbpf -lelf -lz
LIBS_screen  := -lncursesw -ltinfo
LIBS_client  := -lm

folder     = $(or $(DIR_$(1)),trace/$(1))
# The main() of a program is linked by name and is in no archive.
MAINS := trace/record/main.c trace/cmd/main.c samples/client/client.c
sources_of = $(filter-out %.bpf.c $(MAINS),$(wildcard $(addsuffix /*.c,$(call folder,$(1)))))
objects    = $(addprefix $(B)/,$(addsuffix .o,$(1)))
objects_of = $(patsubst %.c,$(B)/%.o,$(call sources_of,$(1)))
room       = $(B)/room/$(1).a
listed     = $(subst $(space),$(comma),$(strip $(1)))
reverse    = $(if $(1),$(call reverse,$(wordlist 2,$(words $(1)),$(1))) $(firstword $(1)))
needed     = $(sort $(1) $(foreach r,$(1),$(NEEDS_$(r))))
closed     = $(if $(filter-out $(1),$(needed)),$(call closed,$(needed)),$(1))
# rooms(names): their archives and those of all that they need, highest first.
in_order   = $(filter $(call closed,$(1)),$(call reverse,$(ROOMS)))
rooms      = $(foreach r,$(call in_order,$(1)),$(call room,$(r)))
libs       = $(foreach r,$(call in_order,$(1)),$(LIBS_$(r)))

SAMPLE_NAMES := $(basename $(notdir $(wildcard samples/0*.c)))

BINARIES := $(B)/loopscope $(B)/loopscope-record $(B)/loopscope-client
SAMPLES  := $(addprefix $(B)/samples/,$(SAMPLE_NAMES))

# Which rooms each of them uses stands further below.
UNIT_TEST_NAMES := $(patsubst tests/unit/test_%.c,%,$(wildcard tests/unit/test_*.c))
UNIT_TESTS := $(addprefix $(B)/tests/unit/test_,$(UNIT_TEST_NAMES))
TEST_SCRIPTS := tests/house/test_house.py tests/house/test_run.py \
                tests/house/test_paths.py \
                tests/commands/test_diff.py tests/commands/test_generations.py \
                tests/commands/test_grading.py \
                tests/golden/test_conformance.py tests/golden/test_segments.py \
                tests/golden/test_memory.py tests/golden/test_extra.py \
                tests/house/test_language.py tests/commands/test_docs.py tests/ring/test_record.py \
                tests/ring/test_descriptors.py tests/ring/test_privileges.py tests/ring/test_strange_rings.py \
                tests/tui/test_tour.py tests/tui/test_scenes.py \
                tests/commands/test_demo.py tests/commands/test_fetch.py \
                tests/commands/test_install.py \
                tests/commands/test_samples.py tests/commands/test_servers.py \
                tests/commands/test_https.py \
                tests/commands/test_trouble.py tests/commands/test_why.py \
                tests/commands/test_walk43.py \
                tests/commands/test_queries.py tests/commands/test_replay.py \
                tests/commands/test_cares.py tests/commands/test_threads.py tests/fuzz/test_hostile_traces.py \
                tests/probe/test_kernel_rows.py tests/probe/test_strangers.py \
                tests/probe/test_recorder.py
# What make check does once or for a while, done often and for long.
LONG_TESTS := 'tests/golden/test_conformance.py --repeat 20 --load' \
              'env LOOPSCOPE_FUZZ_SEED=10001 LOOPSCOPE_FUZZ_FILES=20000 \
               python3 tests/fuzz/test_hostile_traces.py'
LONG_LIMIT := 7200
TEST_PROGRAMS := $(B)/tests/probe/test_probe $(B)/tests/tui/test_screens \
                 $(B)/tests/tui/test_walk $(B)/tests/tui/test_terminal \
                 $(B)/tests/tui/test_live $(B)/tests/tui/test_compare
TEST_HELPERS := $(B)/tests/probe/make_calls $(B)/tests/probe/refuse \
                $(B)/tests/programs/ring_program $(B)/tests/programs/replay_pairs \
                $(B)/tests/programs/threads_program \
                $(B)/tests/fuzz/hostile $(B)/tests/tui/make_trace
BENCHES := $(B)/tests/bench/bench_emit $(B)/tests/bench/bench_store $(B)/tests/bench/bench_probe
BENCH_HELPERS := $(B)/tests/bench/replay_loop $(B)/tests/bench/view_keys \
                 $(addprefix $(B)/tests/bench/client_,epoll curl port server)

.DEFAULT_GOAL := all
.PHONY: all help deps deps-build deps-check deps-bench demo tests check check-long bench coverage \
        install install-caps clean docs format compdb tidy proportions \
        check-format check-heads check-headers check-layers check-names check-proportions
.DELETE_ON_ERROR:
.SUFFIXES:

all: $(BINARIES) $(SAMPLES)

help:
	@sed -n 's/^#: //p' Makefile
#: make                    build build/loopscope and its companions (all)
#: make demo               record a real fetch and step through it (WALK=client-4x; client-3x)
#: make check              run every test (TESTS="FILE...", SAN=address,undefined, CC=clang, WERROR=1)
#: make check-long         the long tests: scenarios 20 times under load, 20,000 hostile traces
#: make tests              build the tests and run none
#: make bench              print the figures
#: make coverage           run make check and print which lines it ran, a line a room
#:
#: make check-layers       what a room includes is what NEEDS_room names; no arrow runs up
#: make check-headers      each header compiles alone
#: make check-heads        each source begins with its name and a sentence; includes are sorted
#: make check-names        no string of trace/ or tui/ is the name of an event
#: make check-format       each source is formatted as .clang-format says
#: make check-proportions  functions are short, and comments stand where reasoning is hard
#: make proportions        print lines of functions and share of comments, a line a room
#: make format             format all sources
#: make tidy               what clang-tidy finds (TIDY="FILE...")
#: make compdb             write compile_commands.json, for editors and clang-tidy
#: make docs               write docs/tornado-map.md, docs/keys.md and the sequences of
#:                         docs/generations.md anew
#:
#: make install            DESTDIR= PREFIX=/usr/local
#: make install-caps       let everybody record the kernel's view (as root)
#: make deps               install what building, testing and measuring need;
#:                         deps-build, deps-check, deps-bench: for one of them
#: make clean              remove build/

# What is missing is installed; nothing is asked of apt when all is there.
deps: ; @.ci/deps build check bench
deps-build: ; @.ci/deps build
deps-check: ; @.ci/deps build check
deps-bench: ; @.ci/deps build bench

# Objects depend on how they are compiled, so that SAN= and CC= rebuild them.
FLAGS := $(CC) $(CFLAGS_ALL) | $(LDFLAGS_ALL)
$(B)/flags: FORCE | deps-build
	@mkdir -p $(@D)
	@printf '%s\n' '$(FLAGS)' | cmp -s - $@ || printf '%s\n' '$(FLAGS)' > $@
.PHONY: FORCE

$(B)/%.o: %.c $(B)/flags | $(B)/gen/schema.h $(B)/gen/version.h deps-build
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

# The schema is SQL for people and a string for the recorder.
$(B)/gen/schema.h: trace/store/schema.sql
	@mkdir -p $(@D)
	@{ echo 'static const char schema_sql[] ='; \
	   sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/.*/\t"&\\n"/' $<; echo ';'; } > $@

$(B)/gen/version.h: Makefile
	@mkdir -p $(@D)
	@printf '#define LOOPSCOPE_VERSION "%s"\n' '$(VERSION)' > $@

# What runs in the kernel, and the header through which the recorder loads it.
BPFTOOL ?= $(or $(shell command -v bpftool),/usr/sbin/bpftool)
BPF_CLANG ?= clang
COMPILE_BPF = $(BPF_CLANG) -target bpf -mcpu=v3 -O2 -g -D__TARGET_ARCH_x86 -I. \
	-I/usr/include/$(shell uname -m)-linux-gnu -Wall -Wextra -Wno-unused-parameter
$(B)/trace/probe/probe.bpf.o: trace/probe/probe.bpf.c | deps-build
	@mkdir -p $(@D)
	$(call say,BPF,$<)
	$(Q)$(COMPILE_BPF) -MMD -MP -c -o $@ $<
$(B)/gen/probe.skel.h: $(B)/trace/probe/probe.bpf.o
	@mkdir -p $(@D)
	$(Q)$(BPFTOOL) gen skeleton $< name probe_bpf > $@ 2>/dev/null
$(B)/trace/probe/probe.o $(B)/trace/probe/drain.o: $(B)/gen/probe.skel.h
DEPS += $(B)/trace/probe/probe.bpf.d

define room_rule
$(B)/room/$(1).a: $$(call objects_of,$(1)) Makefile
	@mkdir -p $$(@D)
	$$(Q)rm -f $$@ && ar crs $$@ $$(filter %.o,$$^)
DEPS += $$(patsubst %.o,%.d,$$(call objects_of,$(1)))
endef
$(foreach r,$(ROOMS),$(eval $(call room_rule,$(r))))

# uses(programs, rooms, other sources without .c): what a program is linked from.
# Its own source has the program's name; libraries come from the rooms.
define uses_rule
$(1): $$(call objects,$(3)) $$(call rooms,$(2))
$(1): LIBS = $$(call libs,$(2))
DEPS += $$(patsubst %.o,%.d,$$(call objects,$(3)))
endef
uses = $(eval $(call uses_rule,$(1),$(2),$(3)))
unit = $(addprefix $(B)/tests/unit/test_,$(1))

$(call uses,$(B)/loopscope,cmd,trace/cmd/main)
$(call uses,$(B)/loopscope-record,record probe,trace/record/main)
$(call uses,$(B)/loopscope-client,client,samples/client/client)
$(call uses,$(SAMPLES),v31 v43)

$(call uses,$(call unit,exc text ssl),python)
$(call uses,$(call unit,ready),core)
$(call uses,$(call unit,stack_context concurrent ioloop_epoll gen gen_points httputil netutil),v31)
$(call uses,$(call unit,gen43 concurrent43),v43)
$(call uses,$(call unit,ioloop43),v43,tests/unit/kit/fake_loop)
$(call uses,$(call unit,cares),cares v31 v43)
$(call uses,$(call unit,ioloop ioloop_calls),v31,tests/unit/kit/fake_loop)
$(call uses,$(call unit,iostream),v31,tests/unit/kit/stream_pair)
$(call uses,$(call unit,http_client),v31,tests/unit/kit/http_peer tests/unit/kit/http_hostile)
$(call uses,$(call unit,http_client_43),v43,tests/unit/kit/http_peer tests/unit/kit/http_hostile)
$(call uses,$(call unit,emit vocabulary),emit)
$(call uses,$(call unit,catalog),walk)
$(call uses,$(call unit,json),base)
$(call uses,$(call unit,kinds),kinds)
$(call uses,$(call unit,replay replay_next replay_state),replay,tests/unit/kit/replay_kit)
$(call uses,$(call unit,walk_rules),walk,tests/unit/kit/golden_loader tests/unit/kit/golden_values)
$(call uses,$(call unit,steps),cmd,tests/unit/kit/golden_loader tests/unit/kit/golden_values)
$(call uses,$(call unit,render mask),words)
$(call uses,$(call unit,syscalls),write)
$(call uses,$(call unit,store),finish)
$(call uses,$(call unit,writer),record)
$(call uses,$(call unit,diff diff_mutations generations),diff finish,tests/unit/kit/diff_kit \
	tests/unit/kit/golden_loader tests/unit/kit/golden_values)
$(call uses,$(call unit,scenario watch),scenario)
$(call uses,$(call unit,peer peer_tls pace),scenario,tests/unit/kit/peer_play)
$(call uses,$(call unit,phrases),model)
$(call uses,$(call unit,cells keys),tui)
$(call uses,$(call unit,rows viewer),tui,tests/tui/fixture)

$(call uses,$(B)/tests/probe/test_probe,words probe,tests/probe/calls)
$(call uses,$(B)/tests/probe/make_calls,,tests/probe/calls)
$(call uses,$(B)/tests/programs/ring_program,emit)
$(call uses,$(B)/tests/programs/threads_program,v31)
$(call uses,$(B)/tests/programs/replay_pairs,replay)
$(call uses,$(B)/tests/fuzz/hostile,cmd)
$(call uses,$(B)/tests/tui/make_trace,store,tests/tui/fixture)
$(call uses,$(addprefix $(B)/tests/tui/test_,screens walk terminal live compare),store,\
	tests/tui/fixture tests/tui/driver)
$(addprefix $(B)/tests/tui/test_,screens walk terminal live compare): LIBS += -lvterm -lutil
$(UNIT_TESTS): LIBS += -lcmocka

$(call uses,$(B)/tests/bench/bench_emit,emit)
$(call uses,$(B)/tests/bench/bench_store,record)
$(call uses,$(B)/tests/bench/bench_probe,probe)
$(call uses,$(B)/tests/bench/replay_loop,v31)
$(call uses,$(B)/tests/bench/view_keys,tui)
$(call uses,$(B)/tests/bench/client_port,v31 v43)
$(B)/tests/bench/client_curl: LIBS = -lcurl

PROGRAMS := $(SAMPLES) $(UNIT_TESTS) $(TEST_PROGRAMS) $(TEST_HELPERS) $(BENCHES) $(BENCH_HELPERS)
$(PROGRAMS): $(B)/%: $(B)/%.o
DEPS += $(patsubst %,%.d,$(PROGRAMS))
$(BINARIES) $(PROGRAMS): $(B)/flags
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $(filter %.o,$^) -Wl,--as-needed $(filter %.a,$^) $(LIBS)

demo: all
	@samples/demo $(B) $(WALK)

RUN_TESTS := tests/run --build $(B) $(if $(SAN),--sanitized)
tests: deps-check all $(UNIT_TESTS) $(TEST_PROGRAMS) $(TEST_HELPERS)
check: tests
	@$(RUN_TESTS) $(or $(TESTS),$(TEST_SCRIPTS) $(TEST_PROGRAMS) $(UNIT_TESTS))
check-long: tests
	@$(RUN_TESTS) --jobs 1 --limit $(LONG_LIMIT) $(or $(TESTS),$(LONG_TESTS))

# How the tree stands: what each of these finds is printed, one fault a line.
SOURCES := $(shell find core trace tui samples tests -name '*.[ch]' | sort)
HEADERS := $(filter %.h,$(SOURCES))

room_told = $(1):$(call listed,$(call folder,$(1))):$(call listed,$(NEEDS_$(1)))
check-layers:
	@tests/house/check-layers $(foreach r,$(ROOMS),$(call room_told,$(r)))

check-headers: $(HEADERS:%=$(B)/alone/%)

proportions:
	@tests/house/proportions $(foreach r,$(ROOMS),$(call room_told,$(r)))
check-proportions:
	@tests/house/proportions --check $(foreach r,$(ROOMS),$(call room_told,$(r)))

# A header says itself what it needs: each compiles with nothing before it.
COMPILE_HEADER = $(CC) $(CFLAGS_ALL)
$(B)/alone/trace/probe/kernel.h: COMPILE_HEADER = $(COMPILE_BPF)
$(B)/alone/%.h: %.h $(B)/flags | $(B)/gen/schema.h $(B)/gen/version.h $(B)/gen/probe.skel.h
	@mkdir -p $(@D)
	$(Q)$(COMPILE_HEADER) -MMD -MP -MF $@.d -MT $@ -fsyntax-only -include $< -x c /dev/null
	@touch $@
DEPS += $(HEADERS:%=$(B)/alone/%.d)

# The viewer and the commands are to follow.
check-heads:
	@tests/house/check-heads $(SOURCES)

# One command a source, as the rules above give it.
compdb: compile_commands.json
compile_commands.json: Makefile $(SOURCES)
	@tests/house/compdb '$(CC) $(CFLAGS_ALL)' $(filter-out %.bpf.c,$(filter %.c,$(SOURCES))) > $@

CLANG_TIDY ?= clang-tidy
tidy: compdb $(B)/gen/schema.h $(B)/gen/version.h $(B)/gen/probe.skel.h
	@.ci/deps lint
	@$(CLANG_TIDY) --quiet $(or $(TIDY),$(foreach r,$(ROOMS),$(call sources_of,$(r))))

# Objects of their own: those of the build are not made for counting.
coverage:
	@$(MAKE) check B=build-coverage OPT='-O0 -g --coverage' LDFLAGS=--coverage
	@tests/house/coverage build-coverage $(foreach r,$(ROOMS),$(call room_told,$(r)))

check-names:
	@tests/house/check-names

check-format:
	@$(CLANG_FORMAT) --dry-run -Werror $(SOURCES)
format:
	@$(CLANG_FORMAT) -i $(SOURCES)

# Pages that are generated from the sources, and from what they do.
docs: all
	docs/make-tornado-map > docs/tornado-map.md
	docs/make-keys > docs/keys.md
	docs/make-generations --build $(B)

bench: deps-bench all $(BENCHES) $(BENCH_HELPERS)
	@tests/bench/run $(B)

# The recorder needs these two to see what the kernel sees; the programs that it runs get neither.
install-caps:
	setcap cap_bpf,cap_perfmon+ep $(DESTDIR)$(PREFIX)/libexec/loopscope/loopscope-record

install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/libexec/loopscope \
		$(DESTDIR)$(PREFIX)/share/loopscope
	install -m 755 $(B)/loopscope $(DESTDIR)$(PREFIX)/bin/loopscope
	install -m 755 $(B)/loopscope-record $(B)/loopscope-client $(DESTDIR)$(PREFIX)/libexec/loopscope/
	cp -R core samples $(DESTDIR)$(PREFIX)/share/loopscope/

clean:
	rm -rf $(B)

-include $(DEPS)
