"""A chain on nodes in memory: blocks, views, reorgs, time travel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from devnet.chain.transaction import decode_transaction
from devnet.errors import ChainError, RpcError, UsageError
from devnet.types import Role

GENESIS = b"\x01" * 32
MakeRig = Callable[..., Any]
Sign = Callable[..., bytes]


def test_a_block_carries_the_salt_of_its_view_and_the_clock(make_rig: MakeRig) -> None:
    rig = make_rig(nodes=2)
    rig.clock.advance(10)
    view = rig.chain.branch(1, salt=b"salt")
    there, here = rig.chain.mine(view=view), rig.chain.mine()
    assert (here.number, here.timestamp, here.parent) == (1, 1_010, GENESIS)
    payloads = [rig.chain.tree.entry(block.hash).envelope.payload["extraData"] for block in (here, there)]
    assert payloads == ["0x", "0x" + b"salt".hex()]


def test_every_node_of_a_view_stands_at_its_head(make_rig: MakeRig) -> None:
    rig = make_rig(nodes=3)
    rig.chain.mine(2)
    view = rig.chain.branch(2)
    rig.chain.mine()
    rig.chain.mine(2, view=view)
    heads = [geth.heads.head for geth in rig.geths]
    assert heads == [rig.chain.head.hash, rig.chain.head.hash, rig.chain.view(view).head.hash]
    assert [(seen.view, seen.block.number) for seen in rig.seen] == [
        ("main", 1),
        ("main", 2),
        ("main", 3),
        (view, 3),
        (view, 4),
    ]


@pytest.mark.parametrize("poisoned", [[0], [3], [7], [2, 3, 6], list(range(8))], ids=str)
def test_only_the_transactions_that_fail_are_dropped(make_rig: MakeRig, sign: Sign, poisoned: list[int]) -> None:
    rig = make_rig()
    sent = [rig.chain.submit(sign(user, 0)) for user in range(8)]
    rig.geths[0].poison = {sent[index]: f"reason {index}" for index in poisoned}
    block = rig.chain.mine()
    assert list(block.transactions) == [sent[index] for index in range(8) if index not in poisoned]
    refused = [(event.payload["hash"], event.payload["error"]) for event in rig.events]
    assert refused == [("0x" + sent[index].hex(), f"reason {index}") for index in poisoned]
    assert rig.chain.pending() == ()


def test_followers_of_a_refused_transaction_wait(make_rig: MakeRig, sign: Sign) -> None:
    rig = make_rig()
    sent = [rig.chain.submit(sign(0, nonce)) for nonce in range(3)]
    rig.geths[0].poison = {sent[1]: "no"}
    assert rig.chain.mine().transactions == (sent[0],)
    assert [transaction.hash for transaction in rig.chain.pending()] == [sent[2]]


def test_an_empty_block_that_fails_is_a_chain_error_and_nothing_is_dropped(make_rig: MakeRig, sign: Sign) -> None:
    rig = make_rig()
    rig.chain.submit(sign(0, 0))
    rig.geths[0].heads = rig.geths[0].heads.__class__(b"\x09" * 32, GENESIS, GENESIS)
    rig.geths[0].blocks[b"\x09" * 32] = type("Envelope", (), {"parent": GENESIS, "payload": {"transactions": []}})()
    with pytest.raises(ChainError, match="its head was moved through somebody else"):
        rig.chain.mine()
    assert len(rig.chain.pending()) == 1


def test_a_transaction_for_a_branch_does_not_reach_the_others(make_rig: MakeRig, sign: Sign) -> None:
    rig = make_rig(nodes=2)
    both = rig.chain.submit(sign(0, 0))
    view = rig.chain.branch(1)
    there = rig.chain.submit(sign(1, 0), view)
    assert [transaction.hash for transaction in rig.chain.pending()] == [both]
    assert [transaction.hash for transaction in rig.chain.pending(view)] == [both, there]


def test_heal_returns_transactions_of_the_loser_before_all_others(make_rig: MakeRig, sign: Sign) -> None:
    rig = make_rig(nodes=2)
    view = rig.chain.branch(1)
    lost = [rig.chain.submit(sign(0, nonce)) for nonce in range(2)]
    shared = sign(1, 0)
    for name in ("main", view):
        rig.chain.submit(shared, name)
    rig.chain.mine()
    waiting_here = rig.chain.submit(sign(2, 0))
    waiting_there = rig.chain.submit(sign(3, 7), view)
    rig.chain.mine(3, view=view)
    assert rig.chain.heal().number == 3
    pending = [transaction.hash for transaction in rig.chain.pending()]
    assert pending == [*lost, waiting_here, waiting_there]
    assert rig.geths[0].heads == rig.geths[1].heads


def test_heal_puts_first_what_goes_first_wherever_it_was(make_rig: MakeRig, sign: Sign) -> None:
    rig = make_rig(nodes=2)
    view = rig.chain.branch(1)
    lost = [rig.chain.submit(sign(0, nonce)) for nonce in range(2)]
    rig.chain.mine()
    here, there = rig.chain.submit(sign(2, 0)), rig.chain.submit(sign(3, 0), view)
    later = rig.chain.submit(sign(1, 0), view)
    rig.chain.censor(lambda transaction: True)
    rig.chain.mine(3, view=view)
    assert rig.chain.heal(lambda transaction: transaction.hash in (there, lost[1])).number == 3
    assert [transaction.hash for transaction in rig.chain.pending()] == [lost[1], there, lost[0], here, later]


def test_heal_keeps_main_when_equally_long(make_rig: MakeRig) -> None:
    rig = make_rig(nodes=2)
    view = rig.chain.branch(1)
    rig.chain.mine(2, view=view)
    here = rig.chain.mine(2)
    assert rig.chain.heal().hash == here.hash
    (event,) = rig.events
    assert (event.kind, event.payload["view"], event.payload["depth"]) == ("Reorged", view, 2)


def test_a_branch_that_is_only_ahead_is_no_reorg(make_rig: MakeRig) -> None:
    rig = make_rig(nodes=2)
    view = rig.chain.branch(1)
    ahead = rig.chain.mine(2, view=view)
    assert rig.chain.heal().hash == ahead.hash
    assert rig.events == []
    assert [head.block.hash for head in rig.chain.heads()] == [ahead.hash]


def test_heads_are_those_that_the_nodes_of_a_view_know(make_rig: MakeRig) -> None:
    rig = make_rig(nodes=2)
    rig.chain.mine()
    view = rig.chain.branch(1)
    there = rig.chain.mine(view=view)
    here = rig.chain.mine()

    def known(name: str | None) -> set[bytes]:
        return {head.block.hash for head in rig.chain.heads(name)}

    assert known("main") == {here.hash}
    assert known(view) == {there.hash}
    assert known(None) == {here.hash, there.hash}
    rig.chain.heal()
    assert known("main") == {here.hash, there.hash}


def test_origin_finality_never_goes_back(make_rig: MakeRig) -> None:
    rig = make_rig(role=Role.ORIGIN)
    rig.chain.mine(17)

    def heights() -> list[int]:
        view = rig.chain.view()
        return [rig.chain.tree.block(block).number for block in (view.safe, view.finalised)]

    assert heights() == [12, 8]
    rig.chain.reorg(7, replacement=1)
    assert (rig.chain.head.number, heights()) == (11, [10, 8])
    rig.chain.mine(9)
    assert heights() == [16, 12]
    with pytest.raises(UsageError, match="follows from its head"):
        rig.chain.set_finality(GENESIS, GENESIS)


@pytest.mark.parametrize(("depth", "words"), [(0, "1 to 5"), (6, "1 to 5"), (-1, "1 to 5"), (4, "past finality")])
def test_an_absurd_depth_is_refused(make_rig: MakeRig, depth: int, words: str) -> None:
    rig = make_rig()
    rig.chain.mine(5)
    checkpoint = rig.chain.tree.ancestor_at(rig.chain.head.hash, 2)
    rig.chain.set_finality(checkpoint.hash, checkpoint.hash)
    with pytest.raises(UsageError, match=words):
        rig.chain.reorg(depth)
    assert rig.chain.head.number == 5


def test_a_reorg_past_finality_lowers_what_is_final(make_rig: MakeRig) -> None:
    rig = make_rig()
    rig.chain.mine(5)
    final = rig.chain.tree.ancestor_at(rig.chain.head.hash, 4)
    rig.chain.set_finality(final.hash, final.hash)
    rig.chain.mine()
    rig.chain.reorg(4, past_finality=True)
    assert rig.chain.head.number == 7
    assert rig.chain.tree.block(rig.geths[0].heads.finalised).number == 2


def test_misuse_is_refused(make_rig: MakeRig) -> None:
    rig = make_rig()
    actions: tuple[Callable[[], object], ...] = (
        lambda: rig.chain.mine(0),
        lambda: rig.chain.mine(timestamp=1_000),
        lambda: rig.chain.mine(view="nowhere"),
        lambda: rig.chain.branch(1),
        lambda: rig.chain.branch(0, salt=b"x" * 33),
    )
    for action in actions:
        with pytest.raises(UsageError):
            action()
    rig.chain.branch(0)
    with pytest.raises(UsageError, match="already"):
        rig.chain.branch(0)
    assert rig.chain.head.number == 0


def test_rewind_brings_back_what_a_mark_saw(make_rig: MakeRig, sign: Sign) -> None:
    rig = make_rig(nodes=2)
    rig.chain.mine(2)
    rig.chain.submit(sign(0, 0))
    mark = rig.chain.mark()
    first = rig.chain.mine()
    view = rig.chain.branch(1)
    rig.chain.mine(3, view=view)
    rig.chain.halt()
    rig.chain.rewind(mark)
    assert (rig.chain.head.number, rig.chain.views, rig.chain.halted) == (2, ("main",), False)
    assert len(rig.chain.pending()) == 1
    assert {geth.heads.head for geth in rig.geths} == {rig.chain.head.hash}
    assert rig.chain.mine().hash == first.hash


def test_a_mark_of_another_chain_is_refused(make_rig: MakeRig) -> None:
    rig = make_rig()
    mark = rig.chain.mark()
    object.__setattr__(mark, "chain", "origin")
    with pytest.raises(UsageError, match="a mark of origin"):
        rig.chain.rewind(mark)


def test_a_closed_chain_refuses_commands(make_rig: MakeRig) -> None:
    rig = make_rig()
    rig.chain.close()
    rig.chain.close()
    with pytest.raises(UsageError, match="closed"):
        rig.chain.mine()


def test_commands_run_in_the_order_they_came(make_rig: MakeRig) -> None:
    rig = make_rig()
    futures = [rig.chain.later(rig.chain.mine) for _ in range(20)]
    assert [future.result(5).number for future in futures] == list(range(1, 21))


def test_a_nonce_used_on_the_head_is_refused(make_rig: MakeRig, sign: Sign) -> None:
    rig = make_rig()
    raw = sign(0, 0)
    sent = rig.chain.submit(raw)
    assert sent == decode_transaction(raw, 4242).hash
    with pytest.raises(RpcError, match="already known"):
        rig.chain.submit(raw)
    rig.chain.mine()
    with pytest.raises(RpcError, match="nonce too low"):
        rig.chain.submit(raw)


def test_a_moved_head_names_the_node_port(make_rig: MakeRig) -> None:
    rig = make_rig(node_port_url="http://127.0.0.1:1")
    rig.chain.mine(2)
    rig.geths[0].heads = rig.geths[0].heads.__class__(GENESIS, GENESIS, GENESIS)
    with pytest.raises(ChainError, match=r"its own port http://127\.0\.0\.1:1"):
        rig.chain.mine()
