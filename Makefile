GOAL ?= Read the PDF and the two text files in examples/brief/ and write a one-page summary with sources to summary.md
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
TREES := tests/durability tests/end_to_end
# A run is several processes: with this set, as in many containers, each would compile Prefect anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: install install-dev run up down test test-trees test-rest newcomer check bench lock clean

install: $(VENV)/.installed

install-dev: $(VENV)/.installed-dev

$(UV):
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "swarm needs Python 3.11 or newer; set PYTHON=/path/to/python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt

$(VENV)/.installed: $(UV) requirements/run.txt pyproject.toml
	$(UV) pip sync --quiet --python $(BIN)/python --require-hashes requirements/run.txt
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	@rm -f $(VENV)/.installed-dev; touch $@

$(VENV)/.installed-dev: $(UV) requirements/dev.txt pyproject.toml
	$(UV) pip sync --quiet --python $(BIN)/python --require-hashes requirements/dev.txt
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@ $(VENV)/.installed

# The goal goes through the environment, so that no character of it means anything to make or the shell.
run: export SWARM_GOAL = $(value GOAL)
run: install
	@$(BIN)/swarm run -- "$$SWARM_GOAL"

up: install
	@$(BIN)/swarm up

down:
	@if [ -x $(BIN)/swarm ]; then $(BIN)/swarm down; fi

# Whole trees wait more than they work: two of their files run at once, each on a stack of its own, the other tests
# beside them.
test: install-dev
	@$(MAKE) --no-print-directory --jobs 2 test-trees test-rest

test-trees:
	$(BIN)/pytest $(TREES) --numprocesses 2 --dist loadfile --durations 10

test-rest:
	$(BIN)/pytest $(TREES:%=--ignore %) --durations 10

# The README's first command on a clone of HEAD in an empty home; the model's file is kept for the next time.
newcomer: export SWARM_MODEL_CACHE := $(or $(SWARM_MODEL_CACHE),$(HOME)/.cache/swarm/models)
newcomer:
	tests/newcomer.sh

check: install-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/mypy tests
	$(BIN)/lint-imports
	$(BIN)/pytest tests/test_shape.py

bench: install-dev
	$(BIN)/python -m benchmarks

lock:
	$(UV) pip compile --quiet --universal --python-version 3.11 --no-emit-index-url --no-emit-find-links --generate-hashes --no-header --override requirements/overrides.txt pyproject.toml requirements/run.in -o requirements/run.txt
	$(UV) pip compile --quiet --universal --python-version 3.11 --no-emit-index-url --no-emit-find-links --generate-hashes --no-header --override requirements/overrides.txt --extra dev -c requirements/run.txt pyproject.toml requirements/run.in -o requirements/dev.txt
	$(UV) pip compile --quiet --universal --python-version 3.11 --no-emit-index-url --no-emit-find-links --generate-hashes --no-header requirements/sandbox.in -o swarm/environments/sandbox.txt
	$(UV) pip compile --quiet --universal --generate-hashes --no-header requirements/uv.in -o requirements/uv.txt
