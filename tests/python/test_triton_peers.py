"""Runs interpreted_triton.py where Triton can be told to interpret: in a process that declares no kernel
before, and leaves the setting to nobody."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


def test_in_the_interpreter():
    for needed in ("torch", "triton"):
        pytest.importorskip(needed, reason=f"{needed} is not installed; python3 -m pip install {needed}")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider",
         str(Path(__file__).with_name("interpreted_triton.py"))],
        env={**os.environ, "TRITON_INTERPRET": "1"},
        capture_output=True,
        text=True,
        timeout=600,
    )  # fmt: skip
    print(done.stdout[-4000:])
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert " passed" in done.stdout
