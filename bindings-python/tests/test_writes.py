"""Writes, other calls, and logins that a user grants, beyond the scenarios."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import threading
import warnings
from collections.abc import Callable, Iterator
from typing import Any
from urllib.request import urlopen

import elementkit as ek
import pytest
from processes import Writable


@pytest.fixture
def platform(vendor: Writable) -> Iterator[ek.Platform]:
    with vendor.platform() as opened:
        yield opened


@pytest.fixture
def crm(vendor: Writable, platform: ek.Platform) -> ek.Instance:
    token = {"testbed.access.token": vendor.started["token"]}
    return platform.instances.connect("testbed", name="crm", configuration=token)


def test_a_written_record_has_every_field(crm: ek.Instance) -> None:
    accounts = crm.records("accounts")
    made = accounts.create({"name": "Acme", "employees": 2**53 + 1})
    assert made is not None
    # Numbers are sent as they are written; fields without a value are None, as in lists.
    assert made["employees"] == 2**53 + 1 and made["website"] is None
    assert list(made) == list(accounts.to_list(limit=1)[0])
    changed = accounts.update(made["id"], {"website": "https://acme.example"})
    assert changed is not None and changed["website"] == "https://acme.example"
    # What a list is restricted to does not apply, and is not sent: the platform would warn about it.
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        named = crm.records("accounts", fields="name", page_size=1).update(made["id"], {"employees": 7})
    assert named is not None and named["employees"] == 7


def test_a_field_that_no_record_has_is_a_warning(crm: ek.Instance) -> None:
    with pytest.warns(ek.ElementKitWarning, match="x_tier") as seen:
        crm.records("accounts").create({"name": "Acme", "x_tier": "gold"})
    assert seen[0].filename == __file__
    with pytest.warns(ek.ElementKitWarning):
        answer = crm.call("POST", "accounts", json={"name": "Acme", "x_tier": "gold"})
    assert [(each.code, each.field) for each in answer.warnings] == [("unknown_field", "x_tier")]


def test_bytes_are_sent_and_answered_as_they_are(crm: ek.Instance) -> None:
    body = '{"name": "Größe"}'.encode()
    for content in (body, bytearray(body), memoryview(body)):
        answer = crm.call("POST", "accounts", content=content, content_type="application/json", timeout=60)
        assert answer.json()["name"] == "Größe" and json.loads(answer.content)["name"] == "Größe"
        assert answer.headers["content-type"].startswith("application/json") and answer.request_id
    with pytest.raises(ek.InvalidRequestError) as refused:
        crm.call("POST", "accounts", content=body)
    assert refused.value.status == 415


def test_a_write_that_takes_too_long_says_that_its_outcome_is_open(vendor: Writable, crm: ek.Instance) -> None:
    vendor.fault({"match": {"method": "POST"}, "fault": {"type": "slow_headers", "ms": 60000}})
    with pytest.raises(ek.TimeoutError) as late:
        crm.call("POST", "accounts", json={"name": "Acme"}, timeout=0.3)
    assert "may have been made" in (late.value.hint or "")
    with pytest.raises(ek.TimeoutError) as read:
        crm.call("GET", "accounts", timeout=0.001)
    assert "may have been made" not in (read.value.hint or "")


def test_cancelling_a_write_ends_it_at_the_vendor(vendor: Writable) -> None:
    async def main() -> None:
        given = vendor.started
        async with ek.AsyncPlatform.hosted(
            given["baseUrl"], user=given["user"], organization=given["organization"]
        ) as platform:
            token = {"testbed.access.token": given["token"]}
            crm = await platform.instances.connect("testbed", name="crm", configuration=token)
            accounts = crm.records("accounts")
            made = await accounts.create({"name": "Acme"})
            assert made is not None
            assert (await accounts.replace(made["id"], {"name": "Bcme"}) or {})["name"] == "Bcme"
            assert (await accounts.update(made["id"], {"employees": 1}) or {})["employees"] == 1
            await accounts.delete(made["id"])
            assert (await crm.call("get", "accounts", query={"pageSize": "1"})).json()[0]["id"]
            vendor.fault({"match": {"method": "POST"}, "fault": {"type": "slow_headers", "ms": 60000}})
            writing = asyncio.create_task(accounts.create({"name": "Ccme"}))
            while not any(each["method"] == "POST" for each in vendor.requests()[-1:]):
                await asyncio.sleep(0.02)
            writing.cancel()
            with pytest.raises(asyncio.CancelledError):
                await writing

    asyncio.run(asyncio.wait_for(main(), 60))


def browse(url: str) -> None:
    """Grants access, as a user in a browser."""
    threading.Thread(target=lambda: urlopen(url, timeout=20).close(), daemon=True).start()


def test_a_user_grants_access_on_this_machine(vendor: Writable, platform: ek.Platform) -> None:
    elements = platform.elements
    assert {each["key"] for each in elements()} == {each["key"] for each in elements.list()}
    assert elements.metadata("testbedUser")["authenticationType"] == "oauth2Pkce"
    assert "oauth.api.key" in {each["key"] for each in elements.configuration("testbedUser")}
    key = vendor.started["clientId"]
    with ek.LoopbackCallback.bind() as callback:
        login = elements.oauth_url("testbedUser", api_key=key, callback_url=callback.url)
        assert len(login.state) >= 32
        browse(login.url)
        granted = callback.grant(login)
    assert granted.code and granted.code not in repr(granted)
    configuration = vendor.login(callback.url)
    crm = platform.instances.connect("testbedUser", name="u", configuration=configuration, granted=granted)
    assert len(crm.records("accounts").to_list(limit=2)) == 2
    with pytest.raises(ek.ClosedError):
        callback.grant(login)


def test_a_user_grants_access_to_an_asynchronous_program(vendor: Writable) -> None:
    async def main() -> None:
        given = vendor.started
        platform = ek.AsyncPlatform.hosted(given["baseUrl"], user=given["user"], organization=given["organization"])
        async with platform, await ek.AsyncLoopbackCallback.bind() as callback:
            key = given["clientId"]
            login = await platform.elements.oauth_url("testbedUser", api_key=key, callback_url=callback.url)
            browse(login.url)
            granted = await callback.grant(login)
            made = await platform.instances.create(
                "testbedUser", name="u", configuration=vendor.login(callback.url), granted=granted
            )
            assert made.id is not None
        # The port is free again.
        async with await ek.AsyncLoopbackCallback.bind() as other:
            waiting = asyncio.create_task(other.grant(login))
            await asyncio.sleep(0.05)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
        port = int(other.url.rsplit(":", 1)[1].split("/")[0])
        while True:
            with contextlib.suppress(OSError):
                socket.create_server(("127.0.0.1", port)).close()
                break
            await asyncio.sleep(0.02)

    asyncio.run(asyncio.wait_for(main(), 60))


def test_a_port_in_use_is_an_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(ek.ConfigError, match="cannot listen"):
        ek.LoopbackCallback.bind(taken.getsockname()[1])


WRONG: dict[str, Callable[[ek.Instance], Any]] = {
    "record": lambda i: i.records("x").create([("name", "x")]),  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    "changes": lambda i: i.records("x").update(1, {"at": {1, 2}}),
    "id": lambda i: i.records("x").delete(True),
    "content_type": lambda i: i.call("GET", "x", content_type="a/b"),
    "content": lambda i: i.call("POST", "x", content="text"),  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    "one body": lambda i: i.call("POST", "x", json={}, content=b""),
    "headers": lambda i: i.call("GET", "x", headers={"a": 1}),  # type: ignore[dict-item] # pyright: ignore[reportArgumentType]
    '"NO VERB" is not an HTTP method': lambda i: i.call("NO VERB", "x"),
    "granted": lambda i: platform_of().instances.create("x", name="x", configuration={}, granted="code"),  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    "port": lambda i: ek.LoopbackCallback.bind(70000),
    "parameters": lambda i: platform_of().elements.oauth_url("x", parameters={"a": 1}),  # type: ignore[dict-item] # pyright: ignore[reportArgumentType]
}


def platform_of() -> ek.Platform:
    return ek.Platform.hosted("https://platform.example", user="u", organization="o")


@pytest.mark.parametrize("name", WRONG)
def test_wrong_arguments_are_refused_by_name(name: str) -> None:
    with warnings.catch_warnings(), pytest.raises((ek.ConfigError, ek.TypeError)) as refused:
        warnings.simplefilter("error")
        WRONG[name](platform_of().instances.with_token("token"))
    assert name in str(refused.value)
