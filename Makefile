# Everything one does with this checkout. `make` alone lists the targets.
SHELL := /bin/bash
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help

BIN := .venv/bin
ACADEMY := $(BIN)/academy
# Compiled modules are kept, whatever the shell says: each start would compile all of them anew.
unexport PYTHONDONTWRITEBYTECODE
# More words for pytest or for the server: make test ARGS="-k certificate"
ARGS ?=
DAYS ?= 5
FROM ?=

.PHONY: help
help: ## List the targets
	@awk 'BEGIN { FS = ":.*## " } /^[a-z0-9-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# --- Site --------------------------------------------------------------------
.PHONY: run demo demo-clock audit-verify backup restore
run: setup-run ## Start the site (demo data on the first start): the address is printed
	@exec $(ACADEMY) serve $(ARGS)

demo: setup-run ## Load the demo data
	@$(ACADEMY) demo load $(ARGS)

demo-clock: setup-run ## Move the demo clock on: DAYS=5
	@$(ACADEMY) demo clock --days $(DAYS)

audit-verify: setup-run ## Check the audit chain
	@$(ACADEMY) audit verify $(ARGS)

backup: setup-run ## Back up database and files
	@$(ACADEMY) backup $(ARGS)

restore: setup-run ## Restore a backup: FROM=path
	@test -n "$(FROM)" || { echo "make restore FROM=path/to/backup" >&2; exit 2; }
	@$(ACADEMY) restore --from "$(FROM)" $(ARGS)

# --- Checks ------------------------------------------------------------------
.PHONY: test test-fast test-service-pg test-browser coverage lint format
test: setup-test ## Run all tests (SQLite, PostgreSQL, browser)
	@bin/test all $(ARGS)

test-fast: setup-test ## Run the tests of rules and core only (seconds)
	@bin/test fast $(ARGS)

test-service-pg: setup-test ## Run the service tests on PostgreSQL
	@bin/test pg $(ARGS)

test-browser: setup-test ## Run the tests in Chromium
	@bin/test browser $(ARGS)

coverage: setup-test ## Run the SQLite tests and report coverage
	@bin/test main --cov --cov-report=term $(ARGS)

lint: setup-test ## Check style, format, types and the floor plan
	@failed=0; \
	for check in "ruff check ." "ruff format --check ." "mypy" "lint-imports --no-logo"; do \
		echo "--- $$check"; $(BIN)/$$check || failed=1; \
	done; \
	exit $$failed

format: setup-test ## Mend style and format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# --- Upkeep ------------------------------------------------------------------
.PHONY: setup setup-run setup-test i18n lock build clean
setup: setup-test ## Install everything, for running and for testing

setup-run:
	@bin/setup run

setup-test:
	@bin/setup test

i18n: setup-test ## Collect new words into the catalogues, then check and compile them
	@$(ACADEMY) i18n update
	@$(ACADEMY) i18n check
	@bin/setup test

# Locks hold versions and hashes, no address. UPGRADE=1 takes newer indirect packages.
COMPILE := $(BIN)/uv -q pip compile --generate-hashes --no-header --no-annotate \
	--universal --python-version 3.11 $(if $(UPGRADE),--upgrade)
lock: setup-test ## Compile the lock files from pyproject.toml and package.json
	$(COMPILE) pyproject.toml -o requirements/runtime.lock.txt
	$(COMPILE) pyproject.toml --extra s3 -c requirements/runtime.lock.txt -o requirements/s3.lock.txt
	$(COMPILE) pyproject.toml --extra s3 --group dev -c requirements/s3.lock.txt -o requirements/dev.lock.txt
	$(COMPILE) --group bootstrap -c requirements/dev.lock.txt -o requirements/bootstrap.lock.txt
	$(COMPILE) --group node -o requirements/node.lock.txt
	npm install --package-lock-only --no-audit --no-fund
	@! grep -nE '://|"resolved"' requirements/*.lock.txt package-lock.json

build: setup-test ## Build the wheel into dist/
	$(BIN)/python -m build --no-isolation --wheel

clean: ## Remove caches and build products; data (var/) and .venv stay
	rm -rf build dist htmlcov .coverage .coverage.* .pytest_cache .mypy_cache .ruff_cache \
		.import_linter_cache .hypothesis .benchmarks test-results
	find training courses exams certificates tests migrations -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true
	find training courses exams certificates -name '*.mo' -delete 2>/dev/null || true
