"""Grouping measured against the demo's known truth: reports as they were placed, the groups that suggestions make."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from incidents.matter import Spots, Thresholds, same_matter
from incidents.wording import SURE, Wording, category_of

Numbers = NDArray[np.int64]


def spots_of(reports: pl.DataFrame, model: Wording) -> Spots:
    """Reports in time order, with the columns of `incidents.v_report`, as the grouping sees them."""
    chances = model.chances(reports["words"].to_list())
    best = chances.argmax(axis=1)
    is_sure = chances[np.arange(len(best)), best] >= SURE
    categories = sorted({category_of(label) for label in model.labels})
    of_label = np.array([categories.index(category_of(label)) for label in model.labels])
    code = reports["code"].fill_null("").rank("dense").cast(pl.Int64).to_numpy()
    return Spots(
        at_days=reports["received_at"].dt.epoch("s").to_numpy() / 86_400,
        lon=reports["lon"].fill_null(np.nan).to_numpy(), lat=reports["lat"].fill_null(np.nan).to_numpy(),
        metres=reports["precision_m"].cast(pl.Float64).fill_null(np.inf).to_numpy(),
        code=np.where(reports["code"].is_null().to_numpy(), 0, code),
        kind=np.where(is_sure, best, -1 - of_label[best]), is_sure=is_sure,
        places=reports["location_words"].to_list(), words=reports["words"].to_list(),
    )  # fmt: skip


def judged(spots: Spots, matter: Numbers, limits: Thresholds) -> dict[str, float]:
    """Pairs of the groups that the suggestions make (all joined) against the pairs of the true matters.

    `per_report_*` weighs each report the same, not each pair (B-cubed). `suggestion_precision`: suggested pairs that
    are true. `repeats_found`: of the reports whose matter was told before within the days, those shown with it.
    """
    pairs = same_matter(spots, limits)
    later = np.array([pair.later for pair in pairs], dtype=np.int64)
    earlier = np.array([pair.earlier for pair in pairs], dtype=np.int64)
    size = len(matter)
    graph = coo_array((np.ones(len(pairs), dtype=np.int8), (later, earlier)), shape=(size, size))
    group = np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)
    return _agreement(group, matter) | {
        "suggestions": len(pairs),
        "suggestion_precision": round(float((matter[later] == matter[earlier]).mean()), 4) if pairs else 1.0,
        "repeats_found": _repeats_found(spots, matter, later[matter[later] == matter[earlier]], limits),
    }


def _agreement(group: Numbers, matter: Numbers) -> dict[str, float]:
    _, own = np.unique(np.stack([group, matter]), axis=1, return_inverse=True)
    both, groups, matters = (np.bincount(numbers).astype(np.int64) for numbers in (own.ravel(), group, matter))
    hit, said, true = (int((n * (n - 1) // 2).sum()) for n in (both, groups, matters))
    shared = both[own.ravel()]
    return {
        "precision": round(hit / max(said, 1), 4),
        "recall": round(hit / max(true, 1), 4),
        "per_report_precision": round(float((shared / groups[group]).mean()), 4),
        "per_report_recall": round(float((shared / matters[matter]).mean()), 4),
    }


def _repeats_found(spots: Spots, matter: Numbers, found: Numbers, limits: Thresholds) -> float:
    order = np.lexsort((spots.at_days, matter))
    is_next = np.diff(matter[order], prepend=-1) == 0
    gap = np.diff(spots.at_days[order], prepend=0)
    repeats = order[is_next & (gap <= limits.days)]
    return round(float(np.isin(repeats, found).mean()), 4)


def curve(spots: Spots, matter: Numbers, values: Mapping[str, Sequence[float]]) -> list[dict[str, Any]]:
    """One threshold moved at a time, the others as shipped."""
    return [
        {"threshold": name, "value": value}
        | judged(spots, matter, Thresholds(**(asdict(Thresholds()) | {name: value})))
        for name, listed in values.items()
        for value in listed
    ]
