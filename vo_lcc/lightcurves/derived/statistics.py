"""The statistics of a light curve: names, meanings, and what computes them.

They follow astrobase's features of light curves that are no period, in names and
definitions, but where this table says otherwise.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from functools import partial

from vo_lcc.lightcurves.derived import brightness, sampling, variability
from vo_lcc.lightcurves.derived.block import Block
from vo_lcc.lightcurves.derived.periods import best_period, best_power
from vo_lcc.lightcurves.derived.series import Floats
from vo_lcc.lightcurves.model import Derived, Period


class Kind(Enum):
    """What a statistic is: this tells its unit and its datatype."""

    LEVEL = "a brightness, as it is calibrated"
    DIFFERENCE = "a difference of two of these, in the same unit"
    RATE = "such a difference, per day"
    TIME = "a time in days"
    PERIOD = "a time in days, known to more digits"
    NUMBER = "a number"
    COUNT = "a number of points; 0 where there is no light curve"


@dataclass(frozen=True, slots=True)
class Statistic:
    """One statistic of an object's light curve in a passband.

    In `ucd`, {} stands for the UCD of the brightness (phot.mag); in `description` for
    the passband. `definition` is for the documentation. A `weighted` statistic is of
    points with an error, and `compute` gets only these.
    """

    name: str
    kind: Kind
    ucd: str
    description: str
    definition: str
    compute: Callable[[Block], Floats]
    weighted: bool = False


STATISTICS = (
    Statistic(
        "median",
        Kind.LEVEL,
        "{};stat.median",
        "Median of the good points in {}",
        "of an even number of points, the mean of the two in the middle",
        brightness.median,
    ),
    Statistic(
        "mean",
        Kind.LEVEL,
        "{};stat.mean",
        "Unweighted mean of the good points in {}",
        "x̄ = Σ x / n",
        brightness.mean,
    ),
    Statistic(
        "std",
        Kind.DIFFERENCE,
        "stat.stdev;{}",
        "Sample standard deviation (n - 1) of the good points in {}",
        "s = √(Σ (x - x̄)² / (n - 1)); needs 2 points",
        brightness.std,
    ),
    Statistic(
        "amplitude",
        Kind.DIFFERENCE,
        "src.var.amplitude;{}",
        "Largest minus smallest good point in {}",
        "from the brightest to the faintest, not half of it",
        brightness.amplitude,
    ),
    Statistic(
        "n_good",
        Kind.COUNT,
        "meta.number;obs",
        "Number of good points in {}",
        "0 where there is no light curve",
        brightness.n_good,
    ),
    Statistic(
        "weighted_mean",
        Kind.LEVEL,
        "{};stat.mean",
        "Mean of the good points in {}, weighted by 1/error^2",
        "x̂ = Σ w x / Σ w with w = 1 / e²",
        brightness.weighted_mean,
        weighted=True,
    ),
    Statistic(
        "weighted_mean_err",
        Kind.DIFFERENCE,
        "stat.error;{};stat.mean",
        "Uncertainty of the weighted mean in {}, from the errors of the points",
        "1 / √(Σ w)",
        brightness.weighted_mean_err,
        weighted=True,
    ),
    Statistic(
        "mad",
        Kind.DIFFERENCE,
        "stat.param;{}",
        "Median absolute deviation from the median in {}, not scaled",
        "median of |x - median|; times 1.4826 it is the standard deviation of"
        " normally distributed points",
        brightness.mad,
    ),
    Statistic(
        "iqr",
        Kind.DIFFERENCE,
        "stat.param;{}",
        "Interquartile range of the good points in {}",
        "75th minus 25th percentile, each interpolated linearly (as percentile_cont"
        " of SQL and the default of NumPy)",
        brightness.iqr,
    ),
    Statistic(
        "range_90",
        Kind.DIFFERENCE,
        "stat.param;{}",
        "95th minus 5th percentile of the good points in {}",
        "each interpolated linearly: an amplitude that a few outliers do not change",
        brightness.range_90,
    ),
    Statistic(
        "skewness",
        Kind.NUMBER,
        "stat.asymmetry;{}",
        "Skewness of the good points in {}",
        "m₃ / m₂^1.5 with mₖ = Σ (x - x̄)ᵏ / n; needs 3 points that are not all equal",
        brightness.skewness,
    ),
    Statistic(
        "kurtosis",
        Kind.NUMBER,
        "stat.param;{}",
        "Excess kurtosis of the good points in {}; 0 for a normal distribution",
        "m₄ / m₂² - 3; needs 4 points that are not all equal",
        brightness.kurtosis,
    ),
    Statistic(
        "beyond_1std",
        Kind.NUMBER,
        "stat.param;{}",
        "Fraction of the good points in {} that are more than std from the mean",
        "0.32 for a normal distribution; needs 2 points",
        brightness.beyond_1std,
    ),
    Statistic(
        "stetson_j",
        Kind.NUMBER,
        "src.var.index;{}",
        "Stetson's J of successive good points in {}",
        "Stetson (1996, PASP 108, 851), eq. 1: Σ sgn(P) √|P| / (n - 1), P = δᵢ δᵢ₊₁,"
        " δ = √(n / (n - 1)) (x - x̂) / e; a pair is each point with the next in time,"
        " and all have weight 1; near 0 for noise; needs 2 points",
        variability.stetson_j,
        weighted=True,
    ),
    Statistic(
        "stetson_k",
        Kind.NUMBER,
        "src.var.index;{}",
        "Stetson's K of the good points in {}",
        "Stetson (1996), eq. 2: (Σ |δ| / n) / √(Σ δ² / n); 0.798 for a normal"
        " distribution, 0.900 for a sinusoid; needs 2 points that are not all equal",
        variability.stetson_k,
        weighted=True,
    ),
    Statistic(
        "eta",
        Kind.NUMBER,
        "src.var.index;{}",
        "Von Neumann's ratio of successive good points in {}",
        "mean square of the differences of successive points over the variance:"
        " Σ (xᵢ₊₁ - xᵢ)² / ((n - 1) s²); 2 for noise, smaller where changes are slow;"
        " needs 2 points that are not all equal",
        variability.eta,
    ),
    Statistic(
        "eta_e",
        Kind.NUMBER,
        "src.var.index;{}",
        "Von Neumann's ratio in {}, of changes per time",
        "(span² / p³) Σ ((xᵢ₊₁ - xᵢ) / (tᵢ₊₁ - tᵢ))² / s² over the p pairs of"
        " successive points whose times differ; equals eta where all steps in time are"
        " equal; needs 2 points that are not all equal, and one such pair",
        variability.eta_e,
    ),
    Statistic(
        "reduced_chi2",
        Kind.NUMBER,
        "stat.fit.chi2;{}",
        "Reduced chi square of a constant in {}",
        "Σ ((x - x̂) / e)² / (n - 1); needs 2 points",
        variability.reduced_chi2,
        weighted=True,
    ),
    Statistic(
        "slope",
        Kind.RATE,
        "arith.rate;{}",
        "Slope of the straight line through the good points in {}",
        "by least squares without weights; needs 2 points at different times",
        variability.slope,
    ),
    Statistic(
        "span",
        Kind.TIME,
        "time.duration;obs",
        "Time from the first to the last good point in {}",
        "0 for one point",
        sampling.span,
    ),
    Statistic(
        "cadence",
        Kind.TIME,
        "time.interval;obs;stat.median",
        "Median time from a good point to the next in {}",
        "needs 2 points",
        sampling.cadence,
    ),
    Statistic(
        "largest_gap",
        Kind.TIME,
        "time.interval;obs;stat.max",
        "Longest time from a good point to the next in {}",
        "needs 2 points",
        sampling.largest_gap,
    ),
)
"""Of good points: a brightness that is a finite number, and flags 0 or none."""

PERIOD_NAMES = ("period", "power")
BASIC = STATISTICS[:4]
BY_NAME = {statistic.name: statistic for statistic in STATISTICS}


def chosen(derived: Derived, has_errors: bool = True) -> tuple[Statistic, ...]:
    """The statistics a collection asks for: the basic ones and these.

    Without errors there are none that need them. Names that are not known are left
    out: the check of the collection file tells of them.

    >>> [s.name for s in chosen(Derived(statistics=("eta",)))]
    ['median', 'mean', 'std', 'amplitude', 'eta']
    """
    words = {"all": STATISTICS, "basic": BASIC}
    named = derived.statistics
    asked = words[named] if isinstance(named, str) else (*BASIC, *_named(named))
    there = (s for s in STATISTICS if s in asked and (has_errors or not s.weighted))
    return *there, *_periods(derived.period, has_errors)


def _periods(period: Period | None, has_errors: bool) -> tuple[Statistic, ...]:
    """The best period and its power, where they are asked for."""
    if period is None:
        return ()
    ends = period.shortest, period.longest
    return (
        Statistic(
            "period",
            Kind.PERIOD,
            "time.period",
            f"Best Lomb-Scargle period in {{}}, from {ends[0]:g} to {ends[1]:g} d",
            "",
            partial(best_period, shortest=ends[0], longest=ends[1]),
            weighted=has_errors,
        ),
        Statistic(
            "power",
            Kind.NUMBER,
            "stat.fit.goodness;time.period",
            "Lomb-Scargle power of the best period in {}, from 0 to 1",
            "",
            partial(best_power, shortest=ends[0], longest=ends[1]),
            weighted=has_errors,
        ),
    )


def unknown(derived: Derived) -> list[str]:
    """What is asked for and is no statistic."""
    if isinstance(derived.statistics, str):
        return []
    return [name for name in derived.statistics if name not in BY_NAME]


def _named(names: Iterable[str]) -> Iterator[Statistic]:
    return (BY_NAME[name] for name in names if name in BY_NAME)
