"""What validators and fishermen have in common: following every chain, and holding on when one does not answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from devnet.actors.attempts import Attempts
from devnet.actors.auxiliary_state import AuxiliaryState
from devnet.actors.auxiliary_view import AuxiliaryView
from devnet.actors.base import Surroundings, Wake
from devnet.actors.follower import Follower, FollowerMark, OriginState, begin_together
from devnet.actors.watch import ChainWatch, Seen
from devnet.contracts.handle import ContractHandle
from devnet.contracts.send import Sender
from devnet.errors import ChainError, RpcError


class Gathering:
    """One actor's view of the whole network: origin, and every auxiliary with its core."""

    def __init__(
        self,
        surroundings: Surroundings,
        position: int,
        origin_depth: int | None = None,
        with_gateways: bool = False,
    ) -> None:
        self._origin_depth = origin_depth
        self._with_gateways = with_gateways
        spec, devnet = surroundings.spec, surroundings.devnet
        self.handles = surroundings.contracts
        """The contracts of every core."""
        names = [chain.name for chain in devnet.auxiliaries]
        origin = devnet.origin
        self.origin_sender = Sender(surroundings.links[origin.name], spec.origin_key, origin.chain_id)
        """Sends to origin."""
        self.origin: Follower[OriginState] = Follower(
            ChainWatch(surroundings.links[origin.name], self._followed(origin.name)),
            lambda: OriginState(names),
            devnet.blocks_kept,
        )
        """Origin, followed."""
        self.views = {name: self._view(surroundings, name, position) for name in names}
        """Every auxiliary, followed, by name."""
        self._record = surroundings.record
        self._trouble: dict[str, str] = {}
        self._told: dict[str, str] = {}

    def begin(self) -> bool:
        """Start a step; whether the one before ended in trouble, so that it has to be made again."""
        had_trouble = bool(self._trouble)
        self._told, self._trouble = self._trouble, {}
        self.origin_sender.begin()
        self.origin.forget()
        for view in self.views.values():
            view.sender.begin()
            view.chain.forget()
        return had_trouble

    def look(self) -> bool:
        """Read every chain; whether anything changed. A chain that does not answer is noted, not raised."""
        followers: list[Follower[OriginState] | Follower[AuxiliaryState]] = [self.origin]
        followers += [view.chain for view in self.views.values()]
        changed = self._read(followers)
        # Messages that ended are forgotten at both ends at once, so they have to be known again at both.
        if self._with_gateways and begin_together(followers):
            self._read(followers)
        return changed

    def _read(self, followers: Sequence[Follower[OriginState] | Follower[AuxiliaryState]]) -> bool:
        changed = False
        for follower in followers:
            try:
                changed = follower.look() or changed
            except ChainError as error:
                self.note_trouble(follower.chain, error)
        return changed

    def note_trouble(self, chain: str, error: ChainError) -> None:
        """A chain did not answer, or did not take a transaction: this step has to be made again.

        It is told once, until a step is free of it. What a broken connection says may name paths and
        ports, which have no place in a History that is to be the same in every run.
        """
        if chain in self._trouble:
            return
        reason = error.message if isinstance(error, RpcError) else "no usable answer"
        self._trouble[chain] = reason
        if self._told.get(chain) != reason:
            self._record("ActorHindered", chain=chain, reason=reason)

    def wake(self, sent: int = 0) -> Wake:
        """What to say at the end of a step; ``sent`` are transactions beyond those of the views' senders."""
        sent += self.origin_sender.sent + sum(view.sender.sent for view in self.views.values())
        behind = self.origin.is_behind or any(view.chain.is_behind for view in self.views.values())
        followed: dict[str, Seen] = {"origin": self.origin.seen}
        followed |= {name: view.chain.seen for name, view in self.views.items()}
        heads = {name: "0x" + seen.head.hash.hex() for name, seen in followed.items() if seen.blocks}
        return Wake(idle=not (sent or behind or self._trouble), heads=heads)

    def mark(self) -> GatheringMark:
        """What ``rewind`` takes."""
        return GatheringMark(
            self.origin.mark(),
            {
                name: (view.chain.mark(), view.attempts.copy(), view.origin_attempts.copy())
                for name, view in self.views.items()
            },
            dict(self._trouble),
        )

    def rewind(self, mark: GatheringMark) -> None:
        """Know exactly what the mark knows."""
        self.origin.rewind(mark.origin)
        self._trouble = dict(mark.trouble)
        for name, (seen, attempts, origin_attempts) in mark.views.items():
            view = self.views[name]
            view.chain.rewind(seen)
            view.attempts, view.origin_attempts = attempts.copy(), origin_attempts.copy()

    def _followed(self, chain: str) -> tuple[ContractHandle, ...]:
        """Whose events are read: tokens tell nothing that a gateway does not."""
        gateways = self.handles.gateways(chain) if self._with_gateways else ()
        return *self.handles.of_cores(chain), *gateways

    def _view(self, surroundings: Surroundings, name: str, position: int) -> AuxiliaryView:
        spec, contracts = surroundings.devnet.chain(name), self.handles.core_of(name)
        link = surroundings.links[name]
        return AuxiliaryView(
            devnet=surroundings.devnet,
            spec=spec,
            contracts=contracts,
            chain=Follower(
                ChainWatch(link, self._followed(name)),
                lambda: AuxiliaryState(contracts.deployment),
                surroundings.devnet.blocks_kept,
            ),
            origin=self.origin,
            sender=Sender(link, surroundings.spec.auxiliary_key, spec.chain_id),
            origin_sender=self.origin_sender,
            position=position,
            attempts=Attempts(),
            origin_attempts=Attempts(),
            origin_depth=self._origin_depth,
        )


@dataclass(frozen=True, slots=True)
class GatheringMark:
    """A copy of what a gathering knew; its parts are copied again when they are used."""

    origin: FollowerMark[OriginState]
    """Origin as read."""
    views: Mapping[str, tuple[FollowerMark[AuxiliaryState], Attempts, Attempts]]
    """Per auxiliary: the chain as read, and what is due on it and on origin."""
    trouble: Mapping[str, str]
    """Chains that hindered the last step, with the reason."""
