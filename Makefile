# Everything one does with Rakor, from an empty machine on. `make` alone lists it.
PYTHON ?= python3
PORT ?= 8000
BIN := $(or $(RAKOR_VENV),.venv)/bin
export PORT
export RAKOR_REQUIRE_BROWSER := $(or $(RAKOR_REQUIRE_BROWSER),$(if $(CI),1))
TESTS ?=
WORKERS ?= 2

.DEFAULT_GOAL := help
.PHONY: help demo demo-reset test test-all bench screenshots lint messages requirements

help:
	@sed -n 's/^## //p' Makefile

## make demo          everything on this machine, with sample data, on PORT (8000); Ctrl-C ends it
demo:
	@$(PYTHON) rakor/demo/bootstrap.py demo
	@exec $(BIN)/python -m rakor.demo

## make demo-reset    empty the demo's data folder
demo-reset:
	@$(PYTHON) rakor/demo/bootstrap.py reset

## make test          quick tests and the three journeys; TESTS=tests/demo for a part
test:
	@$(PYTHON) rakor/demo/bootstrap.py tests
	$(BIN)/python -m pytest -m "not slow and not screenshots" -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(TESTS)

## make test-all      the slow ones: real kills, empty machines, the other journeys
test-all:
	@$(PYTHON) rakor/demo/bootstrap.py tests
	$(BIN)/python -m pytest -m slow $(TESTS)

## make bench         figures beside their references, into tests/benchmarks/RESULTS.md; FIGURES="pages mails" or fill
bench:
	@$(PYTHON) rakor/demo/bootstrap.py tests
	$(BIN)/python -m tests.benchmarks $(FIGURES)

## make screenshots   every page in pictures, and what is out of place on them; PAGES=agenda,letter for some
screenshots: export PAGES := $(PAGES)
screenshots:
	@$(PYTHON) rakor/demo/bootstrap.py tests
	$(BIN)/python -m pytest -m screenshots tests/screenshots

## make lint          style, direction of imports, types
lint:
	@$(PYTHON) rakor/demo/bootstrap.py tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	RAKOR_TESTING=1 $(BIN)/mypy rakor/lib rakor/audit rakor/documents rakor/conferencing

## make messages      put new words into the Indonesian catalogue and compile it (needs gettext)
PO = rakor/locale/id/LC_MESSAGES/django.po
messages:
	@$(PYTHON) rakor/demo/bootstrap.py tests
	RAKOR_TESTING=1 $(BIN)/python manage.py makemessages -l id --no-obsolete --no-location --ignore tests -v0
	sed -i.old 's/^"POT-Creation-Date: .*/"POT-Creation-Date: 2026-11-24 00:00+0000\\n"/' $(PO) && rm $(PO).old
	RAKOR_TESTING=1 $(BIN)/python manage.py compilemessages -l id --ignore .venv --ignore .demo -v0

## make requirements  lock the packages of pyproject.toml anew (needs uv); UPGRADE=--upgrade for newer ones
LOCK = uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header $(UPGRADE) pyproject.toml
requirements:
	$(LOCK) --extra demo --extra dev -o requirements-dev.txt
	$(LOCK) --extra demo --constraint requirements-dev.txt --no-annotate -o requirements-demo.txt
	$(LOCK) --constraint requirements-dev.txt --no-annotate -o requirements.txt
