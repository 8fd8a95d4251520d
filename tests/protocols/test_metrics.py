"""What `/metrics` tells, and to whom."""

import re
from collections.abc import Iterator

import pytest
import requests

from vo_lcc.config import Config, MetricsSection, ServerSection

GONE = "postgresql://nobody@127.0.0.1:1/nothing"


@pytest.fixture
def server(serving) -> Iterator[str]:
    with serving(Config(), GONE) as url:
        yield url


def test_metrics_are_in_the_text_format_of_prometheus(server):
    requests.get(f"{server}/nonsense", timeout=30)
    reply = requests.get(f"{server}/metrics", timeout=30)

    assert reply.headers["Content-Type"].startswith("text/plain; version=")
    assert (
        'vo_lcc_requests_total{method="GET",service="none",status="404"} 1.0'
        in reply.text.splitlines()
    )
    assert not re.search("nonsense", reply.text)


@pytest.mark.parametrize(
    ("config", "headers", "status"),
    [
        (Config(), {"X-Forwarded-For": "127.0.0.1"}, 403),
        (Config(metrics=MetricsSection(allow=["192.0.2.0/24"])), {}, 403),
        (Config(metrics=MetricsSection(enabled=False)), {}, 404),
        (
            Config(
                server=ServerSection(trusted_proxies=["127.0.0.1"]),
                metrics=MetricsSection(allow=["192.0.2.0/24"]),
            ),
            {"X-Forwarded-For": "192.0.2.7"},
            200,
        ),
    ],
)
def test_metrics_are_for_those_who_may_read_them(serving, config, headers, status):
    with serving(config, GONE) as url:
        reply = requests.get(f"{url}/metrics", headers=headers, timeout=30)

    assert reply.status_code == status
