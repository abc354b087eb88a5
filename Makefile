# Two commands matter: `make demo` and `make test`. Both set everything up themselves.
PY    ?= python3
VENV  := .venv
BIN   := $(VENV)/bin
READY := $(VENV)/.ready
PIP   := $(BIN)/python -m pip install -q --disable-pip-version-check
# Spinning OpenMP threads cost tiny models a factor of twenty on busy cores (nbs/11_training/54_train.ipynb).
export OMP_WAIT_POLICY := PASSIVE
export TOKENIZERS_PARALLELISM := false

.PHONY: help demo test torture docs bench real clean setup quarto
help:
	@echo "make demo    the whole journey on the built-in sample (offline once set up)"
	@echo "make test    every test: notebooks, package, docs, the journey in miniature"
	@echo "make torture hostile files and killed processes, the long campaigns (FORGE_TORTURE=1)"
	@echo "make docs    the documentation site (needs Quarto)"
	@echo "make bench   the figures in README and nbs/benchmarks, three seeds"
	@echo "make real MODEL=HuggingFaceTB/SmolLM2-135M   the journey on a Hugging Face model"
	@echo "make clean   remove what make made; projects/ stays"

# torch comes first and pinned: whoever has an index with a CPU build gets that one. Whatever stops the set-up, the next make goes on with it.
setup: $(READY)
$(READY): constraints.txt settings.ini setup.py
	@$(PY) -c 'import sys; sys.exit(sys.version_info < (3,11) and "forge_nb needs Python 3.11 or newer; set PY=python3.11")'
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PY) -m venv $(VENV)
	$(PIP) "$$(grep '^torch==' constraints.txt)"
	$(PIP) -c constraints.txt setuptools wheel
	$(PIP) -c constraints.txt --no-build-isolation -e '.[dev]'
	@touch $(READY)

demo: $(READY)
	$(BIN)/forge demo

test: $(READY)
	$(BIN)/python -m pytest -q -n 2 --dist worksteal -p no:cacheprovider tests

torture: $(READY)
	FORGE_TORTURE=1 $(BIN)/python -m pytest -q -s -p no:cacheprovider $(wildcard tests/test_hostile.py tests/test_torture.py)

# README.md is ours (tests/readme.py); nbdev would write its own over one that is older than the index.
docs: quarto $(READY)
	@touch README.md
	$(BIN)/nbdev_docs
quarto:
	@command -v quarto >/dev/null || { echo "make docs needs Quarto: get it from https://quarto.org/docs/get-started/ and run make docs again"; exit 1; }

bench: $(READY)
	$(BIN)/python -m forge_nb.bench
	$(BIN)/python -m forge_nb.bench_text
	$(BIN)/python -m forge_nb.bench_export
	$(BIN)/python -m forge_nb.bench_training
	$(BIN)/python -m forge_nb.bench_works

# A project of its own for each model, so that nothing made from another is taken for it.
real: $(if $(MODEL),$(READY))
	@test -n "$(MODEL)" || { echo "say which model: make real MODEL=<Hugging Face id or folder>"; exit 2; }
	$(BIN)/forge demo "real-$(notdir $(patsubst %/,%,$(MODEL)))" --base "$(MODEL)"

clean:
	rm -rf $(VENV) build dist *.egg-info _docs _proc .cache .pytest_cache .ruff_cache nbs/.hypothesis nbs/nbdev.yml
	find forge_nb tests nbs -name __pycache__ -type d -prune -exec rm -rf {} +
