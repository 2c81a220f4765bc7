"""Worlds that tests share: one at a time, started for a key, taken back after each test, replaced after a failure."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from devnet.errors import DevnetError
from devnet.world.embedded import Choice, embed, mode_of, runtime_of
from devnet.world.serving import Serving
from devnet.world.snapshot import Mark
from devnet.world.user_chain import UserChain
from devnet.world.world import World


class WorldKey(Protocol):
    """What decides which tests share a world."""

    @property
    def manifest(self) -> str:
        """Name of a network, or path of a manifest."""

    @property
    def runtime(self) -> str:
        """``process``, ``docker`` or ``auto``."""

    @property
    def mode(self) -> str:
        """``lockstep`` or ``live``."""

    @property
    def seed(self) -> int | None:
        """None = the manifest's."""


class Shared:
    """One running world with the mark that its tests start from."""

    def __init__(self, serving: Serving) -> None:
        self.is_touched = False
        """Whether something may have happened since the mark."""
        self.is_given_up = False
        """Whether a test failed in it: it is looked at, never used again."""
        self._serving = serving
        self._mark: Mark = serving.world.mark()

    @property
    def world(self) -> World:
        """The world."""
        return self._serving.world

    @property
    def chains(self) -> Mapping[str, UserChain]:
        """The chains as tests handle them, by name."""
        return self._serving.chains

    def rewind(self) -> None:
        """Take everything back to the mark; a world that cannot be taken back is given up."""
        try:
            self.world.rewind(self._mark)
        except BaseException:
            self.give_up()
            raise
        self.is_touched = False

    def give_up(self) -> None:
        """Never use it for another test."""
        self.is_given_up = True

    def describe(self) -> str:
        """Where the run can be looked at, and how far it got; never raises."""
        lines = [f"run directory: {self.world.directory} (history.sqlite, logs/)"]
        try:
            devnet = self.world.devnet
            lines.append(f"network {devnet.name}: {devnet.mode.value}, seed {devnet.seed}")
            lines += [f"{name}: height {chain.height}" for name, chain in self.chains.items()]
            lines += [
                f"transfer {row['message']}: {row['outbox']} on {row['source']}, {row['inbox']} on {row['target']}"
                for row in self.world.transfers.all()
                if not row["over"]
            ]
        except Exception as error:
            lines.append(f"the world does not answer: {error}")
        return "\n".join(lines)

    def close(self) -> None:
        """End the world; idempotent."""
        self._serving.stop()


class Worlds:
    """The worlds of one test process; at most one runs at any time."""

    def __init__(self, make_directory: Callable[[], Path], geth: Path | None, keep: bool) -> None:
        self._make_directory = make_directory
        self._geth = geth
        self._keep = keep
        self._key: WorldKey | None = None
        self._shared: Shared | None = None
        self._failed: dict[WorldKey, DevnetError] = {}

    def get(self, key: WorldKey) -> Shared:
        """The world of a key, ready. A world that could not be started is not tried again: the error is raised anew."""
        if self._shared is not None and self._key == key and not self._shared.is_given_up:
            return self._shared
        self.close()
        if key in self._failed:
            raise self._failed[key]
        try:
            self._shared = self._start(key)
        except DevnetError as error:
            self._failed[key] = error
            raise
        self._key = key
        return self._shared

    def close(self) -> None:
        """End the running world, if there is one, and remove what a passed run left; idempotent."""
        shared, self._shared = self._shared, None
        if shared is None:
            return
        shared.close()
        if not self._keep and not shared.is_given_up:
            shutil.rmtree(shared.world.directory, ignore_errors=True)

    def _start(self, key: WorldKey) -> Shared:
        choice = Choice(key.manifest, mode_of(key.mode), runtime_of(key.runtime), key.seed, self._geth)
        directory = self._make_directory()
        serving = embed(choice, directory)
        try:
            serving.run()
            return Shared(serving)
        except BaseException as error:
            error.add_note(f"run directory: {directory}")
            serving.stop()
            raise
