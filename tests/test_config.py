from pathlib import Path

import pytest

from vo_lcc.config import Config, read_config
from vo_lcc.errors import ConfigError

EXAMPLE = Path(__file__).parents[1] / "configs" / "server.example.toml"


@pytest.fixture
def written(tmp_path):
    """Write text to a configuration file and give its path."""

    def write(text):
        path = tmp_path / "server.toml"
        path.write_text(text)
        return path

    return write


def test_without_a_file_the_defaults_hold():
    assert read_config(None, {}) == Config()


def test_the_example_is_valid_and_names_every_default():
    config = read_config(EXAMPLE, {})
    defaults = Config()

    assert config.server == defaults.server
    assert config.limits == defaults.limits
    assert config.uploads == defaults.uploads
    assert config.jobs == defaults.jobs
    assert config.metrics == defaults.metrics
    assert config.log == defaults.log
    assert config.database.model_copy(update={"data": None}) == defaults.database


def test_environment_overrides_the_file(written):
    path = written("[server]\nport = 1\nhost = 'a'\n")
    config = read_config(
        path, {"VO_LCC_SERVER_PORT": "2", "VO_LCC_LIMITS_BODY_SIZE": "5", "PATH": "x"}
    )

    assert (config.server.port, config.server.host) == (2, "a")
    assert config.limits.body_size == 5


def test_networks_are_a_list_in_the_file_and_words_in_the_environment(written):
    path = written("[server]\ntrusted_proxies = ['10.0.0.0/8', '::1']")
    config = read_config(path, {"VO_LCC_METRICS_ALLOW": "192.0.2.1 198.51.100.0/24"})

    assert [str(n) for n in config.server.trusted_proxies] == ["10.0.0.0/8", "::1/128"]
    assert [str(n) for n in config.metrics.allow] == [
        "192.0.2.1/32",
        "198.51.100.0/24",
    ]


def test_settings_never_change():
    with pytest.raises(ValueError, match="frozen"):
        Config().server.port = 1


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[server]\nport = 'x'", "server.port: "),
        ("[server]\nport = 70000", "server.port: "),
        ("[server]\nprot = 1", "server.prot: no such key"),
        ("[sever]\nport = 1", "sever: no such key"),
        ("server = 3", "server: "),
        ("[server]\nbase_url = 'vo.example.org'", "server.base_url: "),
        (
            "[database]\nurl = 'postgresql:///x'\ndata = 'y'",
            "database: give url or data, not both",
        ),
        ("[limits]\ndefault_maxrec = -1", "limits.default_maxrec: "),
        ("[limits]\nhard_maxrec = 5", "limits: default_maxrec is larger"),
        ("[server\n", "is not TOML"),
        ("[server]\nprocesses = 0", "server.processes: "),
        ("[server]\ntrusted_proxies = ['proxy']", "server.trusted_proxies: 'proxy'"),
        ("[server]\ntrusted_proxies = ['10.0.0.1/8']", "has host bits set"),
        ("[log]\nlevel = 'loud'", "log.level: "),
    ],
)
def test_error_names_the_file_and_the_key(written, text, says):
    path = written(text)

    with pytest.raises(ConfigError) as caught:
        read_config(path, {})

    assert str(path) in str(caught.value)
    assert says in str(caught.value)


def test_missing_file_is_an_error(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        read_config(tmp_path / "no.toml", {})


def test_bad_environment_variable_is_an_error():
    with pytest.raises(ConfigError, match=r"VO_LCC_SERVER_PORT: server\.port"):
        read_config(None, {"VO_LCC_SERVER_PORT": "x"})


def test_an_error_tells_the_file_from_the_environment(written):
    path = written("[server]\nport = -1\n")

    with pytest.raises(ConfigError) as caught:
        read_config(path, {"VO_LCC_SERVER_PROCESSES": "0"})

    assert f"{path}: server.port: " in str(caught.value)
    assert "; VO_LCC_SERVER_PROCESSES: server.processes: " in str(caught.value)


def test_a_challenge_of_the_environment_may_have_commas():
    challenge = 'Basic realm="stars", charset="UTF-8"'

    config = read_config(None, {"VO_LCC_ACCESS_CHALLENGES": challenge})

    assert config.access.challenges == (challenge,)
