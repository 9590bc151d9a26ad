"""`scrapy reextract`: what today's rules would change of what older ones recorded, and changing it."""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from crawler.archive.index import ReplayIndex
from crawler.commands.extract import articles_of_archive
from crawler.fixtures import FIXTURES, saved_pages
from crawler.items import Article, Capture
from crawler.reextraction.corrections import Corrections
from crawler.reextraction.findings import Judge, Kind
from crawler.reextraction.plan import index_of, make_plan
from crawler.reextraction.reading import read_all
from pipelines.recorded import Recorded
from pipelines.recording import Record
from tests.archive.warc_files import http, record, record_id, write
from tests.command_line import json_lines, scrapy, written
from tests.downloading.local_site import Answer, local_site
from tests.pipelines.examples import contents, record_all
from tests.shared import REAL, needs_real

SAMPLE = FIXTURES / "sample.warc.gz"
ECNS = [one for one in articles_of_archive(SAMPLE) if isinstance(one, Article) and one.source == "ecns"]

FERRY, KITES, WALL, FLOODS = (
    "ecns:ihfcrtwk2040871",
    "ecns:ihczkfqm4410927",
    "ecns:2018/06-04/305871",
    "ecns:2015/09-17/181234",
)
BLOCKED = "https://www.ecns.cn/news/politics/2020-02-02/detail-ifztmwqp1000002.shtml"


def of_sample(document_id: str) -> Article:
    return next(one for one in ECNS if one.id == document_id)


def as_read_before() -> Iterator[Article]:
    """What an older reader made of the sample: one text with chrome below it, two without their editor, one by a layout
    of another name; and one page it could not read."""
    for article in ECNS:
        if article.id == FERRY:
            body = f"{article.article_body}\n\nShare [this] with somebody."
            yield article.model_copy(update={"article_body": body, "editor": None})
        elif article.id == KITES:
            yield article.model_copy(update={"editor": None})
        elif article.id == WALL:
            yield article.model_copy(update={"layout": "ecns-of-old"})
        elif article.id != FLOODS:
            yield article


@pytest.fixture
def old(tmp_path: Path) -> Path:
    outcomes = record_all(tmp_path / "old", *as_read_before(), source="ecns")
    assert outcomes == ["new"] * (len(ECNS) - 1)
    return tmp_path / "old"


def reextract(directory: Path, *arguments: str | Path, expect: int = 0) -> dict[str, Any]:
    done = scrapy("reextract", "--json", "-s", f"OUTPUT_DIR={directory}", *arguments, expect=expect)
    (described,) = json_lines(done.stdout)
    assert list(described) == sorted(described)
    return described


def shown(directory: Path, *arguments: str | Path, expect: int = 0) -> str:
    return scrapy("reextract", "-s", f"OUTPUT_DIR={directory}", *arguments, expect=expect).stdout


def test_after_a_crawl_nothing_changes(tmp_path: Path) -> None:
    for source in ("missions", "ecns"):
        scrapy("crawl", source, "-a", f"replay={SAMPLE}", "-s", f"OUTPUT_DIR={tmp_path}")
    before = contents(tmp_path)
    text = shown(tmp_path, "--source", "ecns", SAMPLE)
    assert "9 give what is recorded" in text
    assert text.endswith("Nothing changes.\n")
    described = reextract(tmp_path, "--apply", "--source", "missions", SAMPLE)
    assert described["same"] == len(written(tmp_path, "articles", "missions") + written(tmp_path, "copies", "missions"))
    assert (described["fields"], described["new_texts"], described["written"]) == ({}, [], {})
    assert contents(tmp_path) == before


def test_after_a_live_crawl_its_own_archive_changes_nothing(tmp_path: Path) -> None:
    """Of articles on several pages too, and of dates that only their listing told."""
    pages = {urlsplit(case.url).path: Answer(case.path.read_bytes()) for case in saved_pages("ecns")}
    with local_site(pages) as site:
        live = ("-s", f"CONNECT_TO={site.authority}", "-s", "DOWNLOAD_DELAY=0", "-s", "RETRY_ENABLED=False")
        scrapy("crawl", "ecns", *live, "-s", "HEALTH=off", "-s", f"OUTPUT_DIR={tmp_path}")
    articles = written(tmp_path, "articles", "ecns")
    assert len(articles) > 3
    before = contents(tmp_path)
    described = reextract(tmp_path, "--apply")
    assert (described["same"], described["written"], described["incomplete"]) == (len(articles), {}, 0)
    assert contents(tmp_path) == before


def test_what_would_change_is_shown_field_by_field(old: Path) -> None:
    before = contents(old)
    described = reextract(old, "--source", "ecns", SAMPLE)
    counts = {name: described[name] for name in ("same", "changed", "layout", "new", "lost", "incomplete")}
    assert counts == {"same": 5, "changed": 2, "layout": 1, "new": 1, "lost": 0, "incomplete": 0}
    fields = described["fields"]
    assert {name: field["documents"] for name, field in fields.items()} == {"editor": 2, "article_body": 1, "layout": 1}
    assert fields["editor"]["examples"] == [
        {"document": FERRY, "before": "null", "after": "Huang Fang"},
        {"document": KITES, "before": "null", "after": "Zhang Dongfang"},
    ]
    assert fields["article_body"]["examples"] == [
        {"document": FERRY, "before": "Share [this] with somebody.", "after": ""}
    ]
    assert fields["layout"]["examples"] == [{"document": WALL, "before": "ecns-of-old", "after": "ecns-2013"}]
    (new,) = described["new_texts"]
    assert (new["kind"], new["document"]) == ("new", FLOODS)
    assert new["headline"] == "Lake districts to share flood warnings"
    assert described["problems"]["blocked"]["count"] == 1
    assert described["written"] is None
    assert contents(old) == before


def test_the_same_for_a_reader(old: Path) -> None:
    text = shown(old, "--source", "ecns", SAMPLE)
    for line in (
        f"{FERRY}\n    - Share [this] with somebody.\n",
        f"{KITES}\n    - null\n    + Zhang Dongfang\n",
        f"new {FLOODS}  Lake districts to share flood warnings\n",
        "layout alone (no correction)",
        f"blocked: 1\n  blocked {BLOCKED}",
        "3 captures to apply; nothing was written.\n",
    ):
        assert line in text


def test_applied_it_is_a_correction_and_no_revision(old: Path) -> None:
    before = contents(old)
    described = reextract(old, "--apply", "--source", "ecns", SAMPLE)
    assert described["written"] == {"correction": 2, "new": 1}
    after = contents(old)
    assert all(after[path].startswith(lines) for path, lines in before.items())

    *_, ferry, kites, floods = written(old, "articles", "ecns")
    for line, document_id in ((ferry, FERRY), (kites, KITES)):
        article = of_sample(document_id)
        assert line["id"] == document_id
        assert (line["article_body"], line["editor"]) == (article.article_body, article.editor)
        assert (line["revision"], line["correction"]) == (1, 1)
        assert line["capture"] == article.model_dump()["capture"]
        assert line["date_retrieved"] == article.date_retrieved
    assert (floods["id"], floods["revision"], floods["correction"]) == (FLOODS, 1, None)

    rows = written(old, "revisions", "ecns")
    assert [(row["document"], row["kind"], row["changed"]) for row in rows] == [
        (FERRY, "correction", ["editor", "article_body"]),
        (KITES, "correction", ["editor"]),
    ]
    assert rows[1]["fields"] == {"editor": {"before": None, "after": "Zhang Dongfang"}}
    assert [(row["size"]["removed"], row["size"]["added"]) for row in rows] == [(4, 0), (0, 0)]

    (status,) = json.loads(scrapy("status", "--json", "-s", f"OUTPUT_DIR={old}").stdout)
    assert (status["documents"], status["copies"], status["revisions"]) == (len(ECNS), 0, 0)
    with Recorded(old) as recorded:
        assert recorded.article(FERRY) == Article.model_validate(ferry)

    again = reextract(old, "--apply", "--source", "ecns", SAMPLE)
    assert (again["written"], again["same"], again["changed"]) == ({}, 8, 0)
    assert contents(old) == after


def test_a_better_reading_of_a_corrected_one_is_the_next_correction(old: Path) -> None:
    reextract(old, "--apply", "--source", "ecns", SAMPLE)
    worse = of_sample(KITES).model_copy(update={"keywords": ["kites"]})
    assert record_all(old, worse, source="ecns") == ["unchanged"]
    assert reextract(old, "--apply", "--source", "ecns", SAMPLE)["written"] == {}
    longer = of_sample(KITES).model_copy(update={"article_body": f"{of_sample(KITES).article_body} And more."})
    assert record_all(old, longer, source="ecns") == ["correction"]
    assert reextract(old, "--apply", "--source", "ecns", SAMPLE)["written"] == {"correction": 1}
    kites = [line for line in written(old, "articles", "ecns") if line["id"] == KITES]
    assert [(line["revision"], line["correction"]) for line in kites] == [(1, None), (1, 1), (1, 2), (1, 3)]
    assert kites[1]["article_body"] == kites[3]["article_body"] == of_sample(KITES).article_body


def test_the_same_output_however_many_read(old: Path) -> None:
    directories = [old, Path(shutil.copytree(old, old.parent / "other"))]
    assert shown(old, "--jobs", "1", SAMPLE) == shown(old, "--jobs", "2", SAMPLE)
    texts = [shown(one, "--apply", "--jobs", str(jobs), SAMPLE) for jobs, one in enumerate(directories, 1)]
    assert texts[0] == texts[1]
    assert contents(directories[0]) == contents(directories[1])
    assert len(written(old, "articles", "xinhua")) > 10


def test_since_is_the_day_of_the_capture(old: Path) -> None:
    described = reextract(old, "--since", "2026-10-01", "--source", "ecns", SAMPLE)
    assert (described["captures"], described["changed"]) == (len(ECNS) + 5, 2)
    described = reextract(old, "--since", "2026-10-02", SAMPLE)
    assert (described["captures"], described["read"]) == (0, 0)
    assert "write it like 2022-10-01" in scrapy("reextract", "--since", "yesterday", expect=2).stderr


def test_the_archive_of_the_output_directory_by_default(old: Path) -> None:
    """Also a file that a killed run left in progress: captures name it as it will be called."""
    (old / "archive" / "ecns").mkdir(parents=True)
    cut = SAMPLE.read_bytes() + gzip.compress(record(1, "http://news.example/", http()))[:-30]
    (old / "archive" / "ecns" / f"{SAMPLE.name}.open").write_bytes(cut)
    described = reextract(old, "--apply", "--source", "ecns")
    assert (described["written"], described["same"]) == ({"correction": 2, "new": 1}, 5)
    assert described["problems"]["truncated-archive"]["count"] == 1
    assert written(old, "articles", "ecns")[-1]["capture"]["file"] == SAMPLE.name


def test_files_that_cannot_be_read_are_named_and_the_others_read(old: Path, tmp_path: Path) -> None:
    (tmp_path / "noise.warc.gz").write_bytes(b"noise" * 100)
    (tmp_path / "empty.warc").touch()
    (tmp_path / "nothing").mkdir()
    names = [tmp_path / name for name in ("noise.warc.gz", "empty.warc", "nothing", "absent-*.warc")]
    described = reextract(old, "--source", "ecns", *names, SAMPLE, expect=1)
    assert described["changed"] == 2
    assert described["problems"]["unreadable-file"]["count"] == 4
    text = shown(old, *names, expect=1)
    assert "unreadable-file: 4" in text
    assert "0 captures of articles" in text


def test_what_can_no_longer_be_read_is_lost_and_left_alone(old: Path) -> None:
    (capture,) = ReplayIndex([SAMPLE]).captures(BLOCKED)
    refused = of_sample(WALL).model_copy(
        update={
            "id": "ecns:ifztmwqp1000002",
            "url": BLOCKED,
            "canonical_url": BLOCKED,
            "article_body": "What an older reader took for a text.",
            "capture": Capture(file=SAMPLE.name, record_id=capture.record_id),
        }
    )
    assert record_all(old, refused, source="ecns") == ["new"]
    described = reextract(old, "--apply", "--source", "ecns", SAMPLE, expect=1)
    (lost,) = described["lost_texts"]
    assert lost["document"] == "ecns:ifztmwqp1000002"
    assert lost["problem"].startswith(f"blocked {BLOCKED}")
    assert described["written"] == {"correction": 2, "new": 1}
    assert "ecns:ifztmwqp1000002  blocked" in shown(old, SAMPLE, expect=1)


def test_a_kill_between_two_batches_loses_nothing(old: Path) -> None:
    whole = Path(shutil.copytree(old, old.parent / "whole"))
    reextract(whole, "--apply", "--source", "ecns", SAMPLE)

    index, _ = index_of([SAMPLE])
    with Recorded(old) as recorded:
        candidates = make_plan(index, recorded, "ecns").candidates
        judge, corrections = Judge(recorded), Corrections(lambda source: Record(old, source), 1, lambda _: None)
        findings = [judge.judge(*one) for one in zip(candidates, read_all(index, candidates, 1), strict=True)]
        corrections.add(next(finding for finding in findings if finding.kind is Kind.CHANGED))
        corrections.abandon()
    with (old / "articles" / "ecns.jsonl").open("ab") as file:
        file.write(b'{"id": "ecns:of-a-batch-that-was-not-committed", "hea')
    assert contents(old) != contents(whole)

    assert reextract(old, "--apply", "--source", "ecns", SAMPLE)["written"] == {"correction": 1, "new": 1}
    assert contents(old) == contents(whole)


def test_without_a_ledger_there_is_nothing_to_correct(tmp_path: Path) -> None:
    done = scrapy("reextract", "-s", f"OUTPUT_DIR={tmp_path}", SAMPLE, expect=2)
    assert "nothing was recorded there yet" in done.stderr
    assert list(tmp_path.iterdir()) == []
    assert "at least one process" in scrapy("reextract", "--jobs", "0", SAMPLE, expect=2).stderr


# --- several captures of a document

PAGE = "https://www.ecns.cn/hd/2024-04-12/detail-ihczkfqm4410927.shtml"


def captured(number: int, day: int, page: bytes, **fields: Any) -> bytes:
    return record(number, PAGE, http(page), date=f"2026-09-{day:02}T06:00:00Z", **fields)


@pytest.fixture
def twice(tmp_path: Path) -> Path:
    """An archive in which the kites are seen on four days: as they were, again, as a revisit, and with other words."""
    page = ReplayIndex([SAMPLE]).lookup(PAGE)
    assert page is not None
    other = page.body.replace(b"</p>", b" They flew low.</p>", 1)
    revisit = captured(3, 3, b"", type="revisit", headers=[f"WARC-Refers-To: <{record_id(1)}>"])
    return write(
        tmp_path / "twice.warc.gz", captured(1, 1, page.body), captured(2, 2, page.body), revisit, captured(4, 4, other)
    )


def test_each_text_is_read_once_from_the_capture_of_its_line(tmp_path: Path, twice: Path) -> None:
    scrapy("crawl", "ecns", "-a", f"replay={twice}", "-s", f"OUTPUT_DIR={tmp_path}")
    first, second = written(tmp_path, "articles", "ecns")
    assert (first["revision"], second["revision"]) == (1, 2)
    assert "4 captures of articles, 2 read again (2 show what another shows): 2 give" in shown(tmp_path, twice)
    described = reextract(tmp_path, "--since", "2026-09-03", twice)
    assert (described["captures"], described["read"]) == (2, 1)

    # The same by a reader who knew no editors.
    old = tmp_path / "old"
    articles = [one for one in articles_of_archive(twice) if isinstance(one, Article)]
    assert len(articles) == 4
    without = [one.model_copy(update={"editor": None}) for one in articles]
    assert record_all(old, *without, source="ecns") == ["new", "unchanged", "unchanged", "revision"]
    described = reextract(old, "--apply", twice)
    assert described["fields"]["editor"]["documents"] == 1
    assert described["written"] == {"correction": 2}
    *_, first, second = written(old, "articles", "ecns")
    assert [(one["revision"], one["correction"]) for one in (first, second)] == [(1, 1), (2, 1)]
    assert [one["capture"]["record_id"] for one in (first, second)] == [record_id(1), record_id(4)]
    assert "They flew low." in second["article_body"]
    (status,) = json.loads(scrapy("status", "--json", "-s", f"OUTPUT_DIR={old}").stdout)
    assert status["revisions"] == 1
    assert reextract(old, "--apply", twice)["written"] == {}


def test_a_capture_that_is_not_known_may_show_a_known_text(tmp_path: Path, twice: Path) -> None:
    first = next(one for one in articles_of_archive(twice) if isinstance(one, Article))
    assert record_all(tmp_path / "old", first, source="ecns") == ["new"]
    described = reextract(tmp_path / "old", twice)
    assert (described["same"], described["known"], described["revision"]) == (1, 2, 1)
    assert [one["kind"] for one in described["new_texts"]] == ["revision"]
    described = reextract(tmp_path / "old", "--apply", twice)
    assert described["written"] == {"revision": 1, "unchanged": 2}
    described = reextract(tmp_path / "old", "--apply", twice)
    assert (described["same"], described["read"], described["written"]) == (2, 2, {})


def test_half_an_article_corrects_nothing(tmp_path: Path) -> None:
    """Its further page was read once, but is in none of the files given now."""
    first, second = (next(one for one in saved_pages("ecns") if one.name == f"ecns/multi-page{n}") for n in ("", "-2"))
    pages = [record(n, one.url, http(one.path.read_bytes())) for n, one in enumerate((first, second), 1)]
    both = write(tmp_path / "both.warc.gz", *pages)
    (whole,) = (one for one in articles_of_archive(both) if isinstance(one, Article))
    write(both, pages[0])
    assert record_all(tmp_path / "out", whole, source="ecns") == ["new"]
    described = reextract(tmp_path / "out", "--apply", both)
    assert (described["incomplete"], described["changed"], described["written"]) == (1, 0, {})
    (incomplete,) = described["incomplete_texts"]
    assert incomplete["problem"].startswith(f"not-archived {second.url}")
    assert "incomplete: differs" in shown(tmp_path / "out", both)


def test_what_a_mirror_makes_of_it_is_no_revision(tmp_path: Path, twice: Path) -> None:
    first = next(one for one in articles_of_archive(twice) if isinstance(one, Article))
    assert record_all(tmp_path / "out", first, source="ecns") == ["new"]
    (*_, other) = ReplayIndex([twice]).captures(PAGE)
    page = ReplayIndex([twice]).read(other).body
    mirror = write(tmp_path / "mirror.warc.gz", record(9, PAGE.replace("www.ecns.cn", "mirror.example"), http(page)))
    described = reextract(tmp_path / "out", "--apply", mirror)
    assert (described["refused"], described["new_texts"], described["written"]) == (1, [], {})
    assert described["problems"]["mirror-differs"]["count"] == 1


# --- real pages


@needs_real
@pytest.mark.parametrize(
    ("archive", "edition", "documents"),
    [
        ("mfa-en-2020-07", "en", 320),
        ("mfa-zh-2020-07", "zh", 150),
        ("mfa-zh-2024-04", "zh", 150),
        ("xinhua-en-2007-2016", "en", 203),
    ],
)
def test_real_archives_after_a_crawl(archive: str, edition: str, documents: int, tmp_path: Path) -> None:
    path, source = REAL / f"{archive}.warc.gz", archive.partition("-")[0]
    replay = ("-a", f"edition={edition}", "-a", f"replay={path}", "-s", f"OUTPUT_DIR={tmp_path}")
    scrapy("crawl", source, *replay)
    before = contents(tmp_path)
    described = reextract(tmp_path, "--apply", path)
    assert (described["captures"], described["same"], described["written"]) == (documents, documents, {})
    assert contents(tmp_path) == before
