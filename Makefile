# Everything a newcomer needs: `make run` and `make test`. Both install what they use into .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input -q
# Rooms that must be covered to the last branch, and the ratchet of the service.
COMPLETE := schemas/*,keys/*,verifier/*
RATCHET := 93

.PHONY: install run demo test check coverage faults interop bench bench-measurement load soak conformance terms documents synthetic clean
.DEFAULT_GOAL := run

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.lock pyproject.toml | $(VENV)/bin/python
	$(PIP) install --require-hashes -r requirements.lock
	$(PIP) install --no-deps --no-build-isolation -e .
	touch $@

$(VENV)/.test: requirements-test.lock $(VENV)/.run
	$(PIP) install --require-hashes -r requirements-test.lock
	touch $@

install: $(VENV)/.test  ## everything: to run, to test, to check

run: $(VENV)/.run  ## start the service at http://localhost:8000
	$(BIN)/assay serve

demo: $(VENV)/.run  ## the whole story, without a browser
	$(BIN)/assay demo

test: $(VENV)/.test  ## all tests, measured
	rm -f .coverage .coverage.*
	COVERAGE_PROCESS_START=$(CURDIR)/pyproject.toml $(BIN)/python -m coverage run -m pytest -n 2 --dist loadfile --no-loadscope-reorder

check: $(VENV)/.test  ## types, lint, format, imports, lock files
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

coverage: $(VENV)/.test  ## gates over what `make test` measured
	$(BIN)/coverage combine -q --keep
	$(BIN)/coverage report --include='$(COMPLETE)' --fail-under=100
	$(BIN)/coverage report --include='issuer/*' --fail-under=$(RATCHET)

faults: $(VENV)/.test  ## kill -9 thirty times while credentials are being issued
	ASSAY_KILLS=30 $(BIN)/python -m pytest -q tests/faults/test_issuing_kills.py

$(VENV)/interop/.installed: tests/interop/package-lock.json tests/interop/package.json tests/interop/.npmrc | $(VENV)/bin/python
	mkdir -p $(VENV)/interop
	cp $^ $(VENV)/interop/
	cd $(VENV)/interop && npm ci --silent
	touch $@

interop: $(VENV)/.test $(VENV)/interop/.installed  ## other people's verifiers and ours about each other's credentials (node 20)
	cp tests/interop/verify.mjs $(VENV)/interop/
	$(BIN)/python -m tests.interop $(VENV)/interop

bench: $(VENV)/.test  ## ratios against bare cryptography and peers (npm's after `make interop`), as a table and as JSON
	ASSAY_NODE_MODULES=$(VENV)/interop/node_modules $(BIN)/python -m bench

bench-measurement: $(VENV)/.test  ## every bar of the measurement, one line each (JSON=file writes it too)
	$(BIN)/python -m bench.measurement $(if $(SEEDS),--seeds $(SEEDS)) $(if $(JSON),--json $(JSON))

load: $(VENV)/.test  ## a thousand candidates at once take the adaptive assessment over HTTP, and nothing is lost
	$(BIN)/python -m bench.load $(if $(WORKERS),--workers $(WORKERS)) $(if $(SECONDS),--seconds $(SECONDS)) $(if $(JSON),--json $(JSON))

soak: $(VENV)/.test  ## the long versions; seeded, resumable; counts in docs/soak.json and docs/mutants.json
	$(BIN)/python -m bench.soak

conformance: $(VENV)/.test  ## the W3C suites, checked out below SUITES, against a server of our own
	$(BIN)/python -m bench.conformance $(SUITES)

terms: $(VENV)/.test  ## regenerate the term tables from the pinned contexts
	$(BIN)/python -c "from schemas.compile_contexts import write; write()"

documents: $(VENV)/.test  ## docs/report.schema.json from the Structs, /docs/reasons from docs/verification-steps.md
	$(BIN)/python -c "from pathlib import Path; from verifier.web import reasons, report_schema; reasons.write(Path()); report_schema.write(Path())"

synthetic: $(VENV)/.test  ## the bank called SYNTHETIC, calibrated by our own command from simulated responses, and its simulation
	$(BIN)/python -m bench.synthetic

clean:  ## everything that a command can make again (your data in var/ stays)
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache htmlcov dist build *.egg-info .coverage .coverage.*
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
