"""Forwards to `python3 -m skim bench`: the command of the published comparison, at the path where it
was published, so that whoever read it there can repeat it here as it stands. See docs/reproduce.md.

    python ai_kernel_factory/sampling/benchmark_final.py --batch 32 --vocab 50304 --k 50 --dtype float16
"""

import importlib.util
import os
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def python_with_skim() -> str:
    """This Python where skim is installed, else the one that `make bench` sets up."""
    own = ROOT / ".venv" / "bin" / "python"
    if importlib.util.find_spec("skim") is not None:
        return sys.executable
    if own.exists():
        return str(own)
    sys.exit(f"skim is not installed in {sys.executable}: run `make bench` in {ROOT} once, or pip install .")


if __name__ == "__main__":
    python = python_with_skim()
    os.execv(python, [python, "-m", "skim", "bench", *sys.argv[1:]])
