"""A proxy that delays every response; it prints its port. usage: slow_proxy.py HOST PORT SECONDS"""

from __future__ import annotations

import asyncio
import sys


async def main(host: str, port: int, pause: float) -> None:
    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, pause: float) -> None:
        while chunk := await reader.read(65536):
            await asyncio.sleep(pause)
            writer.write(chunk)
            await writer.drain()
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            answers, questions = await asyncio.open_connection(host, port)
            await asyncio.gather(pump(reader, questions, 0), pump(answers, writer, pause))
        except OSError:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3])))
