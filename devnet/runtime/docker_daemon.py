"""The Docker daemon: asked, told to build an image, cleared of what a run left. The only user of docker-py."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import docker
import docker.errors
import requests
from docker import DockerClient
from docker.models.containers import Container as Container

from devnet.errors import EnvironmentFailure
from devnet.runtime.archive import check_static, content_tag, image_context
from devnet.runtime.select import docker_trouble

RUN_LABEL = "mosaic-devnet.run"
"""Label of every container, network and volume; its value is the run id."""

PULLED_IMAGE = "ethereum/client-go:v1.17.8"
"""Used only where no geth binary can be had."""

STOP_TIMEOUT_S = 5
"""Time in which a container ends, or is gone once it is removed."""

_DOCKERFILE = Path(__file__).parents[2] / "compose" / "geth.Dockerfile"
_CLIENT_TIMEOUT_S = 60
_AT_ONCE = 8
_REMOVED = {"Running": False, "Paused": False, "Pid": 0, "ExitCode": 137, "FinishedAt": "0001-01-01T00:00:00Z"}
"""The state of a container that somebody removed: dead for good."""


@contextlib.contextmanager
def asking(doing: str) -> Iterator[None]:
    """Turn what docker-py raises inside into one sentence: Docker cannot do that, and why."""
    try:
        yield
    except docker.errors.BuildError as error:
        raise EnvironmentFailure(f"Docker cannot {doing}: {error.msg}") from error
    except docker.errors.APIError as error:
        raise EnvironmentFailure(f"Docker cannot {doing}: {error.explanation or error}") from error
    except (docker.errors.DockerException, requests.RequestException) as error:
        raise EnvironmentFailure(
            f"Docker cannot {doing}: no answer from its daemon ({error}); start Docker or use --runtime process"
        ) from error


def connect() -> DockerClient:
    """A client of the local daemon. Raises EnvironmentFailure if none answers; the caller closes it."""
    # Asked first without docker-py, which leaves its socket open when nobody answers.
    trouble = docker_trouble()
    if trouble is not None:
        raise EnvironmentFailure(f"{trouble}; start Docker or use --runtime process")
    with asking("be reached"):
        return docker.from_env(timeout=_CLIENT_TIMEOUT_S)


def state_of(container: Container) -> dict[str, Any]:
    """How a container is right now, as Docker words it; one that is gone is dead."""
    try:
        container.reload()
    except docker.errors.NotFound:
        return dict(_REMOVED)
    state: dict[str, Any] = container.attrs["State"]
    return state


def build_image(client: DockerClient, geth: Path) -> str:
    """The image made of this very binary; built once, named by content. Returns its name."""
    check_static(geth)
    image = f"mosaic-devnet/geth:{content_tag(_DOCKERFILE, geth)}"
    with asking("build the geth image"):
        try:
            client.images.get(image)
        except docker.errors.ImageNotFound:
            with image_context(_DOCKERFILE, geth) as context:
                client.images.build(fileobj=context, custom_context=True, tag=image, rm=True)
    return image


def pull_image(client: DockerClient) -> str:
    """The pinned public image, pulled if it is not there. Returns its name."""
    with asking(f"pull {PULLED_IMAGE}"):
        try:
            client.images.get(PULLED_IMAGE)
        except docker.errors.ImageNotFound:
            client.images.pull(PULLED_IMAGE)
    return PULLED_IMAGE


def list_run(client: DockerClient, run_id: str) -> list[tuple[str, Any]]:
    """Every container, network and volume of a run as (what it is, handle), in the order of removal."""
    labelled: dict[str, str | list[str] | bool] = {"label": f"{RUN_LABEL}={run_id}"}
    with asking("list what a run left"):
        return [
            *(
                (f"container {found.name}", found)
                for found in client.containers.list(all=True, filters=labelled, ignore_removed=True)
            ),
            *((f"network {found.name}", found) for found in client.networks.list(filters=labelled)),
            *((f"volume {found.name}", found) for found in client.volumes.list(filters=labelled)),
        ]


def remove_labelled(client: DockerClient, run_id: str) -> list[str]:
    """Remove every container, then network, then volume of a run; returns what was removed."""
    found = list_run(client, run_id)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for kind, options in (("container", {"force": True}), ("network", {}), ("volume", {})):
            handles = [handle for what, handle in found if what.startswith(kind)]
            list(pool.map(lambda handle, options=options: _remove(handle, **options), handles))
    return [what for what, _ in found]


def _remove(handle: Any, **options: bool) -> None:
    """Removing what somebody else removed, or is removing, is no failure; returns when it is gone."""
    with asking(f"remove {handle.name}"), contextlib.suppress(docker.errors.NotFound):
        try:
            handle.remove(**options)
        except docker.errors.APIError as error:
            if error.status_code != requests.codes.conflict or not isinstance(handle, Container):
                raise
            handle.wait(condition="removed", timeout=STOP_TIMEOUT_S)


def remove_run(run_id: str) -> list[str]:
    """The same with a client of its own, for whoever outlives the run."""
    with contextlib.closing(connect()) as client:
        return remove_labelled(client, run_id)


def find_run(run_id: str) -> list[str]:
    """What Docker still holds of a run."""
    with contextlib.closing(connect()) as client:
        return [what for what, _ in list_run(client, run_id)]
