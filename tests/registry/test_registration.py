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


def check(path: Path, text: str, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """The lines that `vo-lcc check` prints of these settings."""
    path.write_text(text)

    assert main(["check", "--config", str(path)]) == 0
    return capsys.readouterr().out.splitlines()


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
    text = f'[database]\nurl = "{session_db.url}"\n[publisher]{publisher}'
    lines = check(tmp_path / "server.toml", text, capsys)
    found = [line for line in lines if "cannot be registered" in line]
    assert [line.split("] ")[1].split(":")[0] for line in found] == told


def test_it_is_told_before_there_is_a_database(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = f'[database]\ndata = "{tmp_path}/var"\n[publisher]\nname = "Example"'
    warning, told = check(tmp_path / "server.toml", text, capsys)

    assert "[publisher] authority, contact, email: missing" in warning
    assert "no database yet" in told


def test_who_only_looks_at_a_file_is_not_told_to_register(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = f'[database]\ndata = "{tmp_path}/var"'
    (told,) = check(tmp_path / "server.toml", text, capsys)

    assert "no database yet" in told


@pytest.mark.parametrize(
    ("server", "warnings", "ready"),
    [
        ("", 1, "the database is ready, 1 warning"),
        ('base_url = "https://vo.example.org"', 0, "the database is ready, 0 warnings"),
    ],
)
def test_an_address_of_the_server_is_wanted_for_registration(
    session_db: Database,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    server: str,
    warnings: int,
    ready: str,
) -> None:
    text = (
        f'[server]\n{server}\n[database]\nurl = "{session_db.url}"\n'
        f"[publisher]{PUBLISHER}"
    )
    *found, last = check(tmp_path / "server.toml", text, capsys)

    assert sum("[server] base_url: missing" in line for line in found) == warnings
    assert last == ready
