"""What a manifest must satisfy, whether it was read from YAML or built in Python."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import fields
from enum import Enum
from typing import Any

from devnet.config.amounts import tokens_text
from devnet.config.fields import Rule, rules
from devnet.config.manifest import MAX_AUXILIARIES, MAX_GATEWAYS, MAX_VALIDATORS, Manifest
from devnet.config.naming import (
    ORIGIN_NAME,
    chain_ids,
    chain_names,
    facilitator_names,
    fisherman_names,
    gateway_auxiliaries,
    gateway_symbols,
    node_names,
    validator_names,
)
from devnet.errors import ManifestError
from devnet.types import Role

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_SYMBOL = re.compile(r"[A-Z][A-Z0-9]{0,10}")

WORLD_PORT = "world"
"""The key of the control API in ``ports``."""


def validate(manifest: Manifest) -> None:
    """Check every field and every relation between fields.

    Raises ManifestError for the first mistake, with its file and line where known.
    """
    checks = (
        _check_fields,
        _check_chains,
        _check_validators,
        _check_names,
        _check_gateways,
        _check_parameters,
        _check_ports,
    )
    for check in checks:
        check(manifest)


def validate_overrides(overrides: Mapping[str, object]) -> None:
    """Check values given beside the manifest, by flag or in Python; the file is not to blame for them.

    Raises ManifestError for the first mistake.
    """
    known = rules(Manifest)
    for key, value in overrides.items():
        rule = known[key][1]
        problem = _PROBLEMS[rule.kind](rule, value)
        if problem:
            raise ManifestError(f"{key} {problem}")


def name_problem(name: str) -> str | None:
    """Why a string cannot be a name; None if it can."""
    if len(name) <= 32 and _NAME.fullmatch(name):
        return None
    return f"expected 1 to 32 lower-case letters, digits and single hyphens, found {_short(name)}; rename it"


def symbol_problem(symbol: str) -> str | None:
    """Why a string cannot be a token's symbol; None if it can."""
    if _SYMBOL.fullmatch(symbol):
        return None
    return f"expected 1 to 11 capital letters and digits, a letter first, found {_short(symbol)}; change it"


def _error(manifest: Manifest, path: str, problem: str) -> ManifestError:
    return ManifestError(f"{manifest.source.where(path)} {problem}")


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."


def _check_fields(manifest: Manifest) -> None:
    _check_record(manifest, manifest, "")
    _check_record(manifest, manifest.parameters, "parameters")
    for name in ("chains", "validators", "gateways"):
        for index, item in enumerate(getattr(manifest, name)):
            _check_record(manifest, item, f"{name}[{index}]")
    for index, gateway in enumerate(manifest.gateways):
        _check_record(manifest, gateway.token, f"gateways[{index}].token")


def _check_record(manifest: Manifest, record: Any, prefix: str) -> None:
    defaults = {item.name: item.default for item in fields(record)}
    for key, (item, rule) in rules(type(record)).items():
        value = getattr(record, item.name)
        if value is None and defaults[item.name] is None:
            continue
        problem = _PROBLEMS[rule.kind](rule, value)
        if problem:
            raise _error(manifest, f"{prefix}.{key}" if prefix else key, problem)


def _integer_problem(rule: Rule, value: object) -> str | None:
    unit = f" {rule.unit}" if rule.unit else ""
    if isinstance(value, int) and not isinstance(value, bool) and rule.least <= value <= rule.most:
        return None
    return f"expected a whole number from {rule.least} to {rule.most}{unit}, found {_short(value)}"


def _tokens_problem(rule: Rule, value: object) -> str | None:
    if not isinstance(value, int) or isinstance(value, bool):
        return f"expected an amount in wei as int, found {_short(value)}"
    if rule.least <= value <= rule.most:
        return None
    if value < rule.least:
        least = "more than 0" if rule.least else "0 or more"
        return f"expected {least} tokens, found {tokens_text(value)}"
    return f"expected at most {tokens_text(rule.most)} tokens, found {tokens_text(value)}"


def _choice_problem(rule: Rule, value: object) -> str | None:
    assert rule.choices is not None
    if isinstance(value, rule.choices):
        return None
    return f"expected one of {', '.join(_member(rule.choices))}, found {_short(value)}"


def _member(choices: type[Enum]) -> list[str]:
    return [str(member.value) for member in choices]


def _name_field_problem(rule: Rule, value: object) -> str | None:
    return name_problem(value) if isinstance(value, str) else f"expected a name, found {_short(value)}"


def _text_problem(rule: Rule, value: object) -> str | None:
    if isinstance(value, str) and len(value) <= 500:
        return None
    return f"expected at most 500 characters of text, found {_short(value)}"


_PROBLEMS: dict[str, Callable[[Rule, object], str | None]] = {
    "integer": _integer_problem,
    "tokens": _tokens_problem,
    "choice": _choice_problem,
    "name": _name_field_problem,
    "text": _text_problem,
    "special": lambda rule, value: None,
}


def _check_chains(manifest: Manifest) -> None:
    chains = manifest.chains
    origins = [index for index, chain in enumerate(chains) if chain.role is Role.ORIGIN]
    if not origins:
        problem = "has no origin: every auxiliary needs one chain with the stake; put '- role: origin' first"
        raise _error(manifest, "chains", problem)
    if len(origins) > 1:
        raise _error(manifest, f"chains[{origins[1]}]", "is a second origin; a network has one, make it auxiliary")
    if origins[0] != 0:
        raise _error(manifest, f"chains[{origins[0]}]", "is the origin but not the first chain; move it to the top")
    if not 2 <= len(chains) <= MAX_AUXILIARIES + 1:
        found = len(chains) - 1
        problem = f"expected 1 to {MAX_AUXILIARIES} auxiliaries, found {found}; add or remove '- role: auxiliary'"
        raise _error(manifest, "chains", problem)
    if chains[0].name not in (None, ORIGIN_NAME):
        raise _error(manifest, "chains[0].name", f"expected {ORIGIN_NAME!r}, found {chains[0].name!r}; leave it out")
    seen: dict[int, str] = {}
    for index, (name, chain_id) in enumerate(zip(chain_names(chains), chain_ids(chains), strict=True)):
        if chain_id in seen:
            problem = f"{chain_id} is the id of {seen[chain_id]} already; chain ids are unique, choose another"
            raise _error(manifest, f"chains[{index}].chain_id", problem)
        seen[chain_id] = name


def _check_validators(manifest: Manifest) -> None:
    if not 1 <= len(manifest.validators) <= MAX_VALIDATORS:
        problem = f"expected 1 to {MAX_VALIDATORS} validators, found {len(manifest.validators)}"
        raise _error(manifest, "validators", problem)
    least = manifest.parameters.minimum_stake_wei
    for index, item in enumerate(manifest.validators):
        if item.weight_wei < least:
            problem = (
                f"expected at least the minimum stake of {tokens_text(least)} tokens, "
                f"found {tokens_text(item.weight_wei)}; raise it or lower parameters.minimum_stake"
            )
            raise _error(manifest, f"validators[{index}].weight", problem)
    total, needed = sum(item.weight_wei for item in manifest.validators), manifest.parameters.minimum_total_wei
    if total < needed:
        problem = (
            f"weigh {tokens_text(total)} tokens together, expected at least {tokens_text(needed)}; "
            "add validators or lower parameters.minimum_total"
        )
        raise _error(manifest, "validators", problem)


def _check_names(manifest: Manifest) -> None:
    seen = {WORLD_PORT: "the control API"}
    paths = [f"chains[{index}].name" for index in range(len(manifest.chains))]
    paths += [f"validators[{index}].name" for index in range(len(manifest.validators))]
    paths += ["fishermen"] * manifest.fishermen + ["facilitators"] * manifest.facilitators
    paths += [f"chains[{index}].nodes" for index, chain in enumerate(manifest.chains) for _ in range(chain.nodes)]
    names = chain_names(manifest.chains) + validator_names(manifest)
    names += fisherman_names(manifest) + facilitator_names(manifest) + node_names(manifest.chains)
    for path, name in zip(paths, names, strict=True):
        if name in seen:
            raise _error(manifest, path, f"{name!r} is taken by {seen[name]}; names are unique, choose another")
        seen[name] = path.removesuffix(".name")


def _check_gateways(manifest: Manifest) -> None:
    if len(manifest.gateways) > MAX_GATEWAYS:
        raise _error(manifest, "gateways", f"expected at most {MAX_GATEWAYS}, found {len(manifest.gateways)}")
    auxiliaries, seen = chain_names(manifest.chains)[1:], dict[str, int]()
    named = zip(gateway_symbols(manifest), gateway_auxiliaries(manifest), strict=True)
    for index, (symbol, auxiliary) in enumerate(named):
        path = f"gateways[{index}]"
        if auxiliary not in auxiliaries:
            problem = f"expected an auxiliary chain, found {_short(auxiliary)}; there are: {', '.join(auxiliaries)}"
            raise _error(manifest, f"{path}.auxiliary", problem)
        if (unfit := symbol_problem(symbol)) is not None:
            raise _error(manifest, f"{path}.token.symbol", unfit)
        if symbol in seen:
            problem = f"{symbol!r} is the symbol of gateways[{seen[symbol]}]; symbols are unique, choose another"
            raise _error(manifest, f"{path}.token.symbol", problem)
        seen[symbol] = index


def _check_parameters(manifest: Manifest) -> None:
    given = manifest.parameters
    least = given.commit_window + given.evidence_period
    if given.withdrawal_delay <= least:
        problem = (
            f"expected more than commit_window + evidence_period = {least} origin blocks (R41), "
            f"found {given.withdrawal_delay}; raise it"
        )
        raise _error(manifest, "parameters.withdrawal_delay", problem)


def _check_ports(manifest: Manifest) -> None:
    names, nodes = chain_names(manifest.chains), node_names(manifest.chains)
    known = (*names, *nodes, WORLD_PORT)
    seen: dict[int, str] = {}
    for name, port in manifest.ports.items():
        path = f"ports.{name}"
        if name not in known:
            raise _error(manifest, path, f"names no chain, no node and not 'world'; known: {', '.join(known)}")
        if isinstance(port, bool) or not isinstance(port, int) or not 1 <= port <= 65535:
            raise _error(manifest, path, f"expected a port from 1 to 65535, found {_short(port)}")
        if port in seen:
            raise _error(manifest, path, f"port {port} is given to {seen[port]} already; choose another")
        seen[port] = name
