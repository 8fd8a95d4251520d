import pytest

from vo_lcc.plots.cache import OVERHEAD, PictureCache, tag_of


def test_a_picture_that_was_kept_is_found():
    cache = PictureCache()
    cache.keep("a", b"picture")

    assert cache.find("a") == b"picture"
    assert cache.find("b") is None


def test_what_nobody_asked_for_longest_goes_first():
    picture = bytes(1000 - OVERHEAD)
    cache = PictureCache(10_000)
    for number in range(10):
        cache.keep(str(number), picture)
    cache.find("0")
    cache.keep("new", picture)

    assert cache.find("0") is not None
    assert cache.find("1") is None
    assert cache.size == 10_000


def test_it_never_holds_more_than_it_may():
    cache = PictureCache(50_000)
    for number in range(1000):
        cache.keep(str(number), bytes(number * 10))
        assert cache.size <= 50_000

    assert len(cache) > 2


def test_a_picture_that_would_displace_all_others_is_not_kept():
    cache = PictureCache(8000)
    cache.keep("small", b"x")
    cache.keep("large", bytes(2000))

    assert cache.find("large") is None
    assert cache.find("small") == b"x"


def test_a_picture_kept_twice_counts_once():
    cache = PictureCache()
    cache.keep("a", b"x")
    cache.keep("a", b"x")

    assert cache.size == 1 + OVERHEAD


@pytest.mark.parametrize("other", [("a", 2), ("a,1",), ("a", "1"), ("a", 1, None)])
def test_tags_of_other_content_differ(other):
    assert tag_of("a", 1) != tag_of(*other)
