"""The best exact top-k that its authors could write in Triton: a tournament of spans, in two launches.

A span is a run of neighbouring columns. Ranked by their best elements (ties: the lower span first),
the k best spans hold the k best elements: an element in any other span has k better ones before it,
the best of each of those k. So the k-th largest maximum is a threshold that cuts whole spans, and a
row comes down to k spans, those to k shorter ones, and those to k columns. Every step keeps exactly
the same number of them on every input, sorted or masked or all equal: nothing can overflow, nothing
is counted, and no atomics or second way for hard inputs are needed.

Launch 1, programs all over the GPU: the maximum of every span (of spans of spans, in rows so long
that their spans are too many). Launch 2, a program a row: the tournament. A short row needs only the
second launch. Triton cannot index registers or shared memory, so each step reads its spans again,
out of the cache.
"""

from __future__ import annotations

from typing import Any

from skim._frameworks import torch
from skim._triton import bits_of, infinity_of, jit, order_key, require_runnable, tl, triton
from skim._triton import unavailable as unavailable
from skim._triton import version as version
from skim.bench import Case, Run

name = "Triton (best)"

K_LIMIT = 256  # compiling the sorts takes minutes beyond
SHORT_ROW = 4096  # columns of a row that one program takes alone
STARTERS = 1024  # spans that a tournament starts with at most, or
STARTERS_TO_KEPT = 8  # times what it keeps
TILE = 32768  # elements that a step of it may read
SPAN_LIMIT = 256
PROGRAMS = 512  # that launch 1 should have at least
# 16-bit keys leave room for ids of 16 bits in 32: half the work of a sort of 64-bit integers.
SHORT_IDS = 2**16


@jit
def packed(key, id, SHORT: tl.constexpr):
    """One integer that ranks by key, and among equal keys the lower id first."""
    if SHORT:
        return (key << 16) | (0xFFFF - id)
    else:
        return (key.to(tl.int64) << 32) | (0x7FFFFFFF - id)


@jit
def best_ids(keys, ids, KEPT: tl.constexpr, SHORT: tl.constexpr):
    best = tl.topk(packed(keys, ids, SHORT), KEPT)
    if SHORT:
        return 0xFFFF - (best & 0xFFFF)
    else:
        return 0x7FFFFFFF - best.to(tl.int32)


@jit
def load_keys(source, columns, cols, INFINITY: tl.constexpr, LOWEST: tl.constexpr):
    """Keys of elements, or with INFINITY = 0 keys that were stored; LOWEST beyond the row's end."""
    inside = columns < cols
    found = tl.load(source + columns, mask=inside, other=0)
    if INFINITY:
        found = order_key(found, INFINITY)
    return tl.where(inside, found, LOWEST)


@jit
def span_keys(source, spans, cols, SPAN: tl.constexpr, INFINITY: tl.constexpr, LOWEST: tl.constexpr):
    """The largest key of each span."""
    if SPAN == 1:
        return load_keys(source, spans, cols, INFINITY, LOWEST)
    else:
        columns = tl.expand_dims(spans, -1) * SPAN + tl.arange(0, SPAN)
        return tl.max(load_keys(source, columns, cols, INFINITY, LOWEST), axis=-1)


@jit
def narrowed(source, spans, cols, PARTS: tl.constexpr, PART: tl.constexpr, SHORT: tl.constexpr,
             INFINITY: tl.constexpr, LOWEST: tl.constexpr):  # fmt: skip
    """As many spans of PART columns as there were of PARTS * PART, the best of those in them."""
    KEPT: tl.constexpr = spans.shape[0]
    parts = spans[:, None] * PARTS + tl.arange(0, PARTS)[None, :]
    keys = span_keys(source, parts, cols, PART, INFINITY, LOWEST)
    return best_ids(tl.ravel(keys), tl.ravel(parts), KEPT, SHORT)


@jit
def find_maxima(source, cols, row_stride, maxima, spans, programs, SPANS_EACH: tl.constexpr,
                SPAN: tl.constexpr, INFINITY: tl.constexpr, LOWEST: tl.constexpr):  # fmt: skip
    """Launch 1: one program takes SPANS_EACH neighbouring spans of one row."""
    row = (tl.program_id(0) // programs).to(tl.int64)
    span = (tl.program_id(0) % programs) * SPANS_EACH + tl.arange(0, SPANS_EACH)
    keys = span_keys(source + row * row_stride, span, cols, SPAN, INFINITY, LOWEST)
    tl.store(maxima + row * spans + span, keys, mask=span < spans)


@jit
def play(top, top_cols, top_stride, source, cols, row_stride, kept, values, indices, k,
         KEPT: tl.constexpr, STARTERS: tl.constexpr, TOP_SPAN: tl.constexpr,
         TOP_INFINITY: tl.constexpr, PARTS: tl.constexpr, PART: tl.constexpr,
         INFINITY: tl.constexpr, LOWEST: tl.constexpr, SHORT_TOP: tl.constexpr,
         SHORT_PARTS: tl.constexpr, SHORT: tl.constexpr, LAST: tl.constexpr):  # fmt: skip
    """Launch 2: the tournament of one row.

    Starts with the spans of `top`, or where STARTERS is 0 with those that an earlier round kept.
    """
    row = tl.program_id(0).to(tl.int64)
    if STARTERS:
        span = tl.arange(0, STARTERS)
        keys = span_keys(top + row * top_stride, span, top_cols, TOP_SPAN, TOP_INFINITY, LOWEST)
        best = best_ids(keys, span, KEPT, SHORT_TOP)
    else:
        best = tl.load(kept + row * KEPT + tl.arange(0, KEPT))
    source += row * row_stride
    if PART > 1:
        best = narrowed(source, best, cols, PARTS, PART, SHORT_PARTS, INFINITY, LOWEST)
        best = narrowed(source, best, cols, PART, 1, SHORT, INFINITY, LOWEST)
    elif PARTS > 1:
        best = narrowed(source, best, cols, PARTS, 1, SHORT, INFINITY, LOWEST)
    rank = tl.arange(0, KEPT)
    if LAST:
        tl.store(indices + row * k + rank, best.to(tl.int64), mask=rank < k)
        value = tl.load(source + best, mask=rank < k, other=0)
        tl.store(values + row * k + rank, value, mask=rank < k)
    else:
        tl.store(kept + row * KEPT + rank, best)


def split(span: int) -> tuple[int, int]:
    """A span as so many parts of such a length: two steps where one would sort too much."""
    if span <= 16:
        return span, 1
    parts = 1 << (span.bit_length() // 2)
    return parts, span // parts


def spans_of_levels(cols: int, kept: int) -> list[int]:
    """How long spans are at each level, of columns, of spans, ..., until few enough are left."""
    starters = max(STARTERS, STARTERS_TO_KEPT * kept)
    spans: list[int] = []
    while cols > starters:
        wanted = triton.next_power_of_2(triton.cdiv(cols, starters))
        spans.append(min(SPAN_LIMIT, TILE // kept, wanted))
        cols = triton.cdiv(cols, spans[-1])
    return spans


class Tournament:
    """The launches of one case, and their scratch memory, taken once."""

    def __init__(self, case: Case) -> None:
        self.rows, cols = case.inputs[0].shape
        self.k, self.indices, self.values = case.k, case.indices, bits_of(case.values)
        self.infinity = infinity_of(case.values)
        self.half = self.values.element_size() == 2
        self.kept = max(2, triton.next_power_of_2(case.k))
        self.short = cols <= SHORT_ROW
        self.spans = [] if self.short else spans_of_levels(cols, self.kept)
        self.counts = [cols]  # of columns, of spans, of spans of spans, ...
        for span in self.spans:
            self.counts.append(triton.cdiv(self.counts[-1], span))
        self.maxima = [self.scratch(count) for count in self.counts[1:]]
        self.ids = self.scratch(self.kept)

    def scratch(self, count: int) -> Any:
        return torch.empty((self.rows, count), dtype=torch.int32, device=self.values.device)

    def keys(self, level: int) -> dict[str, int]:
        """How the keys of a level are read: of the elements, or as they were stored."""
        return {"INFINITY": 0 if level else self.infinity, "LOWEST": -(2 ** (15 if self.half else 31))}

    def find_maxima(self, source: Any, level: int) -> None:
        span, count, spans = self.spans[level], self.counts[level], self.counts[level + 1]
        tile = triton.next_power_of_2(self.rows * count // PROGRAMS)
        each = max(1, min(max(tile, 512), 4096) // span)
        programs = triton.cdiv(spans, each)
        find_maxima[(self.rows * programs,)](
            source, count, source.stride(0), self.maxima[level], spans, programs,
            SPANS_EACH=each, SPAN=span, **self.keys(level),
        )  # fmt: skip

    def play(self, top: Any, top_level: int, top_span: int, starters: int,
             source: Any, level: int, span: int) -> None:  # fmt: skip
        """From `starters` spans of the level's keys, or from those kept by the round before (0)."""
        parts, part = split(span)
        ids = triton.next_power_of_2(self.counts[level])
        sorted_at_once = max(starters, self.kept * max(parts, part))
        warps = max(1, starters * top_span // 1024) if self.short else max(4, sorted_at_once // 128)
        play[(self.rows,)](
            top, self.counts[top_level], top.stride(0), source, self.counts[level],
            source.stride(0), self.ids, self.values, self.indices, self.k,
            KEPT=self.kept, STARTERS=starters, TOP_SPAN=top_span,
            TOP_INFINITY=self.keys(top_level)["INFINITY"], PARTS=parts, PART=part,
            SHORT_TOP=self.half and starters <= SHORT_IDS,
            SHORT_PARTS=self.half and ids // part <= SHORT_IDS,
            SHORT=self.half and ids <= SHORT_IDS, LAST=level == 0, **self.keys(level),
            num_warps=min(16, warps),
        )  # fmt: skip

    def play_short_rows(self, x: Any) -> None:
        """All in one launch: the spans are so short that the best of both steps' sorts are small."""
        cols = max(triton.next_power_of_2(self.counts[0]), self.kept)
        span = 1 << ((cols // self.kept).bit_length() - 1) // 2
        self.play(x, 0, span, cols // span, x, 0, span)

    def run(self, x: Any) -> None:
        if self.short:
            return self.play_short_rows(x)
        sources = [x, *self.maxima]
        for level in range(len(self.spans)):
            self.find_maxima(sources[level], level)
        top = len(self.spans)
        for level in reversed(range(top)):
            starters = triton.next_power_of_2(self.counts[top]) if level == top - 1 else 0
            self.play(sources[top], top, 1, starters, sources[level], level, self.spans[level])


def prepare(case: Case) -> Run:
    require_runnable(case, K_LIMIT)
    tournament = Tournament(case)
    inputs = [bits_of(x) for x in case.inputs]
    return lambda i: tournament.run(inputs[i % len(inputs)])
