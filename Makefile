# saphan: one line a target. `make` alone lists them.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
SERVE  ?= yes
FUZZ   ?= 100000
# one more than there are cores: a fifth of their time tests wait for servers and processes
WORKERS ?= $(shell $(PYTHON) -c "import os; print((os.cpu_count() or 1) + 1)")

.DEFAULT_GOAL := help
.PHONY: help demo serve desk screenshots test test-browser test-workers test-power test-shared test-ckan test-fuzz docs explore lint types format clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## / — /'

$(VENV)/installed: setup.cfg pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e .
	@touch $@

$(VENV)/installed-test: $(VENV)/installed
	$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e '.[test]'
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed-test
	$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

demo: $(VENV)/installed ## publish the sample desk into the embedded catalog and serve it (SERVE=no: do not serve)
	@BIN=$(BIN) SERVE=$(SERVE) sh docs/demo.sh

serve: $(VENV)/installed ## serve the embedded catalog of the sample desk
	$(BIN)/saphan serve --workspace datasets

desk: $(VENV)/installed-test ## make the sample desk's sources again, and have its releases approved
	$(BIN)/python tests/sample_desk.py
	$(BIN)/python tests/sample_approvals.py

test: $(VENV)/installed-test ## the test suite; nothing else need be installed or running
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile

test-browser: $(VENV)/installed-test ## every page in Chromium (apt-get install chromium), by phone and desk, and by axe-core
	@command -v chromium >/dev/null || { echo "The pages are driven in Chromium, which is not here: apt-get install chromium"; exit 1; }
	$(BIN)/python -m pytest -m browser -n auto --dist load

test-workers: $(VENV)/installed-test ## the catalog's tests again on PostgreSQL; Dask's workers and servers that are killed
	$(BIN)/python -m pytest -m workers

test-power: $(VENV)/installed-test ## a server killed 200 times while it writes, on SQLite and on PostgreSQL
	SAPHAN_POWER_CUTS=200 $(BIN)/python -m pytest -m workers tests/test_store_power.py

test-shared: $(VENV)/installed-test ## the real dirty files of SAPHAN_SHARED (or ../shared), which stay outside the project
	$(BIN)/python -m pytest -m shared

test-ckan: $(VENV)/installed-test ## publish to a real CKAN (CKAN_TEST_URL and CKAN_TEST_TOKEN, or the rig)
	$(BIN)/python tests/with_rigs.py $(BIN)/python -m pytest -m ckan

test-fuzz: $(VENV)/installed-test ## FUZZ questions (100,000) that anyone may ask of the served catalog
	$(BIN)/python tests/web_fuzz.py --rounds $(FUZZ)

docs: $(VENV)/installed-test ## make the generated pages and the README's outputs again
	$(BIN)/python tests/docs_pages.py && $(BIN)/python tests/docs_tour.py
	$(BIN)/python -m pipelines.steps.page > docs/steps.md

screenshots: $(VENV)/installed-test ## every page as a picture, in screenshots/ (needs Chromium)
	$(BIN)/python tests/screenshots.py screenshots

explore: ## make the bundle of the explore pages again (needs node; it is committed, nobody else does)
	cd docs/explore && npm install --no-package-lock --no-audit --no-fund && npm run build

lint: $(VENV)/installed-dev ## ruff
	$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: $(VENV)/installed-dev ## mypy --strict
	$(BIN)/mypy

format: $(VENV)/installed-dev ## put the code in ruff's format
	$(BIN)/ruff check --fix . && $(BIN)/ruff format .

clean: ## remove what was made: releases, catalog, environment
	rm -rf $(VENV) datasets/*/release datasets/.saphan .ckan-rig
