"""What is installed: version, types, the native files, and that they need no libhwy of the system."""

import importlib.metadata
import inspect
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import skim
from skim._ffi import library_path

PACKAGE = Path(skim.__file__).parent


def test_version_is_that_of_the_distribution():
    assert skim.__version__ == importlib.metadata.version("skim-kernels")


def test_types_and_documentation():
    assert (PACKAGE / "py.typed").exists()
    signature = inspect.signature(skim.topk)
    assert list(signature.parameters) == [
        "x", "k", "dim", "largest", "sorted", "row_lengths", "index_dtype", "out", "num_threads",
        "stream", "by_index", "page_table", "page_size", "row_offsets",
    ]
    assert all(p.annotation is not p.empty for p in signature.parameters.values())
    for word in ("Parameters", "Returns", "Raises", "row_lengths", "O(rows * cols)"):
        assert word in skim.topk.__doc__


def test_the_template_of_the_report_is_there():
    for name in ("page.html", "page.css", "page.js"):
        assert (PACKAGE / "report" / name).stat().st_size > 0


def test_wheel_serves_every_python_3():
    wheel = importlib.metadata.distribution("skim-kernels").read_text("WHEEL")
    assert re.search(r"^Tag: py3-none-linux_\w+$", wheel, re.MULTILINE)


CALL = """
import os, numpy, skim
from skim.bench import bench_main
skim.topk(numpy.zeros(9, numpy.float32), 1)
if bench_main(["skim", "info"], []) != 0:
    raise SystemExit("info failed")
maps = open("/proc/self/maps").read()
print(*sorted({line.split()[-1] for line in maps.splitlines() if "/libhwy" in line}), sep="\\n")
"""


def loaded_hwy(prefix=()):
    done = subprocess.run(
        [*prefix, sys.executable, "-c", CALL], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return [line for line in done.stdout.splitlines() if "/libhwy" in line]


def test_libhwy_is_loaded_from_the_package():
    loaded = loaded_hwy()
    assert len(loaded) == 2  # libhwy, and libhwy_contrib for the VQSort path
    assert all(Path(path).parent == library_path("libskim_bench.so").parent for path in loaded)


WITHOUT_TORCH = """
import sys
sys.modules["torch"] = None  # importing it fails
import numpy, skim
from skim.bench import bench_main, bundled_peers
assert skim.topk(numpy.array([1.0, 3.0]), 1).indices[0] == 1
try:
    skim.topk([1.0], 1)
except TypeError as error:
    assert "x is a list" in str(error)
bench_main(["skim", "info"], bundled_peers())
"""


def test_works_without_torch():
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_TORCH], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search("PyTorch +N/A: needs torch", done.stdout)


ALONE = """
import sys
import skim
for name in ("skim.torch", "skim.hf", "skim.jax", "transformers", "jax"):
    assert name not in sys.modules, name
"""


def test_integrations_are_loaded_by_who_asks_for_them():
    done = subprocess.run([sys.executable, "-c", ALONE], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


def system_hwy():
    listed = subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True, text=True).stdout
    return sorted({os.path.realpath(line.split()[-1]) for line in listed.splitlines() if "libhwy" in line})


def can_unshare():
    try:
        return subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode == 0
    except FileNotFoundError:
        return False


@pytest.mark.skipif(not can_unshare(), reason="unshare -m is not permitted here")
def test_works_where_libhwy_is_not_installed():
    files = system_hwy()
    hide = " && ".join(f"mount --bind /dev/null {file}" for file in files) or "true"
    # An empty file in the library's place: loading it would fail.
    assert len(loaded_hwy(["unshare", "-m", "sh", "-c", hide + ' && exec "$0" "$@"'])) == 2
