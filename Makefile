# make run    opens DreamDesk on a demonstration desk built from resources/samples
# make test   runs all checks and tests
# make dist   builds the program that needs no Python, tries it, and packs it: archive, Debian package, checksums
# make newcomer MIRROR=…   follows README in a bare Debian made with debootstrap
# make pictures   takes the pictures of the README and of the help anew, in each language
# make test-formats   loads and trains on every training format, in environments of its own

PYTHON ?= python3
BIN := .venv/bin
DEMO := build/demo.desk
TRACES := $(addprefix resources/samples/,customer-support/support-week44.jsonl data-processing/ledger-entry-runs.json \
  workflow-orchestration/router-spans.otlp.jsonl workflow-orchestration/handoff-review.json)
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: run test dist newcomer pictures test-formats lint check-types check-layers unit lock clean

run: .venv/run $(DEMO)
	@if [ -z "$$DISPLAY$$WAYLAND_DISPLAY" ] && [ -z "$$QT_QPA_PLATFORM" ]; then \
	  echo "There is no display here. With Xvfb (apt-get install xvfb xauth) this opens the window on a virtual one:"; \
	  echo "    xvfb-run -a make run"; exit 1; fi
	$(BIN)/dreamdesk $(DEMO)

$(DEMO): .venv/run
	@mkdir -p build
	@rm -f $(DEMO) $(DEMO)-wal $(DEMO)-shm $(DEMO).head
	$(BIN)/dreamdesk import $(TRACES) --desk $(DEMO)
	@$(BIN)/dreamdesk locate --desk $(DEMO) >/dev/null
	@$(BIN)/dreamdesk dream --desk $(DEMO) >/dev/null
	@$(BIN)/dreamdesk check --desk $(DEMO) >/dev/null
	@$(BIN)/dreamdesk memory import $(addprefix resources/samples/memory/,week44 week45) --desk $(DEMO) >/dev/null

test: lint check-types check-layers unit

lint: .venv/test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

check-types: .venv/test
	$(BIN)/mypy

check-layers: .venv/test
	$(BIN)/lint-imports

# A worker for each core; the tests of one file stay together, because they may share what they have built.
WORKERS ?= auto
unit: .venv/test
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile

pictures: .venv/test
	for code in en de; do PYTHONPATH=. $(BIN)/python tools/pictures.py --language $$code || exit 1; done

# The loaders and trainers that bundles are made for: every configuration is loaded with two major versions of datasets,
# and every format of TRL takes one optimiser step, the stepwise ones with the last TRL that reads them. Two virtual
# environments of 1.5 GB each, with the CPU build of torch; another one can be named: make test-formats TORCH=torch==2.14
TORCH ?= torch==2.13.0
test-formats: .venv/test build/formats/latest/made build/formats/stepwise/made
	PYTHONPATH=. $(BIN)/python tests/consumers/make_bundle.py build/formats/bundle
	build/formats/latest/bin/python tests/consumers/train.py build/formats/bundle
	build/formats/stepwise/bin/python tests/consumers/train.py build/formats/bundle

build/formats/latest/made: CONSUMERS := "trl>=1.16" "datasets>=5,<6"
build/formats/stepwise/made: CONSUMERS := "trl==1.13.0" "datasets==4.8.4"
build/formats/%/made:
	$(PYTHON) -m venv build/formats/$*
	build/formats/$*/bin/pip install -q "$(TORCH)" $(CONSUMERS) jinja2 pyyaml
	@touch $@

# Archive, package for Debian and Ubuntu, bill of materials and checksums. Modules are left uncompressed, because xz makes
# less of the whole; --x86 prepares machine code for it. The times of files are that of the last change that was recorded,
# and owners are nobody of this machine. What was built is tried twice: here, and beside nothing but two system libraries.
NAME = dreamdesk-$(shell sed -n 's/^__version__ = "\(.*\)"/\1/p' dreamdesk/__init__.py)-linux-$(shell uname -m)
dist: export SOURCE_DATE_EPOCH := $(shell git log -1 --format=%ct)
dist: export PYTHONHASHSEED := 0
dist: build/frozen/made
	PYINSTALLER_ZLIB_COMPRESSION_LEVEL=0 build/frozen/bin/pyinstaller --noconfirm --log-level WARN build.spec
	build/frozen/bin/python tools/try_built_program.py dist/dreamdesk/dreamdesk
	build/frozen/bin/python tools/try_built_program.py dist/dreamdesk/dreamdesk --bare
	rm -f dist/dreamdesk[-_]* dist/SHA256SUMS
	tar -C dist --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$$SOURCE_DATE_EPOCH" -cf - dreamdesk \
	  | xz -T1 --x86 --lzma2=preset=9e,dict=128MiB >dist/$(NAME).tar.xz
	build/frozen/bin/python -m tools.shipping.debian dist/dreamdesk dist
	cp dist/dreamdesk/sbom.cdx.json dist/$(NAME).cdx.json
	cd dist && sha256sum dreamdesk[-_]*.* >SHA256SUMS
	@ls -l dist

# README's two commands in a bare Debian, as root: make newcomer MIRROR=http://deb.debian.org/debian
newcomer:
	tools/newcomer.sh $(MIRROR)

# What is shipped comes from the lock file alone; the tool that packs it is no part of it.
build/frozen/made: requirements.lock
	tools/system-packages.sh dist
	$(PYTHON) -m venv build/frozen
	build/frozen/bin/pip install -q -r requirements.lock
	build/frozen/bin/pip install -q "pyinstaller>=6.16,<7"
	@touch $@

# The lock files are exact; pip refuses anything whose hash differs.
.venv/run: requirements.lock pyproject.toml
	tools/system-packages.sh
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "DreamDesk needs Python 3.11 or newer; name one with make PYTHON=...")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install -q -r requirements.lock
	$(BIN)/pip install -q --no-deps --no-build-isolation -e .
	@touch $@

.venv/test: .venv/run requirements-dev.lock
	tools/system-packages.sh test
	$(BIN)/pip install -q -r requirements-dev.lock
	@touch $@

# Makes the lock files anew from pyproject.toml.
lock:
	$(PYTHON) -m venv build/lock
	build/lock/bin/pip install -q pip-tools
	build/lock/bin/pip-compile -q --build-deps-for editable $(LOCKING) -o requirements.lock pyproject.toml
	build/lock/bin/pip-compile -q --extra dev --build-deps-for editable $(LOCKING) -c requirements.lock \
	  -o requirements-dev.lock pyproject.toml
LOCKING := --upgrade --generate-hashes --strip-extras --allow-unsafe --no-header --no-emit-index-url --no-emit-find-links

clean:
	rm -rf build dist .venv
