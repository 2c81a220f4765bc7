"""The condition of a machine and a checkout: what the devnet needs, what is made already, what was left behind."""

from __future__ import annotations

from devnet.artifacts.contracts import are_compiled, contracts_directory
from devnet.artifacts.run_directory import devnet_home, list_networks
from devnet.errors import EnvironmentFailure
from devnet.runtime.leftovers import leftovers
from devnet.runtime.requirements import Requirement, check_requirements


def check_condition() -> list[Requirement]:
    """Look at the machine, then at the compiled contracts and at networks whose World died; change nothing."""
    return [*check_requirements(), _contracts(), _left_behind()]


def _contracts() -> Requirement:
    """Contracts that are not compiled are no obstacle where npm is: the next `up` compiles them."""
    try:
        compiled = are_compiled(contracts_directory())
    except EnvironmentFailure as failure:
        return Requirement("contracts", str(failure), False, "work in a checkout")
    found = "compiled" if compiled else "changed since they were compiled, or not compiled yet"
    return Requirement("contracts", found, compiled, "" if compiled else "run 'make setup'", optional=True)


def _left_behind() -> Requirement:
    """What belongs to networks whose World is gone; `up` and `down` of the same name clear it."""
    stale = [network for network in list_networks() if network.is_stale()]
    if not stale:
        return Requirement("leftovers", f"none in {devnet_home()}", True, "")
    things = [thing for network in stale if (state := network.state()) for thing in leftovers(state.run)]
    names = ", ".join(network.name for network in stale)
    found = f"{names}: the World died, {len(things)} processes, directories or containers are left"
    fix = "; ".join(f"devnet down --name {network.name}" for network in stale)
    return Requirement("leftovers", found, False, fix, optional=True)
