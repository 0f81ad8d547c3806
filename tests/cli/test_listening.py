"""The socket that `serve` listens on."""

from __future__ import annotations

import asyncio
import socket

import pytest

from deskpulse.cli.serve import _listen
from deskpulse.core.errors import InputError


def test_answers_are_not_held_back() -> None:
    """With Nagle's delay an answer written in two parts waits for the client's acknowledgement: 40 ms on Linux."""
    settings: list[int] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        accepted = writer.get_extra_info("socket")
        settings.append(accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()
        await writer.wait_closed()

    async def connect() -> None:
        server = await asyncio.start_server(answer, sock=_listen("127.0.0.1", 0))
        async with server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            await reader.read()
            writer.close()
            await writer.wait_closed()

    asyncio.run(connect())
    assert settings
    assert settings[0] != 0


def test_a_port_in_use_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(InputError, match="Cannot listen on") as caught:
        _listen("127.0.0.1", taken.getsockname()[1])
    assert "--port" in caught.value.hint
