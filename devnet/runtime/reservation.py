"""Loopback ports chosen by the kernel and kept for a node, over all its restarts."""

from __future__ import annotations

import socket


def reserve_port() -> tuple[socket.socket, int]:
    """A free port and the socket that keeps it: bound but never listening, so that only those told of it use it.

    Both sides set SO_REUSEADDR (Go's listeners do), which lets a second socket bind while none listens;
    the kernel gives the port to nobody who does not ask for it by number. The caller closes the socket.
    """
    reservation = socket.socket()
    reservation.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    reservation.bind(("127.0.0.1", 0))
    port: int = reservation.getsockname()[1]
    return reservation, port
