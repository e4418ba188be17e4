# Cineloop: `make run` turns the loop, `make test` proves it. Options for the program go into ARGS.
PYTHON ?= python3
ARGS ?=
BIN := .venv/bin
CACHES := .pytest_cache .ruff_cache .mypy_cache .hypothesis .import_linter_cache .coverage .faults .soak
STATE_FOLDER := state
# Bytecode is kept even where that is forbidden: several processes would compile the same files. Each of them does its sums
# in one thread, because threads that wait for each other's core cost a third of the time.
PYTEST := env -u PYTHONDONTWRITEBYTECODE OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest

.DEFAULT_GOAL := help
.PHONY: help run test soak reliability setup lint docs lock bench clean

help:  ## list what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

run: setup  ## turn the loop until Ctrl-C; ARGS="--once --cycles 3 --state DIR" and so on, see cineloop run --help
	@exec $(BIN)/cineloop run $(ARGS)

test: setup  ## run all tests, on a real broker and real Spark; ARGS go to pytest
	@$(PYTHON) -m tests.install_browser
	@exec $(PYTEST) --numprocesses 3 --dist loadfile --no-loadscope-reorder $(ARGS)

soak: setup  ## run the tests that take many minutes: long runs, floods, slow faults; ARGS go to pytest
	@exec $(PYTEST) -m soak $(ARGS)

reliability: setup  ## run every test of a fault, and write what they prove into docs/reliability.md
	@rm -rf .faults
	@$(PYTEST) -m 'soak or not soak' tests/faults $(ARGS)
	@$(BIN)/python -m tests.faults.matrix

setup:  ## make this machine ready: .venv, Java, jars (done by run and test too)
	@$(PYTHON) -m pipelines.setup

lint: docs  ## check style, import directions, types and docs
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy

# It loads nothing from a network; a broken link or anchor ends it.
docs: setup  ## build the documentation into site/
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build

lock: setup  ## write requirements.lock anew from requirements.in; UPGRADE=1 takes newer versions
	$(BIN)/uv pip compile requirements.in -o requirements.lock --quiet --universal --python-version 3.11 \
	    --no-header --no-annotate --no-emit-index-url --no-emit-find-links $(if $(UPGRADE),--upgrade)
	@{ echo "# Made by make lock from requirements.in: change that file, not this one."; cat requirements.lock; } \
	    > requirements.lock.new && mv requirements.lock.new requirements.lock

bench: setup  ## measure speed and memory
	@exec $(BIN)/python -m pipelines.bench $(ARGS)

clean:  ## remove .venv, jars, caches and site/; STATE=1 removes the state folder too
	@rm -rf .venv .setup site *.egg-info $(CACHES) $(if $(STATE),$(STATE_FOLDER))
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
