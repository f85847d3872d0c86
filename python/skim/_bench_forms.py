"""Page tables and row offsets for paths of the benchmark that write other numbers than indices.

Every column of every row has a number of its own, so that what a path wrote can be read back as
columns, which the benchmark then checks like those of any other path. Reading back is a few small
kernels after the last call of a batch.
"""

from __future__ import annotations

from typing import Any

from ._bench_abi import NotApplicable
from ._frameworks import torch

FEWEST_RESULTS = 512  # that an indexer of sparse attention wants
PAGE_SIZE = 1  # the one that every path takes
_MOST_NUMBERS = 2**31 - 1


class IndexForm:
    """What is written for the columns of a case's rows; int32 throughout."""

    def __init__(self, case: Any) -> None:
        rows, cols = case.inputs[0].shape
        if case.k < FEWEST_RESULTS:
            raise NotApplicable(f"is for indexers, k of {FEWEST_RESULTS} and more, got {case.k}")
        if rows * cols > _MOST_NUMBERS:
            raise NotApplicable(
                f"needs at most {_MOST_NUMBERS} elements in all rows, which int32 numbers, got "
                f"{rows * cols}"
            )
        device = case.values.device
        generator = torch.Generator().manual_seed(1)
        places = torch.stack([torch.randperm(cols, generator=generator) for _ in range(rows)])
        starts = torch.arange(rows)[:, None] * cols
        self.page_table = (starts + places).int().to(device)  # pages of PAGE_SIZE
        self.row_offsets = starts[:, 0].int().to(device)
        self.row_lengths = torch.full((rows,), cols, dtype=torch.int32, device=device)
        self._before = (starts - 1).to(device)
        columns = torch.arange(cols)
        of_place = torch.empty_like(places).scatter_(1, places, columns.expand(rows, -1))
        self._of_place = _between(of_place).to(device)
        self._of_offset = _between(columns).expand(rows, -1).to(device)
        self._case = case

    def read_pages(self, written: Any) -> None:
        self._read(written, self._of_place)

    def read_offsets(self, written: Any) -> None:
        self._read(written, self._of_offset)

    def read_values(self, source: Any) -> None:
        """Of a path that writes no values: those of the columns that it found."""
        case = self._case
        torch.gather(source, 1, case.indices.clamp(min=0), out=case.values)

    def _read(self, written: Any, columns: Any) -> None:
        at = (written.long() - self._before).clamp_(0, columns.shape[1] - 1)
        torch.gather(columns, 1, at, out=self._case.indices)


def _between(columns: Any) -> Any:
    """With -1 on either side, for numbers of another row."""
    return torch.nn.functional.pad(columns, (1, 1), value=-1)
