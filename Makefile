# One command each; all of them work in a fresh clone. `make help` lists them.

SHELL := /bin/sh
BASE_PYTHON ?= python3
PYTHON := .venv/bin/python
INSTALLED := .venv/.installed
ADDRESS ?= 127.0.0.1:8000
# One more than there are cores: a test that waits for a server or a worker leaves its core to another.
PROCESSES ?= $(shell echo $$(($$(getconf _NPROCESSORS_ONLN) + 1)))

export NINEFOLD_ENV ?= development

.DEFAULT_GOAL := help
.PHONY: help demo test lint format serve worker bench stop rows install

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1	\2/p' Makefile

demo: $(INSTALLED) ## a company comes to life, then serves it (DEMO=once: ends instead)
	$(PYTHON) manage.py demo --address $(ADDRESS)

test: $(INSTALLED) ## all tests, in parallel (DATABASE_URL: on that server)
	$(PYTHON) -m pytest -n $(PROCESSES) --dist worksteal

lint: $(INSTALLED) ## style, floors and rooms
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	.venv/bin/lint-imports --no-cache

format: $(INSTALLED) ## puts the code in shape
	$(PYTHON) -m ruff check --fix .
	$(PYTHON) -m ruff format .

serve: $(INSTALLED) ## website, API and worker on ADDRESS (127.0.0.1:8000)
	$(PYTHON) manage.py migrate --verbosity 0
	$(PYTHON) manage.py serve $(ADDRESS)

worker: $(INSTALLED) ## the worker alone
	$(PYTHON) manage.py migrate --verbosity 0
	$(PYTHON) manage.py worker

bench: $(INSTALLED) ## speed, as ratios against the same server's limit
	$(PYTHON) -m benchmarks

stop: ## ends what serve, worker and the embedded PostgreSQL still run
	@test ! -x $(PYTHON) || $(PYTHON) -m config.worker.running
	@test ! -x $(PYTHON) || $(PYTHON) -m config.postgres stop

rows: $(INSTALLED) ## which requirements have a test (ROWS="MEM IDN-053..IDN-060")
	@$(PYTHON) -m tests.rows $(ROWS)

install: $(INSTALLED) ## the virtual environment alone

$(INSTALLED): pyproject.toml
	@$(BASE_PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Ninefold needs Python 3.11 or newer: make BASE_PYTHON=python3.13 …")'
	@test -x $(PYTHON) || $(BASE_PYTHON) -m venv .venv
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --editable ".[dev]"
	@touch $@
