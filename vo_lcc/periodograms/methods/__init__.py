"""What finds periods: Lomb-Scargle, phase dispersion minimisation, box least squares.

`method` has what all of them can do; each has a file of its own below it.
"""
