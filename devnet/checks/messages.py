"""What becomes of a message: every step once and in order (G2), one ending (G3), by its key (G4), one identity (G7)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from devnet.checks.base import Findings, Invariant
from devnet.checks.gateway_state import DECLARING
from devnet.checks.gateways import NO_GATEWAY, UNDECLARED, GatewayRun, Moment, Step, declared_runs
from devnet.checks.settlements import EXITS, wrong_exit
from devnet.checks.votes import data
from devnet.config.network import Devnet
from devnet.history import Readable
from devnet.mosaic.messages import ENDED, MessageStatus, hash_lock
from devnet.mosaic.transfers import EFFECTS, Box, Effect

NO_SECRET: Final = "0x" + "00" * 32
"""What an event names where a proof took the secret's place."""


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
    where, is_exit = run.where(step), step.event.kind in EXITS
    effect = EFFECTS.get(step.event.kind)
    if (effect or is_exit) and step.event.chain == devnet.origin.name and step.before.is_halted != is_exit:
        yield f"{where}: the core {'had halted' if step.before.is_halted else 'runs'}"
    if is_exit:
        yield from (f"{where}: {text}" for text in wrong_exit(devnet, run, step))
    elif effect is not None:
        box = step.before.outbox if effect.box is Box.OUTBOX else step.before.inbox
        found = box.get(step.message, UNDECLARED)
        if found not in _sources(effect, by_proof=bool(step.event.payload.get("byProof"))):
            yield f"{where}: {step.message} was {found.name} in the {effect.box}"


def _sources(effect: Effect, by_proof: bool) -> tuple[MessageStatus, ...]:
    """From where an ordinary event may take a message (R63)."""
    if effect.status is MessageStatus.DECLARED:
        return (UNDECLARED,)
    if effect.box is Box.OUTBOX and effect.status is MessageStatus.REVOKED:
        return (MessageStatus.DECLARED_REVOCATION,)
    if effect.box is Box.OUTBOX and effect.status is MessageStatus.PROGRESSED and by_proof:
        # The inbox may have progressed before the revocation came: only a proof of that counts then.
        return (MessageStatus.DECLARED, MessageStatus.DECLARED_REVOCATION)
    return (MessageStatus.DECLARED,)


def _mixed(run: GatewayRun, moment: Moment) -> Iterator[str]:
    for one in run.declared.values():
        source, target = one.statuses(moment.origin, moment.auxiliary)
        if {source, target} == ENDED:
            yield (
                f"{run.pair.name}: at {moment.where} {one.message} is {source.name} in the outbox "
                f"and {target.name} in the inbox"
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
    elif hash_lock(data(secret)) != one.transfer.hash_lock:
        yield f"{run.where(step)}: the secret {secret} does not open 0x{one.transfer.hash_lock.hex()}"


def _wrong_identity(devnet: Devnet, run: GatewayRun) -> Iterator[str]:
    for step in run.steps:
        where = run.where(step)
        if step.message and step.message not in run.declared:
            yield f"{where}: {step.message} was never declared"
        if step.event.kind not in DECLARING:
            continue
        one = run.declared[step.message]
        expected = "0x" + one.transfer.hash(one.direction, run.pair.ends(devnet)).hex()
        if step.message != expected:
            yield f"{where}: the message is {step.message}, its transfer hashes to {expected}"
        nonce = step.before.nonces.get(one.sender, 0)
        if one.transfer.nonce != nonce:
            yield f"{where}: nonce {one.transfer.nonce} of {one.sender}, expected {nonce}"
        latest = step.before.latest.get(one.sender)
        status = step.before.outbox.get(latest or "", MessageStatus.REVOKED)
        if status not in ENDED:
            yield f"{where}: {latest} of {one.sender} is still {status.name}"


G2 = Invariant("G2", "messages take the steps of their table, each once", judge_steps)
"""The status machine (R63, R74)."""
G3 = Invariant("G3", "no message progresses on one side and is revoked on the other", judge_endings)
"""One ending (R65)."""
G4 = Invariant("G4", "what progresses does so by its secret, or by a proof", judge_keys)
"""The hash lock (R62, R64)."""
G7 = Invariant("G7", "a message is bound to its chains, gateways, sender and nonce", judge_identity)
"""Identity (R62, R66)."""
