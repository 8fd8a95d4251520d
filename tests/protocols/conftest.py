"""A real server over a real database, and what clients need to run offline."""

import asyncio
import importlib.util
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from aiohttp import web
from astropy.config import paths
from astropy.utils import data

from vo_lcc.app import build_app, make_runner
from vo_lcc.config import Config, JobsSection, LimitsSection
from vo_lcc.db import Database
from vo_lcc.listening import url_of

SHARED = Path(__file__).parents[3] / "shared"


@pytest.fixture(scope="session")
def server(demo_db: Database) -> Iterator[str]:
    """The URL of a server of the demo collection."""
    with running(Config(), demo_db.url) as url:
        yield url


@pytest.fixture(scope="session")
def small_server(demo_db: Database) -> Iterator[str]:
    """The URL of a server that gives 2 rows by default and 50 at most.

    It runs no jobs, for they would be those of `server`, which has the same database.
    """
    limits = LimitsSection(default_maxrec=2, hard_maxrec=50)
    jobs = JobsSection(workers=False)
    with running(Config(limits=limits, jobs=jobs), demo_db.url) as url:
        yield url


@pytest.fixture(scope="session")
def serving() -> Callable[[Config, str], AbstractContextManager[str]]:
    """Starts a server of one's own: `with serving(config, database.url) as url`."""
    return running


@contextmanager
def running(config: Config, database_url: str) -> Iterator[str]:
    """Serve in a thread of its own while the block runs."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    runner = make_runner(build_app(config, database_url), config.server.grace)

    async def start() -> str:
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return url_of(runner.addresses[0])

    try:
        yield asyncio.run_coroutine_threadsafe(start(), loop).result(30)
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(60)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


@pytest.fixture(scope="session")
def validate() -> Callable[..., list[str]]:
    """What is wrong with a document by the IVOA's schemas.

    Those of today ("rec"), or those of drafts ("dev").
    """
    path = SHARED / "validators" / "xsd" / "validate.py"
    if not path.exists():
        pytest.skip("the IVOA schemas in shared/ are not beside this checkout")
    spec = importlib.util.spec_from_file_location("vo_schemas", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    def check(document: bytes, profile: str = "rec") -> list[str]:
        kind, messages = module.validate(document, profile=profile)
        assert kind, messages
        return messages

    return check


@pytest.fixture(scope="session", autouse=True)
def vocabularies(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The IVOA vocabularies in astropy's cache, where pyvo looks for them."""
    folder = SHARED / "validators" / "vocab"
    with paths.set_temp_cache(tmp_path_factory.mktemp("vocabularies")):
        for path in folder.glob("*.json"):
            uri = json.loads(path.read_text())["uri"]
            data.import_file_to_cache(uri, str(path))
        yield
