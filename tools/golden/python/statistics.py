"""Writes fixtures/statistics.json: Student's t, paired t-tests, TOST and Holm of SciPy, and DeLong's test pair by pair.

Run with a Python that has NumPy and SciPy: python3 tools/golden/python/statistics.py
"""

import json
import os

import numpy as np
from scipy import stats

rng = np.random.default_rng(11)


def delong(labels, a, b):
    """DeLong, DeLong and Clarke-Pearson 1988, equations 3 to 6, over all pairs."""
    labels, scores = np.asarray(labels), [np.asarray(a, float), np.asarray(b, float)]
    kernels = []
    for s in scores:
        x, y = s[labels == 1][:, None], s[labels == 0][None, :]
        kernels.append((x > y) + 0.5 * (x == y))
    m, n = kernels[0].shape
    aucs = [float(k.mean()) for k in kernels]
    s10 = np.cov([k.mean(axis=1) for k in kernels])
    s01 = np.cov([k.mean(axis=0) for k in kernels])
    covariance = s10 / m + s01 / n
    contrast = np.array([1.0, -1.0])
    error = float(np.sqrt(contrast @ covariance @ contrast))
    z = (aucs[0] - aucs[1]) / error
    return {"auc": aucs, "standardError": error, "p": float(2 * stats.norm.sf(abs(z)))}


def t_tests():
    cases = []
    for n in (2, 3, 5, 10, 31):
        d = rng.normal(0.0015, 0.001, n)
        test = stats.ttest_1samp(d, 0.0)
        interval = test.confidence_interval(0.95)
        margin = 0.001
        lower = stats.ttest_1samp(d, -margin, alternative="greater").pvalue
        upper = stats.ttest_1samp(d, margin, alternative="less").pvalue
        cases.append(
            {
                "differences": d.tolist(),
                "p": float(test.pvalue),
                "low": float(interval.low),
                "high": float(interval.high),
                "margin": margin,
                "equivalence": float(max(lower, upper)),
            }
        )
    return cases


def holm(p):
    """Holm 1979: SciPy has no adjusted p-values of it."""
    order = np.argsort(p)
    adjusted = np.maximum.accumulate((len(p) - np.arange(len(p))) * np.asarray(p)[order])
    out = np.empty(len(p))
    out[order] = np.minimum(adjusted, 1)
    return out.tolist()


# The 43 patients with ovarian cancer of DeLong et al. 1988: albumin, total protein, K-G score (10 - score here), and
# whether surgery helped, as in the manual of SAS/STAT ("Comparing receiver operating characteristic curves").
OVARIAN = """3.0 5.8 10 0 3.2 6.3 5 1 3.9 6.8 3 1 2.8 4.8 6 0 3.2 5.8 3 1 0.9 4.0 5 0 2.5 5.7 8 0 1.6 5.6 5 1 3.8 5.7 5 1
3.7 6.7 6 1 3.2 5.4 4 1 3.8 6.6 6 1 4.1 6.6 5 1 3.6 5.7 5 1 4.3 7.0 4 1 3.6 6.7 4 0 2.3 4.4 6 1 4.2 7.6 4 0 4.0 6.6 6 0
3.5 5.8 6 1 3.8 6.8 7 1 3.0 4.7 8 0 4.5 7.4 5 1 3.7 7.4 5 1 3.1 6.6 6 1 4.1 8.2 6 1 4.3 7.0 5 1 4.3 6.5 4 1 3.2 5.1 5 1
2.6 4.7 6 1 3.3 6.8 6 0 1.7 4.0 7 0 3.7 6.1 5 1 3.3 6.3 7 1 4.2 7.7 6 1 3.5 6.2 5 1 2.9 5.7 9 0 2.1 4.8 7 1 2.8 6.2 8 0
4.0 7.0 7 1 3.3 5.7 6 1 3.7 6.9 5 1 3.6 6.6 5 1"""
values = np.array(OVARIAN.split(), float).reshape(-1, 4)
albumin, protein, score, helped = values.T
score = 10 - score

tied_labels = rng.integers(0, 2, 500)
tied = [np.round(np.clip(0.3 * tied_labels + 0.8 * rng.random(500), 0, 1), 2) for _ in range(2)]
p_values = [0.01, 0.04, 0.03, 0.005, 0.5, 0.04]

fixture = {
    "t": [
        {"t": t, "df": df, "cdf": float(stats.t.cdf(t, df))}
        for df in (1, 2, 3, 4, 7, 30, 199)
        for t in (-40.0, -3.2, -0.7, 0.0, 0.001, 1.5, 12.0)
    ],
    "quantiles": [
        {"p": p, "df": df, "t": float(stats.t.ppf(p, df))}
        for df in (1, 2, 3, 4, 9, 30, 199)
        for p in (0.01, 0.05, 0.5, 0.9, 0.975, 0.9995)
    ],
    "normal": [{"z": z, "cdf": float(stats.norm.cdf(z))} for z in (-30.0, -8.0, -4.3, -4.2, -1.0, 0.0, 0.3, 2.0, 5.0)],
    "tTests": t_tests(),
    "holm": {"p": p_values, "adjusted": holm(p_values)},
    "deLong": [
        {"labels": tied_labels.tolist(), "first": tied[0].tolist(), "second": tied[1].tolist(),
         **delong(tied_labels, *tied)},
        {"labels": helped.tolist(), "first": albumin.tolist(), "second": score.tolist(),
         **delong(helped, albumin, score)},
        {"labels": helped.tolist(), "first": protein.tolist(), "second": score.tolist(),
         **delong(helped, protein, score)},
    ],
}
with open(os.path.join(os.path.dirname(__file__), "..", "fixtures", "statistics.json"), "w") as file:
    json.dump(fixture, file)
