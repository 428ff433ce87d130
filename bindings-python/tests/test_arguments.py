"""Invalid arguments are rejected by name, with an error of the package."""

from __future__ import annotations

import builtins
import enum
import math
import time
import warnings
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import elementkit as ek
import pytest
from processes import KEY, SECRET, Sandbox

field = ek.field


class Colour(enum.Enum):
    RED = "red"


class Number(enum.IntEnum):
    SEVEN = 7


CONDITIONS: dict[str, Callable[[], ek.Expression]] = {
    "id > 7": lambda: field("id") > Number.SEVEN,
    "colour = 'red'": lambda: field("colour") == Colour.RED,
    "a = true": lambda: field("a") == True,  # noqa: E712
    "price = 1.10": lambda: field("price") == Decimal("1.10"),
    "id IN (1, 2, 3)": lambda: field("id").is_in(range(1, 4)),
    "at = 1.5": lambda: field("at") == 1.5,
}


@pytest.mark.parametrize("text", CONDITIONS)
def test_conditions_take_scalars(text: str) -> None:
    assert str(CONDITIONS[text]()) == text


def test_conditions_take_scalars_of_numpy() -> None:
    numpy = pytest.importorskip("numpy")
    assert str(field("id") > numpy.int64(7)) == "id > 7"
    assert str(field("id") > numpy.float64(7)) == "id > 7.0"
    assert str(field("id") > numpy.float32(0.5)) == "id > 0.5"
    assert str(field("a") == numpy.bool_(True)) == "a = true"
    assert str(field("a") == numpy.str_("b")) == "a = 'b'"
    assert str(field("id").is_in(numpy.array([1, 2]))) == "id IN (1, 2)"
    assert str(field("at") > numpy.datetime64("2026-01-02T03:04:05.123456789")) == "at > '2026-01-02T03:04:05.123456Z'"
    assert str(field("on") > numpy.datetime64("2026-01-02")) == "on > '2026-01-02T00:00:00Z'"
    for wrong in (numpy.datetime64("NaT"), numpy.timedelta64(1, "s"), numpy.array([1, 2]), numpy.float64("nan")):
        with pytest.raises(ek.ConfigError):
            field("at").__gt__(wrong)


def test_conditions_take_moments_of_pandas() -> None:
    pandas = pytest.importorskip("pandas")
    assert str(field("at") > pandas.Timestamp("2026-01-02", tz="UTC")) == "at > '2026-01-02T00:00:00Z'"
    with pytest.raises(ek.ConfigError):
        field("at").__gt__(pandas.NaT)


WRONG_CONDITIONS: dict[str, Callable[[], object]] = {
    "is_in of a text": lambda: field("email").is_in("abc"),
    "is_in of bytes": lambda: field("email").is_in(b"abc"),
    "is_in of a mapping": lambda: field("email").is_in({"a": 1}),
    "is_in of nothing": lambda: field("email").is_in([]),
    "is_in with None": lambda: field("email").is_in([None]),  # type: ignore[list-item] # pyright: ignore[reportArgumentType]
    "nan": lambda: field("id") > math.nan,
    "infinity": lambda: field("id").is_in([math.inf]),
    "a decimal that is no number": lambda: field("id") > Decimal("NaN"),
    "bytes": lambda: field("id").__gt__(b"x"),  # type: ignore[operator] # pyright: ignore[reportArgumentType]
    "a complex number": lambda: field("id").__gt__(1j),  # type: ignore[operator] # pyright: ignore[reportArgumentType]
    "like of a number": lambda: field("id").like(7),  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
}


@pytest.mark.parametrize("name", WRONG_CONDITIONS)
def test_values_that_are_not_scalars_are_refused(name: str) -> None:
    with pytest.raises(ek.ConfigError):
        WRONG_CONDITIONS[name]()


def test_only_conditions_are_joined() -> None:
    condition: Any = field("id") > 7
    for other in (None, "x; y", True):
        joins: list[Callable[[Any, Any], object]] = [lambda a, b: a & b, lambda a, b: a | b]
        for join in joins:
            with pytest.raises(TypeError):
                join(condition, other)


CALLS: dict[str, Callable[[Any], object]] = {
    "where": lambda bt: bt.records("contacts", where=7),
    "fields": lambda bt: bt.records("contacts", fields=7),
    r"fields\[1\]": lambda bt: bt.records("contacts", fields=["id", 7]),
    "order_by": lambda bt: bt.records("contacts", order_by=7),
    "page_size": lambda bt: bt.records("contacts", page_size="7"),
    "params": lambda bt: bt.records("contacts", params="since"),
    r"params\['since'\]": lambda bt: bt.records("contacts", params={"since": 7}),
    "resource": lambda bt: bt.records(7),
    "limit": lambda bt: bt.records("contacts").to_list(limit="7"),
    "statement": lambda bt: bt.bulk.query(7),
    "from_": lambda bt: bt.bulk.query("select id from contacts", from_=7),
    "callback_payload": lambda bt: bt.bulk.query("select id from contacts", callback_payload={1, 2}),
    "state": lambda bt: bt.sync("contacts", 7),
    "channel": lambda bt: bt.sync("contacts", channel="1001"),
    "change": lambda bt: bt.patch("name"),
    "nmae.*Did you mean 'name'": lambda bt: bt.patch({"nmae": "x"}),
    "limmit.*Did you mean 'limit'": lambda bt: bt.bulk.download("contacts", limmit=5),
    "definition": lambda bt: bt.definitions.create("x", []),
}


@pytest.fixture(scope="module")
def offline(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """An instance of a platform that does not exist: invalid arguments are rejected before a request is sent."""
    platform = ek.Platform.hosted("http://127.0.0.1:9", user="u", organization="o", retries=0)
    return platform.instances.with_token("token")


@pytest.mark.parametrize("name", CALLS)
def test_the_parameter_of_a_wrong_type_is_named(name: str, offline: Any) -> None:
    with pytest.raises(ek.TypeError, match=name) as caught:
        CALLS[name](offline)
    assert isinstance(caught.value, builtins.TypeError) and isinstance(caught.value, ek.ElementKitError)


def test_numbers_out_of_range_are_named(offline: Any) -> None:
    calls: dict[str, Callable[[], object]] = {
        "limit": lambda: offline.records("contacts").to_list(limit=-1),
        "page_size": lambda: offline.records("contacts", page_size=0),
        "timeout": lambda: ek.Platform.embedded("never.db", timeout=-1),
        "timeout ": lambda: ek.Platform.embedded("never.db", timeout=math.nan),
        "connect_timeout": lambda: ek.Platform.hosted("http://127.0.0.1:9", connect_timeout=math.inf),
        "retries": lambda: ek.Platform.hosted("http://127.0.0.1:9", retries=-1),
    }
    for name, call in calls.items():
        with pytest.raises(ek.ConfigError, match=name.strip()):
            call()
    wrong: Any = "5"
    with pytest.raises(ek.TypeError, match="timeout must be a number of seconds, not str"):
        ek.Platform.embedded("never.db", timeout=wrong)
    assert not Path("never.db").exists()


def test_secrets_are_texts(tmp_path: Path, simulator: Sandbox) -> None:
    secret: Any = SECRET.encode()
    with ek.Platform.embedded(tmp_path / "test.db", brighttalk_url=simulator.url) as platform:
        with pytest.raises(ek.TypeError, match="api_secret must be a str, not bytes") as caught:
            ek.brighttalk.connect(platform, api_key=KEY, api_secret=secret)
        assert SECRET not in str(caught.value)
        with pytest.raises(ek.TypeError, match=r"configuration\['brighttalk.api.secret'\]"):
            platform.instances.create("brighttalk", name="b", configuration={"brighttalk.api.secret": secret})
        # None counts as not given.
        with pytest.raises(ek.InvalidRequestError):
            platform.instances.create(
                "brighttalk", name="n", configuration={"brighttalk.api.key": None, "brighttalk.api.secret": SECRET}
            )
        with pytest.raises(ek.TypeError, match="tags"):
            platform.instances.list(tags="emea")
        assert platform.instances.list() == [] and simulator.requests() == []
    with pytest.raises(ek.TypeError, match="user must be a str, not bytes"):
        ek.Platform.hosted("https://platform.example", user=secret, organization="o")
    assert not ek.webhook.verify("", b"{}", "sha256=uZSYz/oxLJlpFSOjCDfQ8O2GYjzdRf+l2MYYuQ0KFfk=")
    with pytest.raises(ek.TypeError, match="body must be bytes"):
        ek.webhook.verify("key", "{}", None)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]


def test_arguments_of_jobs_are_named(tmp_path: Path, simulator: Sandbox) -> None:
    with ek.Platform.embedded(tmp_path / "test.db", brighttalk_url=simulator.url) as platform:
        bt = ek.brighttalk.connect(platform, api_key=KEY, api_secret=SECRET)
        job = bt.bulk.download("contacts", where=field("id") > 7, limit=5)
        unknown: Any = {"form_": "2030-01-01"}
        with pytest.raises(ek.TypeError, match=r"query\(\) got an unexpected keyword argument 'form_'.*'from_'"):
            bt.bulk.query("select id from contacts", **unknown)
        named = bt.bulk.query("select id from contacts", from_=None, file_name="all", callback_payload={"n": [1]})
        assert named.wait()["recordsCount"] > 5
        wrong: Any = "loud"
        with pytest.raises(ek.ConfigError, match="progress cannot be 'loud'"):
            job.wait(progress=wrong)
        wrong = 7
        with pytest.raises(ek.TypeError, match="progress"):
            job.wait(progress=wrong)
        assert job.wait()["recordsCount"] == 5
        with pytest.raises(ek.ConfigError, match="size must be at least 1"):
            next(job.batches(size=0))


def test_star_import_shadows_no_built_in() -> None:
    for module in (ek, ek.errors, ek.ceql, ek.brighttalk, ek.webhook):
        public: list[str] = getattr(module, "__all__", [name for name in vars(module) if not name.startswith("_")])
        assert not set(public) & set(dir(builtins)), module.__name__
    assert issubclass(ek.TimeoutError, builtins.TimeoutError)


MISTAKES: dict[str, Callable[[ek.Instance], object]] = {
    "emial": lambda bt: bt.records("contacts", where="emial = 'a'").to_list(),
    "lastupdated": lambda bt: list(bt.records("contacts", fields="id,lastupdated")),
    "sinse": lambda bt: bt.records("contacts", params={"sinse": "2030-12-01"}).page(),
    "lastUpdatd": lambda bt: bt.bulk.query("select id from contacts where lastUpdatd > '2030-06-01'"),
    "emal": lambda bt: bt.records("contacts", where="emal = 'a'").to_arrow(),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_the_platform_s_warnings_are_python_s(name: str, tmp_path: Path, simulator: Sandbox) -> None:
    pytest.importorskip("pyarrow")
    with ek.Platform.embedded(tmp_path / "test.db", brighttalk_url=simulator.url) as platform:
        bt = ek.brighttalk.connect(platform, api_key=KEY, api_secret=SECRET)
        with pytest.warns(ek.ElementKitWarning, match=name) as seen:
            MISTAKES[name](bt)
        warning = seen[0].message
        assert isinstance(warning, ek.ElementKitWarning) and warning.suggestion and seen[0].filename == __file__
        assert f"Did you mean {warning.suggestion!r}?" in str(warning)
        with warnings.catch_warnings():
            warnings.simplefilter("error", ek.ElementKitWarning)
            with pytest.raises(ek.InvalidRequestError, match=name):
                MISTAKES[name](bt)
            warnings.simplefilter("ignore", ek.ElementKitWarning)
            MISTAKES[name](bt)


def test_a_job_whose_warning_is_an_error_is_cancelled(tmp_path: Path, simulator: Sandbox) -> None:
    simulator.fault({"match": {"path": "*/subscribers"}, "fault": {"type": "slow_headers", "ms": 300}})
    with ek.Platform.embedded(tmp_path / "test.db", brighttalk_url=simulator.url) as platform:
        bt = ek.brighttalk.connect(platform, api_key=KEY, api_secret=SECRET)
        with warnings.catch_warnings():
            warnings.simplefilter("error", ek.ElementKitWarning)
            with pytest.raises(ek.ElementKitWarning, match="nope"):
                bt.bulk.query("select id from contacts where nope = 1")
        end = time.monotonic() + 20
        while bt.bulk.list()[0]["status"] != "CANCELLED" and time.monotonic() < end:
            time.sleep(0.05)
        assert bt.bulk.list()[0]["status"] == "CANCELLED"
