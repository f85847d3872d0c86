"""The command `skim`: the native one, with the Python peers in its table; `report` and `run`."""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from .bench import EAGER, bench_main, bundled_peers, user_peer, user_sampler
from .report import main as report
from .run import main as run


def _take_peers(arguments: Sequence[str]) -> tuple[list[str], list[Path]]:
    """Takes every `--peer FILE` and `--peer=FILE` out of the arguments."""
    rest: list[str] = []
    files: list[Path] = []
    words = iter(arguments)
    for word in words:
        if word == "--peer":
            file = next(words, None)
            if file is None:
                raise SystemExit("skim: --peer needs a file: --peer FILE.py")
            files.append(Path(file))
        elif word.startswith("--peer="):
            files.append(Path(word.removeprefix("--peer=")))
        else:
            rest.append(word)
    for path in files:
        if not path.is_file():
            raise SystemExit(f"skim: --peer {path} is not there; give the path of a Python file")
    return rest, files


HELP_OF_PYTHON = """\
  report  Pages and tables of results; python3 -m skim only: python3 -m skim report --help
  run     A Python program with skim in the place of torch.topk; python3 -m skim only: python3 -m skim run --help"""


def main() -> int:
    if sys.argv[1:2] == ["report"]:
        return report(sys.argv[2:])
    if sys.argv[1:2] == ["run"]:
        return run(sys.argv[2:])
    # The native code does not return to Python between its measurements; let Ctrl-C end it.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    arguments, files = _take_peers(sys.argv[1:])
    # The reports name the command; the native half does not see the peers' files.
    program = " ".join(["python3 -m skim", *(f"--peer {file}" for file in files)])
    own = [peer for file in files for peer in (user_peer(file), user_peer(file, EAGER), user_sampler(file))]
    status = bench_main([program, *arguments], [*bundled_peers(), *own])
    if arguments in (["--help"], ["-h"]):
        print(HELP_OF_PYTHON)
    return status


if __name__ == "__main__":
    sys.exit(main())
