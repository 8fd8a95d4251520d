from tests.curves.steps.making import collection, curves
from vo_lcc.curves.layouts import Part
from vo_lcc.soda.extraction import Extracted, begun, closing


async def test_what_was_begun_is_closed_though_nobody_reads_on():
    ended = []

    async def pieces():
        try:
            yield curves(made, {"obs_time": [1.0], "mag": [12.0]})
            yield curves(made, {"obs_time": [2.0], "mag": [12.5]})
        finally:
            ended.append("closed")

    made = collection()
    found = Extracted((Part(made, made.point_columns, ("g",), pieces()),), (), 1)

    async with closing(found):
        extracted = await begun(found)
        assert len(extracted.parts) == 1
        assert ended == []

    assert ended == ["closed"]
