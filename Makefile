# The README's two commands are `make run` and `make test`; each sets up what it needs and may be broken off and repeated.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --progress-bar on
SHARED := $(wildcard ../shared/models)
ifneq ($(SHARED),)
export SHUSHENG_MODELS ?= $(abspath $(SHARED))
endif

.PHONY: run install test nightly lock clean

run: $(VENV)/.run
	@exec $(BIN)/shusheng serve --demo

install: $(VENV)/.run

test: $(VENV)/.test
	@exec $(BIN)/python -m pytest -n 2 --dist loadfile -m "not nightly" -q

nightly: test
	@exec $(BIN)/python -m pytest -n 2 --dist worksteal -m nightly -q

# A stamp is written last, and a mark stands while packages are being installed: what was killed in the middle is done
# anew from the beginning (downloads stay in pip's cache), since nobody knows which package is half there.
$(VENV)/.run: requirements.lock pyproject.toml
	@if [ ! -x $(BIN)/python ] || [ -e $(VENV)/.begun ]; then \
	    $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Shusheng needs Python 3.11 or newer; say for example: make PYTHON=python3.12")' && \
	    rm -rf $(VENV) && echo "Making $(VENV) with $$($(PYTHON) --version)" && mkdir $(VENV) && touch $(VENV)/.begun && \
	    $(PYTHON) -m venv $(VENV); \
	fi
	@touch $(VENV)/.begun
	@echo "Installing the packages of requirements.lock (500 MB on disk; a minute or two)"
	@$(PIP) --require-hashes --no-deps -r requirements.lock
	@$(PIP) --quiet --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q bot speech catalog
	@rm $(VENV)/.begun
	@$(BIN)/shusheng models fetch --if-missing --timeout 5 || echo "It goes on without; '$(BIN)/shusheng models fetch' tries again."
	@touch $@

$(VENV)/.test: requirements-test.lock $(VENV)/.run
	@if [ -e $(VENV)/.begun-test ]; then rm -rf $(VENV) && $(MAKE) --no-print-directory install; fi
	@touch $(VENV)/.begun-test
	@echo "Installing the packages of requirements-test.lock"
	@$(PIP) --require-hashes --no-deps -r requirements-test.lock
	@rm $(VENV)/.begun-test
	@touch $@

lock:
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header pyproject.toml -o requirements.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header pyproject.toml --group test -c requirements.lock -o requirements-test.lock

clean:
	rm -rf $(VENV) var
