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

Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-7s %s\n' '$(1)' '$(2)')

# What each room consists of.  A room is an archive; a program links only the
# rooms it may use, so that a wrong dependency does not link.

BASE := trace/failure trace/json trace/safe
EMIT := trace/catalog trace/emit trace/emit_attach
CORE := core/buffer core/callback core/concurrent core/descriptor core/exc core/gen \
          core/gen_runner core/gen_yield core/generation core/gzip core/httpclient \
          core/httpclient_message core/httputil core/httputil_dict core/httputil_text \
          core/ioloop core/ioloop_instance core/ioloop_ready core/ioloop_report core/ioloop_run \
          core/ioloop_timeouts core/iostream core/iostream_chunks core/iostream_read \
          core/iostream_report \
          core/iostream_search core/iostream_socket core/iostream_write core/netutil \
          core/netutil_override core/poller_epoll core/python core/simple_httpclient \
          core/stack_context core/text core/url core/value core/waker \
          core/v31/http_body core/v31/http_connection core/v31/http_request \
        core/v31/http_response
STORE := trace/article trace/article_apply trace/article_spans trace/replay trace/replay_fold \
          trace/replay_fold_future trace/replay_fold_http trace/replay_fold_kernel \
          trace/replay_fold_loop trace/replay_fold_socket \
          trace/replay_fold_stream trace/replay_heap \
          trace/replay_keyframes trace/replay_look trace/replay_next trace/replay_state \
          trace/replay_table \
          trace/store trace/store_create trace/store_open trace/store_snapshot
STEPS := trace/at trace/query trace/steps trace/steps_tables trace/walk trace/why trace/why_rows
DIFF := trace/diff trace/diff_contents trace/diff_explain trace/diff_key trace/diff_kinds trace/diff_lanes \
          trace/diff_load trace/diff_near trace/diff_objects trace/diff_rules trace/diff_sequence trace/diff_timeouts \
          trace/diff_timing trace/diff_tree
CHECK := trace/check_article trace/check_rules trace/check_rules_names trace/check_rules_parse
RECORD := trace/descriptors trace/drain trace/ids trace/mask trace/objects trace/record \
          trace/record_attach \
          trace/record_facts trace/record_kernel trace/record_notes trace/record_sources \
          trace/record_spawn trace/recover trace/render trace/render_number \
          trace/ring_file trace/source \
          trace/syscalls trace/syscalls_descriptors trace/syscalls_options trace/syscalls_words trace/writer trace/writer_calls \
          trace/writer_resume trace/writer_rows
PROBE := trace/doctor trace/probe trace/probe_drain trace/probe_reason
SCENARIO := samples/scenario/payload samples/scenario/peer samples/scenario/peer_listen \
          samples/scenario/peer_pace samples/scenario/peer_request \
          samples/scenario/peer_verbs samples/scenario/scenario \
          samples/scenario/scenario_headers samples/scenario/scenario_script \
          samples/scenario/watch
CLIENT := samples/client/client samples/client/download samples/client/outcome \
          samples/client/plan samples/client/plan_scenario samples/loop/loop_callbacks \
          samples/loop/loop_handlers samples/loop/loop_kit samples/loop/loop_programs \
          samples/loop/loop_timeouts
TUI := tui/about tui/cells tui/cells_print tui/cells_text tui/compare tui/compare_draw \
          tui/complaints tui/escapes tui/layout tui/live tui/model tui/moves tui/page \
          tui/page_show tui/prompt tui/requests tui/rows tui/rows_levels tui/rows_walk tui/scan tui/shorten \
          tui/sql tui/words tui/styles tui/terminal_guard tui/terminal_ncurses tui/timeline \
          tui/view_futures tui/view_help tui/view_http tui/view_kernel tui/view_list \
          tui/view_loop tui/view_narration tui/view_next tui/view_source tui/view_steps tui/view_stream \
          tui/view_timeline tui/view_why tui/view_words tui/viewer tui/viewer_frame \
          tui/viewer_keys tui/viewer_live tui/viewer_mouse tui/viewer_panes tui/viewer_plain \
          tui/viewer_prompt tui/viewer_walk
COMMANDS := trace/cmd/attach trace/cmd/check_article trace/cmd/check_rules trace/cmd/diff trace/cmd/diff_json trace/cmd/diff_text trace/cmd/diff_timing \
          trace/cmd/common trace/cmd/doctor trace/cmd/fetch trace/cmd/help trace/cmd/info trace/cmd/main \
          trace/cmd/options trace/cmd/play trace/cmd/record trace/cmd/recorder \
          trace/cmd/check trace/cmd/recover trace/cmd/serve trace/cmd/state trace/cmd/state_json \
          trace/cmd/state_text trace/cmd/state_words trace/cmd/steps trace/cmd/steps_json \
          trace/cmd/steps_numbered trace/cmd/steps_text trace/cmd/steps_tsv \
          trace/cmd/syscalls trace/cmd/syscalls_rows trace/cmd/syscalls_tsv \
          trace/cmd/query trace/cmd/query_print trace/cmd/query_table \
          trace/cmd/view trace/cmd/view_compare trace/cmd/view_screen trace/cmd/why trace/cmd/why_json trace/cmd/why_text

SAMPLE_NAMES := 01_callback 02_timeout 03_coroutine 04_fetch

room = $(B)/room/$(1).a
objects = $(addprefix $(B)/,$(addsuffix .o,$(1)))

BINARIES := $(B)/loopscope $(B)/loopscope-record $(B)/loopscope-client
SAMPLES  := $(addprefix $(B)/samples/,$(SAMPLE_NAMES))

# Unit tests, each with the rooms that it may link.
UNIT_TESTS_OF_CORE  := exc stack_context concurrent ioloop ioloop_epoll ready gen httputil iostream \
                       netutil http_client
UNIT_TESTS_OF_TRACE := diff diff_mutations emit catalog json replay replay_next replay_state article steps render mask writer store syscalls
UNIT_TESTS_OF_SCENARIO := scenario peer pace watch
UNIT_TESTS_OF_TUI := cells keys rows viewer
UNIT_TEST_NAMES := $(UNIT_TESTS_OF_CORE) $(UNIT_TESTS_OF_TRACE) $(UNIT_TESTS_OF_SCENARIO) \
                   $(UNIT_TESTS_OF_TUI)
UNIT_TESTS := $(addprefix $(B)/tests/unit/test_,$(UNIT_TEST_NAMES))
TEST_SCRIPTS := tests/commands/test_diff.py tests/commands/test_grading.py \
                tests/golden/test_conformance.py tests/golden/test_segments.py \
                tests/golden/test_memory.py tests/golden/test_extra.py \
                tests/commands/test_docs.py tests/ring/test_record.py \
                tests/tui/test_tour.py tests/tui/test_scenes.py \
                tests/commands/test_demo.py tests/commands/test_install.py \
                tests/commands/test_samples.py tests/commands/test_servers.py \
                tests/commands/test_trouble.py tests/commands/test_why.py \
                tests/commands/test_queries.py tests/commands/test_replay.py \
                tests/commands/test_threads.py tests/fuzz/test_hostile_traces.py \
                tests/probe/test_kernel_rows.py tests/probe/test_strangers.py \
                tests/probe/test_recorder.py
TEST_PROGRAMS := $(B)/tests/probe/test_probe $(B)/tests/tui/test_screens \
                 $(B)/tests/tui/test_walk $(B)/tests/tui/test_terminal \
                 $(B)/tests/tui/test_live $(B)/tests/tui/test_compare
TEST_HELPERS := $(B)/tests/probe/make_calls $(B)/tests/probe/refuse \
                $(B)/tests/unit/ring_program $(B)/tests/unit/replay_pairs \
                $(B)/tests/unit/threads_program \
                $(B)/tests/fuzz/hostile $(B)/tests/tui/make_trace
BENCHES := $(B)/tests/bench/bench_emit $(B)/tests/bench/bench_store $(B)/tests/bench/bench_probe
BENCH_HELPERS := $(B)/tests/bench/replay_loop $(B)/tests/bench/view_keys

.DEFAULT_GOAL := all
.PHONY: all help deps deps-build deps-check deps-bench demo check bench install install-caps clean docs
.DELETE_ON_ERROR:
.SUFFIXES:

all: $(BINARIES) $(SAMPLES)

help:
	@echo 'make            build build/loopscope and its companions'
	@echo 'make demo       record a real fetch and step through it'
	@echo 'make check      run every test        (SAN=address,undefined, CC=clang, WERROR=1)'
	@echo 'make bench      print the figures'
	@echo 'make install    DESTDIR= PREFIX=/usr/local'
	@echo 'make install-caps  let everybody record the kernel'"'"'s view (as root)'
	@echo 'make deps       install what building and testing need'
	@echo 'make clean'

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
$(B)/gen/schema.h: trace/schema.sql
	@mkdir -p $(@D)
	@{ echo 'static const char schema_sql[] ='; \
	   sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/.*/\t"&\\n"/' $<; echo ';'; } > $@

$(B)/gen/version.h: Makefile
	@mkdir -p $(@D)
	@printf '#define LOOPSCOPE_VERSION "%s"\n' '$(VERSION)' > $@

# What runs in the kernel, and the header through which the recorder loads it.
BPFTOOL ?= $(or $(shell command -v bpftool),/usr/sbin/bpftool)
BPF_CLANG ?= clang
$(B)/trace/probe.bpf.o: trace/probe.bpf.c | deps-build
	@mkdir -p $(@D)
	$(call say,BPF,$<)
	$(Q)$(BPF_CLANG) -target bpf -mcpu=v3 -O2 -g -D__TARGET_ARCH_x86 -I. \
		-I/usr/include/$(shell uname -m)-linux-gnu -Wall -Wextra -Wno-unused-parameter \
		-MMD -MP -c -o $@ $<
$(B)/gen/probe.skel.h: $(B)/trace/probe.bpf.o
	@mkdir -p $(@D)
	$(Q)$(BPFTOOL) gen skeleton $< name probe_bpf > $@ 2>/dev/null
$(B)/trace/probe.o $(B)/trace/probe_drain.o: $(B)/gen/probe.skel.h
DEPS += $(B)/trace/probe.bpf.d

# room(name, objects)
define room_rule
$(B)/room/$(1).a: $$(call objects,$(2)) Makefile
	@mkdir -p $$(@D)
	$$(Q)rm -f $$@ && ar crs $$@ $$(filter %.o,$$^)
DEPS += $$(patsubst %.o,%.d,$$(call objects,$(2)))
endef
$(eval $(call room_rule,base,$(BASE)))
$(eval $(call room_rule,emit,$(EMIT)))
$(eval $(call room_rule,core,$(CORE)))
$(eval $(call room_rule,store,$(STORE)))
$(eval $(call room_rule,steps,$(STEPS)))
$(eval $(call room_rule,diff,$(DIFF)))
$(eval $(call room_rule,check,$(CHECK)))
$(eval $(call room_rule,record,$(RECORD)))
$(eval $(call room_rule,tui,$(TUI)))
$(eval $(call room_rule,scenario,$(SCENARIO)))
$(eval $(call room_rule,probe,$(PROBE)))

CORE_ROOMS  := $(call room,core) $(call room,emit)
CORE_LIBS   := -lpcre2-8 -lz -lcrypto
STORE_ROOMS := $(call room,store) $(call room,base) $(call room,emit)
STORE_LIBS  := -lsqlite3
TUI_LIBS    := -lncursesw -ltinfo
PROBE_LIBS  := -lbpf -lelf -lz

# Every program says here which rooms and libraries it links.
$(B)/loopscope: $(call objects,$(COMMANDS)) $(call room,diff) $(call room,check) \
	$(call room,scenario) $(call room,tui) $(call room,steps) \
	$(call room,record) $(STORE_ROOMS)
$(B)/loopscope: LIBS := $(STORE_LIBS) $(TUI_LIBS)
$(B)/loopscope-record: $(B)/trace/record_main.o $(call room,record) $(call room,probe) \
	$(STORE_ROOMS)
$(B)/loopscope-record: LIBS := $(STORE_LIBS) $(PROBE_LIBS)
$(B)/loopscope-client: $(call objects,$(CLIENT)) $(call room,scenario) $(call room,base) \
	$(CORE_ROOMS)
$(B)/loopscope-client: LIBS := $(CORE_LIBS) -lm
$(SAMPLES): $(B)/samples/%: $(B)/samples/%.o $(CORE_ROOMS)
$(SAMPLES): LIBS := $(CORE_LIBS)

unit = $(addprefix $(B)/tests/unit/test_,$(1))
$(UNIT_TESTS): $(B)/tests/unit/%: $(B)/tests/unit/%.o
$(call unit,$(UNIT_TESTS_OF_CORE)): $(CORE_ROOMS)
$(call unit,$(UNIT_TESTS_OF_CORE)): LIBS := -lcmocka $(CORE_LIBS)
$(call unit,ioloop): $(call objects,tests/unit/fake_loop)
$(call unit,iostream): $(call objects,tests/unit/stream_pair)
$(call unit,http_client): $(call objects,tests/unit/http_peer)
$(call unit,$(UNIT_TESTS_OF_TRACE)): LIBS := -lcmocka $(STORE_LIBS)
$(call unit,$(UNIT_TESTS_OF_SCENARIO)): LIBS := -lcmocka
$(call unit,$(UNIT_TESTS_OF_TUI)): $(call room,tui) $(call room,steps) $(STORE_ROOMS)
$(call unit,$(UNIT_TESTS_OF_TUI)): LIBS := -lcmocka $(STORE_LIBS) $(TUI_LIBS)
$(call unit,rows viewer): $(B)/tests/tui/fixture.o
$(call unit,emit catalog): $(call room,emit)
$(call unit,json): $(call room,base)
$(call unit,replay replay_next replay_state): $(call objects,tests/unit/replay_kit) $(STORE_ROOMS)
$(call unit,article): $(call objects,tests/unit/golden_loader tests/unit/golden_values) $(STORE_ROOMS)
$(call unit,steps): $(call objects,tests/unit/golden_loader tests/unit/golden_values \
	trace/cmd/steps_text trace/cmd/steps_tsv trace/cmd/steps_numbered trace/cmd/steps_json \
	trace/cmd/common) $(call room,steps) $(STORE_ROOMS)
$(call unit,render mask writer store syscalls): $(call room,record) $(STORE_ROOMS)
$(call unit,diff diff_mutations): $(call objects,tests/unit/diff_kit tests/unit/golden_loader \
	tests/unit/golden_values) $(call room,diff) $(call room,steps) $(STORE_ROOMS)
$(call unit,$(UNIT_TESTS_OF_SCENARIO)): $(call room,scenario)
$(call unit,peer pace): $(call objects,tests/unit/peer_play)

$(BENCHES): $(B)/tests/bench/%: $(B)/tests/bench/%.o
$(B)/tests/bench/bench_emit: $(call room,emit)
$(B)/tests/bench/view_keys: $(B)/tests/bench/view_keys.o $(call room,tui) $(call room,steps) $(STORE_ROOMS)
$(B)/tests/bench/view_keys: LIBS := $(STORE_LIBS) $(TUI_LIBS)
$(B)/tests/bench/replay_loop: $(B)/tests/bench/replay_loop.o $(CORE_ROOMS)
$(B)/tests/bench/replay_loop: LIBS := $(CORE_LIBS)
$(B)/tests/bench/bench_store: $(call room,record) $(STORE_ROOMS)
$(B)/tests/bench/bench_store: LIBS := $(STORE_LIBS)

$(B)/tests/bench/bench_probe: $(call room,probe)
$(B)/tests/bench/bench_probe: LIBS := $(PROBE_LIBS)
$(TEST_PROGRAMS) $(TEST_HELPERS): $(B)/%: $(B)/%.o
$(B)/tests/probe/test_probe: $(B)/tests/probe/calls.o $(call objects,trace/syscalls \
	trace/syscalls_descriptors trace/syscalls_options trace/syscalls_words) $(call room,probe)
$(B)/tests/probe/test_probe: LIBS := $(PROBE_LIBS)
$(B)/tests/unit/replay_pairs: $(STORE_ROOMS)
$(B)/tests/unit/replay_pairs: LIBS := $(STORE_LIBS)
$(B)/tests/fuzz/hostile: $(filter-out $(B)/trace/cmd/main.o,$(call objects,$(COMMANDS))) \
	$(call room,diff) $(call room,check) $(call room,scenario) $(call room,tui) \
	$(call room,steps) $(call room,record) $(STORE_ROOMS)
$(B)/tests/fuzz/hostile: LIBS := $(STORE_LIBS) $(TUI_LIBS)
$(B)/tests/tui/make_trace: $(B)/tests/tui/fixture.o
$(B)/tests/tui/make_trace: LIBS := $(STORE_LIBS)
TESTS_OF_TUI := $(addprefix $(B)/tests/tui/test_,screens walk terminal live compare)
$(TESTS_OF_TUI): $(B)/tests/tui/fixture.o $(B)/tests/tui/driver.o
$(TESTS_OF_TUI): LIBS := $(STORE_LIBS) -lvterm -lutil
$(B)/tests/probe/make_calls: $(B)/tests/probe/calls.o
$(B)/tests/unit/ring_program: $(call room,emit)
$(B)/tests/unit/threads_program: $(CORE_ROOMS)
$(B)/tests/unit/threads_program: LIBS := $(CORE_LIBS)

$(BINARIES) $(SAMPLES) $(UNIT_TESTS) $(TEST_PROGRAMS) $(TEST_HELPERS) $(BENCHES) $(BENCH_HELPERS): $(B)/flags
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $(filter %.o,$^) -Wl,--start-group $(filter %.a,$^) \
		-Wl,--end-group $(LIBS)
DEPS += $(patsubst %,%.d,$(SAMPLES) $(UNIT_TESTS) $(TEST_PROGRAMS) $(TEST_HELPERS) $(BENCHES) $(BENCH_HELPERS)) \
	$(B)/trace/record_main.d $(patsubst %.o,%.d,$(call objects,$(COMMANDS) $(CLIENT)))

demo: all
	@samples/demo $(B)

check: deps-check all $(UNIT_TESTS) $(TEST_PROGRAMS) $(TEST_HELPERS)
	@tests/run --build $(B) $(if $(SAN),--sanitized) \
		$(or $(TESTS),$(TEST_SCRIPTS) $(TEST_PROGRAMS) $(UNIT_TESTS))

# Pages that are generated from the sources.
docs:
	docs/make-tornado-map > docs/tornado-map.md
	docs/make-keys > docs/keys.md

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
