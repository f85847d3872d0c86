"""`skim run`: an unchanged Python program with skim in the place of a library's own functions."""

from __future__ import annotations

import argparse
import runpy
import sys
from collections.abc import Sequence
from pathlib import Path


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python3 -m skim run",
        description="Runs a Python program, as python3 would, with skim in it.",
        usage="%(prog)s --patch-torch (FILE.py | -m MODULE) [ARGUMENT ...]",
    )
    parser.add_argument(
        "--patch-torch", action="store_true", help="torch.topk and Tensor.topk are skim's"
    )
    parser.add_argument("-m", dest="module", action="store_true", help="the program is a module's name")
    parser.add_argument("program")
    parser.add_argument("arguments", nargs=argparse.REMAINDER)
    parsed = parser.parse_args(arguments)
    if not parsed.patch_torch:
        parser.error("nothing to do for the program; pass --patch-torch")
    if not parsed.module and not Path(parsed.program).is_file():
        parser.error(f"{parsed.program} is not there; give the path of a Python file, or -m MODULE")
    return parsed


def main(arguments: Sequence[str]) -> int:
    parsed = _parse(arguments)
    try:
        import torch  # noqa: F401
    except ImportError as error:
        print(f"skim: --patch-torch needs torch ({error}); python3 -m pip install torch", file=sys.stderr)
        return 2
    from .torch import patch

    patch()
    sys.argv = [parsed.program, *parsed.arguments]
    if parsed.module:
        runpy.run_module(parsed.program, run_name="__main__", alter_sys=True)
    else:
        sys.path.insert(0, str(Path(parsed.program).resolve().parent))
        runpy.run_path(parsed.program, run_name="__main__")
    return 0
