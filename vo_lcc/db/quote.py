"""Names and texts as SQL: the only two ways in which strings become statements."""


def quote_name(name: str) -> str:
    """`name` as a delimited SQL identifier.

    >>> print(quote_name('say "a"!'))
    "say ""a""!"
    """
    if "\0" in name:
        raise ValueError("a name cannot hold NUL")
    return '"' + name.replace('"', '""') + '"'


def quote_text(value: str) -> str:
    r"""`value` as an SQL string literal, whatever standard_conforming_strings says.

    >>> print(quote_text("O'Brien"), quote_text("back\\slash"))
    'O''Brien'  E'back\\slash'
    """
    if "\0" in value:
        raise ValueError("PostgreSQL text cannot hold NUL")
    quoted = "'" + value.replace("'", "''") + "'"
    if "\\" in quoted:
        return " E" + quoted.replace("\\", "\\\\")
    return quoted
