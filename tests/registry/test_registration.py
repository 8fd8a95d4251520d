"""What `vo-lcc check` says of a server that is to be registered."""

from pathlib import Path

import pytest

from vo_lcc.cli import main
from vo_lcc.db import Database

PUBLISHER = """
authority = "example.org"
name = "Example Observatory"
contact = "VO team"
email = "vo@example.org"
"""


@pytest.mark.parametrize(
    ("publisher", "told"),
    [
        (PUBLISHER, []),
        ("", ["authority, name, contact, email"]),
        (PUBLISHER.replace("email", "#email"), ["email"]),
    ],
)
def test_a_check_tells_what_is_missing_for_registration(
    session_db: Database,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    publisher: str,
    told: list[str],
) -> None:
    path = tmp_path / "server.toml"
    path.write_text(f'[database]\nurl = "{session_db.url}"\n[publisher]{publisher}')

    assert main(["check", "--config", str(path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    found = [line for line in lines if "cannot be registered" in line]
    assert [line.split("] ")[1].split(":")[0] for line in found] == told
