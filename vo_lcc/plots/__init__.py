"""Pictures of light curves: against time or folded, whole or as thumbnails.

`params` says what may be asked, `points` makes series of light curves, `charts` draws
them, `cache` keeps what was drawn, `handlers` answers.
"""
