"""Parquet in: `thrift` and `pages` weigh it, `read` unpacks, `columnar` fits it."""

from vo_lcc.parsers.parquet.read import read_parquet

__all__ = ["read_parquet"]
