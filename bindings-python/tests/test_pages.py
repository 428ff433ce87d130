"""Pages of a platform with configured responses are decoded as `json.loads` does."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import elementkit as ek
import pytest


class Answering(HTTPServer):
    body = b"[]"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Answering)
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture(scope="module")
def server() -> Iterator[Answering]:
    with Answering(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def records(server: Answering, body: bytes) -> list[Any]:
    server.body = body
    url = f"http://127.0.0.1:{server.server_port}"
    with ek.Platform.hosted(url, user="u", organization="o") as platform:
        listed = platform.instances.with_token("token").records("contacts")
        found: list[Any] = list(listed)
        assert found == listed.to_list() == listed.page().records
    return found


TEXTS = ["", "a", "é", "健😀", 'q"\\/\b\n\u0001\u2028', "x" * 70, "y" * 70, "é" * 40]
VALUES: list[Any] = [None, True, False, 0, -1, 2**40, 2**70, 1.5, -2e-9, [], {}, [1, "a", [None]], {"a": {"a": "a"}}]
PAGES: dict[str, list[Any]] = {
    "nothing": [],
    "every value in every place": [{"a": value, "b": other} for value in TEXTS + VALUES for other in TEXTS + VALUES],
    "few values again and again": [{"id": str(at), "of": f"v{at % 3}", "not": f"w{at % 50}"} for at in range(2000)],
    "values that look alike": [{"a": text} for at in range(300) for text in (f"{at}-same-end", f"{at:03}-same-end")],
    "members that come and go": [{str(name): at for name in range(at % 7, 9 - at % 5)} for at in range(50)],
    "members in another order": [
        {"a": 1, "b": 2, "c": 3},
        {"c": 3, "a": 1, "b": 2},
        {"b": 2, "c": 3},
        {"d": 4, "a": 1},
    ],
    "names with escapes": [{text: 1} for text in TEXTS] * 2,
    "more members than are remembered": [{f"m{name}": f"v{name}" for name in range(150)}] * 3,
    "no records": [1, "a", "a", None, [{"a": "b"}], {"a": "b"}],
}


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_a_page_is_what_its_json_says(page: list[Any], server: Answering) -> None:
    for body in (json.dumps(page), json.dumps(page, ensure_ascii=False, indent=1)):
        # Compared as strings, the order of members counts too, and 1, 1.0 and True differ.
        assert json.dumps(records(server, body.encode())) == json.dumps(page)


def test_the_last_of_two_members_of_one_name_counts(server: Answering) -> None:
    assert records(server, b'[{"a":"x","a":"y"},{"a":"y","b":1,"a":"x"}]') == [{"a": "y"}, {"a": "x", "b": 1}]


@pytest.mark.parametrize(
    "body",
    [
        b"[",
        b"[{}",
        b"[{}] x",
        b'[{"a"}]',
        b'[{"a":1,}]',
        b'[{"a":}]',
        b'[{"a":"\xff"}]',
        b'[{"\xff":1}]',
        b'[{"a":"\\x"}]',
        b'[{"a":01}]',
    ],
)
def test_values_that_are_not_json_are_errors(body: bytes, server: Answering) -> None:
    with pytest.raises(ek.DecodeError, match="could not be parsed"):
        records(server, body)


def test_asynchronous_iteration_gives_the_same(server: Answering) -> None:
    server.body = json.dumps([{"a": "b"}, {"a": "c"}]).encode()

    async def read() -> list[Any]:
        url = f"http://127.0.0.1:{server.server_port}"
        async with ek.AsyncPlatform.hosted(url, user="u", organization="o") as platform:
            return [record async for record in platform.instances.with_token("token").records("contacts")]

    assert asyncio.run(read()) == [{"a": "b"}, {"a": "c"}]
