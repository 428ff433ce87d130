"""The server over both transports, and the official Python client of it."""

import asyncio
import contextlib
import json
import os
import subprocess

import httpx2
from mcp.client.streamable_http import streamable_http_client

from mcp import Client, StdioServerParameters

COMMAND = os.environ["ELEMENTKIT"]
FOLDER = os.environ["MCP_FOLDER"]
TRANSPORTS = ("stdio", "http")


@contextlib.asynccontextmanager
async def connected(transport, *options):
    """Yields a client of a server with these options."""
    if transport == "stdio":
        server = StdioServerParameters(command=COMMAND, args=["mcp", *options], env=dict(os.environ))
        async with Client(server) as client:
            yield client
        return
    with subprocess.Popen(
        [COMMAND, "mcp", "serve", "--listen", "127.0.0.1:0", *options], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            told = json.loads(process.stdout.readline())
            with open(told["tokenFile"]) as file:
                headers = {"Authorization": f"Bearer {file.read().strip()}"}
            async with (
                httpx2.AsyncClient(headers=headers, timeout=60) as http,
                Client(streamable_http_client(told["url"], http_client=http)) as client,
            ):
                yield client
        finally:
            process.terminate()


async def call(client, tool, **arguments):
    """Calls a tool that succeeds, and returns its answer, which the client has held to the schema."""
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, (tool, arguments, result.content)
    return result.structured_content


async def refused(client, tool, **arguments):
    """Calls a tool that fails, and returns the error."""
    result = await client.call_tool(tool, arguments)
    assert result.is_error, (tool, arguments, result.structured_content)
    return json.loads(result.content[0].text)["error"]


async def instances(client):
    """Returns the ids of the instances by their elements."""
    listed = await call(client, "list_objects")
    return {each["element"]: each["instance"] for each in listed["instances"]}


def records(instance, resource, *options):
    """Returns the records of a list as the command reads them, with everything in them."""
    command = [COMMAND, "records", resource, "--json", "--instance", str(instance), *options]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return [json.loads(line) for line in lines.splitlines()]


def run(main):
    """Runs a test, and prints its name."""
    asyncio.run(main())
    print(f"{os.path.basename(main.__code__.co_filename)}: passed")
