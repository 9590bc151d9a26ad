"""`scrapy extract`: what it prints, and what it says of files that are no page."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from crawler.fixtures import FIXTURES, saved_pages
from tests.command_line import json_lines, scrapy
from tests.shared import REAL, SEEDS, needs_real, needs_seeds

ARTICLE = next(case for case in saved_pages("mfa") if case.name == "mfa/en-2014-conference")
SAMPLE = FIXTURES / "sample.warc.gz"


def extract(url: str, path: Path, expect: int = 0) -> tuple[list[dict[str, object]], str]:
    done = scrapy("extract", "--url", url, path, expect=expect)
    return json_lines(done.stdout), done.stderr


def test_a_saved_page(tmp_path: Path) -> None:
    (article,), problems = extract(ARTICLE.url, ARTICLE.path)
    assert article["headline"] == ARTICLE.expected_field("headline")
    assert {name: told for name, told in article["capture"].items() if told} == {"file": ARTICLE.path.name}
    assert str(article["text_digest"]).startswith("sha256:")
    assert problems == ""


def test_a_page_may_know_its_own_url(tmp_path: Path) -> None:
    saved = tmp_path / "page.html"
    mark = f"<!-- saved from url=({len(ARTICLE.url):04d}){ARTICLE.url} -->\n"
    saved.write_bytes(mark.encode() + ARTICLE.path.read_bytes())
    (article,) = json_lines(scrapy("extract", saved).stdout)
    assert article["url"] == ARTICLE.url


def test_a_page_that_does_not_needs_one(tmp_path: Path) -> None:
    done = scrapy("extract", ARTICLE.path, expect=1)
    assert "unknown-url" in done.stderr
    assert "--url" in done.stderr


def test_several_files_one_without_an_article(tmp_path: Path) -> None:
    empty = tmp_path / "empty.html"
    empty.touch()
    done = scrapy("extract", SAMPLE, empty, expect=1)
    assert len(json_lines(done.stdout)) > 50
    assert "empty-response" in done.stderr


def test_a_warc_file_gives_every_article_of_every_source() -> None:
    articles = json_lines(scrapy("extract", SAMPLE).stdout)
    assert {article["source"] for article in articles} == {
        "ecns",
        "hk_commissioner",
        "mfa",
        "missions",
        "shine",
        "xinhua",
    }
    assert all(article["date_retrieved"] and article["capture"]["record_id"] for article in articles)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty-response"),
        (b"\x89PNG\r\n\x1a\n" + bytes(4000), "not-html"),
        (b"<div>" * 10_000_000, "too-large"),
        (b"<div>" * 1_000_000, "too-large"),
        (b"<div>" * 40_000, "truncated"),
        (b"<html><body>" + b"<div>" * 40_000 + b"</body></html>", "no-layout"),
        (b"<html><head><title>404 Not Found</title></head><body>nginx</body></html>", "soft-404"),
        (b"<html><body><p>Access denied</p></body></html>", "blocked"),
        (b"\xff\xfe\x00\x00\x81", "undecodable"),
    ],
)
def test_what_is_no_page_has_a_name(content: bytes, code: str, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_bytes(content)
    articles, problems = extract(ARTICLE.url, path, expect=1)
    assert articles == []
    assert f"page.html: {code} " in problems


@pytest.mark.parametrize("share", [0.2, 0.5, 0.7, 0.8, 0.9])
def test_a_page_cut_anywhere_is_whole_or_refused(share: float, tmp_path: Path) -> None:
    whole = ARTICLE.path.read_bytes()
    path = tmp_path / "page.html"
    path.write_bytes(whole[: int(len(whole) * share)])
    done = scrapy("extract", "--url", ARTICLE.url, path, expect=1 if _cuts_body(whole, share) else 0)
    if _cuts_body(whole, share):
        assert "truncated" in done.stderr
    else:
        (article,) = json_lines(done.stdout)
        assert article["article_body"] == ARTICLE.expected_field("article_body")


def _cuts_body(page: bytes, share: float) -> bool:
    last_words = str(ARTICLE.expected_field("article_body")).split("\n\n")[-1][-20:].encode()
    return int(len(page) * share) < page.index(last_words) + len(last_words)


def test_latin_1_declared_as_utf_8(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    text = ARTICLE.path.read_text("utf-8").replace("Conference", "Conférence").encode("latin-1", "replace")
    path.write_bytes(text)
    (article,), _ = extract(ARTICLE.url, path)
    assert "Conférence" in str(article["headline"])


def test_a_warc_file_cut_in_the_middle(tmp_path: Path) -> None:
    whole = SAMPLE.read_bytes()
    path = tmp_path / "cut.warc.gz"
    path.write_bytes(whole[: len(whole) // 2])
    done = scrapy("extract", path)
    assert 5 < len(json_lines(done.stdout)) < 50
    assert "truncated-archive" in done.stderr


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    for name in ("absent.html", "absent.warc.gz"):
        done = scrapy("extract", *([] if "warc" in name else ["--url", ARTICLE.url]), tmp_path / name, expect=1)
        assert "unreadable-file" in done.stderr


#: The URLs of ../shared/seeds/README.md, and what its issue says of each page. Seed 001 has six paragraphs, not five.
SEED_FACTS = [
    ("000", "https://www.shine.cn/news/nation/2210281963/", "shine:2210281963", "2022-10-28T08:53:00+08:00", "minute",
     "page", "Xinhua", "Wang Qingchu", "Nation", 7),
    ("001", "http://www.bazhesc.com/news/politics/2023-02-04/detail-ihckmzxh9366878.shtml", "ecns:ihckmzxh9366878",
     "2023-02-04T15:13:19+08:00", "second", "page", "CGTN", "Chen Tianhao", "Politics", 6),
    ("002", "https://no.china-embassy.gov.cn/eng/zgwj_1/202210/t20221029_10794068.htm",
     "missions:no/t20221029_10794068",
     "2022-10-27T23:38:00+08:00", "minute", "page", None, None, None, 5),
    ("003", "http://cebu.chineseconsulate.org/eng/zgwj/t1706373.htm", "missions:cebu/t1706373",
     "2019-10-02", "day", "body", None, None, "Chinese Diplomatic News", 3),
    ("004", "https://hk.ocmfa.gov.cn/eng/xjpzxzywshd/202302/t20230224_11030933.htm",
     "hk_commissioner:t20230224_11030933",
     "2023-02-22T23:45:00+08:00", "minute", "page", None, None, None, 6),
]  # fmt: skip


@needs_seeds
@pytest.mark.parametrize("facts", SEED_FACTS, ids=[facts[0] for facts in SEED_FACTS])
def test_seeds(facts: tuple[str, str, str, str, str, str, str | None, str | None, str | None, int]) -> None:
    number, url, document_id, date, precision, origin, credit, editor, section, paragraphs = facts
    (path,) = SEEDS.glob(f"{number}_*.txt")
    (article,), _ = extract(url, path)
    assert article["id"] == document_id
    assert (article["date_published"], article["date_precision"], article["date_origin"]) == (date, precision, origin)
    assert (article["source_organization"], article["editor"]) == (credit, editor)
    assert article["article_section"] == section
    assert len(str(article["article_body"]).split("\n\n")) == paragraphs
    assert str(article["layout"]).endswith("-rendering")
    if number == "000":
        assert (article["breadcrumb"], article["keywords"]) == (["News", "Nation"], ["CPC"])
    if number == "001":
        origin_url = "https://www.ecns.cn/news/politics/2023-02-04/detail-ihckmzxh9366878.shtml"
        assert article["canonical_url"] == article["mirror_of"] == origin_url
        assert str(article["article_body"]).isascii()
    if number == "004":
        assert "Liu Guangyuan" not in str(article["article_body"])


@needs_real
@pytest.mark.parametrize(
    ("year", "url", "date", "editor"),
    [
        ("2018", "https://www.ecns.cn/2018/05-03/301274.shtml", "2018-05-03T16:06:00+08:00", "Gu Liping"),
        ("2026", "https://www.ecns.cn/china/politics/2026-10-03/detail-ihfkteqw7941628.shtml",
         "2026-10-03T09:34:32+08:00", "Huang Fang"),
    ],
)  # fmt: skip
def test_real_ecns_pages(year: str, url: str, date: str, editor: str) -> None:
    (article,), _ = extract(url, REAL / f"ecns-{year}.abridged.html")
    assert (article["date_published"], article["editor"]) == (date, editor)
    assert (article["source_organization"], article["article_section"]) == ("Xinhua", "Politics")
    assert article["headline"]
    assert article["images"] == []
    assert "facebook" not in json.dumps(article)
