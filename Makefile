# Everything a contributor or a user types: `make help` lists it. One target never starts more than it says.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON := .venv/bin/python
DEVNET := .venv/bin/devnet
FORGE := $(PYTHON) -m devnet.artifacts.contracts forge
STAMP := .venv/stamp
SOURCES := devnet tests bench

# Passed on to the command: make up ARGS="--name second -f chains/networks/minimal.yaml"
ARGS ?=

##@ A network

up: setup ## Set everything up and leave a network running (ARGS="--name other" and so on)
	@$(DEVNET) up $(ARGS)

down: $(STAMP) ## End the network
	@$(DEVNET) down $(ARGS)

status: $(STAMP) ## Show chains, finality, validators
	@$(DEVNET) status $(ARGS)

##@ Set-up

setup: $(STAMP) ## Python packages, forge and solc, compiled contracts, geth; a second run does nothing
	@$(PYTHON) -m devnet.artifacts.contracts compile
	@$(PYTHON) -m devnet.runtime.toolchain >/dev/null

doctor: $(STAMP) ## What the machine has, what it lacks, and the fix
	@$(DEVNET) doctor $(ARGS)

# The stamp holds the checkout's directory: scripts in a .venv that was moved point nowhere, so it is made anew.
$(STAMP): requirements.lock pyproject.toml
	@scripts/prerequisites
	@[ "$$(cat $(STAMP) 2>/dev/null)" = "$(CURDIR)" ] && $(PYTHON) -c "" 2>/dev/null || \
	  scripts/step "python: creating .venv" "apt-get install python3-venv" python3 -m venv --clear .venv
	@scripts/step "python: installing the pinned packages (half a minute, once)" \
	  "check that this machine reaches the Python package index, then run make again" \
	  $(PYTHON) -m pip install --disable-pip-version-check --progress-bar off --no-input -r requirements.lock
	@scripts/step "python: installing devnet" "see the lines above; the package is described in pyproject.toml" \
	  $(PYTHON) -m pip install --disable-pip-version-check --progress-bar off --no-input --no-deps --no-build-isolation -e .
	@echo "$(CURDIR)" > $(STAMP)

ifneq ($(shell cat $(STAMP) 2>/dev/null; $(PYTHON) -c "" 2>/dev/null && echo runs),$(CURDIR) runs)
.PHONY: $(STAMP)
endif

##@ Tests

test: setup ## Every test: unit, contracts, end to end in lockstep, live, in Docker
	@scripts/run-tests unit forge e2e live docker

test-unit: setup ## Unit tests: no geth, no network (WORKERS=2)
	@scripts/run-tests unit

test-forge: setup ## The contracts' own tests
	@scripts/run-tests forge

gas-snapshot: setup ## Keep what the contracts' calls cost now; test-forge fails where that changes by more than 2 %
	@$(FORGE) test --match-path 'test/gas/*' >/dev/null
	@scripts/gas-snapshot write

test-e2e: setup ## End to end on real geth: lockstep, then live
	@scripts/run-tests e2e live

test-docker: setup ## End to end in containers; needs a Docker Engine
	@scripts/run-tests docker

test-long: setup ## What is short in the other targets at full length: random histories, schedules, transfers, gaps (an hour)
	@DEVNET_LONG=1 DEVNET_SCHEDULES=200 DEVNET_STEPS=1000 $(PYTHON) -m pytest -q -o timeout=7200 \
	  tests/unit/actors/test_detector.py tests/e2e/scenarios/test_schedules.py tests/e2e/world/test_gaps.py \
	  tests/e2e/gateways/test_conservation.py

test-vectors: setup ## Check the implementation against public vectors: make test-vectors VECTORS=directory
	@if test -d "$(VECTORS)"; then DEVNET_VECTORS="$(abspath $(VECTORS))" $(PYTHON) -m pytest -q tests/vectors; \
	else echo "skipped: VECTORS=$(VECTORS) is no directory; to do: make test-vectors VECTORS=directory"; fi

coverage: setup ## Line and branch coverage of the unit tests; lines of the contracts, 95 % at least (some minutes)
	@rm -rf build/coverage && mkdir -p build/coverage
	@$(MAKE) coverage-python coverage-contracts

coverage-python:
	@$(PYTHON) -m coverage run -m pytest tests/unit -m "not geth and not docker" -q -n 2
	@$(PYTHON) -m coverage combine --quiet && $(PYTHON) -m coverage report

# Compiled without the optimizer, which the tests left out measure.
coverage-contracts:
	@$(FORGE) coverage --report summary --report lcov --report-file $(CURDIR)/build/coverage/contracts.lcov \
	  --no-match-coverage '^(test|node_modules)/' --no-match-contract '^(Limits|Gas)'
	@scripts/line-coverage build/coverage/contracts.lcov 95

##@ Code

check: setup ## Format, lint, types, layers, Solidity warnings (under a minute)
	@$(MAKE) -k check-format check-lint check-types check-layers check-solidity

check-format:
	@echo "==> format" && .venv/bin/ruff format --check --diff --quiet $(SOURCES) || \
	  { echo "to do: make format" >&2; exit 1; }

check-lint:
	@echo "==> lint" && .venv/bin/ruff check --quiet $(SOURCES)

check-types:
	@echo "==> types" && $(PYTHON) -m mypy

check-layers:
	@echo "==> layers" && $(PYTHON) -m pytest -q tests/unit/test_layers.py tests/unit/test_packaging.py

# foundry.toml denies warnings, so a build with one fails.
check-solidity:
	@echo "==> Solidity" && $(FORGE) fmt --check && $(FORGE) build

format: setup ## Rewrite Python and Solidity in the one format
	@.venv/bin/ruff check --select I --fix $(SOURCES)
	@.venv/bin/ruff format $(SOURCES)
	@$(FORGE) fmt

bench: setup ## Measure: JSON and a table under bench/results
	@$(PYTHON) -m bench $(ARGS)

lock: $(STAMP) ## Write the installed packages' versions to requirements.lock
	@{ sed -n '/^#/p' requirements.lock; $(PYTHON) -m pip freeze --all --exclude-editable | grep -v '^pip=='; } > requirements.lock.new
	@mv requirements.lock.new requirements.lock

clean: ## Remove what was built here: .venv, node_modules, compiled contracts, caches (not the geth cache)
	@rm -rf .venv build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage
	@rm -rf chains/contracts/node_modules chains/contracts/out chains/contracts/cache
	@find $(SOURCES) -name __pycache__ -type d -prune -exec rm -rf {} +

help: ## Show this
	@awk 'BEGIN {FS = ":.*## "} /^##@ / {printf "\n%s\n", substr($$0, 5)} /^[a-z0-9-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: coverage-python coverage-contracts check-format check-lint check-types check-layers check-solidity
.PHONY: up down status setup doctor test test-unit test-forge test-e2e test-docker test-long test-vectors gas-snapshot coverage check format bench lock clean help
