"""From what a user names to the network that is to run: whatever is wrong with it is said before anything starts."""

from __future__ import annotations

from devnet.actors.registry import check_behaviour
from devnet.config.load import load_manifest
from devnet.config.manifest import Manifest
from devnet.config.network import Devnet
from devnet.config.networks import find_manifest
from devnet.config.resolve import resolve
from devnet.errors import ManifestError
from devnet.runtime.select import choose_runtime
from devnet.types import Mode, RuntimeKind
from devnet.world.missing import missing_actors


def open_network(
    manifest: str | None,
    *,
    name: str | None = None,
    seed: int | None = None,
    runtime: RuntimeKind | None = None,
    mode: Mode | None = None,
) -> Devnet:
    """The network of a manifest, given by name or path (None = the default one), with what is chosen beside it.

    Raises ManifestError for the first mistake, with file and line where they are known, and EnvironmentFailure
    when the network wants a Docker that is not there.
    """
    found = load_manifest(find_manifest(manifest))
    _check_behaviours(found)
    devnet = resolve(found, name=name, seed=seed, runtime=runtime, mode=mode)
    choose_runtime(devnet.runtime)
    return devnet


def doubts_about(devnet: Devnet) -> list[str]:
    """What a network lacks though it can run without: a sentence for each, with what to do."""
    return missing_actors((actor, "running") for actor in devnet.actors) if devnet.pairs else []


def _check_behaviours(manifest: Manifest) -> None:
    """What a validator may do is known to the actors, not to the manifest's own checks."""
    for index, validator in enumerate(manifest.validators):
        try:
            check_behaviour("validator", validator.behaviour)
        except ManifestError as error:
            raise ManifestError(f"{manifest.source.where(f'validators[{index}].behaviour')}: {error}") from None
