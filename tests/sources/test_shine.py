"""SHINE: URLs of four generations, listings, the order of the visible text, and the seed."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.extraction.identity import Address
from crawler.extraction.page import Page
from crawler.extraction.problem import Code, Problem
from crawler.items import Article
from crawler.sources.shine import SOURCE, date_in
from crawler.sources.shine_text import is_repeated, pictures, without_pictures, without_repeat

URL = "https://www.shine.cn/news/nation/2210281963/"
SHARED = Path(__file__).parents[3] / "shared"


def identify(url: str) -> tuple[str, str, str, bool] | None:
    address = Address.of(url)
    assert address is not None
    identity = SOURCE.identify(address)
    return (identity.id, identity.canonical_url, identity.publisher, identity.is_mirror) if identity else None


def read(text: str, url: str = URL) -> Article:
    return SOURCE.read(Page.from_bytes(url, text.encode()))


@pytest.mark.parametrize(
    "url",
    [
        URL,
        "http://shine.cn/news/nation/2210281963",
        "https://www.shine.cn:443//news/nation/2210281963/?from=x#top",
    ],
)
def test_aliases_of_one_document(url: str) -> None:
    assert identify(url) == ("shine:2210281963", URL, "SHINE", False)


def test_archive_and_old_host_are_one_document() -> None:
    path = "/metro/society/Lost-parrot-finds-its-school/shdaily.shtml"
    expected = (
        "shine:Lost-parrot-finds-its-school",
        f"https://archive.shine.cn{path}",
        "Shanghai Daily",
        False,
    )
    assert identify(f"http://www.shanghaidaily.com{path}") == expected
    assert identify(f"https://archive.shine.cn{path}") == expected


def test_archive_slugs_are_quoted_alike() -> None:
    quoted = identify("https://archive.shine.cn/metro/City%E2%80%99s-trees/shdaily.shtml")
    raw = identify("https://archive.shine.cn/metro/City’s-trees/shdaily.shtml")
    assert quoted == raw
    assert quoted is not None
    assert quoted[0] == "shine:City%E2%80%99s-trees"


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("/news/How-a-$1-ticket-opens-China's-stands--amyy6g6m", "amyy6g6m"),
        ("/news/Robots-learn-to-lose--abcdefgh", "abcdefgh"),
        ("/news/Lab-relocates-to-Lingang-7kr585dn", "7kr585dn"),
        ("/articles/china-biz-buzz/tech/lab-relocates-to-lingang-7kr585dn", "7kr585dn"),
        ("/articles/craftsman-keeps-gold-nibs-3k0eeben/", "3k0eeben"),
        ("/articles/cns/lifestyle", None),
        ("/articles/cns/things-to-do-festival", None),
        ("/articles/china-biz-buzz/daily-buzz", None),
        ("/events/exhibition-7kr585dn", None),
        ("/news", None),
    ],
)
def test_successor(path: str, key: str | None) -> None:
    found = identify(f"https://www.citynewsservice.cn{path}")
    assert (found and found[0]) == (f"shine:{key}" if key else None)


@pytest.mark.parametrize(
    ("url", "id_"),
    [
        ("http://www.mill-example.com/news/nation/2210281963/", "shine:2210281963"),
        ("http://www.mill-example.com/metro/Lost-parrot/shdaily.shtml", "shine:Lost-parrot"),
        ("http://www.mill-example.com/shop/boots/2210281963/", None),
        ("http://www.mill-example.com/news/nation/1680000000/", None),
        ("http://www.mill-example.com/news/Lab-relocates-to-Lingang-7kr585dn", None),
    ],
)
def test_mirrors(url: str, id_: str | None) -> None:
    found = identify(url)
    assert (found and found[0]) == id_
    assert found is None or found[3]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://www.shine.cn/news/nation/", True),
        ("https://www.shine.cn/", True),
        ("https://www.shine.cn/sitemap-news.xml", True),
        ("https://archive.shine.cn/nation/", True),
        ("https://www.citynewsservice.cn/articles/cns/lifestyle", True),
        (URL, False),
        ("https://www.shine.cn/search/", False),
        ("https://archive.shine.cn/metro/Lost-parrot/shdaily.shtml", False),
        ("https://www.citynewsservice.cn/news/Lab-relocates-7kr585dn", False),
    ],
)
def test_listing_urls(url: str, expected: bool) -> None:
    address = Address.of(url)
    assert address is not None
    assert SOURCE.is_listing(address) is expected


def test_every_section_is_a_listing_and_named_once() -> None:
    slugs = [section.slug for section in SOURCE.sections]
    assert len(slugs) == len(set(slugs))
    for section in SOURCE.sections:
        for url in section.urls:
            address = Address.of(url)
            assert address is not None
            assert SOURCE.is_listing(address), url


def test_the_day_is_in_the_id_of_2018_to_2025_only() -> None:
    found = date_in(URL)
    assert found is not None
    assert (found.value, found.precision, found.origin, found.raw) == ("2022-10-28", "day", "url", "2210281963")
    assert date_in("https://www.shine.cn/news/nation/2202301963/") is None
    assert date_in("https://archive.shine.cn/metro/Lost-parrot/shdaily.shtml") is None


# --- the visible text

FRAME = "Special Reports\nEXPLORE SHINE\nNews\nFollow Us\n"
TIME = "08:53 UTC+8, 2022-10-28 0"


def text(*lines: str) -> str:
    return "\n".join(lines) + "\n" + FRAME


def test_head_by_the_bylines_that_stand_twice() -> None:
    article = read(
        text(
            "Menu",
            "Boats back",
            "Xinhua",
            TIME,
            "Boats are back.",
            "Xinhua",
            TIME,
            "Boats are back.",
            "Source: Xinhua Editor: A B",
        )
    )
    assert (article.headline, article.source_organization, article.author) == ("Boats back", "Xinhua", None)
    assert (article.article_body, article.article_section) == ("Boats are back.", "Nation")


def test_writers_are_authors_and_name_no_wire() -> None:
    body = ("Boats are back.", "Source: SHINE Editor: Fu Rong")
    article = read(
        text("News / Metro", "Boats back", "Yin Ran", "Tan Wei", TIME, "Boats!", "Yin Ran", "Tan Wei", TIME, *body)
    )
    assert (article.author, article.source_organization, article.editor) == ("Yin Ran, Tan Wei", "SHINE", "Fu Rong")
    assert (article.alternative_headline, article.breadcrumb) == ("Boats!", ["News", "Metro"])


def test_a_wire_in_the_byline_is_credited_where_no_credit_line_is() -> None:
    article = read(text("News / World", "Boats back", "AFP", TIME, "Boats are back from the sea."))
    assert (article.source_organization, article.author, article.editor) == ("AFP", None, None)


def test_credits_on_two_lines() -> None:
    article = read(
        text("News / Metro", "Boats back", TIME, "Boats are back.", "Source: SHINE", "Editor: Fu Rong", "boats")
    )
    assert (article.source_organization, article.editor, article.keywords) == ("SHINE", "Fu Rong", ["boats"])
    assert article.article_body == "Boats are back."


def test_a_source_of_figures_in_the_text_is_no_credit() -> None:
    body = [f"Paragraph {number} tells of the boats and of the sea." for number in range(14)]
    article = read(
        text("News / Metro", "Boats back", TIME, "Source: Bureau of Boats", *body, "Source: SHINE Editor: Fu Rong")
    )
    assert article.source_organization == "SHINE"
    assert article.article_body.startswith("Source: Bureau of Boats\n\nParagraph 0")


def test_a_text_without_menu_ends_at_its_credits() -> None:
    article = read(f"date 2024-02-23 Boats back\n{TIME}\nBoats are back.\nSource: SHINE Editor: Fu Rong\n")
    assert (article.headline, article.article_body) == ("Boats back", "Boats are back.")


@pytest.mark.parametrize(
    "lines",
    [
        f"News / Metro\nBoats back\n{TIME}\nBoats are back and the text ends nowhere.\n",
        f"One\nTwo\nThree\nFour\n{TIME}\nBoats are back.\n{FRAME}",
        f"{TIME}\nBoats are back.\n{FRAME}",
        f"News / Metro\nBoats back\nBoats are back.\n{FRAME}",
    ],
)
def test_a_text_whose_parts_cannot_be_told_is_no_article(lines: str) -> None:
    with pytest.raises(Problem) as caught:
        read(lines)
    assert caught.value.code == Code.NO_LAYOUT


def test_picture_blocks() -> None:
    long = "A paragraph that follows a picture without a caption is as long as paragraphs are. " * 4
    lines = [
        *("Text one.", "Boats back", "Ti Gong", "A boat in the harbor.", "Text two."),
        *(
            "Jiang Dawei / SHINE",
            "Another boat.",
            "Imaginechina",
            long.strip(),
            "Boats back",
            "Zhu Jing",
            "A third boat.",
        ),
        *("Dong Jun and Jiang Dawei / SHINE", "Shot by Zhu Jing. Edited by Ai Lin.", "Text three by Zhu Jing."),
    ]
    assert without_pictures(lines, "Boats back") == ["Text one.", "Text two.", long.strip(), "Text three by Zhu Jing."]
    assert pictures(lines[:7], "Boats back") == [
        "A boat in the harbor. (Ti Gong)",
        "Another boat. (Jiang Dawei / SHINE)",
    ]


@pytest.mark.parametrize(
    ("paragraphs", "expected"),
    [
        ("abcdefdef", "abcdef"),
        ("abcabc", "abc"),
        ("abcdef", "abcdef"),
        ("abb", "abb"),
        ("abcabcd", "abcabcd"),
        ("", ""),
    ],
)
def test_the_archives_repeat(paragraphs: str, expected: str) -> None:
    assert without_repeat(list(paragraphs)) == list(expected)


def test_a_single_long_paragraph_repeated_is_dropped() -> None:
    long = "A paragraph of more than forty characters stands twice."
    assert without_repeat(["a", long, long]) == ["a", long]


@pytest.mark.parametrize(
    ("abstract", "expected"),
    [
        ("Boats are back in the harbor of Jinshan.", True),
        ("Boats are back in the harbor ...", True),
        ("Boats are back at the harbor of Jinshan today.", True),
        ("What the sea gives, it gives to those who wait.", False),
    ],
)
def test_whether_an_abstract_is_in_the_body(abstract: str, expected: bool) -> None:
    assert is_repeated(abstract, ["Boats are back in the harbor of Jinshan. They were late today."]) is expected


# --- markup


def test_the_successors_data_on_a_page_without_its_marks() -> None:
    data = (
        '{"@type":"NewsArticle","headline":"Boats back","articleBody":"Boats are back.",'
        '"datePublished":"2025-07-09T20:30:00Z"}'
    )
    html = f'<html><body><div id="app"></div><script type="application/ld+json">{data}</script></body></html>'
    article = read(html, "https://www.citynewsservice.cn/news/Boats-back--7kr585dn")
    assert (article.headline, article.article_body) == ("Boats back", "Boats are back.")
    assert article.date_published == "2025-07-10T04:30:00+08:00"


def test_a_frame_taken_for_the_body_is_no_body() -> None:
    menu = "<p>Special Reports</p><p>EXPLORE SHINE</p>"
    html = f'<html><body><h1>Boats back</h1><div class="content"><p>Boats</p>{menu}</div></body></html>'
    with pytest.raises(Problem) as caught:
        read(html)
    assert caught.value.code == Code.EMPTY_BODY


def test_content_that_nothing_shows_to_be_of_shine_is_no_body() -> None:
    html = (
        '<html><body><h1>Boats back</h1><div class="content"><p>Boats are back.</p></div><div>Next</div></body></html>'
    )
    with pytest.raises(Problem) as caught:
        read(html)
    assert caught.value.code == Code.EMPTY_BODY


def test_without_a_time_the_layout_and_the_day_of_the_id_count() -> None:
    html = (
        '<html><body><h1>Boats back</h1><div class="content"><p>Boats are back.</p><p>Source: SHINE&nbsp; Editor: Fu'
        " Rong</p></div><div>Next</div></body></html>"
    )
    article = read(html)
    assert (article.article_body, article.editor) == ("Boats are back.", "Fu Rong")
    assert (article.date_published, article.date_origin) == ("2022-10-28", "url")


@pytest.mark.parametrize(
    ("byline", "expected"),
    [
        ("By Shen Yi | March 14, 2014, Friday | PRINT", ("2014-03-14", "Shen Yi", None)),
        ("Source: Xinhua | November 2, 2016, Wednesday | ONLINE", ("2016-11-02", None, "Xinhua")),
        ("Created: 2011-1-6 0:35:47 Author: Shen Yi", ("2011-01-06T00:35:47+08:00", "Shen Yi", None)),
        ("", (None, None, None)),
    ],
)
def test_bylines_of_the_archive(byline: str, expected: tuple[str | None, str | None, str | None]) -> None:
    html = (
        f"<html><body><p>Today is January 3, 2017</p><h1>Parrot</h1><div>{byline}</div>"
        '<div class="detail_content"><p>The parrot is back.</p></div><p>End</p></body></html>'
    )
    article = read(html, "https://archive.shine.cn/metro/Parrot/shdaily.shtml")
    assert (article.date_published, article.author, article.source_organization) == expected


@pytest.mark.skipif(not SHARED.exists(), reason="the real pages are not beside the repository")
def test_seed() -> None:
    article = SOURCE.read(Page.from_bytes(URL, (SHARED / "seeds/000_e5a19d0f40fd45d9.txt").read_bytes()))
    assert (article.id, article.canonical_url, article.mirror_of) == ("shine:2210281963", URL, None)
    assert (article.date_published, article.date_precision) == ("2022-10-28T08:53:00+08:00", "minute")
    assert (article.source_organization, article.editor, article.author) == ("Xinhua", "Wang Qingchu", None)
    assert (article.article_section, article.breadcrumb) == ("Nation", ["News", "Nation"])
    assert (article.keywords, article.alternative_headline) == (["CPC"], None)
    paragraphs = article.article_body.split("\n\n")
    assert len(paragraphs) == len(set(paragraphs)) == 7
