# The two commands of the README are `make demo` and `make test`.
# `make help` lists the others.

GO       ?= go
TOOL     := $(GO) tool -modfile=tools/go.mod
VERSION  ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS  := -s -w -X main.version=$(VERSION)
FUZZTIME ?= 1000000x
DATA     ?= $(firstword $(wildcard ../shared/data) examples)
SIZES    ?= 10k,100k
PGO      := cmd/lenscap/release.pgo

.DEFAULT_GOAL := help

.PHONY: help
help: ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: ## build the static binary into dist/lenscap
	@mkdir -p dist
	CGO_ENABLED=0 $(GO) build -trimpath -pgo $(PGO) -ldflags '$(LDFLAGS)' -o dist/lenscap ./cmd/lenscap

.PHONY: demo
demo: build ## audit the captures in examples/, print the table and the path of the report
	dist/lenscap audit -o dist/report.html examples/*.pcap*

.PHONY: test
test: ## install what the tests need (Debian), then run all of them
	@scripts/test-tools
	$(GO) test -timeout 14m ./...

.PHONY: check
check: fmt vet lint test vuln ## format, vet, lint, tests, known faults: run before every push

.PHONY: fmt
fmt: ## fail when a file is not gofmt-ed
	@out=$$(git ls-files -co --exclude-standard '*.go' | xargs gofmt -l); if [ -n "$$out" ]; then echo "not formatted (gofmt -w):"; echo "$$out"; exit 1; fi

.PHONY: vet
vet: ## go vet
	$(GO) vet ./...

.PHONY: lint
lint: ## golangci-lint with the few linters of .golangci.yml
	$(TOOL) golangci-lint run

.PHONY: vuln
vuln: ## govulncheck; says so and goes on when the fault database cannot be reached
	@scripts/vuln "$(TOOL)"

.PHONY: race
race: ## the tests under the race detector (needs a C compiler)
	CGO_ENABLED=1 $(GO) test -race -short ./...

.PHONY: fuzz
fuzz: ## every fuzz target for FUZZTIME inputs (default one million)
	@scripts/fuzz "$(FUZZTIME)"

.PHONY: bench
bench: ## the whole audit beside tcpdump, nfpcapd, tshark …; writes docs/benchmarks.md (6 GB in out/bench, half an hour)
	@scripts/bench-tools
	PATH="$$PATH:/usr/sbin" $(GO) run ./internal/lab/bench

.PHONY: pgo
pgo: ## write the profile that `make build` compiles with, from audits of the bench's captures
	$(GO) run ./internal/lab/bench -pgo $(PGO)

.PHONY: bench-hub
bench-hub: ## the hub on estates of SIZES devices (1m: 15 GB, an hour), into docs/benchmarks.md
	@scripts/bench-tools
	$(GO) run ./internal/lab/bench -hub -sizes "$(SIZES)"

.PHONY: score
score: ## precision and recall per claim and grade on labelled captures in DATA
	@$(GO) run ./internal/lab/score $(DATA)

.PHONY: docs
docs: ## write the reference pages that are generated from the source
	$(GO) test ./cmd/lenscap -run Reference -update
	LENSCAP_UPDATE=1 $(GO) test ./internal/report -run SchemaFile
	LENSCAP_UPDATE=1 $(GO) test ./internal/access -run ReferencePage
	LENSCAP_UPDATE=1 $(GO) test ./internal/settings ./internal/api ./internal/metric ./internal/web -run Reference

.PHONY: examples
examples: ## write examples/ again (the lab's station and estate; the mixed site needs the shared data set)
	$(GO) run ./internal/lab/station examples/lab-station.pcapng
	$(GO) run ./internal/lab/estate examples/estate

.PHONY: ui
ui: ## build the script of the hub's pages (TypeScript in ui/hub) with esbuild
	$(GO) generate ./ui

.PHONY: axe
axe: ## fetch axe-core from npm into out/, for the accessibility test of the report
	npm install --silent --no-audit --no-fund --prefix out/axe axe-core

.PHONY: picture
picture: demo ## take the README's pictures of the report and the hub with Chromium
	$(GO) run ./scripts/picture dist/report.html '#h-talk' docs/images/report.png
	$(GO) run ./scripts/picture hub docs/images/hub.png

.PHONY: deb
deb: build ## build the Debian package into dist/ and look into it
	@scripts/deb "$(VERSION)" "$(TOOL)"

.PHONY: release
release: ## build archives and packages with goreleaser, as a dry run
	goreleaser release --snapshot --clean
