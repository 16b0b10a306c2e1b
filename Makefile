# Honeydew. `make` alone lists what there is to make.

PREFIX ?= /usr/local
DESTDIR ?=
VENV := .build/venv
PYTHON := $(VENV)/bin/python
PACKAGES := libsqlite3-dev libssl-dev libcurl4-openssl-dev libnghttp2-dev libargon2-dev libyaml-dev zlib1g-dev \
	libseccomp-dev pkg-config python3-venv openssl protobuf-compiler nghttp2-client beanstalkd task-spooler tzdata faketime systemd \
	seccomp strace man-db gcc libc6-dev git util-linux mount e2fsprogs zsh fish jq binutils devscripts
BINARIES := honeydewd honeydew-worker honeydew
# Every symbol is bound at the start, in pages that are read-only then; and no library is looked for beside a binary.
HARDENING := -Xlinker -z -Xlinker now --disable-local-rpath

.DEFAULT_GOAL := help
.PHONY: help swift setup build sandbox test chaos demo bench fuzz proto graphql documents lint format clean install uninstall

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  \033[1m%-10s\033[0m %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

swift:
	@contrib/check-swift

setup: $(VENV)/.ready ## Install what is missing: Debian packages and Python test tools
	@contrib/setup $(PACKAGES)

$(VENV)/.ready: contrib/requirements.txt
	@contrib/setup $(PACKAGES)
	@python3 -m venv $(VENV)
	@$(VENV)/bin/pip install --quiet --disable-pip-version-check -r $<
	@touch $@
	@echo "setup: Python tools are in $(VENV)"

build: swift setup ## Build the release binaries into bin/
	swift build -c release --static-swift-stdlib --explicit-target-dependency-import-check error $(HARDENING)
	@contrib/check-binaries $(BINARIES:%=.build/release/%)
	@mkdir -p bin
	@for binary in $(BINARIES); do install -s -m 755 .build/release/$$binary bin/; done

test: build ## Run every test: units, then real processes, beside each other where they do not measure
	swift build --build-tests
	@$(PYTHON) Tests/run.py

demo: build ## A first session: log in, fetch commits, survive a killed worker
	@contrib/demo bin $(PYTHON)

SANDBOX_PORT ?= 8474
SANDBOX_DIR ?= .build/sandbox

sandbox: $(VENV)/.ready ## Serve the API on this machine, to try Honeydew without an account, until Ctrl-C
	@$(PYTHON) contrib/sandbox-api/sandbox.py --guide --port '$(SANDBOX_PORT)' --cert-dir '$(SANDBOX_DIR)'

BIN ?= bin

install: ## Install what `make build` left in bin/, or bring it up to date: make install PREFIX=/usr/local DESTDIR=
	@contrib/install '$(BIN)' '$(PREFIX)' '$(DESTDIR)'

uninstall: ## Remove what `make install` has installed, with the same PREFIX and DESTDIR; data and configuration stay
	@contrib/install --remove '$(PREFIX)' '$(DESTDIR)'

SECONDS ?= 60

CRASHES ?= 10000

chaos: swift setup ## Kill the daemon and its workers under load: make chaos SECONDS=3600 SEED=17 CRASHES=10000
	swift build --product honeydewd
	swift build --product honeydew-worker
	$(PYTHON) Tests/Chaos/chaos.py --seconds $(SECONDS) $(if $(SEED),--seed $(SEED))
	$(PYTHON) Tests/Chaos/cron_differences.py --seconds $(SECONDS) $(if $(SEED),--seed $(SEED))
	$(PYTHON) Tests/Chaos/crashes.py --count $(CRASHES) $(if $(SEED),--seed $(SEED))

FUZZ := .build/fuzz
FUZZ_TARGETS ?= messages frames json payload document texts server client zone configuration token answer rows pool
FUZZ_MODULES := HoneydewFuzz HoneydewJSON HoneydewCore HoneydewProtobuf HoneydewFrames HoneydewMessages \
	HoneydewTestMessages HoneydewRPC HoneydewSystem HoneydewText HoneydewStore HoneydewMigrations HoneydewVault \
	HoneydewConfig HoneydewAPI HoneydewDaemon CLinux
FUZZ_LIBRARIES := -lnghttp2 -lsqlite3 -lssl -lcrypto -largon2 -lyaml -lcurl -lz
# A target is one thread: two of them use two cores.
FUZZ_JOBS ?= 2

fuzz: swift ## Feed everything that reads bytes with libFuzzer's: make fuzz SECONDS=60 (each target)
	@contrib/setup $(PACKAGES)
	swift build -c release --scratch-path $(FUZZ) --target HoneydewFuzz -Xswiftc -sanitize=fuzzer,address \
		-Xswiftc -enable-testing
	@swiftc -sanitize=fuzzer,address -o $(FUZZ)/honeydew-fuzz $(FUZZ_LIBRARIES) \
		$$(find $(FUZZ_MODULES:%=$(FUZZ)/release/%.build/) -name '*.o')
	@printf '%s\n' $(FUZZ_TARGETS) | xargs -P $(FUZZ_JOBS) -n 1 contrib/fuzz $(FUZZ) $(SECONDS)

bench: ## Measure against the budgets, JSON=1 for programs, FULL=1 with a million pending jobs
	@$(MAKE) --no-print-directory build >&2
	@.build/release/honeydew-bench bin $(if $(JSON),--json) $(if $(FULL),--full)

clean: ## Remove everything that was built
	rm -rf .build bin

graphql: $(VENV)/.ready ## Generate the commands and the API's types from the GraphQL schema and documents
	@$(PYTHON) contrib/graphql-generator/generate.py .

# $(call generate,DIRECTORY,module=OPTIONS,FILES): the Swift code of .proto files under Protos/
PLUGIN := .build/debug/protoc-gen-honeydew
define generate
@mkdir -p $(1) && rm -f $(1)/*.swift
protoc --plugin=$(PLUGIN) -I Protos --honeydew_out=$(2):$(1) $(3)
endef
RPC_PROTOS := google/rpc/status.proto google/rpc/error_details.proto grpc/health/v1/health.proto \
	grpc/reflection/v1/reflection.proto grpc/reflection/v1alpha/reflection.proto
PLUGIN_PROTOS := generator.proto google/protobuf/descriptor.proto google/protobuf/compiler/plugin.proto
TESTS := -I Tests/Interop/Protos

proto: swift ## Generate Swift from Protos/
	@contrib/setup protobuf-compiler
	swift build --product protoc-gen-honeydew
	$(call generate,Sources/HoneydewProtobuf/Generated,module=HoneydewProtobuf,google/protobuf/any.proto)
	$(call generate,Sources/HoneydewFrames/Generated,module=HoneydewFrames,worker.proto)
	$(call generate,Sources/HoneydewRPC/Generated,module=HoneydewRPC,$(RPC_PROTOS))
	$(call generate,Sources/HoneydewMessages/Generated,module=HoneydewMessages,daemon.proto)
	$(call generate,Sources/HoneydewDaemon/Generated,commands=DaemonService,daemon.proto)
	$(call generate,Sources/protoc-gen-honeydew/Generated,module=protoc_gen_honeydew,$(PLUGIN_PROTOS))
	$(call generate,Tests/Interop/TestMessages/Generated,module=HoneydewTestMessages,$(TESTS) wire_test.proto)
	$(call generate,Tests/Interop/Server/Generated,module=honeydew_interop_server,$(TESTS) grpc/testing/test.proto)

documents: swift ## Write the documents that come from the programs' tables into contrib/
	swift build --product honeydew-documents
	@.build/debug/honeydew-documents contrib

lint: swift ## Check the format, and that the code follows the rules
	swift format lint --strict --recursive --parallel Package.swift Sources Tests Migrations
	@contrib/lint

format: swift ## Format the code
	swift format --in-place --recursive --parallel Package.swift Sources Tests Migrations
