"""docs/formats.md is true: its Python sessions print what they show."""

import doctest
import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "formats.md"


def test_the_python_sessions_print_what_is_shown(server: str):
    sessions = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    text = "".join(sessions).replace("http://127.0.0.1:8080", server)
    test = doctest.DocTestParser().get_doctest(text, {}, PAGE.name, PAGE.name, 0)
    said: list[str] = []

    doctest.DocTestRunner().run(test, out=said.append)

    assert len(test.examples) == 21
    assert not said, "".join(said)
