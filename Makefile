# SPDX-License-Identifier: GPL-2.0-or-later
#
# Thin on purpose: each target calls a script, which says what it does.

.PHONY: help demo shell tools install deb test test-host test-packages test-all check torture fuzz coverage robustness bench clean
.DEFAULT_GOAL := help

help: ## show this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 23
	@echo
	@echo "  ARCH=x86_64|arm64|... of demo and shell: a row of scripts/arch.sh"
	@echo "  SERIES=6.1|6.12|newest|...   Debian kernel of demo and shell"
	@echo "  FEATURES=name+name    features that demo and shell show"
	@echo "  FIRMWARE_FEATURES=... what CPUID, DeviceTree and ACPI show instead"
	@echo "  POLICY=intersect|pci-wins|all-or-nothing   how windows that differ are merged"
	@echo "  TRUST=vbs             demo in a guest that its kernel detects as confidential"
	@echo "  ACCEL=tcg|kvm         QEMU accelerator; TCG unless you say so"
	@echo "  QEMU=10.0|10.2        version of QEMU"
	@echo "  QEMU_SRC=/path        a QEMU tree of your own"
	@echo "  PVFEAT_CACHE=/path    what is fetched and built (default ~/.cache/pvfeat)"

demo: ## boot a guest with the function; show lspci, the driver and the features
	@scripts/demo.sh

shell: ## the same guest, at its prompt
	@scripts/demo.sh --shell

tools: ## build pvfeat and libpvfeat; needs libpci-dev, libjansson-dev, libmd-dev, python3
	@$(MAKE) -C tools/pvfeat

install: ## install them; DESTDIR=, prefix= and the other usual variables
	@$(MAKE) -C tools/pvfeat install

deb: ## build the Debian packages from the tracked files; print their paths
	@scripts/build-deb.sh

test: ## everything: style, QEMU's tests and ours, KUnit, guests
	@scripts/test.sh

test-host: ## make demo from a fresh clone in a root of Debian 13
	@scripts/test.sh release

test-packages: ## install the packages on Debian 12 and 13, boot with Secure Boot (6 minutes)
	@scripts/test.sh packages

test-all: ## that, and every architecture, host and package; writes docs/architectures.md
	@scripts/test.sh --all

check: ## style and consistency only: checkpatch, sparse, shellcheck, spec
	@scripts/test.sh check

torture: ## tables that change while guests read them (over an hour); SANITIZE=kasan|kcsan
	@scripts/torture.sh

fuzz: ## feed each parser what nobody thought of; TIME=60 seconds each, CORPUS=
	@scripts/fuzz.sh

coverage: ## which lines and branches the tests reach (20 minutes)
	@scripts/coverage.sh

robustness: ## all that attacks; writes docs/robustness.md (over an hour)
	@scripts/robustness.sh

bench: ## measure against CPUID, virtio, MMIO; writes README's table; PART=, OUT= (5 minutes)
	@bench/bench.sh $(PART)

clean: ## remove what was built; what was fetched stays
	@scripts/clean.sh
