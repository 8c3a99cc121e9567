# Mayday. `make` alone prints what there is.
# Assumed on the machine: Go 1.26 and Node.js 20.19 with npm. scripts/need.sh names or installs the rest.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

UI := web/ui
DIST := $(UI)/dist/index.html
LINT := go tool -modfile=tools/go.mod golangci-lint

# Tests measure sound and time in a browser: one package runs at a time, and what it needs is built before.
TEST_PARALLEL ?= 1
TEST_TIMEOUT ?= 45m
FUZZ_TIME ?= 10s

.PHONY: help
help: ## print this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

.PHONY: build
build: ui ## build the workspace and the program: bin/mayday
	go build -trimpath -o bin/mayday ./cmd/mayday

.PHONY: demo
demo: ## set up what is missing and run everything on this machine
	@scripts/need.sh demo
	@$(MAKE) --no-print-directory build
	exec bin/mayday demo $(DEMO_FLAGS)

.PHONY: test
test: ## set up what the tests need and run them all
	@scripts/need.sh test
	@$(MAKE) --no-print-directory ui-test
	go vet ./...
	go build -race ./...
	go test -race -p $(TEST_PARALLEL) -timeout $(TEST_TIMEOUT) ./...

.PHONY: lint
lint: ## check the Go code with golangci-lint; each rule's reason is in .golangci.yaml
	$(LINT) run ./...

.PHONY: ui
ui: $(DIST) ## build the browser pages into web/ui/dist

# The pages are rebuilt when a source, the lock file or a setting of the build is newer.
UI_SOURCES := $(shell find $(UI) -type f -not -path '*/node_modules/*' -not -path '$(UI)/dist/*' 2>/dev/null)

$(DIST): $(UI)/node_modules/.package-lock.json $(UI_SOURCES)
	npm --prefix $(UI) run build
	@touch $(DIST)

$(UI)/node_modules/.package-lock.json: $(UI)/package.json $(UI)/package-lock.json
	npm --prefix $(UI) ci
	@touch $@

.PHONY: ui-test
ui-test: ui ## type-check the browser pages and run their own tests
	npm --prefix $(UI) run typecheck --if-present
	npm --prefix $(UI) test --if-present

.PHONY: fuzz
fuzz: ## fuzz every parser for FUZZ_TIME each (10s)
	@scripts/fuzz.sh $(FUZZ_TIME)

.PHONY: bench
bench: build ## measure a node on this machine for some minutes; BENCH_FLAGS="--only dial --json FILE"
	bin/mayday bench $(BENCH_FLAGS)

.PHONY: bench-parts
bench-parts: ## run the Go benchmarks of the parts
	go test -run '^$$' -bench . -benchmem ./...

.PHONY: conformance
conformance: ## write docs/conformance.md from the citations in the sources
	go test -run TestEveryCitedStandardIsListed . -update
