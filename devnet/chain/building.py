"""Making one block: choosing transactions, and finding the one that cannot be in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from devnet.chain.block import Attributes, Envelope
from devnet.chain.encoding import from_quantity, to_data
from devnet.chain.mempool import select
from devnet.chain.node import DrivenNode
from devnet.chain.transaction import Transaction
from devnet.chain.view import View
from devnet.errors import ChainError, RpcError
from devnet.types import Address

HEAD_MOVED = "parentHash is not current head"
"""geth's words when it does not stand where the Producer left it."""

Refused = Callable[[Transaction, str], None]
"""Told of every transaction that no block will carry, with geth's words."""


def build_block(
    node: DrivenNode,
    view: View,
    attributes: Attributes,
    is_censored: Callable[[Transaction], bool] | None,
    refused: Refused,
) -> tuple[Envelope, tuple[Transaction, ...]]:
    """A block on the view's head with what its mempool offers; the node must stand at that head.

    A transaction that cannot be in it leaves the mempool and is told to ``refused``; the rest goes on.
    Raises ChainError if not even an empty block can be built.
    """
    while True:
        chosen: tuple[Transaction, ...] = ()
        if len(view.mempool):
            nonces = _nonces(node, view.mempool.senders())
            view.mempool.drop_below(nonces)
            head = view.head
            chosen = select(view.mempool.all(), nonces, head.next_base_fee(), head.gas_limit, is_censored)
        try:
            return _build(node, view, attributes, chosen), chosen
        except RpcError as error:
            if not chosen or error.message == HEAD_MOVED:
                raise _cannot_build(node, view, error) from error
            culprit, words = _find_culprit(node, view, attributes, chosen, error.message)
            view.mempool.remove([culprit])
            refused(culprit, words)


def _build(node: DrivenNode, view: View, attributes: Attributes, transactions: Sequence[Transaction]) -> Envelope:
    raw = [transaction.raw for transaction in transactions]
    number = view.head.number + 1
    return node.drive(lambda: node.engine.build(view.head.hash, attributes, raw, number))


def _find_culprit(
    node: DrivenNode, view: View, attributes: Attributes, chosen: Sequence[Transaction], words: str
) -> tuple[Transaction, str]:
    # geth names no index: the shortest failing prefix ends with the transaction that fails.
    good, bad = 0, len(chosen)
    while bad - good > 1:
        middle = (good + bad) // 2
        try:
            _build(node, view, attributes, chosen[:middle])
            good = middle
        except RpcError as error:
            bad, words = middle, error.message
    if bad == 1:
        _require_empty_block(node, view, attributes)
    return chosen[bad - 1], words


def _require_empty_block(node: DrivenNode, view: View, attributes: Attributes) -> None:
    try:
        _build(node, view, attributes, ())
    except RpcError as error:
        raise _cannot_build(node, view, error) from error


def _cannot_build(node: DrivenNode, view: View, error: RpcError) -> ChainError:
    where = f"{node.name} cannot build even an empty block on block {view.head.number}"
    if error.message != HEAD_MOVED:
        return ChainError(f"{where}: {error}")
    port = node.running.endpoint.node_port_url
    by = f"its own port {port}" if port else "somebody else"
    return ChainError(f"{where}: its head was moved through {by}, not by the producer")


def _nonces(node: DrivenNode, senders: Sequence[Address]) -> Mapping[Address, int]:
    calls = [("eth_getTransactionCount", (to_data(sender), "latest")) for sender in senders]
    answers = node.drive(lambda: node.read_many(calls))
    return {sender: from_quantity(answer) for sender, answer in zip(senders, answers, strict=True)}
