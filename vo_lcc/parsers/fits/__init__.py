"""FITS binary tables in: `header`, then `columns`, by `read`."""

from vo_lcc.parsers.fits.read import read_fits

__all__ = ["read_fits"]
