# The commands of the README. Each installs what it needs into .venv, and Debian packages where it may.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STATE ?= .state
# PORT=/dev/ttyUSB0 reads a real meter; ARGS are further arguments of `han2x run`.
PORT ?=
ARGS ?=

# On every core; ARGS=-n0 for one process, as a debugger needs it.
PYTEST := $(BIN)/python -m pytest -n auto

# Commands that tests need, and the Debian packages that have them.
TEST_PACKAGES := mbpoll=mbpoll chromium=chromium nmap=nmap gcc=gcc pkg-config=pkg-config /usr/include/modbus/modbus.h=libmodbus-dev \
	nmcli=network-manager dnsmasq=dnsmasq-base pkaction=polkitd dbus-daemon=dbus ip=iproute2 faketime=faketime

.PHONY: run test unit check format bench clean install uninstall test-system power-cut soak usb-unplug aarch64

run: $(VENV)/installed
	@exec $(BIN)/python -m han2x run --demo --state-dir $(STATE) $(if $(PORT),--port $(PORT)) $(ARGS)

test: $(VENV)/installed-dev
	@scripts/system-packages $(TEST_PACKAGES) || [ -z "$$CI" ]
	$(PYTEST) $(ARGS)

unit: $(VENV)/installed-dev
	$(PYTEST) -m "not end_to_end and not browser" $(ARGS)

check: $(VENV)/installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/installed-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/installed-dev
	$(BIN)/python benchmarks/gateway.py

# The service, on this computer: sudo make install. PURGE=1 also removes settings and state.
install:
	@systemd/install

uninstall:
	@systemd/uninstall $(if $(PURGE),--purge)

# In machines of its own, booted with a real systemd; needs root and some minutes.
test-system: $(VENV)/installed-dev
	@scripts/system-packages systemd-nspawn=systemd-container debootstrap=debootstrap buildah=buildah podman=podman crun=crun ip=iproute2
	$(BIN)/python -m pytest -p no:randomly -m system tests/system $(ARGS)

power-cut: $(VENV)/installed-dev
	$(BIN)/python -m tests.system.power_cut $(ARGS)

soak: $(VENV)/installed-dev
	$(BIN)/python benchmarks/soak.py $(ARGS)

usb-unplug: $(VENV)/installed-dev
	@scripts/system-packages qemu-system-x86_64=qemu-system-x86 systemd-nspawn=systemd-container debootstrap=debootstrap
	$(BIN)/python -m tests.system.usb_unplug

aarch64: $(VENV)/installed-dev
	@scripts/system-packages qemu-aarch64-static=qemu-user-static debootstrap=debootstrap
	$(BIN)/python -m tests.system.aarch64 $(ARGS)

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ command -v $(PYTHON) >/dev/null && echo "han2x needs Python 3.11 or newer; try make PYTHON=python3.12" >&2 && exit 1; } || \
		scripts/system-packages $(PYTHON)=python3
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || scripts/system-packages python3-venv-is-missing=python3-venv
	@$(PYTHON) -m venv $(VENV)

$(VENV)/installed: pyproject.toml | $(BIN)/python
	@echo "Installing han2x into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/installed-dev: pyproject.toml | $(BIN)/python
	@echo "Installing han2x and what its tests need into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@ $(VENV)/installed
