"""The statistics of one light curve, slowly and plainly: by definition, with fsum."""

import math
from itertools import pairwise
from statistics import median

import numpy as np
import scipy.stats

Points = list[tuple[float, float, float, bool]]
"""Time, value, error, good."""


def reference(points: Points) -> dict[str, float | None]:
    good = [(t, x, e) for t, x, e, ok in points if ok and math.isfinite(x)]
    found: dict[str, float | None] = dict.fromkeys(NAMES)
    found |= {"n_good": len(good)}
    if good:
        found |= levels([x for _, x, _ in good]) | times([t for t, _, _ in good])
    if len(good) > 1:
        found |= spread([x for _, x, _ in good]) | changes(good)
    weighed = [(x, e) for _, x, e in good if math.isfinite(e) and e > 0]
    return found | (weights(weighed) if weighed else {})


def mean(values):
    return math.fsum(values) / len(values)


def levels(x):
    middle = median(x)
    low, high = np.quantile(x, [0.25, 0.75]), np.quantile(x, [0.05, 0.95])
    return {
        "median": middle,
        "mean": mean(x),
        "amplitude": max(x) - min(x),
        "mad": median([abs(v - middle) for v in x]),
        "iqr": low[1] - low[0],
        "range_90": high[1] - high[0],
    }


def spread(x):
    centre = mean(x)
    variance = math.fsum((v - centre) ** 2 for v in x) / (len(x) - 1)
    std = math.sqrt(variance)
    found = {"std": std}
    if max(x) > min(x):
        steps = [b - a for a, b in pairwise(x)]
        found["eta"] = math.fsum(s * s for s in steps) / (len(x) - 1) / variance
        if len(x) > 2:
            found["skewness"] = float(scipy.stats.skew(x))
        if len(x) > 3:
            found["kurtosis"] = float(scipy.stats.kurtosis(x))
    return found | {"beyond_1std": mean([abs(v - centre) > std for v in x])}


def times(t):
    steps = np.diff(t)
    if len(t) == 1:
        return {"span": 0.0}
    return {
        "span": t[-1] - t[0],
        "cadence": median(steps.tolist()),
        "largest_gap": steps.max(),
    }


def changes(good):
    t, x = [p[0] for p in good], [p[1] for p in good]
    if t[-1] == t[0]:
        return {}
    centre, middle = mean(x), mean(t)
    found = {
        "slope": math.fsum(
            (a - middle) * (b - centre) for a, b in zip(t, x, strict=True)
        )
        / math.fsum((a - middle) ** 2 for a in t)
    }
    if max(x) > min(x):
        pairs = [
            ((d - c) / (b - a)) ** 2
            for a, b, c, d in zip(t, t[1:], x, x[1:], strict=False)
            if b > a
        ]
        variance = math.fsum((v - centre) ** 2 for v in x) / (len(x) - 1)
        scale = (t[-1] - t[0]) ** 2 / len(pairs) ** 3
        found["eta_e"] = scale * math.fsum(pairs) / variance
    return found


def weights(weighed):
    total = math.fsum(1 / e**2 for _, e in weighed)
    centre = math.fsum(x / e**2 for x, e in weighed) / total
    found = {"weighted_mean": centre, "weighted_mean_err": 1 / math.sqrt(total)}
    n = len(weighed)
    if n < 2:
        return found
    plain = [(x - centre) / e for x, e in weighed]
    scaled = [math.sqrt(n / (n - 1)) * d for d in plain]
    products = [a * b for a, b in pairwise(scaled)]
    found["stetson_j"] = mean([math.copysign(math.sqrt(abs(p)), p) for p in products])
    found["reduced_chi2"] = math.fsum(d * d for d in plain) / (n - 1)
    if len({x for x, _ in weighed}) > 1:
        rms = math.sqrt(mean([d * d for d in scaled]))
        found["stetson_k"] = mean([abs(d) for d in scaled]) / rms
    return found


NAMES = (
    *("median", "mean", "std", "amplitude", "n_good", "weighted_mean"),
    *("weighted_mean_err", "mad", "iqr", "range_90", "skewness", "kurtosis"),
    *("beyond_1std", "stetson_j", "stetson_k", "eta", "eta_e", "reduced_chi2"),
    *("slope", "span", "cadence", "largest_gap"),
)
