# Two commands do everything: `make bench` and `make test`. Both install what they need, are safe to
# repeat and need no GPU. Each target prints what it does; the work is in scripts/.
.DEFAULT_GOAL := help
.PHONY: help bench test check format sanitize bundle release clean

help:
	@echo "make bench     set up, build, and print the side-by-side table on real logits (JSON: build/bench.json, bench-cuda.json)"
	@echo "make test      set up, build, and run every test: C++, Python, README, sanitizers"
	@echo "make check     format, clang-tidy, shellcheck, headers that compile alone, 64-bit Arm in an emulator"
	@echo "make sanitize  the C++ tests under ASan + UBSan and under TSan"
	@echo "make bundle    build/bundle: a folder that tests and measures on a GPU machine without network"
	@echo "make release   build/release: the library with machine code for compute capabilities 8.0, 9.0, 10.0 and 12.0"
	@echo "make format    rewrite the sources with clang-format"
	@echo "make clean     remove build/ (.venv stays)"

bench:
	@scripts/setup.sh base python
	@scripts/install_wheel.sh
	@scripts/bench.sh

test:
	@scripts/test.sh

check:
	@scripts/setup.sh base python check
	@scripts/check_format.sh
	@scripts/check_shell.sh
	@scripts/check_headers.sh
	@scripts/build.sh default
	@scripts/check_tidy.sh
	@scripts/check_neon.sh
	@echo "[check] all checks passed"

sanitize:
	@scripts/setup.sh base sanitize
	@scripts/sanitize.sh

bundle:
	@scripts/setup.sh base python bundle
	@scripts/bundle.sh

release:
	@scripts/setup.sh base
	@scripts/build.sh release

format:
	@scripts/setup.sh base check
	@scripts/check_format.sh --fix

clean:
	@echo "[clean] removing build/"
	@rm -rf build
