# Each target sets up its own .venv from pyproject.toml, with the versions of constraints.txt.
PYTHON ?= python3
BIN := .venv/bin
SAMPLE := tests/fixtures/sample.warc.gz
DEMO := output/demo
comma := ,

.PHONY: demo test check bench format clean

demo: .venv/run
	@rm -rf $(DEMO)
	@for source in mfa missions hk_commissioner xinhua shine ecns; do \
		$(BIN)/scrapy crawl $$source -a replay=$(SAMPLE) -s OUTPUT_DIR=$(DEMO) -L ERROR || exit 1; done
	@$(BIN)/scrapy crawl mfa -a edition=zh -a replay=$(SAMPLE) -s OUTPUT_DIR=$(DEMO) -L ERROR
	@$(BIN)/scrapy status -s OUTPUT_DIR=$(DEMO)

test: .venv/dev .venv-pywb/ready
	$(BIN)/python -m pytest

check: .venv/dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/scrapy docs --check
	$(BIN)/scrapy fixture archive --check

bench: .venv/bench .venv-fundus/ready
	$(BIN)/python -m benchmarks

format: .venv/dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf .venv .venv-fundus .venv-pywb build *.egg-info $(DEMO)

# One stamp a set of dependencies, remade when what is required changes.
.venv/run: pyproject.toml constraints.txt
	$(call install,.)
.venv/dev: pyproject.toml constraints.txt
	$(call install,.[dev])
.venv/bench: pyproject.toml constraints.txt
	$(call install,.[dev$(comma)bench])

# fundus needs an older lxml than we do.
.venv-fundus/ready: benchmarks/fundus-requirements.txt
	@$(PYTHON) -m venv .venv-fundus
	@.venv-fundus/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@

# pywb needs an older pyOpenSSL than we do.
.venv-pywb/ready: tests/archive/pywb-requirements.txt
	@$(PYTHON) -m venv .venv-pywb
	@.venv-pywb/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@

define install
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; try make PYTHON=python3.12")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '$(1)'
	@touch $@
endef
