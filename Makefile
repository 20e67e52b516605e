# `make help` lists the targets. On a fresh machine with Rust, Python 3.11 or later, make and a C compiler, `make demo` and
# `make test` install everything else: crates by cargo, Python tools into .venv.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
# Cargo uses every core on its own, and two cargos at once only wait for each other's lock.
.NOTPARALLEL:
.DEFAULT_GOAL := help

PYTHON ?= python3
# The template's default. The other value is arm64.
ARCH ?= x86_64
# The architecture of a package that can run on this machine.
HOST_ARCH := $(if $(filter aarch64 arm64,$(shell uname -m)),arm64,x86_64)

VENV := $(CURDIR)/.venv
TOOLS := $(VENV)/.installed
# Tools that only crates.io has, each built once in the version given in its name. Without optimization they build minutes
# faster and are still fast enough.
CARGO_TOOLS := $(CURDIR)/.tools
DENY := $(CARGO_TOOLS)/cargo-deny@0.20.2
MACHETE := $(CARGO_TOOLS)/cargo-machete@0.9.2
CYCLONEDX := $(CARGO_TOOLS)/cargo-cyclonedx@0.5.9
BOLERO := $(CARGO_TOOLS)/cargo-bolero@0.13.5
# Resolves the Python tools for all platforms, which pip does not.
UV := 0.13.9
MDBOOK := $(CARGO_TOOLS)/mdbook@0.5.4
# The CDK package: its tools from package-lock.json, and what it is compiled to.
CDK_TOOLS := deploy/cdk/node_modules/.package-lock.json
CDK_BUILD := deploy/cdk/.jsii
# First in the path, so that `cargo lambda` is the pinned one.
WITH_TOOLS := PATH="$(VENV)/bin:$(CARGO_TOOLS)/bin:$$PATH"

# SAM would otherwise send usage data to AWS.
export SAM_CLI_TELEMETRY := 0
# Template checks need the name of a Region, but make no calls to it.
export AWS_DEFAULT_REGION ?= eu-west-1
# Keeps caches out of the source folders.
export PYTHONDONTWRITEBYTECODE := 1

##@ Try it

.PHONY: demo
demo: $(TOOLS) ## Roll back a simulated deployment and watch it
	$(WITH_TOOLS) ./demo/run

##@ Check it

.PHONY: test
test: check-format check-python clippy deny unused check-workflows test-rust docs check-template test-python test-cdk e2e ## Run everything that CI checks

.PHONY: check-format
check-format: rust-tools ## Check the formatting of the Rust code
	cargo fmt --all --check

.PHONY: check-python
check-python: $(TOOLS) ## Check the formatting and lints of the Python code
	$(VENV)/bin/ruff format --check --no-cache
	$(VENV)/bin/ruff check --no-cache

.PHONY: clippy
clippy: rust-tools ## Run the lints, with warnings as errors
	cargo clippy --workspace --all-targets --locked -- -D warnings

.PHONY: deny
deny: $(DENY) ## Check licences, sources and duplicates of all dependencies
	$(WITH_TOOLS) cargo-deny --locked check -D warnings --hide-inclusion-graph bans licenses sources

.PHONY: unused
unused: $(MACHETE) ## Find dependencies that nothing uses
	$(WITH_TOOLS) cargo-machete --with-metadata

.PHONY: check-workflows
check-workflows: $(TOOLS) ## Check the form of the public forge's files, and the permissions of its workflows
	$(VENV)/bin/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(VENV)/bin/check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml
	$(VENV)/bin/check-jsonschema --builtin-schema vendor.github-issue-config .github/ISSUE_TEMPLATE/config.yml
	$(VENV)/bin/check-jsonschema --builtin-schema vendor.github-issue-forms $(filter-out %/config.yml,$(wildcard .github/ISSUE_TEMPLATE/*.yml))
	$(VENV)/bin/zizmor --offline --no-progress .github

.PHONY: advisories
advisories: $(DENY) ## Find known vulnerabilities among the dependencies (needs the public forge)
	$(WITH_TOOLS) cargo-deny --locked check -D warnings --hide-inclusion-graph advisories

.PHONY: test-rust
test-rust: ## Run the Rust tests
	cargo test --workspace --locked

.PHONY: docs
docs: book ## Build the book and the Rust documentation, with warnings and broken links as errors
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked

.PHONY: book
book: $(MDBOOK) ## Build the book into target/book, and check its links
	$(WITH_TOOLS) mdbook build
	$(PYTHON) tools/book/check_links.py target/book

.PHONY: check-template
check-template: $(TOOLS) ## Lint the templates with SAM's and CloudFormation's linters
	$(VENV)/bin/sam validate --lint
	$(VENV)/bin/cfn-lint template.yaml spoke.yaml deploy/cloudformation/ecs-auto-rollback.yaml

.PHONY: test-python
test-python: $(TOOLS) ## Test the simulator against boto3, the templates against the code, the look-ups against CloudWatch
	cargo build --locked --bin simulator --bin ecs-auto-rollback --bin local-lambda --bin ecs-rollback
	$(WITH_TOOLS) $(VENV)/bin/python -m pytest -q

.PHONY: test-cdk
test-cdk: node-tools $(CDK_TOOLS) ## Build and test the CDK package, and synthesize its example
	cd deploy/cdk && npm test

.PHONY: e2e
e2e: $(TOOLS) $(CDK_BUILD) ## Test the stack and its packaged function on a local AWS, with boto3
	$(MAKE) package ARCH=$(HOST_ARCH)
	cargo build --locked --bin simulator
	$(VENV)/bin/python -m pytest -q tests/e2e

##@ Prove it

# Beyond the numbers with which the function and the bench were developed; `make test` plays the first ones.
FIRST_INCIDENT ?= 1000000

.PHONY: incidents
incidents: rust-tools ## Play 100,000 simulated incidents, also with the alternatives; writes docs/evidence/incidents.md
	cargo run --locked --profile incidents --bin incidents -- --from $(FIRST_INCIDENT) --write docs/evidence

# The time for each of the two harnesses.
FUZZ_SECONDS ?= 600
# Without sanitizers, which stable Rust lacks and which safe code needs least. With inputs of all lengths from the start, and without
# the weighing of inputs by rarity, which takes nine tenths of the time of the handler.
FUZZ := $(WITH_TOOLS) cargo bolero test --package fuzz --sanitizer NONE -T $(FUZZ_SECONDS)s --max-input-length 4096 \
  --engine-args=-len_control=0 --engine-args=-entropic=0

.PHONY: fuzz
fuzz: $(BOLERO) ## Fuzz the parser and the whole handler, guided by coverage (needs a C++ compiler)
	$(FUZZ) the_parser_accepts_any_input --corpus-dir target/fuzz/corpus/parser
	$(FUZZ) every_stop_has_a_cause_and_every_clear_cause_has_a_stop --corpus-dir target/fuzz/corpus/handler

##@ Draw it

.PHONY: pictures
pictures: $(TOOLS) ## Draw the pictures in docs/images from what the project itself produced (needs Chromium)
	$(WITH_TOOLS) $(VENV)/bin/python tools/pictures/draw

##@ Build it

.PHONY: build
build: ## Build target/release/ecs-auto-rollback for this machine
	cargo build --release --locked --package ecs-auto-rollback

.PHONY: package
package: $(TOOLS) ## Build the zip with bootstrap for Lambda (ARCH=arm64 or x86_64)
	$(if $(filter arm64 x86_64,$(ARCH)),,$(error ARCH is "$(ARCH)": it must be arm64 or x86_64))
	$(WITH_TOOLS) cargo lambda build --release --locked --package ecs-auto-rollback --bin ecs-auto-rollback --output-format zip \
	  $(if $(filter arm64,$(ARCH)),--arm64,--x86-64)
	ls -l target/lambda/ecs-auto-rollback/bootstrap.zip

# A static program, which runs on any Linux. It needs Rust's musl target and musl's C compiler.
OPERATOR_TARGET := $(if $(filter arm64,$(ARCH)),aarch64,x86_64)-unknown-linux-musl

.PHONY: operator
operator: rust-tools ## Build the operator's program ecs-rollback into dist/, linked statically (ARCH as above)
	cargo build --release --locked --package operator --target $(OPERATOR_TARGET)
	mkdir -p dist
	install -m 755 target/$(OPERATOR_TARGET)/release/ecs-rollback dist/ecs-rollback-$(ARCH)

.PHONY: release
release: package $(CYCLONEDX) ## Put zip, templates, bill of materials, modules and SHA-256 sums into dist/ (ARCH as above)
	$(WITH_TOOLS) release/assemble $(ARCH)
	$(MAKE) release-modules

.PHONY: release-modules
release-modules: $(CDK_TOOLS) ## Pack the Terraform modules and the CDK package for the zips that are in dist/
	release/modules

##@ Measure it

.PHONY: bench
bench: $(TOOLS) ## Time the function against Python, Node and the bare runtime; writes docs/evidence/performance.md
	$(WITH_TOOLS) $(VENV)/bin/python tools/bench/run

##@ Tidy up

# uv keeps every version that is in the file already, unless requirements.in asks for another one.
.PHONY: lock-tools
lock-tools: ## Pin the Python tools of requirements.in, with their dependencies and hashes
	$(PYTHON) -m venv .tools/uv
	.tools/uv/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV)
	.tools/uv/bin/uv pip compile requirements.in --output-file requirements.txt --generate-hashes --universal \
	  --python-version 3.11 --no-annotate --custom-compile-command "make lock-tools" --quiet

.PHONY: clean
clean: ## Remove everything built or installed here
	rm -rf target .aws-sam .venv .tools dist tools/bench/node/node_modules
	cd deploy/cdk && rm -rf node_modules lib .jsii template.json cdk.out

.PHONY: help
help: ## Show this list
	@awk 'BEGIN { FS = ":.*## " } \
	  /^##@ / { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z0-9-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# Not part of rustup's minimal profile.
.PHONY: rust-tools
rust-tools:
	@cargo --version >/dev/null 2>&1 || { echo "Rust is missing: install it from https://rustup.rs." >&2; exit 1; }
	@cargo fmt --version >/dev/null 2>&1 || { echo "rustfmt is missing: rustup component add rustfmt" >&2; exit 1; }
	@cargo clippy --version >/dev/null 2>&1 || { echo "clippy is missing: rustup component add clippy" >&2; exit 1; }

# Rebuilt whenever the pins change, so that nothing of an older set remains.
$(TOOLS): requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "$(PYTHON) must be Python 3.11 or later; choose another one: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo "$(PYTHON) cannot create virtual environments; on Debian or Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@echo "Installing the Python tools into .venv (about a minute, once)"
	@rm -rf $(VENV)
	@$(PYTHON) -m venv $(VENV)
	@$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-input --no-deps --require-hashes -r requirements.txt
	@touch $@

.PHONY: node-tools
node-tools:
	@node -e 'const [major, minor] = process.versions.node.split("."); process.exit(major * 100 + +minor < 2016 ? 1 : 0)' 2>/dev/null && \
	  npm --version >/dev/null 2>&1 || \
	  { echo "Node.js 20.16 or later with npm is missing: install it from https://nodejs.org." >&2; exit 1; }

$(CDK_TOOLS): deploy/cdk/package-lock.json | node-tools
	@echo "Installing the tools of the CDK package into deploy/cdk/node_modules (about half a minute, once)"
	@cd deploy/cdk && npm ci --silent
	@touch $@

$(CDK_BUILD): $(CDK_TOOLS) deploy/cloudformation/ecs-auto-rollback.yaml $(wildcard deploy/cdk/src/*.ts deploy/cdk/test/*.ts deploy/cdk/scripts/*)
	cd deploy/cdk && npm run compile

# The other engines need more than a compiler.
$(BOLERO): INSTALL_OPTIONS := --no-default-features --features libfuzzer

# Without its server, which would bring a web framework.
$(MDBOOK): INSTALL_OPTIONS := --no-default-features --features search

# Replaces an older version.
$(CARGO_TOOLS)/%:
	@echo "Building $* into .tools (a few minutes, once)"
	@mkdir -p $(CARGO_TOOLS)
	cargo install "$*" --locked --debug --quiet --force --root $(CARGO_TOOLS) $(INSTALL_OPTIONS)
	@rm -f $(CARGO_TOOLS)/$(firstword $(subst @, ,$*))@*
	@touch $@
