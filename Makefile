# What people and CI call. `make help` lists it. Every target first makes sure that what it needs is installed, into this folder only.
.DEFAULT_GOAL := help
SHELL := /bin/sh
# The environment's own programs come first: its Node, too, where the machine has none.
export PATH := $(CURDIR)/.venv/bin:$(PATH)
# `make PYTHON=/path/to/python3.12 run` uses that one.
export PYTHON
# More arguments for the program behind a target: make test ARGS="-k framing -x"
ARGS ?=
# Test files run side by side, in so many processes; 0 for one after the other in this one, as a debugger needs it.
WORKERS ?= 2

READY := sh tools/bootstrap/start.sh
PY := .venv/bin/python
PYTEST = $(PY) -m pytest -n $(WORKERS) --dist loadfile
# The JavaScript client has no tools of its own: the board's will do.
JS := ../../frontend/node_modules/.bin/

.PHONY: help setup run test test-unit test-integration test-e2e test-frontend client-js lint format portrait types env locks frontend examples bench clean

help: ## This list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-17s %s\n", $$1, $$2 }' Makefile

run: ## Install what is missing, start everything with the demo, open the board
	@$(READY) --frontend
	@exec $(PY) -P -m windsock.command up --demo $(ARGS)

setup: ## Everything for working on Windsock, built and installed in this folder
	@$(READY) --dev --modules --frontend

test: ## All tests but those in containers (ARGS="-k name" for some)
	@$(READY) --dev --modules --frontend --test-programs
	cd frontend && npm test && npm run size
	cd clients/js && $(JS)tsc -p tsconfig.json && node --test dist/test/*.test.js
	$(PYTEST) $(ARGS)

test-unit: ## Unit and contract tests: no browser, no services; a Valkey at most
	@$(READY) --dev
	$(PYTEST) tests/unit tests/contract $(ARGS)

test-integration: ## Tests against a real broker and real services
	@$(READY) --dev --modules --frontend --test-programs
	$(PYTEST) tests/integration tests/faults $(ARGS)

test-e2e: ## Tests in a real browser
	@$(READY) --dev --frontend --test-programs
	$(PYTEST) tests/e2e $(ARGS)

.PHONY: test-compose
test-compose: ## docker-compose.yml on a real Docker engine: built, started, scaled, broken, stopped (root, Debian)
	@$(READY) --dev --test-programs
	$(PY) -m pytest -s tests/compose $(ARGS)

test-frontend: ## The board's own tests, and the JavaScript client's
	@$(READY) --modules
	cd frontend && npm test
	cd clients/js && $(JS)tsc -p tsconfig.json && node --test dist/test/*.test.js

client-js: ## Build the JavaScript client into clients/js/dist; then `npm install ./clients/js` elsewhere
	@$(READY) --modules
	cd clients/js && $(JS)tsc -p tsconfig.json

lint: ## Every check that is no test
	@$(READY) --dev --modules
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/lint-imports --no-logo
	.venv/bin/pyright
	$(PY) tools/gen_types.py --check
	$(PY) tools/env_example.py --check
	cd frontend && npm run lint && npm run check
	cd clients/js && $(JS)biome ci --error-on-warnings . && $(JS)tsc -p tsconfig.json --noEmit

format: ## Put the code in its usual form
	@$(READY) --dev --modules
	.venv/bin/ruff check --fix-only --exit-zero .
	.venv/bin/ruff format .
	cd frontend && npm run format
	cd clients/js && $(JS)biome check --write .

portrait: ## Take the README's pictures anew, from the demo
	@$(READY) --dev --frontend --test-programs
	$(PY) -m pytest tests/e2e/test_portrait.py
	cp artefacts/screenshots/board.png artefacts/screenshots/board.webp docs/

types: ## Write the TypeScript types (board and client) from the message models
	@$(READY) --dev --modules
	$(PY) tools/gen_types.py

env: ## Write .env.example and the list in docker-compose.yml from the settings
	@$(READY)
	$(PY) tools/env_example.py

frontend: ## Build the board
	@$(READY) --frontend

examples: ## Run every example against a Windsock of its own, and check what it shows (ARGS=heatmap for some)
	@$(READY) --dev --frontend --test-programs
	$(PY) tools/try_examples.py $(ARGS)

bench: ## Windsock next to its peers, as ratios (ARGS=tcp for one part)
	@$(READY) --dev --modules --frontend
	$(PY) -m benchmarks $(ARGS)

locks: ## Resolve requirements/*.lock anew (UPGRADE=1 for the newest versions)
	@$(READY) --dev
	$(PY) tools/locks.py $(if $(UPGRADE),--upgrade)

clean: ## Remove what was installed and built here; data in .windsock stays
	rm -rf .venv .cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis artefacts .schemathesis frontend/node_modules frontend/dist clients/js/dist benchmarks/peers/node/node_modules
	find shared services clients tests tools benchmarks -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true
