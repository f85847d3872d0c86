"""`python3 -m skim report`: tables and pages from the files that `skim bench --json` writes."""

from .command import main

__all__ = ["main"]
