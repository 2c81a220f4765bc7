"""The Mosaic contracts, compiled: again only when a source, the compiler or a setting changed.

``forge`` and ``solc`` come from npm at the versions of package-lock.json. What the devnet needs of their output, ABI
and bytecode, is kept in one file, ``out/devnet.json``, together with the content hash of what it was made from.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from devnet.artifacts.content_hash import content_hash
from devnet.artifacts.forge import Forge, install_tools
from devnet.config.networks import project_directory
from devnet.errors import DevnetError, EnvironmentFailure
from devnet.locks import hold_lock

Report = Callable[[str], None]
"""Takes one line of progress for a person to read."""

_FORMAT: Final = "devnet-contracts-1"
_SETTINGS: Final = ("foundry.toml", "package.json", "package-lock.json", "remappings.txt")


@dataclass(frozen=True, slots=True)
class CompiledContract:
    """One contract as the compiler left it."""

    name: str
    """Its name in Solidity."""
    abi: list[dict[str, Any]]
    """Its ABI, in the compiler's JSON."""
    bytecode: bytes
    """Creation code, without constructor arguments; empty for an interface."""
    deployed_bytecode: bytes
    """Code as it is deployed, immutables zero; empty for an interface."""


@dataclass(frozen=True, slots=True)
class CompiledContracts:
    """Every contract under ``src``, by name."""

    digest: str
    """Content hash of sources, settings and compiler."""
    contracts: Mapping[str, Mapping[str, Any]]
    """Name to ``abi``, ``bytecode`` and ``deployed`` as they stand in the file; read it through ``get``."""

    @property
    def names(self) -> tuple[str, ...]:
        """All names, sorted."""
        return tuple(sorted(self.contracts))

    def get(self, name: str) -> CompiledContract:
        """The contract ``name``. Raises EnvironmentFailure if there is none or its code needs linking."""
        found = self.contracts.get(name)
        if found is None:
            raise EnvironmentFailure(f"there is no compiled contract {name!r}, there are: {', '.join(self.names)}")
        return CompiledContract(name, found["abi"], _code(name, found["bytecode"]), _code(name, found["deployed"]))


def contracts_directory() -> Path:
    """``chains/contracts`` of the checkout that this package runs from. Raises EnvironmentFailure without one."""
    directory = project_directory() / "chains" / "contracts"
    if not (directory / "foundry.toml").is_file():
        raise EnvironmentFailure(f"the contracts are not at {directory}: run 'make setup' in a checkout")
    return directory


def load_contracts(report: Report = lambda line: None) -> CompiledContracts:
    """The checkout's contracts, compiling them first if anything changed."""
    return compile_contracts(contracts_directory(), report)


def compile_contracts(project: Path, report: Report) -> CompiledContracts:
    """The contracts of ``project``, from the kept file where it is still true, else compiled now.

    Raises EnvironmentFailure with the compiler's or npm's own words.
    """
    digest = source_digest(project)
    kept = _read(project, digest)
    if kept is not None:
        return kept
    try:
        with hold_lock(project / "out" / ".lock", lambda: report("contracts: another process is compiling them")):
            kept = _read(project, digest)
            return kept if kept is not None else _compile(project, digest, report)
    except OSError as error:
        raise EnvironmentFailure(f"contracts cannot be compiled in {project}: {error}") from error


def are_compiled(project: Path) -> bool:
    """Whether the kept file is true to the sources as they are now; compiles nothing."""
    return _read(project, source_digest(project)) is not None


def source_digest(project: Path) -> str:
    """The content hash of everything that decides what the compiler makes of ``project``."""
    files = [project / name for name in _SETTINGS]
    files += (project / "src").rglob("*.sol")
    files += (project / "tools").glob("*.js")
    return content_hash(project, files, _FORMAT)


def _compile(project: Path, digest: str, report: Report) -> CompiledContracts:
    install_tools(project, report)
    report("contracts: compiling (about ten seconds, when a source changed)")
    Forge(project).build()
    contracts = _collect(project)
    if not contracts:
        raise EnvironmentFailure(f"forge compiled no contract under {project / 'src'}")
    target = _kept(project)
    unfinished = target.with_suffix(".unfinished")
    unfinished.write_text(json.dumps({"digest": digest, "contracts": contracts}, sort_keys=True))
    unfinished.replace(target)
    return CompiledContracts(digest, contracts)


def _collect(project: Path) -> dict[str, dict[str, Any]]:
    """Read forge's artifacts of what stands under ``src`` now; artifacts of sources that are gone are passed over."""
    contracts: dict[str, dict[str, Any]] = {}
    for path in sorted((project / "out").glob("*.sol/*.json")):
        artifact = json.loads(path.read_text())
        target: dict[str, str] = artifact.get("metadata", {}).get("settings", {}).get("compilationTarget", {})
        for source, name in target.items():
            if source.startswith("src/") and _declares(project / source, name):
                if name in contracts:
                    raise EnvironmentFailure(f"two contracts under {project / 'src'} are called {name}: rename one")
                contracts[name] = {
                    "abi": artifact["abi"],
                    "bytecode": artifact["bytecode"]["object"],
                    "deployed": artifact["deployedBytecode"]["object"],
                }
    return contracts


def _declares(source: Path, name: str) -> bool:
    words = source.read_text().split() if source.is_file() else []
    return any(
        kind in ("contract", "library", "interface") and word.rstrip("{") == name for kind, word in pairwise(words)
    )


def _read(project: Path, digest: str) -> CompiledContracts | None:
    """The kept contracts if they were made from what ``digest`` says; a damaged file counts as none."""
    try:
        kept = json.loads(_kept(project).read_bytes())
        return CompiledContracts(digest, kept["contracts"]) if kept["digest"] == digest else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _kept(project: Path) -> Path:
    return project / "out" / "devnet.json"


def _code(name: str, words: str) -> bytes:
    try:
        return bytes.fromhex(words.removeprefix("0x"))
    except ValueError as error:
        raise EnvironmentFailure(
            f"contract {name} calls a library that must be deployed and linked first: make its functions internal"
        ) from error


def main(arguments: list[str]) -> int:
    """Compile (``compile``), or run forge with the given arguments in the project (``forge ...``)."""

    def report(line: str) -> None:
        print(f"==> {line}", file=sys.stderr, flush=True)

    try:
        match arguments:
            case ["compile"]:
                load_contracts(report)
                return 0
            case ["forge", *rest]:
                install_tools(contracts_directory(), report)
                return Forge(contracts_directory()).pass_through(rest)
    except DevnetError as error:
        print(f"contracts: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    print("usage: python -m devnet.artifacts.contracts compile | forge ARGUMENTS", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
