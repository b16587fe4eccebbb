"""Boosted trees as plain arrays: grown by scikit-learn, walked by numpy, all trees at once (pure)."""

from dataclasses import dataclass, fields
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

LEAVES: Final = 24
DEPTH: Final = 6
AT_ONCE: Final = 512
"""Rows walked together, so that they stay in the cache."""


@dataclass(frozen=True, slots=True)
class Forest:
    """Trees over rows of signs. Node arrays are flat; `children` holds left and right of each node in turn, a leaf
    is its own child. `roots` is (trees, outputs)."""

    sign: NDArray[np.int16]
    threshold: Floats
    children: NDArray[np.int32]
    value: Floats
    roots: NDArray[np.int32]
    start: Floats

    def scores(self, rows: Floats) -> Floats:
        """(rows, outputs): the summed leaves. Rows hold finite numbers."""
        out = np.empty((len(rows), self.roots.shape[1]), np.float32)
        for begin in range(0, len(rows), AT_ONCE):
            part = rows[begin : begin + AT_ONCE]
            flat, first = part.ravel(), np.arange(0, part.size, part.shape[1])[:, None]
            node = np.tile(self.roots.ravel(), (len(part), 1))
            for _ in range(DEPTH):
                goes_right = flat.take(first + self.sign.take(node)) > self.threshold.take(node)
                node = self.children.take(2 * node + goes_right)
            leaves = self.value.take(node).reshape(len(part), *self.roots.shape)
            out[begin : begin + AT_ONCE] = leaves.sum(axis=1) + self.start
        return out

    def arrays(self) -> dict[str, NDArray[Any]]:
        """For a model file."""
        return {f"forest_{part.name}": getattr(self, part.name) for part in fields(self)}

    @classmethod
    def of(cls, held: dict[str, NDArray[Any]]) -> "Forest":
        """From the arrays of a model file."""
        forest = cls(**{part.name: held[f"forest_{part.name}"] for part in fields(cls)})
        count = len(forest.value)
        if len(forest.sign) != count or len(forest.threshold) != count or len(forest.children) != 2 * count:
            raise ValueError("node arrays differ in length")
        for nodes in (forest.children, forest.roots):
            if nodes.size and not (nodes.min() >= 0 and nodes.max() < count):
                raise ValueError("a node points nowhere")
        return forest


def grow(
    rows: Floats, target: NDArray[Any], weights: Floats | None = None, *, classes: int, seed: int, rounds: int
) -> Forest:
    """A forest for this many classes (scores are logits), or with classes=0 for a number."""
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
    from threadpoolctl import threadpool_limits

    kind = HistGradientBoostingClassifier if classes else HistGradientBoostingRegressor
    grower = kind(
        max_iter=rounds, learning_rate=0.08, max_leaf_nodes=LEAVES, max_depth=DEPTH, min_samples_leaf=20,
        l2_regularization=1.0, early_stopping=False, random_state=seed, max_features=0.5,
    )  # fmt: skip
    with threadpool_limits(1):  # on a busy machine its threads wait for each other most of the time
        grown = grower.fit(rows, target, sample_weight=weights)
    sign: list[NDArray[Any]] = []
    threshold: list[NDArray[Any]] = []
    children: list[NDArray[Any]] = []
    value: list[NDArray[Any]] = []
    roots: list[list[int]] = []
    for step in grown._predictors:
        begins = []
        for tree in step:
            nodes, base = tree.nodes, sum(map(len, value))
            is_leaf = nodes["is_leaf"].astype(bool)
            own = np.arange(len(nodes))
            begins.append(base)
            sign.append(np.where(is_leaf, 0, nodes["feature_idx"]))
            threshold.append(np.where(is_leaf, 0, nodes["num_threshold"]))
            both = np.stack([nodes["left"], nodes["right"]], axis=1)
            children.append(base + np.where(is_leaf[:, None], own[:, None], both).ravel())
            value.append(np.where(is_leaf, nodes["value"], 0))
        roots.append(begins)
    return Forest(
        np.concatenate(sign).astype(np.int16), np.concatenate(threshold).astype(np.float32),
        np.concatenate(children).astype(np.int32), np.concatenate(value).astype(np.float32), np.array(roots, np.int32),
        np.asarray(grown._baseline_prediction, np.float32).ravel(),
    )  # fmt: skip
