"""Two runs of the same cases: what changed beyond the noise of both."""

from __future__ import annotations

from dataclasses import dataclass

from .results import Case, PathResult, ReportError, Result, Timing

BETWEEN_RUNS = (
    0.03  # a run differs from the next by more than its own samples do; as in bench/noise.cc
)


def noise_of(one: Timing, other: Timing) -> float:
    """The share by which two medians may differ and mean nothing."""
    return max(BETWEEN_RUNS, one.spread + other.spread)


def verdict_of(old: Timing, new: Timing) -> str:
    limit = 1 + noise_of(old, new)
    if new.median_us > limit * old.median_us:
        return "slower"
    return "faster" if old.median_us > limit * new.median_us else "within noise"


@dataclass(frozen=True)
class Change:
    """What became of one path in one case: a new time, or a status instead of one."""

    case: Case
    name: str
    old: PathResult
    new: PathResult

    @property
    def ratio(self) -> float | None:
        return self.new.us / self.old.us if self.old.us and self.new.us else None

    @property
    def noise(self) -> float | None:
        return (
            noise_of(self.old.timing, self.new.timing)
            if self.old.timing and self.new.timing
            else None
        )

    @property
    def newly_wrong_on(self) -> list[str]:
        """Hard inputs that it is wrong on now and was right on; none where a run did not try."""
        if self.old.wrong_on is None or self.new.wrong_on is None:
            return []
        return [name for name in self.new.wrong_on if name not in self.old.wrong_on]

    @property
    def verdict(self) -> str:
        if self.newly_wrong_on:
            return f"now wrong on {', '.join(self.newly_wrong_on)}"
        if self.old.timing and self.new.timing:
            return verdict_of(self.old.timing, self.new.timing)
        return f"{self.old.status} before, {self.new.status} now".replace("_", " ")


def changes(old: Result, new: Result) -> list[Change]:
    """Of every path that both runs have in a case, and that at least one of them timed."""
    old_cases = {case.key: case for case in old.cases}
    pairs = [(old_cases[case.key], case) for case in new.cases if case.key in old_cases]
    if not pairs:
        raise ReportError(
            f"{old.file} and {new.file} have no case in common, so there is nothing to "
            "compare; measure both with the same shapes, device and mode"
        )
    found = []
    for before, case in pairs:
        for path in case.paths:
            earlier = before.path(path.name)
            if earlier is not None and (earlier.timing or path.timing):
                found.append(Change(case, path.name, earlier, path))
    return found
