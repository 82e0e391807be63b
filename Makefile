# What this needs before it starts: Python 3.11 or later, make, and the machine's package manager.

VENV ?= .venv
ifndef PYTHON
PYTHON := $(shell .ci/find-python)
endif
BIN := $(VENV)/bin
DOCTOR = $(PYTHON) -m nstutor doctor --install $(if $(YES),--yes)
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
# Nothing is installed but what the locks name, each file with its hash; nstutor itself needs no index then.
FROM_LOCK := $(PIP_INSTALL) --require-hashes --requirement
OURSELVES := $(PIP_INSTALL) --no-deps --no-build-isolation --no-index --editable .
# As in pyproject.toml, for it is built without an environment of its own.
TO_BUILD := hatchling editables Babel markdown-it-py PyYAML
UV ?= uv
LOCK := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	--constraint constraints.txt pyproject.toml
QUICK := tests/unit tests/kernel/test_kernel_observer.py tests/kernel/test_live_session.py
WORDS := $(wildcard nstutor/locale/*/LC_MESSAGES/*.po)
PACKAGING := pyproject.toml tools/build_hook.py $(wildcard locks/*.txt) $(WORDS) $(wildcard nstutor/lesson/*.py)

.PHONY: help
help:
	@echo 'make learn [LESSON=veth]   set everything up and start nstutor'
	@echo 'make test [ARGS=...]       set everything up and run the tests; as root, also as an unprivileged user'
	@echo 'make quick               the tests that take about a minute: of data, and of a few real worlds'
	@echo 'make coverage [ARGS=...] which lines the quick tests, or others, never reach'
	@echo 'make soak [ARGS=...]       type for an hour into every kind of shell; nothing may be lost'
	@echo 'make lint                  ruff and mypy --strict'
	@echo 'make wheel                 build dist/nstutor-*.whl with the lessons in it'
	@echo 'make pictures              draw the pictures in assets/ anew, from a real session and real labs'
	@echo 'make words                 gather the texts of the program into nstutor/locale/ for translation'
	@echo 'make locks                 write locks/ anew from constraints.txt, with the hashes that the index has (needs uv)'
	@echo 'make clean                 remove the environment and everything that was built'
	@echo
	@echo 'YES=1       agree beforehand to the installation of system packages that are missing'
	@echo 'TOOLS=any   learn even where some of the programs that lessons use are missing'
	@echo 'PYTHON=...  another Python than $(PYTHON)'

.PHONY: learn
learn: $(VENV)/.fit-for-lab $(VENV)/.installed
	@$(BIN)/nstutor $(if $(LESSON),learn $(LESSON))

.PHONY: ready
ready: $(VENV)/.fit-for-tests $(VENV)/.developing

.PHONY: test
test: ready
	$(BIN)/python tools/run_tests.py $(ARGS)

.PHONY: quick
quick: ready
	$(BIN)/python -m pytest -q -n 4 --dist loadfile $(QUICK) $(ARGS)

.PHONY: coverage
coverage: ready
	$(BIN)/python -m pytest -q -n 4 --dist loadfile --cov --cov-report=term $(or $(ARGS),$(QUICK))

.PHONY: soak
soak: $(VENV)/.fit-for-tests $(VENV)/.developing
	$(BIN)/python tests/typing/soak.py $(ARGS)

.PHONY: lint
lint: $(VENV)/.developing
	$(BIN)/ruff check .
	$(BIN)/mypy

.PHONY: wheel
wheel: $(VENV)/.developing
	$(BIN)/python -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .

.PHONY: pictures
pictures: $(VENV)/.fit-for-tests $(VENV)/.developing
	$(BIN)/python tools/draw_lab.py
	$(BIN)/python tools/draw_session.py

.PHONY: words
words: $(VENV)/.developing
	$(BIN)/python tools/words.py

.PHONY: locks
locks:
	printf '%s\n' $(TO_BUILD) | $(LOCK) - --output-file locks/run.txt
	$(LOCK) --extra dev --output-file locks/dev.txt

.PHONY: clean
clean:
	rm -rf $(VENV) dist nstutor/_compiled .mypy_cache .ruff_cache .pytest_cache

# Each stamp is made again when the files before the bar change; what stands behind it only has to be there.

$(VENV)/.made:
	@test -n '$(PYTHON)' || exit 4
	@$(DOCTOR) --for venv
	@echo 'Making $(VENV) with $(PYTHON) ...'
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.fit-for-lab: nstutor/lab/tools.py | $(VENV)/.made
	@$(DOCTOR) --for lab$(if $(filter any,$(TOOLS)), || true)
	@touch $@

$(VENV)/.fit-for-tests: nstutor/lab/tools.py | $(VENV)/.made
	@$(DOCTOR) --for tests
	@touch $@

$(VENV)/.installed: $(PACKAGING) | $(VENV)/.made
	@echo 'Installing nstutor into $(VENV) ...'
	@$(FROM_LOCK) locks/run.txt
	@$(OURSELVES)
	@touch $@

$(VENV)/.developing: $(PACKAGING) | $(VENV)/.made
	@echo 'Installing nstutor and what its tests need into $(VENV) ...'
	@$(FROM_LOCK) locks/dev.txt --no-compile
	@$(OURSELVES)
	@touch $@ $(VENV)/.installed
