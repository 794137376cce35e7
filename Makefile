# `make` alone explains every target.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PY := .venv/bin/python
PORT ?= 8000
export PORT

.PHONY: help run test test-fast test-long test-offline bench lint format lock clean

help: ## Explain the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

.venv/.run: requirements.lock pyproject.toml
	@echo "== setting up: Python environment from requirements.lock (hashes checked)"
	@scripts/setup-python requirements.lock
	@touch $@

.venv/.dev: requirements-dev.lock pyproject.toml
	@echo "== setting up: test environment from requirements-dev.lock (hashes checked)"
	@scripts/setup-python requirements-dev.lock
	@touch .venv/.run $@

run: .venv/.run ## Set everything up and serve the product with demo people on 127.0.0.1:8000 (PORT= changes it)
	@$(PY) -m access_log.cli demo --port $(PORT)

test: .venv/.dev lint ## Set up PostgreSQL, Chromium and fonts where missing, then run lint and the whole suite
	@scripts/setup-system
	@scripts/run-tests

test-fast: .venv/.dev ## The suite without the browser and without faults
	@$(PY) -m pytest -q -n 2 -m "not browser and not fault" tests

test-long: .venv/.dev ## The whole suite with its long lanes: more kills, more rounds (hours)
	@ACCESS_LOG_TEST_LONG=1 scripts/run-tests

test-offline: .venv/.dev ## The whole suite in a network namespace without a route: nothing may call out
	@scripts/setup-system
	@scripts/run-offline

BENCHES := scans race start ratchet record
bench: .venv/.dev ## Measure: every program of bench/, on both databases (half an hour; on a quiet machine)
	@scripts/setup-system
	@for it in $(BENCHES); do $(PY) -m bench.$$it || exit 1; done

lint: .venv/.dev ## ruff, mypy --strict, import-linter, alembic check
	@echo "== lint"
	@.venv/bin/ruff check . && .venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports
	@$(PY) scripts/alembic_check.py

format: .venv/.dev ## Put the code into shape
	@.venv/bin/ruff check --fix . ; .venv/bin/ruff format .

lock: ## Lock the dependencies again (hashes, no addresses)
	@scripts/lock

clean: ## Remove the environment and ./var, where the demo keeps its data
	rm -rf .venv var out
