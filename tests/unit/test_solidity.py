"""What a reviewer of the contracts would ask for first: words on everything public, errors with a name, short files."""

from __future__ import annotations

import re

import pytest

from devnet.config.networks import project_directory

SOURCES = project_directory() / "chains" / "contracts" / "src"
FILES = sorted(path.relative_to(SOURCES).as_posix() for path in SOURCES.rglob("*.sol"))
NAMED = re.compile(r"\s*(?:abstract )?(?:contract|interface|library|struct|enum|event|error|function|modifier) (\w+)")
VARIABLE = re.compile(r"    (?:mapping|address|bool|bytes|uint|I[A-Z])[^;(]*(?:\([^;]*)?\bpublic\b")
FUNCTION = re.compile(r"^    (?:function|constructor)\b[^;{]*\{\n(.*?)^    \}$", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("name", FILES)
def test_everything_public_is_described(name: str) -> None:
    lines = (SOURCES / name).read_text().splitlines()
    public = [
        (number, line)
        for number, line in enumerate(lines)
        if VARIABLE.match(line) or ((found := NAMED.match(line)) and not found[1].startswith("_"))
    ]
    assert public or "types" in name
    assert [line.strip() for number, line in public if not lines[number - 1].strip().startswith("///")] == []


@pytest.mark.parametrize("name", [name for name in FILES if name.split("/")[0] in ("auxiliary", "origin", "shared")])
def test_contracts_inherit_their_words_from_the_interfaces(name: str) -> None:
    text = (SOURCES / name).read_text()
    called = re.findall(r"((?:^ *///.*\n)+)^    function (\w+)\([^{;]*?\b(?:external|public)\b", text, re.MULTILINE)
    assert [function for comment, function in called if "@inheritdoc" not in comment] == []


@pytest.mark.parametrize("name", FILES)
def test_refusals_are_errors_with_a_name(name: str) -> None:
    text = (SOURCES / name).read_text()
    assert not re.search(r"""revert\(["')]|tx\.origin|\bassert\(""", text)
    for condition in re.findall(r"\brequire\((.*?)\);", text, re.DOTALL):
        assert re.search(r",\s*[\w.]+\([^\"]*\)\s*$", condition), condition


@pytest.mark.parametrize("name", FILES)
def test_files_and_functions_are_short(name: str) -> None:
    text = (SOURCES / name).read_text()
    assert len(text.splitlines()) <= 400
    assert max((body.count("\n") for body in FUNCTION.findall(text)), default=0) <= 40
