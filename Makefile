.PHONY: demo test lint check bench soak
PORT ?= 8080
DATA ?= ./var
MINUTES ?= 60
SEED ?= 0
WORKERS ?= 2
RUN = .venv/bin

.venv/.installed: setup.cfg constraints.txt
	python3 -m venv .venv
	$(RUN)/pip install -q -c constraints.txt -e .[dev]
	touch $@

demo: .venv/.installed  ## serve the demo collection on an embedded PostgreSQL
	$(RUN)/vo-lcc demo --port $(PORT) --data $(DATA)

test: .venv/.installed  ## all the tests: by two workers, then those that want to be alone
	$(RUN)/python -m compileall -q vo_lcc  # many tests start a vo-lcc
	$(RUN)/pytest -m "not alone" -n $(WORKERS) --dist loadfile --no-loadscope-reorder
	$(RUN)/pytest -m alone tests

lint: .venv/.installed  ## style, layers, types
	$(RUN)/ruff format --check . && $(RUN)/ruff check .
	$(RUN)/lint-imports --config setup.cfg
	$(RUN)/mypy --config-file setup.cfg

check: lint  ## what every commit must pass, fastest first
	$(RUN)/pytest -m "not db and not validator and not browser and not slow"

bench: .venv/.installed  ## the figures of benchmarks/RESULTS.md
	$(RUN)/python -m benchmarks

soak: .venv/.installed  ## a crowd of clients; jobs while all breaks; then queries that might break the compiler, for MINUTES
	$(RUN)/python -m tests.protocols.crowd --clients 200 --seconds 60
	$(RUN)/python -m tests.protocols.chaos --seconds 300 --seed $(SEED)
	$(RUN)/python -m tests.adql.fuzz --minutes $(MINUTES) --database embedded
