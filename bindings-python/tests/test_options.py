"""Options of platforms: each reaches the core, wrong ones are rejected by name; and options of the environment."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Any

import elementkit as ek
import pytest
from elementkit import _arguments as arguments
from elementkit import _options as options  # pyright: ignore[reportPrivateUsage]
from processes import KEY, SECRET, Sandbox

KNOWN: dict[str, Any] = {"base_url": "https://platform.example", "user": "u", "organization": "o"}


def value(name: str, rule: Any) -> Any:
    """Returns a value that an option accepts."""
    samples = {
        arguments.text: "http://127.0.0.1:9",
        arguments.flag: True,
        arguments.milliseconds: 7,
        arguments.time_limit: 0.5,
        arguments.whole_number: 7,
        arguments.positive_number: 7,
    }
    return samples[rule]


def test_every_option_is_known_to_the_core(tmp_path: Path) -> None:
    files = {arguments.path, arguments.paths}
    for name, (_, rule) in options.HOSTED.items():
        if rule not in files:
            given: dict[str, Any] = {**KNOWN, "allow_insecure_http": True, name: value(name, rule)}
            ek.Platform.hosted(**given).close()
    for name, (_, rule) in options.EMBEDDED.items():
        if rule not in files:
            given = {name: value(name, rule)}
            ek.Platform.embedded(tmp_path / f"{name}.db", **given).close()
    ek.Platform.embedded(tmp_path / "key.db", key_file=tmp_path / "a.key").close()
    assert (tmp_path / "a.key").exists()
    for missing in (tmp_path / "no.pem", [str(tmp_path / "no.pem")]):
        with pytest.raises(ek.ConfigError, match="no.pem"):
            ek.Platform.hosted(**KNOWN, ca_file=missing)
        with pytest.raises(ek.ConfigError, match="no.pem"):
            ek.Platform.embedded(tmp_path / "ca.db", ca_file=missing)


def test_types_and_rules_name_the_same_options() -> None:
    assert set(options.HOSTED) == {*options.HostedOptions.__annotations__, "base_url"}
    assert set(options.EMBEDDED) == set(options.EmbeddedOptions.__annotations__)
    assert set(options.QUERY) == set(options.QueryOptions.__annotations__)


def test_unknown_and_wrong_options_are_refused_by_name(tmp_path: Path) -> None:
    database = tmp_path / "never.db"
    wrong: dict[str, dict[str, Any]] = {
        "retentoin.*Did you mean 'retention'": {"retentoin": 7},
        "vendor_timeout must be more than 0 seconds": {"vendor_timeout": 0},
        "sort_memory must be at least 1": {"sort_memory": 0},
        "published_only must be a bool": {"published_only": "yes"},
        r"ca_file\[1\]": {"ca_file": ["a.pem", 7]},
    }
    for message, given in wrong.items():
        with pytest.raises(ek.ConfigError, match=message):
            ek.Platform.embedded(database, **given)
    with pytest.raises(ek.TypeError, match="organisation.*Did you mean 'organization'"):
        misspelt: dict[str, Any] = {**KNOWN, "organisation": "o"}
        ek.Platform.hosted(**misspelt)
    assert not database.exists()


def test_an_option_of_the_engine_does_what_it_says(tmp_path: Path, simulator: Sandbox) -> None:
    opened = ek.Platform.embedded(tmp_path / "test.db", brighttalk_url=simulator.url, derived_activity_fields=True)
    with opened as platform:
        bt = ek.brighttalk.connect(platform, api_key=KEY, api_secret=SECRET)
        assert "activityType" in next(iter(bt.records("activities")))


def test_the_environment_names_the_database_and_the_instance(
    tmp_path: Path, simulator: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ELEMENTKIT_DATABASE", str(tmp_path / "test.db"))
    with ek.Platform.embedded_from_env(brighttalk_url=simulator.url) as platform:
        with pytest.raises(ek.NotFoundError):
            platform.instances.only()
        first = ek.brighttalk.connect(platform, api_key=KEY, api_secret=SECRET)
        assert platform.instances.only().id == first.id
        ek.brighttalk.connect(platform, name="another", api_key=KEY, api_secret=SECRET)
        with pytest.raises(ek.ConfigError, match="several"):
            platform.instances.only()
        monkeypatch.setenv("ELEMENTKIT_INSTANCE", str(first.id))
        assert platform.instances.only().id == first.id
    assert (tmp_path / "test.db").exists()


def test_an_error_says_that_nothing_could_be_reached(tmp_path: Path) -> None:
    offline = "http://127.0.0.1:9"
    with ek.Platform.embedded(tmp_path / "test.db", brighttalk_url=offline, vendor_attempts=1) as platform:
        with pytest.raises(ek.VendorError) as caught:
            ek.brighttalk.connect(platform, api_key=KEY, api_secret=SECRET)
        assert caught.value.unreachable
        with pytest.raises(ek.NotFoundError) as found:
            platform.instances.get(1)
        assert not found.value.unreachable
    hosted = ek.Platform.hosted(offline, user="u", organization="o", retries=0)
    with pytest.raises(ek.ConnectError) as refused:
        hosted.instances.list()
    assert refused.value.unreachable


class Broken(logging.Handler):
    """Fails as handlers of the standard library do, or propagates its exception."""

    def __init__(self, handled: bool) -> None:
        super().__init__()
        self.handled = handled

    def emit(self, record: logging.LogRecord) -> None:
        try:
            raise ValueError("a broken handler")
        except ValueError:
            if not self.handled:
                raise
            self.handleError(record)


@pytest.mark.parametrize("handled", [True, False])
def test_a_broken_log_handler_is_never_silent(
    handled: bool, tmp_path: Path, simulator: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    """`logging` prints errors that a handler reports, and exceptions of a handler reach the caller."""
    logger, handler = logging.getLogger("elementkit"), Broken(handled)

    async def reading() -> None:
        platform = await ek.AsyncPlatform.embedded(tmp_path / "test.db", brighttalk_url=simulator.url)
        bt = await ek.brighttalk.connect_async(platform, api_key=KEY, api_secret=SECRET)
        logger.addHandler(handler)
        try:
            await bt.ping()
        finally:
            logger.removeHandler(handler)
            await platform.close()

    level, logging.raiseExceptions = logger.level, True
    logger.setLevel(logging.INFO)
    try:
        if handled:
            asyncio.run(reading())
            assert "a broken handler" in capsys.readouterr().err
        else:
            with pytest.raises(ValueError, match="a broken handler"):
                asyncio.run(reading())
    finally:
        logger.setLevel(level)
