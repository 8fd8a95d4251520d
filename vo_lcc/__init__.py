"""A Virtual Observatory server for collections of light curves."""

__version__ = "0.1.0"
