"""CSV and its kin in: `dialect` looks, `inferring` finds types, `delimited` reads."""

from vo_lcc.parsers.text.delimited import read_delimited

__all__ = ["read_delimited"]
