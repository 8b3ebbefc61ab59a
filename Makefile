# loopscope: see README.md.  `make help` lists the targets.

VERSION := 0.1.0
PREFIX  ?= /usr/local
DESTDIR ?=
B       := build

ifeq ($(origin CC),default)
CC := gcc
endif
OPT      ?= -O2 -g
WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion -Wstrict-prototypes \
            -Wmissing-prototypes -Wpointer-arith -Wcast-qual $(if $(WERROR),-Werror)
SANFLAGS := $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer)
CFLAGS_ALL := -std=gnu11 -D_GNU_SOURCE -I. -I$(B) $(OPT) $(WARNINGS) $(SANFLAGS) -pthread $(CFLAGS)
LDFLAGS_ALL := $(SANFLAGS) -pthread $(LDFLAGS)

Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-7s %s\n' '$(1)' '$(2)')

# Rooms.  Arrows run one way: a binary links only the rooms it may use.

include rooms.mk

.DEFAULT_GOAL := all
.PHONY: all help deps deps-build deps-check deps-bench demo check bench install clean docs
.DELETE_ON_ERROR:
.SUFFIXES:

all: $(BINARIES) $(SAMPLES)

help:
	@echo 'make            build build/loopscope and its companions'
	@echo 'make demo       record a real fetch and step through it'
	@echo 'make check      run every test        (SAN=address,undefined, CC=clang, WERROR=1)'
	@echo 'make bench      print the figures'
	@echo 'make install    DESTDIR= PREFIX=/usr/local'
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
	@printf '#define LOOPSCOPE_VERSION "%s"\n#define LOOPSCOPE_LIBEXEC "%s"\n#define LOOPSCOPE_SHARE "%s"\n' \
		'$(VERSION)' '$(PREFIX)/libexec/loopscope' '$(PREFIX)/share/loopscope' > $@

$(BINARIES) $(SAMPLES) $(UNIT_TESTS) $(TEST_PROGRAMS) $(BENCHES): $(B)/flags
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $(filter %.o,$^) $(LIBS)

demo: all
	@samples/demo $(B)

check: deps-check all $(UNIT_TESTS) $(TEST_PROGRAMS)
	@tests/run --build $(B) $(if $(SAN),--sanitized) $(TESTS)

bench: deps-bench all $(BENCHES)
	@tests/bench/run $(B)

install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/libexec/loopscope \
		$(DESTDIR)$(PREFIX)/share/loopscope/core $(DESTDIR)$(PREFIX)/share/loopscope/scenarios
	install -m 755 $(B)/loopscope $(DESTDIR)$(PREFIX)/bin/loopscope
	install -m 755 $(B)/loopscope-record $(B)/loopscope-client $(DESTDIR)$(PREFIX)/libexec/loopscope/
	cp -R core samples $(DESTDIR)$(PREFIX)/share/loopscope/

clean:
	rm -rf $(B)

-include $(DEPS)
