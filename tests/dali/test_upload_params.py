"""UPLOAD: which tables come, and from where."""

import pytest

from vo_lcc.dali.params import Params
from vo_lcc.dali.upload_params import MOST, UploadParam, parse_uploads
from vo_lcc.errors import ParameterError


def uploads(*values):
    return parse_uploads(Params(tuple(("upload", value) for value in values)))


def test_tables_come_in_one_parameter_or_in_several():
    two = (UploadParam("a", "param:x"), UploadParam("b", "http://e.org/t"))

    assert uploads("a,param:x;b,http://e.org/t") == two
    assert uploads("a,param:x", "b,http://e.org/t") == two
    assert uploads(" a , param:x ; ", "b,http://e.org/t;") == two


def test_a_semicolon_inside_a_url_ends_nothing():
    assert uploads("a,http://e.org/t;v=1;w=2") == (
        UploadParam("a", "http://e.org/t;v=1;w=2"),
    )
    assert [u.name for u in uploads("a,http://e.org/t;v=1;b,param:x")] == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("t", "name,param:part"),
        ("t,", "name,param:part"),
        (",param:t", "name,param:part"),
        ("t,ftp://e.org/t", "name,param:part"),
        ("t,file:///etc/passwd", "name,param:part"),
        ("1t,param:t", "no name for a table"),
        ("a.b,param:t", "no name for a table"),
        ('"t",param:t', "no name for a table"),
        ("t;--,param:t", "no name for a table"),
        ("x" * 64 + ",param:t", "no name for a table"),
        ("select,param:t", "a word of ADQL"),
        ("tap_schema,param:t", "the name of a schema"),
    ],
)
def test_anything_else_is_refused_in_words(text, said):
    with pytest.raises(ParameterError, match=said):
        uploads(text)


def test_names_are_told_apart_as_adql_does():
    with pytest.raises(ParameterError, match="2 tables are called t"):
        uploads("t,param:a;T,param:b")


def test_so_many_tables_may_come():
    texts = [f"t{n},param:x" for n in range(MOST + 1)]

    assert len(uploads(*texts[:-1])) == MOST
    with pytest.raises(ParameterError, match="at most"):
        uploads(*texts)
