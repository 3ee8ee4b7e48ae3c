# Every set-up step is in these two commands: `make demo` and `make test`.
SHELL := /bin/bash
.DEFAULT_GOAL := help
BIN := .venv/bin
# Most tests wait for servers, not for a processor: three workers on two cores. A file's tests
# stay together, with the servers they share, and the longest go first (tests/order.py).
WORKERS := --numprocesses=3 --dist=loadfile --no-loadscope-reorder
# Tests start hundreds of processes: what they import is compiled once.
unexport PYTHONDONTWRITEBYTECODE
export ANTIPHON_DATA_DIR ?= $(CURDIR)/.data/demo

.PHONY: demo test check template fix bench fuzz leaks lock clean help setup browser voices

demo: setup  ## everything set up, a recorded call played, the desk open (CLEAN=1 forgets earlier runs)
	@$(BIN)/antiphon demo $(if $(CLEAN),--clean)

test: setup browser  ## everything set up, every test
	@$(BIN)/python -m pytest $(PYTEST) $(if $(PYTEST),,$(WORKERS))

check: setup  ## format, lint, types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/basedpyright

template: setup  ## the customer's AWS template: cfn-lint, sam validate, checkov
	@$(BIN)/python -m antiphon.infra.aws.checks

fix: setup  ## format and autofix
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: setup  ## the benchmark table (BENCH="matroska latency" for some of it)
	@$(BIN)/python -m antiphon.infra.bench $(BENCH)

leaks: setup voices  ## random numbers said, redacted, and listened for (CLIPS=200)
	@$(BIN)/antiphon evaluate audio --clips $(or $(CLIPS),200)

fuzz: setup  ## the reader of GetMedia's bytes, fuzzed by atheris (MINUTES=5)
	@$(BIN)/python -c 'import atheris' 2>/dev/null || $(BIN)/python -m pip install --quiet 'atheris>=3'
	@$(BIN)/python -m tests.fuzz.matroska --minutes $(or $(MINUTES),5)

lock: setup  ## requirements.lock anew from pyproject.toml
	@infra/setup.sh lock

clean:  ## remove what set-up and runs left here
	rm -rf .venv .path .data .peers build *.egg-info
	find . -name __pycache__ -prune -exec rm -rf {} +

setup:
	@infra/setup.sh python

browser:
	@infra/setup.sh browser

voices:
	@infra/setup.sh voices

help:  ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'
