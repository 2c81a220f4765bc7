"""Messages between a World and its nursery: length-prefixed JSON on a Unix stream, with open files beside it."""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Sequence
from typing import Any

_LENGTH = struct.Struct(">I")
_MOST_FILES = 4


def send_message(connection: socket.socket, message: dict[str, Any], files: Sequence[int] = ()) -> None:
    """Send one message; ``files`` are descriptors that the other side gets duplicates of."""
    body = json.dumps(message, separators=(",", ":")).encode()
    head = _LENGTH.pack(len(body))
    if files:
        # Ancillary data travels with the first byte it is sent with: the length, which is always read alone.
        sent = socket.send_fds(connection, [head], list(files))
        head = head[sent:]
    connection.sendall(head + body)


def receive_message(connection: socket.socket) -> tuple[dict[str, Any], list[int]] | None:
    """The next message with the descriptors beside it; None when the other side is gone."""
    head = bytearray()
    files: list[int] = []
    while len(head) < _LENGTH.size:
        try:
            part, passed, _, _ = socket.recv_fds(connection, _LENGTH.size - len(head), _MOST_FILES)
        except ConnectionError:
            return None
        if not part:
            return None
        head += part
        files += passed
    body = _receive_exactly(connection, _LENGTH.unpack(head)[0])
    if body is None:
        return None
    message: dict[str, Any] = json.loads(body)
    return message, files


def _receive_exactly(connection: socket.socket, size: int) -> bytes | None:
    body = bytearray()
    while len(body) < size:
        try:
            part = connection.recv(min(size - len(body), 1 << 20))
        except ConnectionError:
            return None
        if not part:
            return None
        body += part
    return bytes(body)
