# Everything a newcomer needs: `make run` and `make test`. `make help` lists the rest.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV_VERSION := 0.13.8
DATA ?= deskpulse-data
PORT ?= 8080
FILE ?=
TESTS ?= tests
# tests/conftest.py says what stays in one process, and what comes first.
SHARED := -n 3 --dist loadscope --no-loadscope-reorder
# Compiled modules are kept: compiling what it imports takes each process seconds, and a run has many processes.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup run test check quick explore lock docs shots bench clean

help: ## Show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

$(VENV)/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Deskpulse needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Name another: make run PYTHON=python3.12")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing Deskpulse into $(VENV) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check "uv==$(UV_VERSION)" 2>&1 | { grep -v "^WARNING: Running pip as the 'root'" || true; }
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps -e .
	@$(BIN)/python -c "import deskpulse.web.app"  # compiles what every start imports
	@touch $@

setup: $(VENV)/.ready ## Make the virtual environment from the lock file

run: setup ## Serve on http://127.0.0.1:8080: the sample world, or FILE=export.csv
	@$(BIN)/deskpulse serve --data-dir "$(DATA)" --port $(PORT) $(if $(FILE),--file "$(FILE)",--demo)

check: quick ## Lint, types, and the borders between rooms
	$(BIN)/mypy

quick: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

# Types take a minute of one processor from nothing: they are checked beside the tests, and told at the end.
test: quick ## Run everything that CI runs (TESTS=tests/metrics for a part)
	@told=$$(mktemp); $(BIN)/mypy >"$$told" 2>&1 & types=$$!; \
	$(BIN)/python -m pytest $(SHARED) $(TESTS); tests=$$?; \
	wait $$types; typed=$$?; cat "$$told"; rm -f "$$told"; \
	exit $$((tests > 0 ? tests : typed))

explore: setup ## Like test, with property tests that draw new examples each time
	HYPOTHESIS_PROFILE=explore $(BIN)/python -m pytest $(SHARED) $(TESTS)

lock: setup ## Pin all dependencies anew in requirements.lock
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-annotate --no-header --no-emit-index-url --group dev pyproject.toml -o requirements.lock

docs: setup ## Write the generated pages of docs/ anew
	$(BIN)/python -m deskpulse.cli.docs

shots: setup ## Take the README's screenshots of the running product (needs Chromium)
	DESKPULSE_SHOTS=docs/images $(BIN)/python -m pytest -q -m browser tests/web

bench: setup ## Measure: ingest, query, page
	$(BIN)/deskpulse bench ingest
	$(BIN)/deskpulse bench query
	$(BIN)/deskpulse bench page

clean: ## Remove the virtual environment and caches (data stays)
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
