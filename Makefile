# Every command a person or CI needs; `make` alone lists them.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
BUILD := CGO_ENABLED=0 go build -trimpath -ldflags '-s -w -X main.version=$(VERSION)'
LINT_VERSION := v2.15.0
LINT := bin/golangci-lint-$(LINT_VERSION)
FUZZ_TIME ?= 10s
SOAK_MINUTES ?= 10

# The tests' rule: with this set, a tool that is missing fails a test, never skips it.
export OPENLEND_TEST_TOOLS := required

.PHONY: help build test check race fuzz lint bench soak e2e-all clean tools

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## build bin/openlend, one static program
	$(BUILD) -o bin/openlend ./cmd/openlend

test: tools ## run every test on SQLite and PostgreSQL; installs what Debian has and we lack
	bin/withpg -- go test -count=1 -timeout 10m ./...

check: test lint race fuzz ## everything a change must pass: test, lint, race detector, short fuzz

race: tools ## run every test under the race detector
	bin/withpg -- go test -race -count=1 -timeout 20m ./...

fuzz: ## run every fuzz target for FUZZ_TIME (10s)
	@grep -rHo --include='*_test.go' '^func Fuzz[A-Za-z0-9_]*' . \
	| sed -E 's|(.*)/[^/]*:func (.*)|\1 \2|' | sort \
	| while read -r package target; do \
		echo "fuzz $$package $$target"; \
		go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZ_TIME) "$$package" </dev/null; \
	done

lint: $(LINT) ## run golangci-lint (built once into bin/, about a minute)
	$(LINT) run

bench: build ## measure the ledger and the platform on both engines, durable settings
	for engine in sqlite postgres; do \
		bin/openlend bench ledger --engine $$engine --json; \
		bin/openlend bench platform --engine $$engine --json; \
	done

e2e-all: tools ## the end-to-end tests at full size: 2,000 lenders at one listing, one node and three
	OPENLEND_TEST_FULL=1 bin/withpg -- go test -count=1 -v -timeout 20m ./test

soak: build ## kill writers for SOAK_MINUTES (10) on each engine and check the books
	bin/openlend bench crash --engine sqlite --minutes $(SOAK_MINUTES)
	bin/openlend bench crash --engine postgres --minutes $(SOAK_MINUTES)

clean: ## remove what was built
	rm -rf bin

# Go's own cache knows what changed, so this is quick and always right.
tools:
	@go build -o bin/withpg ./internal/pgcluster/withpg
	@.ci/need postgresql bin/withpg --find
	@.ci/need hledger hledger --version

$(LINT):
	GOBIN=$(CURDIR)/bin go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION)
	mv bin/golangci-lint $@
