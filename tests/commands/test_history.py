"""`scrapy history`: a document's life as it is printed."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from rich.console import Console

from crawler.commands.docs import schema
from crawler.commands.history import DifferenceLines, excerpt
from pipelines.history import read_history
from pipelines.recorded import Recorded
from pipelines.rows import Revision, StateChange
from pipelines.word_diff import Piece
from tests.command_line import scrapy
from tests.pipelines.examples import article, lines, long_text, record_all
from tests.pipelines.lives import (
    CORRECTED,
    ELSEWHERE,
    FIRST,
    LIFE,
    PLACE,
    SECOND,
    capture_of,
    record_life,
    record_move,
    seen,
)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("recorded")
    record_life(directory)
    return directory


@pytest.fixture(scope="module")
def shown(recorded: Path) -> str:
    """The life of `mfa:t1` as it is printed."""
    return run(recorded, LIFE)


def run(directory: Path, *arguments: str, expect: int = 0) -> str:
    """What `scrapy history` prints; where it has to fail, what it says then."""
    done = scrapy("history", *arguments, "-s", f"OUTPUT_DIR={directory}", expect=expect)
    return done.stderr if expect else done.stdout


def part(shown: str, title: str) -> list[str]:
    """The lines of one part of what was printed."""
    return next(part.splitlines()[1:] for part in shown.split("\n\n") if part.startswith(title))


def test_who_what_where_and_how_it_stands(shown: str) -> None:
    head = shown.split("\n\n")[0].splitlines()
    assert head[:3] == [
        "mfa:t1  The Envoy on Lanterns",
        "  Ministry of Examples, published 2022-10-28",
        "  http://www.example.cn/eng/t1.htm",
    ]
    found = "2024-03-10T06:00:00Z"
    assert head[3].startswith(f"  moved since {found}, last found {found}, next visit from 2024-03-1")
    assert head[4] == "  visited under http://www.example.cn/en/2024/t1.htm now"


def test_captures_with_what_to_cite_them_by(shown: str) -> None:
    assert part(shown, "Captures") == [
        f"  2024-03-{day:02}T06:00:00Z  revision {revision}  mfa-{day:02}.warc.gz urn:uuid:{day:02}  "
        "http://www.example.cn/eng/t1.htm"
        for day, revision in ((1, 1), (2, 1), (3, 2), (4, 2), (8, 2))
    ]


def test_what_happened_in_the_order_of_time(shown: str) -> None:
    happened = part(shown, "What happened")
    assert [line.strip() for line in happened if line.startswith("  2024")] == [
        "2024-03-01T06:00:00Z  first seen, revision 1",
        "2024-03-03T06:00:00Z  revision 2: headline, editor, article_body (5 words out, 6 in, 88% the same)",
        "2024-03-04T06:00:00Z  new layout around the same words: example → example-2024",
        "2024-03-05T06:00:00Z  missing (not-found)",
        "2024-03-07T06:00:00Z  gone (not-found)",
        "2024-03-08T06:00:00Z  returned",
        "2024-03-10T06:00:00Z  moved to http://www.example.cn/en/2024/t1.htm (redirected)",
    ]


def test_a_removal_names_its_evidence(shown: str) -> None:
    happened = part(shown, "What happened")
    at = next(number for number, line in enumerate(happened) if "gone" in line)
    assert [line.strip() for line in happened[at + 1 : at + 3]] == [
        "was missing, last found 2024-03-04T06:00:00Z; under http://www.example.cn/eng/t1.htm",
        "evidence mfa-07.warc.gz urn:uuid:07",
    ]
    assert "Removed does not mean retracted" in shown


def test_fields_before_and_after(shown: str) -> None:
    happened = [line.strip() for line in part(shown, "What happened")]
    assert "headline: The Envoy on River Ferries → The Envoy on Lanterns" in happened
    assert "editor: none → Li" in happened
    assert "read from mfa-01.warc.gz urn:uuid:01 and mfa-03.warc.gz urn:uuid:03" in happened


def test_a_changed_word_is_marked_where_it_stands(tmp_path: Path) -> None:
    changed = FIRST.replace("nine guests", "ten guests").replace("two hundred", "many")
    record_all(tmp_path, seen(1, FIRST), seen(2, changed))
    happened = [line.strip() for line in part(run(tmp_path, LIFE), "What happened")]
    assert "The ferry left the old pier at noon with the envoy and [-nine-]{+ten+} guests on board." in happened
    marked = next(line for line in happened if line.startswith("The captain answered that"))
    assert marked.endswith("lanterns were lit.")
    assert "{+many+}" in marked
    # The sentence between is too long to be shown whole.
    assert "asked how many of them" not in "\n".join(happened)


def test_a_paragraph_taken_out(tmp_path: Path) -> None:
    first, second, third = FIRST.split("\n\n")
    record_all(tmp_path, seen(1, FIRST), seen(2, f"{first}\n\n{second}"))
    happened = [line.strip() for line in part(run(tmp_path, LIFE), "What happened")]
    assert f"[-{third}-]" in happened


def test_chinese_by_characters(tmp_path: Path) -> None:
    record_all(
        tmp_path,
        seen(1, "渡船中午离开了旧码头。" * 20),
        seen(2, "渡船中午离开了旧码头。" * 19 + "渡船清晨离开旧码头。"),
    )
    shown = run(tmp_path, LIFE)
    assert "渡船[-中午-]{+清晨+}离开[-了-]旧码头。" in shown
    assert shown.count("渡船") < 10


def test_corrections_stand_apart(shown: str) -> None:
    corrections = part(shown, "Corrections: ours, not the publisher's")
    assert corrections[0] == (
        "  2024-03-03T06:00:00Z  correction 1 of revision 2: article_body (3 words out, 1 in, 96% the same)"
    )
    assert corrections[-1].strip() == "read from mfa-03.warc.gz urn:uuid:03"
    assert "correction" not in "\n".join(part(shown, "What happened"))


def test_without_corrections_there_is_no_word_of_them(tmp_path: Path) -> None:
    record_all(tmp_path, seen(1, FIRST))
    assert "Corrections" not in run(tmp_path, LIFE)


def test_a_text_found_under_another_id(tmp_path: Path) -> None:
    record_move(tmp_path)
    shown = run(tmp_path, PLACE)
    moved = f"  2024-03-03T06:00:00Z  moved to http://www.example.cn/eng/t3.htm ({ELSEWHERE}) (same-text)"
    assert moved in part(shown, "What happened")
    assert f"  its text stands under {ELSEWHERE} now" in shown
    assert part(shown, "Story")[1:3] == [
        f"  2022-10-28  lead       {PLACE}  Ministry of Examples",
        f"  2022-10-28  identical  {ELSEWHERE}  Ministry of Examples",
    ]


def test_a_document_of_its_own_has_no_copies(shown: str) -> None:
    assert part(shown, "Story") == ["  mfa:t1: no copies are known"]


def test_a_mirror_is_named(tmp_path: Path) -> None:
    mirror = {"url": "http://mirror.example.com/t1.htm", "mirror_of": "http://www.example.cn/eng/t1.htm"}
    record_all(tmp_path, seen(1, FIRST, **mirror))
    assert "  its text is known from a mirror only: http://mirror.example.com/t1.htm" in run(tmp_path, LIFE)
    record_all(tmp_path, seen(2, SECOND))
    shown = run(tmp_path, LIFE)
    assert "known from a mirror only" not in shown
    assert "read from a mirror, whose doing it may be: http://mirror.example.com/t1.htm" in shown


def test_questions_and_answers_are_counted(tmp_path: Path) -> None:
    exchanges = [{"question": "Why?", "answer": "The ferry was late."}]
    record_all(tmp_path, seen(1, FIRST), seen(2, SECOND, exchanges=exchanges))
    assert "exchanges: 0 → 1 questions and answers" in run(tmp_path, LIFE)


def test_pictures_and_lists(tmp_path: Path) -> None:
    images = [{"url": "http://www.example.cn/pier.jpg", "caption": "The pier"}]
    record_all(tmp_path, seen(1, FIRST, keywords=["ferry", "pier"]), seen(2, SECOND, images=images))
    happened = [line.strip() for line in part(run(tmp_path, LIFE), "What happened")]
    assert "keywords: ferry, pier → none" in happened
    assert "images: none → http://www.example.cn/pier.jpg The pier" in happened


# folding


@pytest.fixture(scope="module")
def visited(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten captures: six of one text, three of the next, and the first text again."""
    directory = tmp_path_factory.mktemp("visited")
    texts = [FIRST] * 6 + [SECOND] * 3 + [FIRST]
    record_all(directory, *(seen(day, text) for day, text in enumerate(texts, 1)))
    return directory


def test_a_long_run_of_captures_is_folded(visited: Path) -> None:
    captures = part(run(visited, LIFE), "Captures")
    assert [line.strip()[:35] for line in captures] == [
        "2024-03-01T06:00:00Z  revision 1  m",
        "… 4 more of revision 1 (--all shows",
        "2024-03-06T06:00:00Z  revision 1  m",
        "2024-03-07T06:00:00Z  revision 2  m",
        "2024-03-08T06:00:00Z  revision 2  m",
        "2024-03-09T06:00:00Z  revision 2  m",
        "2024-03-10T06:00:00Z  revision 3  m",
    ]


def test_all_captures(visited: Path) -> None:
    captures = part(run(visited, LIFE, "--all"), "Captures")
    assert len(captures) == 10
    assert all(f"mfa-{day:02}.warc.gz" in line for day, line in enumerate(captures, 1))


# as JSON


def test_all_of_it_as_one_object(recorded: Path) -> None:
    told = json.loads(run(recorded, LIFE, "--json"))
    assert (told["id"], told["headline"], told["publisher"]) == (LIFE, "The Envoy on Lanterns", "Ministry of Examples")
    assert (told["state"], told["since"], told["moved_to"]) == ("moved", "2024-03-10T06:00:00Z", None)
    assert (told["first_seen"], told["revision"], told["correction"]) == ("2024-03-01T06:00:00Z", 2, 1)
    assert [capture["record_id"] for capture in told["captures"]] == [f"urn:uuid:0{day}" for day in (1, 2, 3, 4, 8)]
    assert [change["state"] for change in told["states"]] == ["missing", "gone", "returned", "moved"]
    assert [change["layout"] for change in (told["layout_changes"][0][side] for side in ("before", "after"))] == [
        "example",
        "example-2024",
    ]
    assert told["story"]["members"][0]["id"] == LIFE


@pytest.mark.parametrize(("kind", "text"), [("revisions", SECOND), ("corrections", CORRECTED)])
def test_the_words_of_a_change_make_its_text(kind: str, text: str, recorded: Path) -> None:
    (change,) = json.loads(run(recorded, LIFE, "--json"))[kind]
    assert "".join(piece["text"] for piece in change["words"] if piece["kind"] != "removed").strip() == text
    assert change["after"]["capture"] == capture_of(3).model_dump()


def test_lines_are_as_their_schemas_say(recorded: Path) -> None:
    for path, model, count in (("revisions/mfa.jsonl", Revision, 3), ("states/mfa.jsonl", StateChange, 4)):
        validator = Draft202012Validator(json.loads(schema(model)))
        written = lines(recorded, path)
        assert len(written) == count
        assert [error.message for line in written for error in validator.iter_errors(line)] == []


# which document


def test_a_document_by_any_of_its_urls(tmp_path: Path) -> None:
    record_all(tmp_path, article("mfa:t1558711", article_body=long_text("ferries")))
    for url in (
        "http://www.fmprc.gov.cn/mfa_eng/zxxx_662805/t1558711.shtml",
        "https://www.mfa.gov.cn/eng/wjdt_665385/2649_665393/t1558711.htm",
    ):
        assert run(tmp_path, url).startswith("mfa:t1558711  ")


def test_a_document_that_was_never_met(recorded: Path, tmp_path: Path) -> None:
    assert "mfa:t2 was never met; there is mfa:t1" in run(recorded, "mfa:t2", expect=2)
    assert "mfa:t1558711 was never met\n" in run(recorded, "https://www.mfa.gov.cn/eng/t1558711.htm", expect=2)
    assert "https://www.mfa.gov.cn/eng/ is the URL of no document" in run(
        recorded, "https://www.mfa.gov.cn/eng/", expect=2
    )
    assert "unknown-url" in run(recorded, "https://news.example.com/", expect=2)
    assert "name one document" in run(recorded, expect=2)
    assert "nothing was recorded there yet" in run(tmp_path, LIFE, expect=2)
    assert list(tmp_path.iterdir()) == []


# the words around a change


def test_an_excerpt_cuts_between_words() -> None:
    pieces = [
        Piece("same", "one two three four five "),
        Piece("removed", "six "),
        Piece("added", "seven "),
        Piece("same", "eight nine ten eleven twelve "),
        Piece("added", "thirteen "),
        Piece("same", "fourteen fifteen sixteen"),
    ]
    assert [piece.text for piece in excerpt(pieces, context=11)] == [
        "\n… four five ",
        "six",
        "seven ",
        "eight nine …\n… twelve ",
        "thirteen ",
        "fourteen …\n",
    ]


def test_a_short_text_is_shown_whole() -> None:
    pieces = [Piece("same", "one two "), Piece("added", "three "), Piece("same", "four")]
    assert excerpt(pieces, context=11) == pieces


def test_on_a_terminal_words_are_coloured(recorded: Path) -> None:
    with Recorded(recorded) as opened:
        history = read_history(opened, LIFE)
    assert history is not None
    (revision,) = history.of_kind("revision")
    console = Console(file=io.StringIO(), force_terminal=True, color_system="standard", width=200)
    for line in DifferenceLines(is_coloured=True).of(revision):
        console.print(line)
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    assert "[-" not in shown
    red_strike, green = "\x1b[9;31m", "\x1b[32m"
    assert f"{red_strike}two" in shown
    assert f"{green}no" in shown
