# Two commands matter: `make demo` and `make test`. Both set everything up themselves.
PY    ?= python3
VENV  := .venv
BIN   := $(VENV)/bin
READY := $(VENV)/.ready
# Spinning OpenMP threads cost tiny models a factor of twenty on busy cores (nbs/54_train.ipynb).
export OMP_WAIT_POLICY := PASSIVE
export TOKENIZERS_PARALLELISM := false

.PHONY: help demo test docs bench real clean setup
help:
	@echo "make demo    the whole journey on the built-in sample (offline once set up)"
	@echo "make test    every test: notebooks, package, docs, the journey in miniature"
	@echo "make docs    the documentation site (needs Quarto)"
	@echo "make bench   the figures in README and nbs/benchmarks, three seeds"
	@echo "make real MODEL=HuggingFaceTB/SmolLM2-135M   the journey on a Hugging Face model"
	@echo "make clean   remove what make made; projects/ stays"

setup: $(READY)
$(READY): constraints.txt settings.ini setup.py
	@$(PY) -c 'import sys; sys.exit(sys.version_info < (3,11) and "forge_nb needs Python 3.11 or newer; set PY=python3.11")'
	@test -x $(BIN)/python || $(PY) -m venv $(VENV)
	$(BIN)/python -m pip install -q --disable-pip-version-check "$$(grep '^torch==' constraints.txt)"
	$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt setuptools wheel
	$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt --no-build-isolation -e '.[dev]'
	@touch $(READY)

demo: $(READY)
	$(BIN)/forge demo

test: $(READY)
	$(BIN)/python -m pytest -q -n 2 --dist worksteal tests

docs: $(READY)
	@command -v quarto >/dev/null || { echo "make docs needs Quarto: get it from https://quarto.org/docs/get-started/ and run make docs again"; exit 1; }
	$(BIN)/nbdev_docs

bench: $(READY)
	$(BIN)/python -m forge_nb.bench

real: $(READY)
	@test -n "$(MODEL)" || { echo "say which model: make real MODEL=<Hugging Face id or folder>"; exit 2; }
	$(BIN)/forge demo --base "$(MODEL)"

clean:
	rm -rf $(VENV) build dist *.egg-info _docs _proc .cache
