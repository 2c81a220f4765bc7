"""Hand-made histories: a story is valid unless a test breaks one thing in it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from devnet.checks import CHECKS, CheckResult, run_check
from devnet.config.manifest import ChainManifest, GatewayManifest, Manifest
from devnet.config.network import ActorSpec
from devnet.config.resolve import resolve
from devnet.history import Event, History
from devnet.mosaic.identity import core_identifier, origin_identifier
from devnet.mosaic.offences import Offence, classify
from devnet.mosaic.votes import Domain, SignedVote, Vote, sign_vote
from devnet.types import Json, Role

CORE = b"\xc0" * 20
EPOCH = 4
INCOME = 1_000_003
"""Tips of an auxiliary's epoch, all paid in its last block; none in the first."""


class Story:
    """Writes events as a run would, on one origin and one auxiliary."""

    def __init__(self, gateways: int = 0) -> None:
        chains = (ChainManifest(Role.ORIGIN), ChainManifest(Role.AUXILIARY, nodes=2))
        self.devnet = resolve(Manifest(chains=chains, gateways=(GatewayManifest(),) * gateways))
        self.history = History(None, "run")
        self.core_id = core_identifier(self.devnet.origin.chain_id, CORE)
        self.origin_id = origin_identifier(self.devnet.origin.chain_id)
        self.domain = Domain(self.devnet.origin.chain_id, CORE)

    def verdict(self, name: str) -> CheckResult:
        return run_check(CHECKS[name], self.devnet, self.history)

    def validator(self, index: int) -> ActorSpec:
        return self.devnet.validators[index]

    def append(
        self, kind: str, chain: str | None, block: int | None = None, actor: str | None = None, /, **payload: Json
    ) -> Event:
        return self.history.append(kind, time=0, chain=chain, block=block, actor=actor, payload=payload)

    @staticmethod
    def hash(chain: str, number: int, view: str = "main") -> bytes:
        return f"{chain}/{view}/{number}".encode().ljust(32, b"\0")

    def block(self, chain: str, number: int, view: str = "main", parent_view: str | None = None) -> bytes:
        found = self.hash(chain, number, view)
        parent = self.hash(chain, number - 1, parent_view or view)
        pays = chain == "auxiliary-1" and number % EPOCH == 0 and number > EPOCH
        tips = str(INCOME if pays else 0)
        self.append("BlockProduced", chain, number, hash=hexed(found), parent=hexed(parent), view=view, tips=tips)
        return found

    def blocks(self, chain: str, first: int, last: int, view: str = "main", fork_from: str | None = None) -> None:
        for number in range(first, last + 1):
            self.block(chain, number, view, fork_from if number == first else None)

    def vote(
        self, source: int, target: int, view: str = "main", chain: str = "auxiliary-1", transition: int = 7
    ) -> Vote:
        """A vote between two checkpoints of a chain; the source is always on the main view."""
        about_origin = chain == "origin"
        return Vote(
            self.origin_id if about_origin else self.core_id,
            bytes(32) if about_origin else bytes([transition]) * 32,
            self.hash(chain, source * EPOCH),
            self.hash(chain, target * EPOCH, view),
            source,
            target,
        )

    def signed(self, index: int, vote: Vote) -> SignedVote:
        signed = sign_vote(vote, self.domain, self.validator(index).auxiliary_key.secret)
        fields: dict[str, Json] = {
            "core_id": hexed(vote.core_id),
            "transition": hexed(vote.transition),
            "source": hexed(vote.source),
            "target": hexed(vote.target),
            "source_height": vote.source_height,
            "target_height": vote.target_height,
        }
        self.append(
            "VoteSigned",
            "auxiliary-1",
            None,
            self.validator(index).name,
            auxiliary="auxiliary-1",
            digest=hexed(vote.digest(self.domain)),
            signature=hexed(signed.signature),
            validator=hexed(signed.validator),
            **fields,
        )
        return signed

    def cast(
        self, signed: SignedVote, block: int, view: str = "main", kind: str = "VoteCast", **changes: Json
    ) -> Event:
        """The polling place counted a vote, or showed a conflicting one."""
        vote = signed.vote
        payload: dict[str, Json] = {
            "auxiliary": "auxiliary-1",
            "contract": "PollingPlace",
            "view": view,
            "coreId": hexed(vote.core_id),
            "validator": hexed(signed.validator),
            "digest": hexed(vote.digest(self.domain)),
            "vote": {
                "coreId": hexed(vote.core_id),
                "transition": hexed(vote.transition),
                "source": hexed(vote.source),
                "target": hexed(vote.target),
                "sourceHeight": str(vote.source_height),
                "targetHeight": str(vote.target_height),
            },
            "signature": hexed(signed.signature),
            "kernelHeight": "1",
            "forward": str(self.weight(signed.validator)),
            "rear": str(self.weight(signed.validator)),
        }
        return self.append(kind, "auxiliary-1", block, **(payload | changes))

    def weight(self, validator: bytes) -> int:
        return next((one.weight_wei for one in self.devnet.validators if one.auxiliary_key.address == validator), 0)

    def justified(self, lower: int, upper: int, /, block: int, view: str = "main", **changes: Json) -> Event:
        """A checkpoint of the auxiliary was justified from another one, in that block of that view."""
        payload: dict[str, Json] = {
            "auxiliary": "auxiliary-1",
            "view": view,
            "coreId": hexed(self.core_id),
            "height": str(upper),
            "blockHash": hexed(self.hash("auxiliary-1", upper * EPOCH, view)),
            "source": hexed(self.hash("auxiliary-1", lower * EPOCH)),
            "kernelHeight": "1",
        }
        return self.append("CheckpointJustified", "auxiliary-1", block, **(payload | changes))

    def finalised(self, height: int, dynasty: int, block: int, view: str = "main", **changes: Json) -> Event:
        """A checkpoint of the auxiliary was finalised, in that block of that view."""
        payload: dict[str, Json] = {
            "auxiliary": "auxiliary-1",
            "view": view,
            "coreId": hexed(self.core_id),
            "height": str(height),
            "blockHash": hexed(self.hash("auxiliary-1", height * EPOCH, view)),
            "dynasty": str(dynasty),
            "transaction": f"0x{height:064x}",
        }
        return self.append("CheckpointFinalised", "auxiliary-1", block, **(payload | changes))

    def settled(self, target: int, income: int = INCOME, **changes: Json) -> Event:
        """The link to that height was settled, in the transaction that finalised its source, the last of its block."""
        payload: dict[str, Json] = {
            "auxiliary": "auxiliary-1",
            "view": "main",
            "targetHeight": str(target),
            "digest": hexed(self.vote(target - 1, target).digest(self.domain)),
            "kernelHeight": "1",
            "income": str(income),
            "tipsBefore": str(INCOME),
            "transaction": f"0x{target - 1:064x}",
        }
        return self.append("LinkSettled", "auxiliary-1", target * EPOCH, **(payload | changes))

    def observed(self, height: int, block: int, **changes: Json) -> Event:
        """A checkpoint of origin was finalised on the auxiliary, in that block of its main view."""
        payload: dict[str, Json] = {
            "auxiliary": "auxiliary-1",
            "contract": "OriginObserver",
            "view": "main",
            "coreId": hexed(origin_identifier(self.devnet.origin.chain_id)),
            "height": str(height),
            "blockHash": hexed(self.hash("origin", height * EPOCH)),
            "dynasty": str(height),
        }
        return self.append("CheckpointFinalised", "auxiliary-1", block, **(payload | changes))

    def slashed(self, first: SignedVote, second: SignedVote, chain: str, block: int, **changes: Json) -> Event:
        offence = classify(first.vote, second.vote)
        stake = next(v.weight_wei for v in self.devnet.validators if v.auxiliary_key.address == first.validator)
        on_origin = chain == "origin"
        payload: dict[str, Json] = {
            "auxiliary": "auxiliary-1",
            "view": "main",
            "validator": hexed(first.validator),
            "offence": str(list(Offence).index(offence) + 1 if offence else 0),
            "firstDigest": hexed(first.vote.digest(self.domain)),
            "secondDigest": hexed(second.vote.digest(self.domain)),
            "amount": str(stake if on_origin else 0),
            "reward": str(stake // 25 if on_origin else 0),
        }
        return self.append("ValidatorSlashed", chain, block, **(payload | changes))

    def deviates(self, index: int) -> None:
        name = self.validator(index).name
        self.append("BehaviourTook", "auxiliary-1", None, name, behaviour="double-vote")

    def honest_run(self, epochs: int, voters: tuple[int, ...] = (0, 1, 2, 3)) -> None:
        """Everybody, or so many, vote for every checkpoint; each finalises the one before."""
        self.blocks("origin", 1, epochs * EPOCH)
        for height in range(1, epochs + 1):
            self.blocks("auxiliary-1", (height - 1) * EPOCH + 1, height * EPOCH)
            for index in voters:
                self.cast(self.signed(index, self.vote(height - 1, height)), height * EPOCH)
            self.justified(height - 1, height, height * EPOCH)
            if height > 1:
                self.finalised(height - 1, height - 1, height * EPOCH)
                self.settled(height)
        for height in (1, 2):
            self.origin_link(height - 1, height, epochs * EPOCH)
        self.observed(1, epochs * EPOCH)

    def origin_link(self, source: int, target: int, block: int) -> None:
        """Everybody votes about two checkpoints of origin, which justifies the later one."""
        for index in range(4):
            self.cast(self.signed(index, self.vote(source, target, chain="origin")), block)
        known = {name: hexed(self.hash("origin", height * EPOCH)) for name, height in (("s", source), ("t", target))}
        self.justified(source, target, block, coreId=hexed(self.origin_id), blockHash=known["t"], source=known["s"])

    def double_vote(self, index: int = 1, height: int = 3) -> tuple[SignedVote, SignedVote]:
        """A validator votes for two checkpoints of one height; both become public on the main view."""
        first = self.signed(index, self.vote(height - 1, height))
        second = self.signed(index, self.vote(height - 1, height, view="side"))
        self.deviates(index)
        block = self.last_block("auxiliary-1")
        self.cast(first, block)
        self.cast(second, block, kind="ConflictingVote")
        return first, second

    def last_block(self, chain: str) -> int:
        return max(e.block or 0 for e in self.history.effective_events("BlockProduced") if e.chain == chain)


def hexed(data: bytes) -> str:
    return "0x" + data.hex()


@pytest.fixture(name="story")
def new_story() -> Iterator[Story]:
    story = Story()
    yield story
    story.history.close()
