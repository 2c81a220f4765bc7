"""Loopback ports chosen by the kernel and kept for nodes, over all their restarts."""

from __future__ import annotations

import socket
import threading


class Reservations:
    """The ports of one run. Thread-safe."""

    def __init__(self) -> None:
        self._kept: list[socket.socket] = []
        self._lock = threading.Lock()

    def reserve(self) -> int:
        """A free port, kept by a socket that is bound but never listens, so that only those told of it use it.

        Both sides set SO_REUSEADDR (Go's listeners do), which lets a second socket bind while none listens;
        the kernel gives the port to nobody who does not ask for it by number.
        """
        reservation = socket.socket()
        reservation.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        reservation.bind(("127.0.0.1", 0))
        with self._lock:
            self._kept.append(reservation)
        port: int = reservation.getsockname()[1]
        return port

    def close(self) -> None:
        """Let go of every port; idempotent."""
        with self._lock:
            for reservation in self._kept:
                reservation.close()
            self._kept.clear()
