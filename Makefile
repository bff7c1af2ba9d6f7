# SPDX-License-Identifier: GPL-2.0-or-later
#
# Each target only calls a script; the script's header describes what it does.

.PHONY: help demo shell tools uefi server install deb test test-host test-packages test-series test-all series check torture fuzz coverage robustness bench clean
.DEFAULT_GOAL := help

help: ## show this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 23
	@echo
	@echo "  ARCH=x86_64|arm64|... architecture for demo and shell: a row of scripts/arch.sh"
	@echo "  SERIES=6.1|6.12|newest|...   Debian kernel for demo and shell"
	@echo "  FEATURES=name+name    features that the device of demo and shell presents"
	@echo "  FIRMWARE_FEATURES=... different features for CPUID, DeviceTree and ACPI"
	@echo "  POLICY=intersect|pci-wins|all-or-nothing   how differing windows are merged"
	@echo "  TRUST=vbs             run demo in a guest that its kernel detects as confidential"
	@echo "  ACCEL=tcg|kvm         QEMU accelerator (default tcg)"
	@echo "  QEMU=10.0|10.2        version of QEMU"
	@echo "  QEMU_SRC=/path        use this QEMU source tree"
	@echo "  PVFEAT_CACHE=/path    folder for downloads and builds (default ~/.cache/pvfeat)"

demo: ## boot a guest with the device; show lspci, the driver and the features
	@scripts/demo.sh

shell: ## boot the same guest and open a shell in it
	@scripts/demo.sh --shell

tools: ## build pvfeat and libpvfeat; requires libpci-dev, libjansson-dev, libmd-dev, python3
	@$(MAKE) -C tools/pvfeat

uefi: ## build pvfeat.efi for firmware and boot loaders, for ARCH; print its path
	@scripts/build-uefi.sh "$${ARCH:-x86_64}"

server: ## build pvfeat-server, the function outside of QEMU; print its path
	@scripts/build-server.sh

install: ## install pvfeat and libpvfeat; honours DESTDIR=, prefix= and the other usual variables
	@$(MAKE) -C tools/pvfeat install

deb: ## build the Debian packages from the tracked files; print their paths
	@scripts/build-deb.sh

test: ## run style checks, QEMU's tests and this project's, KUnit, guest tests
	@scripts/test.sh

test-host: ## run make demo from a fresh clone in a Debian 13 root
	@scripts/test.sh release

test-packages: ## install the packages on Debian 12 and 13 and boot with Secure Boot (6 minutes)
	@scripts/test.sh packages

test-all: ## run all tests, on every architecture, host and package; writes docs/architectures.md
	@scripts/test.sh --all

series: ## write the series of patches for Linux, QEMU and pciutils to series/
	@scripts/series.sh

test-series: ## build each step of the series, boot the kernels, run QEMU's tests (slow)
	@scripts/test.sh --series

check: ## run style and consistency checks only: checkpatch, sparse, shellcheck, spec
	@scripts/test.sh check

torture: ## change tables while guests read them (over an hour); SANITIZE=kasan|kcsan
	@scripts/torture.sh

fuzz: ## fuzz each parser; TIME=60 seconds each, CORPUS=
	@scripts/fuzz.sh

coverage: ## report which lines and branches the tests reach (20 minutes)
	@scripts/coverage.sh

robustness: ## run all adversarial tests; writes docs/robustness.md (over an hour)
	@scripts/robustness.sh

bench: ## compare with CPUID, virtio, MMIO; writes docs/results.md; PART=, OUT= (5 minutes)
	@bench/bench.sh $(PART)

clean: ## remove build results; keep downloads
	@scripts/clean.sh
