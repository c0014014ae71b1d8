SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help

GO            ?= go
FUZZTIME      ?= 10s
WORKFLOWCHECK := go.temporal.io/sdk/contrib/tools/workflowcheck@v0.6.0
GOLANGCI_LINT := $(shell command -v golangci-lint)

# The race detector needs a C compiler. Temporal's server is built in one mode only, the plain one: with another one
# (-race, -trimpath) its 1,200 packages would be compiled a second time.
# CI looks for data races, which takes twice as long.
RACE := $(if $(CI),$(if $(filter 1,$(shell $(GO) env CGO_ENABLED)),-race))

# Most tests wait more than they compute: more packages at a time than processors. CI's machines may be busy as it is.
WIDE     := $(if $(CI),,-p 4)
WIDE_DEV := -p $(if $(CI),1,2)

# Packages with tests that need a Temporal server.
SERVED := ./cmd/... ./operate/... ./worker/...

# Counts what "go build -v" compiles and passes complaints on.
PROGRESS := awk '/^go: downloading/ {next} /^[A-Za-z0-9_.\/-]+$$/ {if (++n % 100 == 0) {printf "  %d packages compiled\n", n; fflush()} next} {print; fflush()}'

# Gets a Temporal server unless there is one, showing how far it is.
PREPARE := $(GO) run -C dev . -prepare

.PHONY: help
help: ## List the commands
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-22s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: dev
dev: ## Start the development stack: phone, desk, connector, Temporal (ARGS="-help" lists its flags)
	@echo "== building the development stack: a second; the first time one or two minutes, and where no Temporal server"
	@echo "   can be found or fetched, another two to six to compile one"
	@$(GO) build -C dev -o .state/bin/dev .
	@cd dev && exec .state/bin/dev $(ARGS)

# All tests run on the server that docs/deploy/temporal.md names, which is compiled for its own tests anyway.
.PHONY: test
test: export TEMPORAL_DEV_FETCH ?= never
test: ## Run the tests: about six minutes on two cores, fewer where little has changed; test-long has those that take long
	@echo "== connector"
	$(GO) test $(RACE) $(WIDE) $$($(GO) list ./... | grep -vxFf <($(GO) list $(SERVED)))
	@$(MAKE) temporal
	@echo "== connector: what needs a Temporal server"
	@server=$$($(PREPARE) | tee >(cat >&2) | tail -n 1); TEMPORAL_DEV_BIN="$$server" $(GO) test $(RACE) $(WIDE) $(SERVED)
	@echo "== Temporal for development"
	$(GO) test -C dev/temporaldev ./...
	@echo "== development stack"
	$(GO) test -C dev $(WIDE_DEV) -timeout 30m ./...

.PHONY: test-long
test-long: export TEMPORAL_DEV_FETCH ?= never
test-long: ## Run the end-to-end tests that take long: another six minutes
	@$(PREPARE)
	LONG=only $(GO) test -C dev -p 1 -timeout 30m ./bench ./e2e

.PHONY: test-short
test-short: ## Run the tests that need no server, without the long ones and the race detector: about a minute
	$(GO) test -short -parallel 8 ./...

.PHONY: temporal
temporal:
	@echo "== compiling Temporal: two to six minutes on two cores the first time"
	@$(GO) build -C dev/temporaldev -v ./... 2>&1 | $(PROGRESS)

.PHONY: check
check: ## Check format, vet, determinism, import rules, go.mod and, where installed or reachable, golangci-lint and known vulnerabilities; the first time it compiles Temporal for some minutes
check: check-format check-vet check-workflows check-imports check-modules check-lint check-vulnerabilities

.PHONY: check-format
check-format:
	@echo "== gofmt"
	@files=$$(gofmt -l .); [ -z "$$files" ] || { echo "not formatted (gofmt -w .):" $$files; exit 1; }

.PHONY: check-vet
check-vet: temporal
	@echo "== go vet"
	$(GO) vet ./...
	$(GO) vet -C dev ./...
	$(GO) vet -C dev/temporaldev ./...

.PHONY: check-workflows
check-workflows: ## Check that workflows are deterministic
	@echo "== workflowcheck: workflows are deterministic"
	$(GO) run $(WORKFLOWCHECK) ./workflows/...

.PHONY: check-imports
check-imports:
	@echo "== import rules"
	$(GO) test -run '^TestImports' .

.PHONY: check-modules
check-modules:
	@echo "== go.mod and go.sum"
	$(GO) mod tidy -diff
	$(GO) -C dev mod tidy -diff
	$(GO) -C dev/temporaldev mod tidy -diff

.PHONY: check-lint
check-lint:
ifdef GOLANGCI_LINT
	@echo "== golangci-lint"
	$(GOLANGCI_LINT) run ./...
	cd dev && $(GOLANGCI_LINT) run --config ../.golangci.yml ./...
	cd dev/temporaldev && $(GOLANGCI_LINT) run --config ../../.golangci.yml ./...
else
	@echo "== golangci-lint is not installed: skipped"
endif

.PHONY: e2e
e2e: ## Run the end-to-end tests on the whole stack, with their log (RUN=name picks some)
	@$(PREPARE)
	$(GO) test -C dev -count=1 -v -run '$(RUN)' ./e2e/...

.PHONY: prove
prove: ## Run docker-compose.yml as processes on PostgreSQL: kill each process under load, roll out a build (RUN=name picks, ARGS="-figures 10000" measures)
	$(GO) test -C dev -count=1 -v -timeout 60m -run '$(RUN)' ./prove -postgres $(ARGS)

.PHONY: figures
figures: ## Measure what a follow, a message and a reply cost, on PostgreSQL, and renew the tables of docs/deploy/sizing.md
	$(GO) test -C dev -count=1 -v -timeout 60m -run 'FiguresOfActs' ./prove -postgres -figures $(or $(FOLLOWERS),500)
	@$(MAKE) figures-page

.PHONY: figures-page
figures-page: ## Renew the tables of docs/deploy/sizing.md from the figures that were measured last
	$(GO) run -C dev ./size -write-page ../docs/deploy/sizing.md

.PHONY: chaos
chaos: ## Kill, stop and mislead each process while followers write, and count what is lost (CELL=temporal/kill30 picks, ARGS="-help" lists the flags)
	@$(PREPARE)
	$(GO) run -C dev ./chaos -cell '$(CELL)' $(ARGS)

.PHONY: bench
bench: ## Measure acknowledgements, messages per second and C4C calls (ARGS="-help" lists the flags)
	$(GO) run -C dev ./bench $(ARGS)

.PHONY: attack
attack: ## Try the doors of an api from outside (ARGS="-api https://…" another one, "-tries" all ways into a whole stack, "-measure" what strangers cost, "-shares" what one follower takes from others)
	$(GO) run -C dev ./attack $(ARGS)

.PHONY: fuzz
fuzz: ## Fuzz every parser of strangers' bytes, FUZZTIME each (default 10s)
	@for package in $$($(GO) list ./...); do \
	  for target in $$($(GO) test -list '^Fuzz' $$package | grep '^Fuzz' || true); do \
	    echo "== $$package $$target"; \
	    $(GO) test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) $$package; \
	  done; \
	done

.PHONY: record
record: ## Record histories for the replay test from end-to-end runs; those that are there stay (RUN=name picks some)
	@$(PREPARE)
	$(GO) test -C dev -count=1 -v -run '$(RUN)' ./e2e/... -update

.PHONY: screenshots
screenshots: ## Take the pictures of README, runbook and the page's views with Chromium
	@$(PREPARE)
	SCREENSHOTS=$(CURDIR)/docs/img $(GO) test -C dev -count=1 -v -run 'Browser|Page|Phone|Follower(Closes|Erases)' ./e2e/...

.PHONY: generate
generate: ## Write docs/settings.md, .env.example and the table of causes anew
	@$(GO) run ./cmd/wechat-c4c config table > docs/settings.new && mv docs/settings.new docs/settings.md
	@$(GO) run ./cmd/wechat-c4c config env > .env.example
	@$(GO) test -count=1 -run '^TestTableOfCauses$$' ./docs -update

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
IMAGE   ?= wechat-c4c

# The same source gives the same bytes: no paths, no build id, no time.
STAMP   := github.com/wechat-c4c/wechat-c4c/cmd/wechat-c4c/app.Version=$(VERSION)
RELEASE := CGO_ENABLED=0 $(GO) build -trimpath -buildvcs=false -ldflags "-s -w -buildid= -X $(STAMP)"

PLATFORMS   ?= linux/amd64 linux/arm64
SBOM        := github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.10.0
GOVULNCHECK := golang.org/x/vuln/cmd/govulncheck@v1.8.0
BUILDKIT    ?= moby/buildkit:v0.29.0@sha256:0039c1d47e8748b5afea56f4e85f14febaf34452bd99d9552d2daa82262b5cc5
GRYPE       ?= anchore/grype:v0.117.0@sha256:ddf9e9f204049f3a4a0955ef70873cabab6a31432125ad4f20a490b54950a253

.PHONY: image
image: ## Build the container image (VERSION=, IMAGE=, BUILD_ARGS="--build-arg GOPROXY=…")
	docker build -f deploy/Dockerfile --target wechat-c4c --build-arg VERSION=$(VERSION) $(BUILD_ARGS) -t $(IMAGE):$(VERSION) .

.PHONY: images
images: ## Build the images of connector and simulators for all platforms into dist/, as OCI archives (VERSION=, BUILD_ARGS=)
	mkdir -p dist
	docker buildx create --name wechat-c4c --driver docker-container --driver-opt image=$(BUILDKIT)
	@trap 'docker buildx rm wechat-c4c' EXIT; \
	for target in wechat-c4c simulators; do \
	  echo "== image of $$target"; \
	  docker buildx build --builder wechat-c4c --platform "$$(echo $(PLATFORMS) | tr ' ' ,)" --provenance=false \
	    -f deploy/Dockerfile --target $$target --build-arg VERSION=$(VERSION) $(BUILD_ARGS) \
	    --output type=oci,dest=dist/$$target.oci.tar . || exit 1; \
	done

.PHONY: release
release: ## Build static binaries, their checksums and a bill of materials into dist/ (VERSION=)
	rm -rf dist && mkdir -p dist/cloudfoundry
	@for platform in $(PLATFORMS); do \
	  name=wechat-c4c_$(VERSION)_$${platform%/*}_$${platform#*/}; \
	  echo "== $$name"; \
	  GOOS=$${platform%/*} GOARCH=$${platform#*/} $(RELEASE) -o dist/$$name ./cmd/wechat-c4c; \
	done
	cp dist/wechat-c4c_$(VERSION)_linux_amd64 dist/cloudfoundry/wechat-c4c
	@for binary in $$(cd dist && echo wechat-c4c_*); do \
	  echo "== bill of materials of $$binary"; \
	  $(GO) run $(SBOM) bin -json -std -notimestamp -noserial -version $(VERSION) -output dist/$$binary.cdx.json dist/$$binary || exit 1; \
	done
	@echo "== Helm chart"
	$(GO) run -C dev ./chart -version $(VERSION) -into ../dist
	cd dist && sha256sum wechat-c4c_* wechat-c4c-*.tgz > SHA256SUMS

.PHONY: notes
notes: ## Write what CHANGELOG.md says about a release into dist/notes.md (VERSION=)
	@mkdir -p dist
	@awk -v version='$(VERSION)' '/^## / {name = $$2; gsub(/[][]/, "", name); sub(/^v/, "", name); on = name "" == version ""; next} on' CHANGELOG.md | \
	  sed -e 's|](|](https://github.com/wechat-c4c/wechat-c4c/blob/v$(VERSION)/|g' -e 's|]([^)]*/\(https\{0,1\}://\)|](\1|g' > dist/notes.md
	@grep -q '[^[:space:]]' dist/notes.md || { echo "CHANGELOG.md says nothing about $(VERSION)"; exit 1; }

.PHONY: reproduce
reproduce: ## Build the release binary in two directories, the second time from nothing, and compare the bytes
	@tmp=$$(mktemp -d); trap 'chmod -R u+w "$$tmp"; rm -rf "$$tmp"' EXIT; \
	for tree in one two/deeper; do \
	  mkdir -p "$$tmp/$$tree"; \
	  git ls-files -z --cached --others --exclude-standard | tar --null --ignore-failed-read -T - -cf - | tar -xf - -C "$$tmp/$$tree"; \
	  echo "== building in $$tmp/$$tree"; \
	  (cd "$$tmp/$$tree" && { [ $$tree = one ] || export GOCACHE="$$tmp/cache"; } && $(RELEASE) -o "$$tmp/$${tree%%/*}.bin" ./cmd/wechat-c4c); \
	done; \
	sha256sum "$$tmp"/*.bin; \
	cmp "$$tmp/one.bin" "$$tmp/two.bin" && echo "the same bytes"

.PHONY: scan
scan: ## Look for known vulnerabilities in the container image (VERSION=, IMAGE=)
	@tmp=$$(mktemp -d); trap 'rm -rf "$$tmp"' EXIT; chmod 0755 "$$tmp"; \
	docker save --output "$$tmp/image.tar" $(IMAGE):$(VERSION); chmod 0644 "$$tmp/image.tar"; \
	docker run --rm -v "$$tmp/image.tar:/image.tar:ro" $(GRYPE) docker-archive:/image.tar --only-fixed --fail-on high

.PHONY: check-vulnerabilities
check-vulnerabilities: ## Look for known vulnerabilities in what the binary calls, where their database can be reached
	@echo "== govulncheck"
	@if curl -sfo /dev/null --max-time 10 https://vuln.go.dev/index/db.json; then \
	  $(GO) run $(GOVULNCHECK) ./...; \
	else \
	  echo "vuln.go.dev cannot be reached: NOT checked"; \
	fi

.PHONY: build
build: ## Build bin/wechat-c4c
	$(GO) build -o bin/ ./cmd/wechat-c4c
