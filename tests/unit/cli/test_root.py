"""How the command fails, and what it never does: a traceback, a wrong exit code, an undocumented verb."""

import json
import signal
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import click
import pytest

from devnet.artifacts.run_directory import NetworkDirectory
from devnet.cli.failing import asking
from devnet.cli.root import VERBS, Verbs, devnet, run
from devnet.errors import ChainError, DevnetError, EnvironmentFailure, ManifestError, UsageError, WaitTimeout


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DEVNET_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return tmp_path / "home"


def commands() -> Iterator[tuple[str, click.Command]]:
    context = click.Context(devnet)
    for name in VERBS:
        command = devnet.get_command(context, name)
        assert command is not None
        yield name, command
        if isinstance(command, click.Group):
            for inner in command.list_commands(context):
                found = command.get_command(context, inner)
                assert found is not None
                yield f"{name} {inner}", found


@pytest.mark.parametrize(("name", "command"), list(commands()), ids=[name for name, _ in commands()])
def test_every_verb_and_option_has_help(name: str, command: click.Command) -> None:
    assert command.help
    for option in command.params:
        assert not isinstance(option, click.Option) or option.help, option.name


@pytest.mark.parametrize(("name", "command"), list(commands()), ids=[name for name, _ in commands()])
def test_every_verb_that_uses_a_network_takes_a_name(name: str, command: click.Command) -> None:
    alone = isinstance(command, click.Group) or name in {"doctor", "attack ls", "attack run"}
    assert alone != any("--name" in option.opts for option in command.params)


def test_the_line_in_the_overview_is_the_first_line_of_the_help() -> None:
    for name, command in commands():
        if name in VERBS:
            assert (command.help or "").splitlines()[0] == VERBS[name]


def test_help_is_no_failure(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    said = capsys.readouterr().out
    assert [verb for verb in VERBS if verb not in said] == []


@pytest.mark.parametrize(
    "arguments", [("transfer", "stake", "-1.5", "--chain", "auxiliary-1"), ("warp", "-30"), ("reorg", "origin", "-2")]
)
def test_a_negative_number_is_not_taken_for_an_option(
    arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 2
    said = capsys.readouterr().err
    assert "expected no negative number, found one that begins with -" in said
    assert "such option" not in said


@pytest.mark.parametrize("amount", ["1_000", "\N{ARABIC-INDIC DIGIT FIVE}", "0x5", "1,5", "inf"])
def test_an_amount_that_is_not_in_plain_digits_is_refused(amount: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["transfer", "stake", amount, "--chain", "auxiliary-1"]) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert f"expected an amount in tokens such as 40 or 40.5, in plain digits, found {amount!r}" in said


@pytest.mark.parametrize("price", ["1_000", "\N{ARABIC-INDIC DIGIT FIVE}", "1.5"])
def test_a_price_that_is_not_in_plain_digits_is_refused(price: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["transfer", "stake", "5", "--chain", "auxiliary-1", "--gas-price", price]) == 2
    assert "expected a whole number in plain digits" in " ".join(capsys.readouterr().err.split())


def test_the_overview_names_every_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    run(["--help"])
    said = " ".join(capsys.readouterr().out.split())
    kinds = (ChainError, ManifestError, EnvironmentFailure, WaitTimeout)
    assert [kind.exit_code for kind in kinds if f" {kind.exit_code} " not in said.partition("Exit codes:")[2]] == []
    assert "130 interrupted" in said


def test_an_unknown_verb_is_answered_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["stauts"]) == 2
    assert "did you mean 'status'?" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["mine"],
        ["mine", "origin", "-n", "0"],
        ["mine", "origin", "-n", "many"],
        ["warp", "-1"],
        ["reorg", "origin", "0"],
        ["up", "--runtime", "podman"],
        ["up", "--nonsense"],
        ["gateway"],
        ["gateway", "add", "--bounty", "-0.1"],
        ["gateway", "add", "--bounty", "1e-19"],
        ["gateway", "add", "--bounty", "1e30"],
        ["validator", "join", "carol", "--weight", "1000000000000"],
        ["gateway", "add", "--bounty", "much"],
        ["gateway", "add", "--bounty", "1_000"],
        ["validator", "join", "carol", "--weight", "1_0"],
        ["attack", "run"],
        ["attack", "run", "double-vote", "--seed", "-1"],
    ],
    ids=" ".join,
)
def test_wrong_usage_leaves_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) == 2
    assert "Traceback" not in "".join(capsys.readouterr())


@pytest.mark.parametrize(
    "arguments",
    [
        ["status"],
        ["env"],
        ["accounts"],
        ["mine", "origin"],
        ["warp", "5"],
        ["reorg", "origin", "1"],
        ["logs"],
        ["gateway", "ls"],
        ["gateway", "add"],
    ],
    ids=" ".join,
)
def test_without_a_network_every_verb_says_what_to_do(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == "error: no network is running: start one with devnet up\n"


def test_down_with_nothing_to_end_is_no_failure(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["down"]) == 0
    assert run(["down", "--name", "ghost"]) == 0
    assert capsys.readouterr().out == "no network is running\nnetwork ghost is not running: nothing to end\n"


def test_a_name_that_cannot_be_one_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["down", "--name", "../../etc"]) == 2


def test_an_unknown_attack_is_answered_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["attack", "run", "duoble-vote"]) == 2
    assert "did you mean 'double-vote'" in capsys.readouterr().err


class Failing(Verbs):
    """A group with one verb that raises."""

    error: BaseException = RuntimeError()

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        @click.command()
        def fail() -> None:
            raise self.error

        return fail


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ManifestError("x"), 2),
        (UsageError("x"), 2),
        (EnvironmentFailure("x"), 3),
        (WaitTimeout("x"), 4),
        (ChainError("x"), 1),
        (DevnetError("x"), 1),
        (KeyboardInterrupt(), 130),
        (OSError(28, "No space left on device", "/some/file"), 3),
        (RuntimeError("x"), 1),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else str(value),
)
def test_an_error_is_one_sentence_and_its_exit_code(
    error: BaseException, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    group = Failing("devnet")
    group.error = error
    assert run(["status"], group) == code
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.split("\n")) <= 3
    assert "Traceback" not in said.err


def test_ctrl_c_while_the_world_acts_says_that_it_may_go_on(capsys: pytest.CaptureFixture[str]) -> None:
    """The World does not hear of it: what it was asked is done, or not, and one can look."""

    @click.command()
    def act() -> None:
        with asking("devnet gateway ls"):
            raise KeyboardInterrupt

    assert run([], act) == 130
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "interrupted: the network may still carry it out, devnet gateway ls shows\n")


class Interrupting(BaseHTTPRequestHandler):
    """A World during whose work somebody presses Ctrl-C."""

    def do_GET(self) -> None:
        """Its status."""
        self._answer({"chains": []})

    def do_POST(self) -> None:
        """Anything that it is to do."""
        main = threading.main_thread().ident
        assert main is not None
        signal.pthread_kill(main, signal.SIGINT)
        self._answer({})

    def log_message(self, format: str, *values: object) -> None:
        """Nothing."""

    def _answer(self, answer: object) -> None:
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        # Who was interrupted reads no more.
        with suppress(OSError):
            self.wfile.write(body)


@pytest.fixture
def interrupting(home: Path) -> Iterator[None]:
    """The only network that runs is one of this process."""
    with HTTPServer(("127.0.0.1", 0), Interrupting) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        with NetworkDirectory("demo").hold(lambda run: [], lambda line: None) as held:
            held.publish(f"http://127.0.0.1:{server.server_port}", "a-token")
            yield
        server.shutdown()


@pytest.mark.usefixtures("interrupting")
@pytest.mark.parametrize(
    ("arguments", "shown_by"),
    [
        (("gateway", "add"), "devnet gateway ls"),
        (("validator", "join", "dora"), "devnet validator list"),
        (("validator", "leave", "dora"), "devnet validator list"),
        (("validator", "withdraw", "dora"), "devnet validator list"),
        (("warp", "5"), "devnet status"),
        (("reorg", "origin", "1"), "devnet status"),
        (("revive", "dora"), "devnet status"),
        (("transfer", "stake", "5", "--chain", "auxiliary-1"), "devnet transfer ls"),
        (("transfer", "claim", "0x" + "3e" * 32), "devnet transfer ls"),
    ],
    ids=lambda value: "" if isinstance(value, str) else " ".join(value[:2]),
)
def test_every_verb_that_acts_says_so(
    arguments: tuple[str, ...], shown_by: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 130
    assert f"may still carry it out, {shown_by} shows" in capsys.readouterr().err


def test_a_defect_names_the_file_with_its_details(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    group = Failing("devnet")
    group.error = ZeroDivisionError("nought")
    assert run(["status"], group) == 1
    said = capsys.readouterr().err
    assert said.startswith("internal error: ZeroDivisionError: nought; details in ")
    assert "Traceback" in Path(said.split()[-1]).read_text()


def test_a_defect_shows_its_details_where_that_is_asked(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEVNET_DEBUG", "1")
    group = Failing("devnet")
    group.error = ZeroDivisionError("nought")
    assert run(["status"], group) == 1
    assert "Traceback" in capsys.readouterr().err
