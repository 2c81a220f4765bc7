"""The networks that come with the project, by name, and where the project's own files are."""

from __future__ import annotations

from pathlib import Path

from devnet.config.reader import suggestion
from devnet.errors import EnvironmentFailure, ManifestError

DEFAULT_NETWORK = "demo"
"""The network of a bare ``devnet up``."""


def project_directory() -> Path:
    """The directory with ``chains/`` in it.

    Raises EnvironmentFailure if the package was installed without it.
    """
    directory = Path(__file__).resolve().parents[2]
    if not (directory / "chains").is_dir():
        raise EnvironmentFailure(
            f"{directory / 'chains'} does not exist: the devnet runs from its source tree; "
            "clone it and install with 'make setup'"
        )
    return directory


def network_names() -> tuple[str, ...]:
    """Names that ``find_manifest`` knows, sorted."""
    return tuple(sorted(path.stem for path in (project_directory() / "chains" / "networks").glob("*.yaml")))


def find_manifest(name_or_path: str | Path | None = None) -> Path:
    """The manifest of that name, or the file itself if it reads like a path; None = the default network.

    Raises ManifestError for a name that no network has, with the nearest one.
    """
    wanted = str(name_or_path if name_or_path is not None else DEFAULT_NETWORK)
    if wanted in network_names():
        return project_directory() / "chains" / "networks" / f"{wanted}.yaml"
    is_path = isinstance(name_or_path, Path) or "/" in wanted or wanted.endswith((".yaml", ".yml"))
    if is_path or Path(wanted).is_file():
        return Path(wanted)
    hint = suggestion(wanted, network_names()).removeprefix("; ")
    raise ManifestError(f"unknown network {wanted!r}: {hint} (or give the path of a .yaml file)")
