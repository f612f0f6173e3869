"""Writes fixtures/ranking.json: metrics of scikit-learn on scores with ties.

Run with Debian's python3-sklearn (1.2): /usr/bin/python3 tools/golden/python/ranking.py
"""

import json
import os

import numpy as np
from sklearn.calibration import calibration_curve
from sklearn.metrics import average_precision_score, brier_score_loss, ndcg_score, roc_auc_score

rng = np.random.default_rng(5)
ROWS, GROUPS, K = 400, 23, 5
labels = rng.integers(0, 2, ROWS)
# Rounded, so that ties occur.
scores = np.round(np.clip(0.3 * labels + 0.7 * rng.random(ROWS), 0, 1), 2)
weights = np.round(rng.random(ROWS) * 3, 3)
groups = rng.integers(0, GROUPS, ROWS)
by_group = [(labels[groups == g], scores[groups == g]) for g in range(GROUPS)]
both = [(y, s) for y, s in by_group if 0 < y.sum() < len(y)]
with_positive = [(y, s) for y, s in by_group if y.sum() > 0]
rate, predicted = calibration_curve(labels, scores, n_bins=7)
fixture = [
    {
        "labels": labels.tolist(),
        "scores": scores.tolist(),
        "weights": weights.tolist(),
        "groups": groups.tolist(),
        "k": K,
        "averagePrecision": average_precision_score(labels, scores),
        "weightedAveragePrecision": average_precision_score(labels, scores, sample_weight=weights),
        "brier": brier_score_loss(labels, scores),
        "weightedBrier": brier_score_loss(labels, scores, sample_weight=weights),
        "bins": {"count": 7, "rate": rate.tolist(), "predicted": predicted.tolist()},
        "gauc": float(np.average([roc_auc_score(y, s) for y, s in both], weights=[len(y) for y, _ in both])),
        "ndcg": float(np.mean([ndcg_score([y], [s], k=K) for y, s in with_positive])),
    }
]
with open(os.path.join(os.path.dirname(__file__), "..", "fixtures", "ranking.json"), "w") as file:
    json.dump(fixture, file, separators=(",", ":"))
    file.write("\n")
