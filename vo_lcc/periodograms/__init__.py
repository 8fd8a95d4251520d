"""Periodograms: how well each frequency fits a light curve, and the best periods.

`series` says what is looked at, `grid` at which frequencies, `methods` how; `search`
does it, and `peaks` names the best periods and their aliases. `tables` and `picture`
show them, `sources` gets light curves, stored or uploaded.
"""
