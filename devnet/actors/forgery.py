"""A checkpoint that no node would take: a real header with another state root, and what its validators say of it.

geth refuses such a block, so it exists nowhere but as a header and as votes. Origin sees signatures, not execution:
nothing there tells it from a block of the auxiliary chain (R80).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from devnet.actors.auxiliary_view import AuxiliaryView
from devnet.actors.transition import transition_at
from devnet.contracts.gas import gas_limit
from devnet.mosaic.headers import Header
from devnet.mosaic.keccak import keccak
from devnet.mosaic.transitions import Transition
from devnet.mosaic.votes import SignedVote, Vote
from devnet.types import Hash32


@dataclass(frozen=True, slots=True)
class Forgery:
    """A forged checkpoint that the open meta-block could end with."""

    transition: Transition
    """T of the real checkpoint of that height, for the forged header."""
    header: Header
    """The real header with another state root."""
    target: Hash32
    """The checkpoint after it, forged likewise."""

    @property
    def vote(self) -> Vote:
        """The vote that finalises it."""
        one = self.transition
        return Vote(one.core_id, one.hash(), one.checkpoint, self.target, one.height, one.height + 1)


def forge(view: AuxiliaryView, height: int) -> Forgery | None:
    """The forgery at a checkpoint height; None where the own chain is too short, or origin would refuse it (R32).

    Every colluder that reads the same chain makes the same.
    """
    source, target = view.checkpoint(height), view.checkpoint(height + 1)
    core, epoch = view.core, view.spec.epoch_length
    if source is None or target is None or height <= core.committed_height:
        return None
    real = transition_at(view.contracts.deployment, view.chain.seen, view.state, source, epoch)
    if real.kernel_hash != core.open_kernel:
        return None
    headers = [view.chain.header(height * epoch), view.chain.header((height + 1) * epoch)]
    false, child = (replace(header, state_root=keccak(b"false" + header.state_root)) for header in headers)
    return Forgery(replace(real, checkpoint=false.hash), false, child.hash)


class Forger:
    """Brings to origin what its validator signed of a forged checkpoint: the proposal and its own signature.

    The colluders need no channel of their own. Each proposes if nobody did, and shows its vote; whoever is around
    commits.
    """

    def __init__(self, view: AuxiliaryView) -> None:
        self._view = view

    def act(self, signed: tuple[SignedVote, ...]) -> None:
        """Send the next transaction for one of these votes, if one is due. Raises ChainError."""
        for one in signed:
            forgery = forge(self._view, one.vote.source_height)
            if forgery is not None and forgery.vote == one.vote and not self._view.core.halted:
                self._bring(forgery, one)

    def _bring(self, forgery: Forgery, signed: SignedVote) -> None:
        view, digest = self._view, forgery.transition.hash()
        proposal = view.core.open_proposals().get(digest)
        if proposal is None:
            self._propose(forgery, digest)
        elif signed.validator not in proposal.signers.get(forgery.target, set()):
            gas = gas_limit("Core", "verifyVotes", signatures=1, slashed=len(view.core.slashed))
            self._send(("show", digest), "verifyVotes", (digest, forgery.target, [signed.signature]), gas)

    def _propose(self, forgery: Forgery, digest: Hash32) -> None:
        view = self._view
        height = view.state.origin.justified.get(forgery.transition.origin_checkpoint)
        if height is None:
            return
        number = height * view.devnet.origin.epoch_length
        arguments = (forgery.transition.fields(), forgery.header.encode(), number)
        bond, turn = view.devnet.parameters.proposal_bond_wei, view.turn_at(view.core.open_height)
        self._send(("forge", digest), "propose", arguments, gas_limit("Core", "propose"), bond, turn)

    def _send(
        self,
        what: tuple[str, Hash32],
        function: str,
        arguments: tuple[object, ...],
        gas: int,
        value: int = 0,
        turn: int = 0,
    ) -> None:
        view, height = self._view, self._view.origin.seen.height
        if view.origin_attempts.may_send(what, height, turn):
            core = view.contracts.core
            view.origin_sender.send(core.address, core.calldata(function, *arguments), gas, value)
            view.origin_attempts.sent(what, height)
