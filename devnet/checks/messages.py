"""What becomes of a message: every step once and in order (G2), one ending (G3), by its key (G4), one identity (G7)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from devnet.checks.base import Findings, Invariant
from devnet.checks.gateway_state import DECLARING, INBOX, OUTBOX
from devnet.checks.gateways import NO_GATEWAY, UNDECLARED, GatewayRun, Moment, Step, declared_runs
from devnet.checks.settlements import EXITS, wrong_exit
from devnet.checks.votes import data
from devnet.config.network import Devnet
from devnet.history import Readable
from devnet.mosaic.messages import MessageStatus, hash_lock

NO_SECRET: Final = "0x" + "00" * 32
"""What an event names where a proof took the secret's place."""

_FROM: Final[Mapping[MessageStatus, MessageStatus]] = MappingProxyType(
    {
        MessageStatus.DECLARED: UNDECLARED,
        MessageStatus.PROGRESSED: MessageStatus.DECLARED,
        MessageStatus.DECLARED_REVOCATION: MessageStatus.DECLARED,
    }
)


def judge_steps(devnet: Devnet, history: Readable) -> Findings:
    """Outbox and inbox take the steps of R63 and no others, on every branch; after a halt origin those of R74."""
    return _judge(devnet, history, lambda run: (text for step in run.steps for text in _wrong_step(devnet, run, step)))


def judge_endings(devnet: Devnet, history: Readable) -> Findings:
    """No message is Progressed on one side and Revoked on the other, at any moment or pair of roots (R65)."""
    return _judge(
        devnet,
        history,
        lambda run: (text for moment in (*run.moments(), *run.commits()) for text in _mixed(run, moment)),
    )


def judge_keys(devnet: Devnet, history: Readable) -> Findings:
    """What progressed without a proof did so by the secret that opens the message's lock (R62, R64)."""
    return _judge(devnet, history, lambda run: (text for step in run.steps for text in _wrong_secret(run, step)))


def judge_identity(devnet: Devnet, history: Readable) -> Findings:
    """A message's hash binds transfer, chains and gateways; a sender's follow each other one by one (R62, R66).

    Whatever names a message names one that was declared between these two gateways, and no other pair has it.
    """
    runs = declared_runs(devnet, history)
    found = [text for run in runs for text in _wrong_identity(devnet, run)]
    owners: dict[str, str] = {}
    for run in runs:
        for message in run.declared:
            other = owners.setdefault(message, run.pair.name)
            if other != run.pair.name:
                found.append(f"{run.pair.name} and {other} have the same message {message}")
    return found or (f"{len(owners)} messages, each of one pair alone" if runs else NO_GATEWAY)


def _judge(devnet: Devnet, history: Readable, wrong: Callable[[GatewayRun], Iterator[str]]) -> Findings:
    runs = declared_runs(devnet, history)
    found = [text for run in runs for text in wrong(run)]
    steps = sum(len(run.steps) for run in runs)
    return found or (f"{sum(len(run.declared) for run in runs)} messages, {steps} events" if runs else NO_GATEWAY)


def _wrong_step(devnet: Devnet, run: GatewayRun, step: Step) -> Iterator[str]:
    kind, where = step.event.kind, run.where(step)
    is_exit = kind in EXITS
    is_on_origin = step.event.chain == devnet.origin.name
    if (kind in OUTBOX or kind in INBOX or is_exit) and is_on_origin and step.before.is_halted != is_exit:
        yield f"{where}: the core {'had halted' if step.before.is_halted else 'runs'}"
    if kind in OUTBOX:
        found = step.before.outbox.get(step.message, UNDECLARED)
        if not _may_leave(step, found):
            yield f"{where}: {step.message} was {found.name} in the outbox"
    elif kind in INBOX:
        found = step.before.inbox.get(step.message, UNDECLARED)
        wanted = UNDECLARED if kind.endswith("Confirmed") and "Revocation" not in kind else MessageStatus.DECLARED
        if found is not wanted:
            yield f"{where}: {step.message} was {found.name} in the inbox"
    elif is_exit:
        yield from (f"{where}: {text}" for text in wrong_exit(run, step))


def _may_leave(step: Step, found: MessageStatus) -> bool:
    to = OUTBOX[step.event.kind]
    revoking = found is MessageStatus.DECLARED_REVOCATION
    if to is MessageStatus.REVOKED:
        return revoking
    # The inbox may have progressed before the revocation came: then only a proof of that counts.
    return found is _FROM[to] or (revoking and to is MessageStatus.PROGRESSED and bool(step.event.payload["byProof"]))


def _mixed(run: GatewayRun, moment: Moment) -> Iterator[str]:
    ends = {MessageStatus.PROGRESSED, MessageStatus.REVOKED}
    for one in run.declared.values():
        source, target = (moment.origin, moment.auxiliary) if one.is_stake else (moment.auxiliary, moment.origin)
        pair = (source.outbox.get(one.message, UNDECLARED), target.inbox.get(one.message, UNDECLARED))
        if set(pair) == ends:
            yield (
                f"{run.pair.name}: at {moment.where} {one.message} is {pair[0].name} in the outbox "
                f"and {pair[1].name} in the inbox"
            )


def _wrong_secret(run: GatewayRun, step: Step) -> Iterator[str]:
    if "secret" not in step.event.payload:
        return
    secret, one = str(step.event.payload["secret"]), run.declared.get(step.message)
    if step.event.payload["byProof"]:
        if secret != NO_SECRET:
            yield f"{run.where(step)}: by proof, and with a secret"
    elif one is None:
        yield f"{run.where(step)}: {step.message} was never declared"
    elif "0x" + hash_lock(data(secret)).hex() != one.hash_lock:
        yield f"{run.where(step)}: the secret {secret} does not open {one.hash_lock}"


def _wrong_identity(devnet: Devnet, run: GatewayRun) -> Iterator[str]:
    for step in run.steps:
        where = run.where(step)
        if step.message and step.message not in run.declared:
            yield f"{where}: {step.message} was never declared"
        if step.event.kind not in DECLARING:
            continue
        one = run.declared[step.message]
        expected = one.expected_hash(devnet, run.pair)
        if step.message != expected:
            yield f"{where}: the message is {step.message}, its transfer hashes to {expected}"
        nonce = step.before.nonces.get(one.sender, 0)
        if one.nonce != nonce:
            yield f"{where}: nonce {one.nonce} of {one.sender}, expected {nonce}"
        latest = step.before.latest.get(one.sender)
        status = step.before.outbox.get(latest or "", MessageStatus.REVOKED)
        if status not in (MessageStatus.PROGRESSED, MessageStatus.REVOKED):
            yield f"{where}: {latest} of {one.sender} is still {status.name}"


G2 = Invariant("G2", "messages take the steps of their table, each once", judge_steps)
"""The status machine (R63, R74)."""
G3 = Invariant("G3", "no message progresses on one side and is revoked on the other", judge_endings)
"""One ending (R65)."""
G4 = Invariant("G4", "what progresses does so by its secret, or by a proof", judge_keys)
"""The hash lock (R62, R64)."""
G7 = Invariant("G7", "a message is bound to its chains, gateways, sender and nonce", judge_identity)
"""Identity (R62, R66)."""
