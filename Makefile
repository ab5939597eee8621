# The commands of the README. Each installs what it needs into .venv, and Debian packages where it may.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
TOOLS := .venv-tools
STATE ?= .state
# PORT=/dev/ttyUSB0 reads a real meter; ARGS are further arguments of `han2x run`.
PORT ?=
ARGS ?=

# On every core; ARGS=-n0 for one process, as a debugger needs it. What is compiled is kept whatever the environment says:
# else each worker compiles every test again, and each of the hundreds of programs that they start all of han2x.
# AGAIN=2 gives what was red up to two more tries.
PYTEST := PYTHONDONTWRITEBYTECODE= scripts/run-tests $(BIN)/python -n auto

# What the tests need of the system: a program or file, the Debian package that has it, and what it is for.
TEST_PACKAGES := \
	'chromium=chromium=looks at the page' \
	'mbpoll=mbpoll=reads the gateway as its users do' \
	'nmap=nmap=discovers it' \
	'gcc=gcc=builds a client with libmodbus' 'pkg-config=pkg-config=the same' '/usr/include/modbus/modbus.h=libmodbus-dev=the same' \
	'faketime=faketime=turns its clock' \
	'prometheus=prometheus=scrapes the gateway' 'promtool=prometheus=checks what it is told' \
	'mosquitto=mosquitto=is the broker that it publishes to' \
	'nmcli=network-manager=changes the settings of a network in a namespace of its own' 'pkaction=polkitd=allows that' \
	'dbus-daemon=dbus=the same' 'dnsmasq=dnsmasq-base=gives addresses there' 'ip=iproute2=makes that network' \
	'avahi-daemon=avahi-daemon=announces it there' 'avahi-browse=avahi-utils=finds it' \
	'apt-ftparchive=apt-utils=makes a repository that it asks for newer versions' \
	'mcopy=mtools=writes on cards' '/sbin/sfdisk=fdisk=divides them'

.PHONY: run test test-packages unit coverage matrix mutate check format bench lock audit sbom clean install uninstall test-system test-clean deb dist repository power-cut kill lockout clients soak usb-unplug aarch64 sd-image sd-image-test

run: $(VENV)/installed
	@exec $(BIN)/python -m han2x run --demo --state-dir $(STATE) $(if $(PORT),--port $(PORT)) $(ARGS)

test: $(VENV)/installed-dev
	@scripts/system-packages "make test" $(TEST_PACKAGES) || { [ -z "$$CI" ] && echo "The tests that need them are left out."; }
	$(PYTEST) $(ARGS)

test-packages:
	@INSTALL=1 scripts/system-packages "make test" $(TEST_PACKAGES)

unit: $(VENV)/installed-dev
	$(PYTEST) -m "not end_to_end and not browser" $(ARGS)

# How much of the program the tests run that do not start it as a whole; fails below these per cents.
COVERED := 92
COVERED_APP := 85
coverage: $(VENV)/installed-dev
	$(PYTEST) -m "not end_to_end and not browser" --cov --cov-report= $(ARGS)
	@echo && echo "han2x/app, at least $(COVERED_APP) %:"
	@$(BIN)/coverage report --include='han2x/app/*' --fail-under=$(COVERED_APP); app=$$?; \
		echo && echo "All of han2x, at least $(COVERED) %:" && $(BIN)/coverage report --fail-under=$(COVERED) && exit $$app

# The unit tests with every Python that is there; ARGS are versions, such as 3.13.
matrix:
	@scripts/python-matrix $(ARGS)

# Changes of the core that no test notices; a whole run takes hours. ARGS=han2x.estimator.output* takes one module.
mutate: $(VENV)/installed-dev
	$(BIN)/mutmut run $(ARGS)
	@$(BIN)/mutmut results

check: $(VENV)/installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	@scripts/check-page

format: $(VENV)/installed-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	@[ ! -e node_modules/installed ] || npm run --silent format

bench: $(VENV)/installed-dev
	$(BIN)/python benchmarks/gateway.py

# The service, on this computer: sudo make install. ADDRESS=default also gives it 192.168.1.232, if that is confirmed.
# PURGE=1 also removes settings and state.
install:
	@ADDRESS='$(ADDRESS)' systemd/install

uninstall:
	@systemd/uninstall $(if $(filter-out 0 no,$(PURGE)),--purge)

# A Debian package with all that it needs inside; ARCH=arm64 for another computer than this.
deb: $(TOOLS)/installed
	@scripts/system-packages "make deb" 'dpkg-deb=dpkg=puts it together'
	@$(TOOLS)/bin/python packaging/build_deb.py $(ARCH)

# What PyPI takes: sdist and wheel, looked over. A commit that is tagged has to be tagged with its version.
dist: $(TOOLS)/installed
	@$(TOOLS)/bin/python packaging/dist.py

# Of what make deb built, for apt: make repository KEY=secret-key.asc URL=https://packages.example.org/han2x
repository:
	@[ -n "$(KEY)" ] && [ -n "$(URL)" ] || { echo "make repository KEY=FILE URL=https://…: which key signs, and where it will be" >&2; exit 2; }
	@scripts/system-packages "make repository" 'apt-ftparchive=apt-utils=lists the packages' 'gpg=gpg=signs the lists'
	@packaging/repository "$(KEY)" "$(URL)" dist dist/repository

# A Raspberry Pi OS image made a gateway: make sd-image IMAGE=raspios-lite.img.xz [OUT=…] [ARGS='--ssh-key key.pub'].
# DEB is the package that goes in, else the one that make deb ARCH=arm64 has built last.
DEB ?= $(shell ls -t dist/han2x_*_arm64.deb 2>/dev/null | head -n 1)
OUT ?= dist/han2x.img
sd-image:
	@[ -n "$(IMAGE)" ] || { echo "make sd-image IMAGE=FILE: which image of Raspberry Pi OS Lite (64-bit)" >&2; exit 2; }
	@[ -n "$(DEB)" ] || { echo "There is no package yet: make deb ARCH=arm64 builds one, or DEB=FILE names it." >&2; exit 2; }
	@scripts/system-packages "make sd-image" 'sfdisk=fdisk=divides the image' 'mcopy=mtools=writes what it starts from' \
		'mkfs.ext4=e2fsprogs=makes a partition' \
		$(if $(filter aarch64,$(shell uname -m)),,'qemu-aarch64-static=qemu-user-static=runs programs of a Pi')
	@mkdir -p "$(dir $(OUT))"
	@deploy/sd-image/build $(ARGS) "$(IMAGE)" "$(DEB)" "$(OUT)"

# The same with a stand-in for the image, and some days in the life of such a gateway, in QEMU; ARGS=arm64 as a Pi has it.
sd-image-test: $(VENV)/installed-dev $(TOOLS)/installed
	@scripts/system-packages "make sd-image-test" \
		'sfdisk=fdisk=divides the image' 'mcopy=mtools=writes what it starts from' 'mkfs.vfat=dosfstools=makes that' \
		'debootstrap=debootstrap=makes what is on it' 'qemu-aarch64-static=qemu-user-static=runs programs of a Pi' \
		'qemu-system-x86_64=qemu-system-x86=is the computer' 'qemu-system-aarch64=qemu-system-arm=is a Pi, nearly' \
		'dnsmasq=dnsmasq-base=gives it an address' 'ip=iproute2=its network' 'ssh=openssh-client=looks at it'
	$(BIN)/python -m tests.system.sd_image $(ARGS)

# In machines of its own, booted with a real systemd; needs root and some minutes.
test-system: $(VENV)/installed-dev $(TOOLS)/installed
	@scripts/system-packages "make test-system" \
		'systemd-nspawn=systemd-container=boots machines' 'debootstrap=debootstrap=makes what they boot' \
		'buildah=buildah=builds the image' 'podman=podman=runs it' 'crun=crun=the same' 'ip=iproute2=their network' \
		'apt-ftparchive=apt-utils=makes a repository' 'gpg=gpg=signs it' 'lintian=lintian=looks at the package'
	$(BIN)/python -m pytest -p no:randomly -p no:cacheprovider -m system tests/system $(ARGS)

# make run and make test of the last commit on a clean Debian 12 and 13, by somebody who may install nothing there.
test-clean: $(VENV)/installed-dev $(TOOLS)/installed
	@scripts/system-packages "make test-clean" 'systemd-nspawn=systemd-container=boots machines' \
		'debootstrap=debootstrap=makes what they boot' 'git=git=clones what is tested'
	$(BIN)/python -m pytest -p no:randomly -m clean tests/system $(ARGS)

power-cut: $(VENV)/installed-dev
	$(BIN)/python -m tests.system.power_cut $(ARGS)

# KILL=factors kills after writes of the scaling factor, KILL=history while the history is written; TIMES=200 says how
# often.
kill: $(VENV)/installed-dev
	$(BIN)/python -m tests.end_to_end.kills $(or $(KILL),energies) $(or $(TIMES),50)

# Mistakes in the settings, as the page takes them, with restarts between; ARGS is how many.
lockout: $(VENV)/installed-dev
	$(BIN)/python -m tests.end_to_end.lockout $(ARGS)

# Programs that people use, as they are released: needs Python 3.13 (CLIENTS_PYTHON) and npm, and some 800 MB.
CLIENTS := .venv-clients
CLIENTS_PYTHON ?= python3.13
clients: $(VENV)/installed-dev
	@[ -e $(CLIENTS)/home-assistant/installed ] || { $(CLIENTS_PYTHON) -m venv $(CLIENTS)/home-assistant && \
		$(CLIENTS)/home-assistant/bin/python -m pip install --quiet homeassistant==2025.4.4 pymodbus==3.8.3 paho-mqtt==2.1.0 && \
		touch $(CLIENTS)/home-assistant/installed; }
	@[ -e $(CLIENTS)/node-red/installed ] || { mkdir -p $(CLIENTS)/node-red && cd $(CLIENTS)/node-red && \
		npm install --no-audit --no-fund --prefix . node-red@4.0.9 node-red-contrib-modbus@5.23.3 && touch installed; }
	$(BIN)/python -m tests.clients.node_red $(CLIENTS)/node-red
	$(BIN)/python -m tests.clients.home_assistant $(CLIENTS)/home-assistant/bin/python
	$(BIN)/python -m tests.clients.home_assistant_mqtt $(CLIENTS)/home-assistant/bin/python

soak: $(VENV)/installed-dev
	$(BIN)/python benchmarks/soak.py $(ARGS)

usb-unplug: $(VENV)/installed-dev
	@scripts/system-packages "make usb-unplug" \
		'qemu-system-x86_64=qemu-system-x86=a computer with a USB adapter' \
		'systemd-nspawn=systemd-container=makes its disk' 'debootstrap=debootstrap=what is on it'
	$(BIN)/python -m tests.system.usb_unplug

aarch64: $(VENV)/installed-dev $(TOOLS)/installed
	@scripts/system-packages "make aarch64" \
		'qemu-aarch64-static=qemu-user-static=runs the programs of a Pi' 'debootstrap=debootstrap=makes its system'
	$(BIN)/python -m tests.system.aarch64 $(ARGS)

# Which releases the appliance is made of, with their hashes; ARGS=--upgrade takes newer ones, as does
# ARGS='--upgrade-package NAME'.
lock: $(TOOLS)/installed
	@scripts/lock $(TOOLS)/bin/uv $(ARGS)

# Known vulnerabilities of what is locked. Status 1: there are some; 69: nobody could be asked.
audit: $(TOOLS)/installed
	@$(TOOLS)/bin/python scripts/audit

# What the appliance consists of, with licences and hashes, as CycloneDX.
sbom: $(TOOLS)/installed
	@$(TOOLS)/bin/python scripts/sbom dist/han2x.cdx.json

clean:
	rm -rf $(VENV) $(VENV)-* node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ command -v $(PYTHON) >/dev/null && echo "han2x needs Python 3.11 or newer; try make PYTHON=python3.12" >&2 && exit 1; } || \
		scripts/system-packages han2x '$(PYTHON)=python3=it is written in Python'
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		scripts/system-packages han2x 'venv-of-python3=python3-venv=what it needs is kept apart, in $(VENV)'
	@$(PYTHON) -m venv $(VENV)

# Of the locked packages where their hashes are known (77: they are not), so that what is tested is what is installed.
LOCK := locks/appliance.txt
LOCKED := scripts/install-locked $(BIN)/python $(LOCK) || [ $$? -eq 77 ]

$(VENV)/installed: pyproject.toml $(LOCK) | $(BIN)/python
	@echo "Installing han2x into $(VENV) ..."
	@$(LOCKED)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/installed-dev: pyproject.toml $(LOCK) | $(BIN)/python
	@echo "Installing han2x and what its tests need into $(VENV) ..."
	@$(LOCKED)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@ $(VENV)/installed

$(TOOLS)/installed: locks/tools.txt
	@$(PYTHON) -m venv $(TOOLS)
	@scripts/install-locked $(TOOLS)/bin/python locks/tools.txt
	@touch $@
