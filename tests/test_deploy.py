"""What deploy/ and docs/operations.md say, held against what there is."""

from __future__ import annotations

import argparse
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest
from scrapy.cmdline import ScrapyArgumentParser
from scrapy.utils.project import get_project_settings

from crawler.commands.crawl import Command
from crawler.extraction.problem import Code
from crawler.notification.condition import MASS_REMOVAL
from crawler.sources import sources
from crawler.verdict import ExitCode
from pipelines.failure import RecordError
from tests.command_line import REPOSITORY, scrapy
from tests.notification.webhook import webhook

DEPLOY = REPOSITORY / "deploy"
UNITS = DEPLOY / "systemd"
CHECKOUT = "/srv/readouts"
OPERATIONS = REPOSITORY / "docs" / "operations.md"
SAMPLE = REPOSITORY / "tests" / "fixtures" / "sample.warc.gz"

#: The values a field of a crontab may have: minute, hour, day of the month, month, day of the week.
RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
_FIELD = re.compile(r"(?:\*|(?P<first>\d+)(?:-(?P<last>\d+))?)(?:/(?P<step>\d+))?")
_VARIABLE = re.compile(r"[A-Z_]+=\S+")


def entries() -> list[tuple[list[str], str]]:
    """The schedule, five fields, and the command of each line of the crontab."""
    lines = [line.strip() for line in (DEPLOY / "crontab").read_text(encoding="utf-8").splitlines()]
    entries = [line for line in lines if line and not line.startswith("#") and not _VARIABLE.fullmatch(line)]
    return [(line.split(maxsplit=5)[:5], line.split(maxsplit=5)[5]) for line in entries]


def values(field: str, lowest: int, highest: int) -> set[int]:
    """What a field of a crontab stands for: numbers, ranges, steps, lists."""
    chosen = set()
    for part in field.split(","):
        match = _FIELD.fullmatch(part)
        assert match, f"{part} is no field"
        first = int(match["first"] or lowest)
        last = highest if match["first"] is None else int(match["last"] or first)
        assert lowest <= first <= last <= highest, field
        chosen |= set(range(first, last + 1, int(match["step"] or 1)))
    return chosen


def parsed(command: str) -> argparse.Namespace:
    """`scrapy crawl` as the command of the project understands it; an unknown option ends the test."""
    program, name, *arguments = shlex.split(command)
    assert program in {".venv/bin/scrapy", f"{CHECKOUT}/.venv/bin/scrapy"}
    assert name == "crawl"
    crawl = Command()
    crawl.settings = get_project_settings()
    parser = ScrapyArgumentParser(conflict_handler="resolve", exit_on_error=False)
    crawl.add_options(parser)
    options, positional = parser.parse_known_args(arguments)
    assert [word for word in positional if word.startswith("-")] == []
    options.spiders = positional
    return options


# --- cron


def test_cron_runs_each_source_at_a_minute_of_its_own() -> None:
    names = [parsed(command.removeprefix(f"cd {CHECKOUT} && ")).spiders for _, command in entries()]
    assert sorted(name for (name,) in names) == sorted(sources())
    minutes = [schedule[0] for schedule, _ in entries()]
    assert len(set(minutes)) == len(sources())
    for schedule, _ in entries():
        chosen = [values(field, *limits) for field, limits in zip(schedule, RANGES, strict=True)]
        assert len(chosen[0]) == 1
        assert len(chosen[1]) == 4
        assert [len(days) for days in chosen[2:]] == [31, 12, 8]


def test_cron_waits_for_the_lock_and_keeps_logs_that_are_rotated() -> None:
    rotated = re.search(r"^(\S+) \{$", (DEPLOY / "logrotate").read_text(encoding="utf-8"), re.MULTILINE)
    assert rotated
    for _, command in entries():
        options = parsed(command.removeprefix(f"cd {CHECKOUT} && "))
        assert options.wait == 600
        assert options.logfile == f"output/{options.spiders[0]}.log"
        assert fnmatch(f"{CHECKOUT}/{options.logfile}", rotated[1])
        assert "%" not in command  # cron makes a line break of it


# --- systemd


def unit(name: str) -> dict[str, list[str]]:
    """The values of each key of a unit, whatever its section."""
    text = (UNITS / name).read_text(encoding="utf-8").replace("\\\n", " ")
    settings: dict[str, list[str]] = {}
    for line in text.splitlines():
        if line and not line.startswith(("#", "[")):
            key, _, value = line.partition("=")
            settings.setdefault(key, []).append(value)
    return settings


def test_systemd_starts_each_source() -> None:
    assert unit("readouts.target")["Wants"] == [f"readouts@{name}.timer" for name in sources()]
    service = unit("readouts@.service")
    (command,) = service["ExecStart"]
    for name in sources():
        options = parsed(command.replace("%i", name))
        assert (options.spiders, options.wait) == ([name], 600)
    assert service["OnFailure"] == ["readouts-failed@%i.service"]
    assert (UNITS / "readouts-failed@.service").exists()
    assert service["ReadWritePaths"] == [f"{CHECKOUT}/output"]


def test_systemd_takes_for_failures_what_an_operator_should_see() -> None:
    accepted = {int(code) for code in unit("readouts@.service")["SuccessExitStatus"][0].split()}
    assert accepted == {ExitCode.LOCKED, ExitCode.INTERRUPTED, ExitCode.TERMINATED}
    assert set(ExitCode) - accepted == {
        ExitCode.DONE,
        ExitCode.FAILED,
        ExitCode.USAGE,
        ExitCode.DEGRADED,
        ExitCode.BLOCKED,
    }


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
def test_systemd_understands_the_units(tmp_path: Path) -> None:
    program = tmp_path / ".venv" / "bin" / "scrapy"
    program.parent.mkdir(parents=True)
    program.touch(mode=0o755)
    for path in UNITS.iterdir():
        text = path.read_text(encoding="utf-8").replace(f"{CHECKOUT}/.venv", f"{tmp_path}/.venv")
        (tmp_path / path.name).write_text(text, encoding="utf-8")
        if path.name == "readouts@.service":
            (tmp_path / "readouts@mfa.service").write_text(text, encoding="utf-8")
    names = ["readouts@mfa.service", *sorted(path.name for path in UNITS.iterdir())]
    command = ["systemd-analyze", "verify", "--man=no", *(str(tmp_path / name) for name in names)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("status", "told"),
    [("1", []), ("3", []), ("4", []), ("2", ["readouts mfa: failed"]), ("9", ["readouts mfa: failed"])],
)
def test_a_failure_that_no_run_could_tell_is_told(status: str, told: list[str], tmp_path: Path) -> None:
    (command,) = unit("readouts-failed@.service")["ExecStart"]
    words = shlex.split(command.replace("%i", "mfa").replace("$$", "$"))
    (tmp_path / ".venv").symlink_to(sys.prefix)
    with webhook() as hook:
        environment = {"MONITOR_SERVICE_RESULT": "signal", "MONITOR_EXIT_STATUS": status, "READOUTS_NOTIFY": hook.url}
        done = subprocess.run(
            words,
            cwd=tmp_path,
            env={"PATH": "/usr/bin:/bin"} | environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        assert hook.titles() == told
    # Priority 3 of the journal is an error.
    assert done.stdout.splitlines()[0] == f"<3>readouts mfa: signal, exit {status}; scrapy doctor mfa"


# --- container


def test_the_container_runs_as_a_normal_user() -> None:
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    instructions = [line.split(maxsplit=1) for line in text.splitlines() if line and not line.startswith("#")]
    for name, words in instructions:
        if name == "COPY":
            *copied, _ = words.split()
            assert all((REPOSITORY / path).exists() for path in copied), words
    names = [name for name, _ in instructions]
    assert names.index("RUN") < names.index("USER") < names.index("ENTRYPOINT")
    assert dict(instructions)["USER"] == "readouts"
    assert dict(instructions)["VOLUME"] == f"{CHECKOUT}/output"


def test_the_extra_that_is_installed_exists() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for path in (DEPLOY / "Containerfile", OPERATIONS):
        extras = re.findall(r"'\.\[([\w,-]+)\]'", path.read_text(encoding="utf-8"))
        assert extras
        assert {name for extra in extras for name in extra.split(",")} <= project["optional-dependencies"].keys()


# --- backup


@pytest.mark.skipif(shutil.which("rsync") is None, reason="rsync is not installed")
def test_a_backup_is_whole(tmp_path: Path) -> None:
    recorded, copied = tmp_path / "output", tmp_path / "backup"
    scrapy("crawl", "ecns", "-a", f"replay={SAMPLE}", "-s", f"OUTPUT_DIR={recorded}")
    (tmp_path / ".venv").symlink_to(sys.prefix)
    closed = "archive/ecns/ecns-20261122T042335Z-00000.warc.gz"
    (recorded / closed).parent.mkdir(parents=True)
    (recorded / f"{closed}.open").touch()
    backup = [str(DEPLOY / "backup.sh"), str(recorded), str(copied)]
    subprocess.run(backup, cwd=tmp_path, timeout=60, check=True)
    assert (copied / f"{closed}.open").exists()
    (recorded / f"{closed}.open").rename(recorded / closed)
    subprocess.run(backup, cwd=tmp_path, timeout=60, check=True)
    assert [path.name for path in (copied / closed).parent.iterdir()] == [Path(closed).name]
    shutil.rmtree(copied / "archive")
    scrapy("ledger", "check", "-s", f"OUTPUT_DIR={copied}")
    lines = "articles/ecns.jsonl"
    assert (copied / lines).read_bytes() == (recorded / lines).read_bytes()


# --- the document


def test_every_word_that_a_run_can_end_with_is_explained() -> None:
    text = OPERATIONS.read_text(encoding="utf-8")
    explained = set(re.findall(r"^\| `?([\w-]+)`? \|", text, re.MULTILINE))
    assert {code.value for code in Code} - explained == set()
    assert {str(int(code)) for code in ExitCode} - explained == set()
    # The name of exit code 75 is no failure's.
    assert {error.reason for error in failures()} - explained == {"locked"}
    assert MASS_REMOVAL in explained


def failures(kind: type[RecordError] = RecordError) -> Iterator[type[RecordError]]:
    """Why recording may stop."""
    if kind.__module__.startswith("pipelines."):
        yield kind
    for special in kind.__subclasses__():
        yield from failures(special)


def test_links_lead_somewhere() -> None:
    text = OPERATIONS.read_text(encoding="utf-8")
    for target in re.findall(r"\]\((?!https?:)([^)]+)\)", text):
        path, _, anchor = target.partition("#")
        page = (OPERATIONS.parent / path).resolve() if path else OPERATIONS
        assert page.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}, target


def test_every_file_to_install_is_named() -> None:
    text = OPERATIONS.read_text(encoding="utf-8")
    for path in DEPLOY.iterdir():
        assert f"deploy/{path.name}" in text
