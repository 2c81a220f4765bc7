"""The same chain in containers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = [pytest.mark.geth, pytest.mark.docker]


def test_containers_give_the_blocks_of_processes_and_survive_a_kill(make_run: Callable[..., Any]) -> None:
    runs = [make_run(), make_run(docker=True)]
    for nonce in range(5):
        for run in runs:
            run.chain.submit(run.transfer(0, nonce))
            run.tick()
    assert runs[0].chain.head == runs[1].chain.head
    contained = runs[1]
    contained.nodes[0].kill()
    assert contained.chain.mine().number == 6
    assert contained.kinds() == ["NodeDied", "NodeRestarted"]
    mark = contained.chain.mark()
    contained.chain.mine(5)
    contained.chain.rewind(mark)
    assert contained.hash_at(6) == "0x" + contained.chain.head.hash.hex()
