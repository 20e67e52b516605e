# `make help` lists the targets. On a fresh machine with Rust, Python 3.11 or later, make and a C compiler, `make demo` and
# `make test` install the rest by themselves: crates by cargo, Python tools into .venv.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
# Cargo uses every core by itself, and two cargos at once only wait for each other's lock.
.NOTPARALLEL:
.DEFAULT_GOAL := help

PYTHON ?= python3
# The template's default. The other value is x86_64.
ARCH ?= arm64
# What a package must be for, to run here.
HOST_ARCH := $(if $(filter aarch64 arm64,$(shell uname -m)),arm64,x86_64)

VENV := $(CURDIR)/.venv
TOOLS := $(VENV)/.installed
# Tools that only crates.io has, each built once in the version that its name says. Without optimisation they are there in
# minutes less, and fast enough.
CARGO_TOOLS := $(CURDIR)/.tools
DENY := $(CARGO_TOOLS)/cargo-deny@0.20.2
MACHETE := $(CARGO_TOOLS)/cargo-machete@0.9.2
CYCLONEDX := $(CARGO_TOOLS)/cargo-cyclonedx@0.5.9
# In front of the path, so that `cargo lambda` is the pinned one.
WITH_TOOLS := PATH="$(VENV)/bin:$(CARGO_TOOLS)/bin:$$PATH"

# SAM would otherwise report its use to AWS.
export SAM_CLI_TELEMETRY := 0
# Template checks need the name of a Region and nothing from it.
export AWS_DEFAULT_REGION ?= eu-west-1
# Leaves no caches between the sources.
export PYTHONDONTWRITEBYTECODE := 1

##@ Try it

.PHONY: demo
demo: $(TOOLS) ## Roll back a simulated deployment before your eyes
	$(WITH_TOOLS) ./demo/run

##@ Check it

.PHONY: test
test: check-format clippy deny unused check-workflows test-rust docs check-template test-python e2e ## Everything that CI checks

.PHONY: check-format
check-format: rust-tools ## Formatting of the Rust code
	cargo fmt --all --check

.PHONY: clippy
clippy: rust-tools ## Lints, every warning an error
	cargo clippy --workspace --all-targets --locked -- -D warnings

.PHONY: deny
deny: $(DENY) ## Licences, sources and duplicates of all dependencies
	$(WITH_TOOLS) cargo-deny --locked check -D warnings --hide-inclusion-graph bans licenses sources

.PHONY: unused
unused: $(MACHETE) ## Dependencies that nothing uses
	$(WITH_TOOLS) cargo-machete --with-metadata

.PHONY: check-workflows
check-workflows: $(TOOLS) ## The workflows of the public forge: their form, and what they may do
	$(VENV)/bin/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(VENV)/bin/zizmor --offline --no-progress .github

.PHONY: advisories
advisories: $(DENY) ## Known vulnerabilities among the dependencies (needs the public forge)
	$(WITH_TOOLS) cargo-deny --locked check -D warnings --hide-inclusion-graph advisories

.PHONY: test-rust
test-rust: ## Rust tests
	cargo test --workspace --locked

.PHONY: docs
docs: ## Rust documentation, every warning an error
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked

.PHONY: check-template
check-template: $(TOOLS) ## SAM's and CloudFormation's linters over the templates
	$(VENV)/bin/sam validate --lint
	$(VENV)/bin/cfn-lint template.yaml spoke.yaml

.PHONY: test-python
test-python: $(TOOLS) ## The simulator against boto3, the templates against the code, the look-ups against CloudWatch
	cargo build --locked -p simulator -p ecs-auto-rollback
	$(WITH_TOOLS) $(VENV)/bin/python -m pytest simulator/tests tests/template tests/look_ups -q -p no:cacheprovider \
	  -o python_files="test_*.py check_*.py *_life.py"

.PHONY: e2e
e2e: $(TOOLS) ## The stack and its packaged function on a local AWS, through boto3
	$(MAKE) package ARCH=$(HOST_ARCH)
	cargo build --locked -p simulator
	$(VENV)/bin/python -m pytest tests/e2e -q -p no:cacheprovider -o python_files="check_*.py" \
	  -o pythonpath="tests/look_ups tests/template"

##@ Prove it

# Their numbers are beyond those that the function and the bench were made with: `make test` plays the first ones.
FIRST_INCIDENT ?= 1000000

.PHONY: incidents
incidents: rust-tools ## Play 100,000 simulated incidents, also with the alternatives, and write docs/incidents.md
	cargo run --locked --profile incidents -p incidents -- --from $(FIRST_INCIDENT) --write docs
# So many inputs for the published run. FROM is the number of the first one.
PARSER_INPUTS ?= 10000000
HANDLER_INPUTS ?= 400000
FROM ?= 0

.PHONY: fuzz
fuzz: ## Broken input by the million; writes docs/robustness.md
	cargo run --locked --profile incidents -p fuzz -- \
	  --parser $(PARSER_INPUTS) --handler $(HANDLER_INPUTS) --from $(FROM) --report docs/robustness.md

##@ Build it

.PHONY: build
build: ## target/release/ecs-auto-rollback, for this machine
	cargo build --release --locked

.PHONY: package
package: $(TOOLS) ## A zip with bootstrap for Lambda (ARCH=arm64 or x86_64)
	$(if $(filter arm64 x86_64,$(ARCH)),,$(error ARCH is "$(ARCH)": it must be arm64 or x86_64))
	$(WITH_TOOLS) cargo lambda build --release --locked --bin ecs-auto-rollback --output-format zip \
	  $(if $(filter arm64,$(ARCH)),--arm64,--x86-64)
	ls -l target/lambda/ecs-auto-rollback/bootstrap.zip

.PHONY: release
release: package $(CYCLONEDX) ## dist/: zip, template without Rust, bill of materials, SHA-256 (ARCH as above)
	$(WITH_TOOLS) release/assemble $(ARCH)
##@ Measure it

.PHONY: bench
bench: $(TOOLS) ## Time it against Python, Node and the bare runtime: docs/performance.md
	$(WITH_TOOLS) $(VENV)/bin/python bench/run

##@ Tidy up

.PHONY: clean
clean: ## Remove everything that was built or installed here
	rm -rf target .aws-sam .venv .tools dist bench/node/node_modules

.PHONY: help
help: ## This list
	@awk 'BEGIN { FS = ":.*## " } \
	  /^##@ / { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# Not part of rustup's minimal profile.
.PHONY: rust-tools
rust-tools:
	@cargo --version >/dev/null 2>&1 || { echo "Rust is missing: install it as https://rustup.rs says." >&2; exit 1; }
	@cargo fmt --version >/dev/null 2>&1 || { echo "rustfmt is missing: rustup component add rustfmt" >&2; exit 1; }
	@cargo clippy --version >/dev/null 2>&1 || { echo "clippy is missing: rustup component add clippy" >&2; exit 1; }

# Built anew whenever the pins change, so that nothing of an older set stays behind.
$(TOOLS): requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "$(PYTHON) must be Python 3.11 or later; name another one: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo "$(PYTHON) cannot make virtual environments; on Debian or Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@echo "Installing the Python tools into .venv (about a minute, once)"
	@rm -rf $(VENV)
	@$(PYTHON) -m venv $(VENV)
	@$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-input -r requirements.txt
	@touch $@

# An older version makes way for the one that is named now.
$(CARGO_TOOLS)/cargo-%:
	@echo "Building cargo-$* into .tools (a few minutes, once)"
	@mkdir -p $(CARGO_TOOLS)
	cargo install "cargo-$*" --locked --debug --quiet --force --root $(CARGO_TOOLS)
	@rm -f $(CARGO_TOOLS)/cargo-$(firstword $(subst @, ,$*))@*
	@touch $@
