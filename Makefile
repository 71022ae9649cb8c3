# tussis: `make help` lists what there is. Needs Python >= 3.11 and make (3.81 will do), on Linux or macOS.
# Everything is installed with pip into .venv/ and nothing outside this folder is touched.

VENV := .venv
PYTHON_IN_VENV := $(VENV)/bin/python
PYTHON ?=
# What is installed: these versions, checked by their hashes. VERSIONS='.[test]' takes the newest instead.
VERSIONS ?= --require-hashes --requirement requirements.txt
DEMO ?=

.PHONY: help demo test test-slow test-long test-versions audit lock default-detector large-detector generated docs cost-tables cost-baseline format lint types venv dev clean

help:
	@echo 'make demo    the whole chain on synthetic recordings; open tussis-demo/report.html afterwards'
	@echo '             (make demo DEMO=--quick takes under 90 s)'
	@echo 'make test    all tests but the slow ones'
	@echo 'make test-slow   the slow ones'
	@echo 'make test-long   thousands of damaged inputs, hundreds of kills, days of sound: hours'
	@echo 'make test-versions   the oldest and newest dependencies on every Python that is here'
	@echo 'make audit   ask for known faults of the dependencies'
	@echo 'make lock    choose the versions of requirements.txt again'
	@echo 'make default-detector   train the shipped detector again, from TUSSIS_CORPUS and TUSSIS_MOTION'
	@echo 'make large-detector   train default-large, after that'
	@echo 'make generated   write again what is generated: the wire protocol in C and its tables, docs/features.md'
	@echo 'make docs    the documentation as a site: build/site/index.html'
	@echo 'make cost-tables     measure what the kernels cost, after a change to the C; resumes where it stopped'
	@echo 'make cost-baseline   accept the present flash, RAM, stack and instructions of the shipped detector'
	@echo 'make lint    ruff: rules, import order and formatting; make format applies them'
	@echo 'make types   mypy --strict on the package'
	@echo 'make venv    only set up .venv (make does it by itself when needed)'
	@echo 'make clean   remove .venv, caches and the demo'
	@echo ''
	@echo 'PYTHON=/path/to/python3.12 chooses the Python that .venv is made with.'

demo: $(VENV)/.installed
	$(VENV)/bin/tussis demo --out tussis-demo $(DEMO)

test: $(VENV)/.installed
	$(PYTHON_IN_VENV) -m pytest

test-slow: $(VENV)/.installed
	$(PYTHON_IN_VENV) -m pytest -m slow

# Damaged inputs, kills and long recordings, as long as it takes: RELIABILITY.md has what each promises.
test-long: $(VENV)/.installed
	TUSSIS_GENERATED_INPUTS=5000 TUSSIS_KILLS=50 $(PYTHON_IN_VENV) -m pytest -n 0 -v -m 'slow or not slow' \
	  tests/endurance tests/data/test_generated_inputs.py

test-versions:
	.ci/versions

# Needs an index that publishes advisories, as pypi.org does and many mirrors do not; fails where it cannot ask.
audit: $(VENV)/.installed
	$(PYTHON_IN_VENV) -m pip install --disable-pip-version-check --quiet pip-audit
	$(VENV)/bin/pip-audit --strict --disable-pip --require-hashes --requirement requirements.txt

# Choose versions again, for every Python and system, after a change of pyproject.toml; look at what changes.
lock: $(VENV)/.installed
	$(PYTHON_IN_VENV) -m pip install --disable-pip-version-check --quiet uv
	$(VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
	  --extra test --custom-compile-command 'make lock' --output-file requirements.txt pyproject.toml
	$(VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
	  --extra dev --custom-compile-command 'make lock' --output-file requirements-dev.txt pyproject.toml

# Clips, sessions composed of them, motion without coughs, and synthetic people; the recipe says with which
# weight. Same versions, same bytes.
TUSSIS_CORPUS ?= ../shared/corpus
TUSSIS_MOTION ?= ../shared/motion
CLIP_SETS = covid19-cough esc-50 mycroft-precise speech-commands
default-detector: $(VENV)/.installed
	@test -d '$(TUSSIS_CORPUS)' && test -d '$(TUSSIS_MOTION)' || { \
	  echo 'no folder $(TUSSIS_CORPUS) or $(TUSSIS_MOTION): set TUSSIS_CORPUS and TUSSIS_MOTION' >&2; exit 2; }
	mkdir -p build/training
	for set in $(CLIP_SETS); do \
	  ln -sfn "$$(cd '$(TUSSIS_CORPUS)' && pwd)/$$set" build/training/$$set; done
	for set in chest_rest daily; do ln -sfn "$$(cd '$(TUSSIS_MOTION)' && pwd)/$$set" build/training/$$set; done
	$(VENV)/bin/tussis synth build/training/synthetic --subjects 300 --sessions 1 --seconds 30 --seed 1
	$(VENV)/bin/tussis compose $(CLIP_SETS:%=build/training/%) build/training/composed --people 240 --hours 4 --sound-only
	$(VENV)/bin/tussis train build/training --recipe selection/training/default_recipe.toml --rule best \
	  --out data/default_detector.json

# The larger model of the sound, with the motion model and gate of the default; after default-detector.
large-detector: $(VENV)/.installed
	$(VENV)/bin/tussis train build/training --recipe selection/training/large_recipe.toml --rule best \
	  --out build/large_detector.json
	$(PYTHON_IN_VENV) -m tussis.selection.detector.motion_from build/large_detector.json \
	  data/default_detector.json data/large_detector.json

generated: $(VENV)/.installed
	$(PYTHON_IN_VENV) -m tussis.firmware_stub.protocol.messages_source
	$(PYTHON_IN_VENV) -m tussis.export.codegen.feature_reference
	$(VENV)/bin/tussis describe default --out docs/model-card.md

docs: $(VENV)/.installed-dev
	$(PYTHON_IN_VENV) docs/site/notebooks.py
	NO_MKDOCS_2_WARNING=1 $(VENV)/bin/mkdocs build --quiet
	@echo 'written: build/site/index.html'

# Tests compare the C with the hash in these tables, so they fail until this was run.
cost-tables: $(VENV)/.installed
	TUSSIS_TOOLCHAIN=gcc $(VENV)/bin/tussis calibrate --out selection/budget/cost_table_gcc.json
	TUSSIS_TOOLCHAIN=zig $(VENV)/bin/tussis calibrate --out selection/budget/cost_table_zig.json

cost-baseline: $(VENV)/.installed
	TUSSIS_UPDATE_BASELINE=1 $(PYTHON_IN_VENV) -m pytest tests/export/estimate/test_cost_baseline.py

lint: $(VENV)/.installed-dev
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .

format: $(VENV)/.installed-dev
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

# mypy needs the package by its name, and the checkout may be called anything: give it a link with that name.
types: $(VENV)/.installed-dev
	@mkdir -p build/types && rm -f build/types/tussis && ln -s ../.. build/types/tussis
	MYPYPATH=build/types $(VENV)/bin/mypy -p tussis

venv: $(VENV)/.installed

dev: $(VENV)/.installed-dev

$(VENV)/.installed: pyproject.toml requirements.txt
	@if ! '$(PYTHON_IN_VENV)' -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	  rm -rf '$(VENV)'; \
	  for python in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11 python; do \
	    "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 || continue; \
	    echo "+ $$python -m venv $(VENV)"; \
	    "$$python" -m venv '$(VENV)' && break; \
	    rm -rf '$(VENV)'; \
	  done; \
	fi
	@if [ ! -x '$(PYTHON_IN_VENV)' ]; then \
	  echo 'tussis needs Python 3.11 or newer with its venv module, and found none as python3, python3.11 to' >&2; \
	  echo 'python3.14 or python. Install one (python.org, brew, apt: python3-venv, uv, pyenv), or name it:' >&2; \
	  echo '  make PYTHON=/path/to/python3 demo' >&2; \
	  exit 1; \
	fi
	@echo 'Filling $(VENV): pip downloads about 345 MB, once; installed it takes 1.3 GB. The largest parts:'
	@echo '  ziglang      100 MB  a C compiler for the Cortex-M33 (411 MB installed)'
	@echo '  pyarrow, scipy, vl-convert, unicorn, numpy, scikit-learn: together another 175 MB'
	@if ls -d $(VENV)/lib/python*/site-packages/nvidia_nccl* >/dev/null 2>&1; then \
	  $(PYTHON_IN_VENV) -m pip uninstall --yes xgboost nvidia-nccl-cu12 nvidia-nccl-cu13; \
	fi # an environment of before xgboost-cpu, which has files of the same names
	$(PYTHON_IN_VENV) -m pip install --disable-pip-version-check $(VERSIONS)
	$(PYTHON_IN_VENV) -m pip install --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

# Locked as well: what the remote datasets and their test server need takes pip an hour to choose by itself.
$(VENV)/.installed-dev: $(VENV)/.installed requirements-dev.txt
	$(PYTHON_IN_VENV) -m pip install --disable-pip-version-check --require-hashes --requirement requirements-dev.txt
	@touch $@

clean:
	rm -rf $(VENV) build dist tussis-demo tussis.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
