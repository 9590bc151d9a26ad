from __future__ import annotations

import json
import re
from collections import Counter
from functools import cache
from statistics import mean
from typing import Any

import pytest

from crawler.archive.reader import read_responses
from crawler.extraction.dates import Published
from crawler.extraction.identity import Address
from crawler.extraction.page import Page
from crawler.extraction.problem import Code, Problem
from crawler.fixtures import saved_pages
from crawler.items import Article
from crawler.sources.xinhua import SOURCE, Xinhua
from crawler.sources.xinhua_text import keywords
from tests.shared import REAL, needs_real

HEX = "0123456789abcdef0123456789abcdef"
NEWS = "news.xinhuanet.com/english"


def address(url: str) -> Address:
    found = Address.of(url)
    assert found is not None
    return found


class OnlyRendering(Xinhua):
    """Xinhua as it is read where no layout fits."""

    layouts = ()


@cache
def saved(case: str) -> Page:
    return next(one.page for one in saved_pages("xinhua") if one.name == f"xinhua/{case}")


def edited(case: str, old: str, new: str) -> Page:
    page = saved(case)
    assert old in page.text
    return Page(page.url, page.text.replace(old, new), page.encoding)


@pytest.mark.parametrize(
    ("url", "identifier", "canonical"),
    [
        (f"http://{NEWS}/2005-11/02/content_3718202.htm", "content_3718202", f"https://{NEWS}/2005-11/02/content_3718202.htm"),
        (
            "http://news.xinhuanet.com/english2010/china/2011-06/29/c_13956281.htm",
            "c_13956281",
            "https://news.xinhuanet.com/english2010/china/2011-06/29/c_13956281.htm",
        ),
        (f"http://{NEWS}/2016-05/10/c_135348820.htm", "c_135348820", f"https://{NEWS}/2016-05/10/c_135348820.htm"),
        (f"http://{NEWS}/photo/2016-05/08/c_135342451.htm", "c_135342451", f"https://{NEWS}/photo/2016-05/08/c_135342451.htm"),
        # On its later host: the same document.
        ("https://www.xinhuanet.com/english/2016-05/10/c_135348820.htm", "c_135348820", f"https://{NEWS}/2016-05/10/c_135348820.htm"),
        (
            "http://www.xinhuanet.com//english/asiapacific/2019-03/01/c_137860001.htm?utm_source=x",
            "c_137860001",
            "https://www.xinhuanet.com/english/asiapacific/2019-03/01/c_137860001.htm",
        ),
        ("http://www.news.cn/english/2021-12/31/c_1310402310.htm", "c_1310402310", "https://www.xinhuanet.com/english/2021-12/31/c_1310402310.htm"),
        ("http://english.news.cn/2014-02/03/c_133089001.htm", "c_133089001", f"https://{NEWS}/2014-02/03/c_133089001.htm"),
        (f"http://{NEWS}/2016lh/2016-03/05/c_135157302.htm", "c_135157302", f"https://{NEWS}/2016lh/2016-03/05/c_135157302.htm"),
        (f"https://english.news.cn/20250411/{HEX}/c.html", f"20250411/{HEX}", f"https://english.news.cn/20250411/{HEX}/c.html"),
        (f"https://english.news.cn/africa/20250411/{HEX}/c.html", f"20250411/{HEX}", f"https://english.news.cn/africa/20250411/{HEX}/c.html"),
        (f"http://www.news.cn/english/20220411/{HEX}/c.html", f"20220411/{HEX}", f"https://english.news.cn/20220411/{HEX}/c.html"),
    ],
)  # fmt: skip
def test_identity(url: str, identifier: str, canonical: str) -> None:
    identity = SOURCE.identify(address(url))
    assert identity is not None
    assert (identity.id, identity.canonical_url) == (f"xinhua:{identifier}", canonical)
    assert identity.is_mirror is False


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("http://pumps.example/english/2016-05/10/c_135348820.htm", f"https://{NEWS}/2016-05/10/c_135348820.htm"),
        (f"http://pumps.example/20250411/{HEX}/c.html", f"https://english.news.cn/20250411/{HEX}/c.html"),
        (f"http://pumps.example/europe/20250411/{HEX}/c.html", f"https://english.news.cn/europe/20250411/{HEX}/c.html"),
    ],
)
def test_mirror(url: str, canonical: str) -> None:
    identity = SOURCE.identify(address(url))
    assert identity is not None
    assert identity.is_mirror
    assert identity.canonical_url == canonical


@pytest.mark.parametrize(
    "url",
    [
        "http://www.xinhuanet.com/english/",
        "http://www.xinhuanet.com/english/china/index.htm",
        "http://www.xinhuanet.com/politics/2016-05/10/c_1118840001.htm",
        f"http://www.news.cn/politics/20250411/{HEX}/c.html",
        f"http://www.news.cn/20250411/{HEX}/c.html",
        f"http://pumps.example/politics/20250411/{HEX}/c.html",
        "http://pumps.example/2016-05/10/c_135348820.htm",
        f"http://{NEWS}/2016-02/31/c_135348820.htm",
        f"http://{NEWS}/2016-05/27/c_135394116_3.htm",
        f"http://{NEWS}/2016-05/10/c_135348820.jpg",
        f"https://english.news.cn/20251341/{HEX}/c.html",
        f"https://english.news.cn/20250411/{HEX[:31]}/c.html",
        f"https://english.news.cn/list/ds_{HEX}.json",
    ],
)
def test_not_an_article_url(url: str) -> None:
    assert SOURCE.identify(address(url)) is None


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://english.news.cn/", True),
        ("https://english.news.cn/list/china-politics.htm", True),
        ("https://english.news.cn/asiapacific/index.htm", True),
        (f"https://english.news.cn/list/ds_{HEX}.json", True),
        (f"https://english.news.cn/ds_{HEX}.json", True),
        ("http://www.xinhuanet.com/english/world/index.htm", True),
        ("http://www.xinhuanet.com/english/photo/", True),
        ("http://www.xinhuanet.com/english2010/", True),
        ("http://www.chinaview.cn/world/index.htm", True),
        ("http://www.xinhuanet.com/", False),
        ("http://www.xinhuanet.com/world/index.htm", False),
        ("http://pumps.example/english/world/index.htm", False),
        (f"http://{NEWS}/2016-05/10/c_135348820.htm", False),
        (f"https://english.news.cn/20250411/{HEX}/c.html", False),
    ],
)
def test_listing_urls(url: str, expected: bool) -> None:
    assert SOURCE.is_listing(address(url)) is expected


def test_every_section_starts_at_a_listing_of_the_source() -> None:
    urls = [url for section in SOURCE.sections for url in section.urls]
    assert len(urls) == len(set(urls))
    assert len({section.slug for section in SOURCE.sections}) == len(SOURCE.sections)
    assert all(SOURCE.is_listing(address(url)) for url in urls)


def test_a_hub_names_each_of_its_lists_once() -> None:
    other = HEX[::-1]
    lists = f"<div data='datasource:{HEX}'></div><div data=\"datasource:{other}\"></div>"
    text = f"<html>{lists}<script>{{'datasource': '{HEX}'}}</script>"
    listing = SOURCE.listing(Page("https://english.news.cn/china/index.htm", text, "utf-8"))
    assert listing.following == tuple(f"https://english.news.cn/china/ds_{name}.json" for name in (HEX, other))
    assert listing.is_counted
    assert listing.links == []


@pytest.mark.parametrize("text", ["", "<html>", "[]", "{}", '{"datasource": 1}', "null"])
def test_a_list_file_that_is_none(text: str) -> None:
    with pytest.raises(Problem) as caught:
        SOURCE.listing(Page(f"https://english.news.cn/ds_{HEX}.json", text, "utf-8", is_markup=False))
    assert caught.value.code is Code.NO_LAYOUT


def test_items_without_url_or_time() -> None:
    items = [
        "text",
        {},
        {"title": "Tea"},
        {"title": None, "publishUrl": f"../20250411/{HEX}/c.html", "publishTime": None},
    ]
    page = Page(
        f"https://english.news.cn/china/ds_{HEX}.json", json.dumps({"datasource": items}), "utf-8", is_markup=False
    )
    (link,) = SOURCE.listing(page).links
    assert link.url == f"https://english.news.cn/20250411/{HEX}/c.html"
    assert link.headline is None
    assert link.published == Published("2025-04-11", "day", "url", "2025-04-11")


def test_the_pages_of_a_series() -> None:
    page = saved("2016-photo-series")
    url = page.url.removesuffix(".htm")
    assert SOURCE.continuations(page) == (f"{url}_2.htm", f"{url}_3.htm")
    assert SOURCE.continuations(saved("2016-wide-pasted")) == ()
    assert SOURCE.continuations(saved("2025-text")) == ()


def test_the_first_page_of_a_series_alone() -> None:
    article = SOURCE.read(saved("2016-photo-series"))
    assert len(article.article_body.split("\n\n")) == len(article.images) == 1


@pytest.mark.parametrize("case", ["2015-doubled", "2016-wide-pasted", "2010-world", "2007-latin1", "2018-content"])
def test_layout_and_rendering_agree(case: str) -> None:
    by_layout, by_rendering = SOURCE.read(saved(case)), OnlyRendering().read(saved(case))
    assert by_rendering.layout == "xinhua-rendering"
    for field in ("id", "headline", "date_published", "dateline", "author", "source_organization"):
        assert getattr(by_rendering, field) == getattr(by_layout, field), field
    # The rendering has the link in mid-word and the page's lines alike.
    assert by_rendering.article_body == by_layout.article_body


@pytest.mark.parametrize(
    "text",
    [
        "A title without a time\nSource: Xinhua\nELMSTAD, June 30 (Xinhua) -- The tide came late.\n",
        "2016-06-30 10:10:10\nELMSTAD, June 30 (Xinhua) -- The tide came late.\n",
        "A title\nSource: Xinhua | 2016-06-30 10:10:10\nELMSTAD, June 30 (Xinhua) -- The tide came.\nMore\nPhotos\n",
    ],
    ids=["no time line", "no title", "no end"],
)
def test_a_rendering_whose_bounds_cannot_be_told(text: str) -> None:
    with pytest.raises(Problem) as caught:
        SOURCE.read(Page(f"http://{NEWS}/2016-06/30/c_135480001.htm", text, "utf-8", is_markup=False))
    assert caught.value.code is Code.NO_LAYOUT


@pytest.mark.parametrize(
    ("visible", "meta", "expected"),
    [
        ("2015-05-06 21:15:30", "2015-05-06T09:00:00Z", ("2015-05-06T21:15:30+08:00", "second", "page")),
        ("2015-05-06 21:15", "2015-05-06T09:00:00Z", ("2015-05-06T21:15:00+08:00", "minute", "page")),
        ("", "2015-05-06T09:00:00Z", ("2015-05-06T09:00:00+08:00", "second", "meta")),
        ("", "", ("2015-05-06", "day", "url")),
        ("2015-02-31 21:15:30", "", ("2015-05-06", "day", "url")),
    ],
)
def test_date(visible: str, meta: str, expected: tuple[str, str, str]) -> None:
    page = edited("2015-doubled", "&nbsp;&nbsp; 2015-05-06 21:15:30", f"&nbsp;&nbsp; {visible}")
    page = Page(page.url, page.text.replace('content="2015-05-06T21:15:30Z"', f'content="{meta}"'), "utf-8")
    article = SOURCE.read(page)
    assert (article.date_published, article.date_precision, article.date_origin) == expected


def test_the_listing_knows_the_time_of_a_page_that_shows_its_day() -> None:
    listed = Published("2024-10-02T18:20:00+08:00", "second", "listing", "2024-10-02 18:20:00")
    assert SOURCE.read(saved("2024-meta-day"), listed=listed).date_published == listed.value
    other_day = Published("2024-10-03T18:20:00+08:00", "second", "listing", "2024-10-03 18:20:00")
    assert SOURCE.read(saved("2024-meta-day"), listed=other_day).date_published == "2024-10-02"


@pytest.mark.parametrize(
    ("credit", "expected"),
    [
        ("Source: Xinhua", "Xinhua"),
        ("Source:Bay Herald", "Bay Herald"),
        ("Xinhua", "Xinhua"),
        ("CRIENGLISH.com", "CRIENGLISH.com"),
        ("English.news.cn", "Xinhua"),  # the site's name; the wire is the dateline's
        ("www.chinaview.cn", "Xinhua"),
    ],
)
def test_credit(credit: str, expected: str) -> None:
    page = edited(
        "2015-doubled", '<font color="#666666"> Source: Xinhua</font>', f'<font color="#666666"> {credit}</font>'
    )
    assert SOURCE.read(page).source_organization == expected


def test_teasers_in_the_text_stay_and_a_list_of_links_goes() -> None:
    kept = SOURCE.read(saved("2015-doubled")).article_body
    assert kept.endswith("The tram along the harbor has been given a bell. Full story")
    cut = SOURCE.read(edited("2015-doubled", "<strong>Related:</strong>", "<strong>Related News:</strong>"))
    assert "harbor" not in cut.article_body.lower()
    assert cut.article_body.endswith("Enditem")


@pytest.mark.parametrize(
    "line", ["[1] [2] [3]", "1 2 3 Next", "[Editor: yan ]", "Share this story", "Video PlayerClose"]
)
def test_chrome_in_the_body(line: str) -> None:
    page = edited("2015-doubled", "<p><strong>Related:", f"<p>{line}</p><p><strong>Related:")
    assert SOURCE.read(page).article_body == SOURCE.read(saved("2015-doubled")).article_body


@pytest.mark.parametrize(
    "line", ["1987", "Share prices fell.", "Editor in chief Ye Lan left.", "Related Summits opened."]
)
def test_text_that_looks_like_chrome(line: str) -> None:
    page = edited("2015-doubled", "<p><strong>Related:", f"<p>{line}</p><p><strong>Related:")
    assert f"\n\n{line}\n\n" in SOURCE.read(page).article_body


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("tea, dogs </head>", ["tea", "dogs"]),
        ("</head>", []),
        ("tea;dogs；chess，dogs", ["tea", "dogs", "chess"]),
        ("Asia&Pacific", ["Asia&Pacific"]),
        ('tea,\n<meta name="', ["tea"]),
        ("", []),
    ],
)
def test_keywords(content: str, expected: list[str]) -> None:
    assert keywords(content) == expected


# --- the real pages


def tokens(text: str) -> Counter[str]:
    return Counter(re.findall(r"\w+", text.lower()))


def f1(text: str, truth: str) -> float:
    got, wanted = tokens(text), tokens(truth)
    return 2 * (got & wanted).total() / (got.total() + wanted.total())


@pytest.fixture(scope="module")
def real() -> list[tuple[Page, Article, dict[str, Any]]]:
    truth_lines = (REAL / "xinhua-en-2007-2016.truth.jsonl").read_text(encoding="utf-8").splitlines()
    truth = {row["url"]: row for row in map(json.loads, truth_lines)}
    problems: list[Problem] = []
    responses = read_responses(REAL / "xinhua-en-2007-2016.warc.gz", problems.append)
    pages = [Page.from_bytes(response.url, response.body) for response in responses]
    assert problems == []
    return [(page, SOURCE.read(page), truth[page.url]) for page in pages]


#: In these rows the truth is wrong: it is a teaser pasted below the article, which repeats the id of the body, or it
#: breaks off within the teasers.
WRONG_TRUTHS = {
    "http://news.xinhuanet.com/english/2016-07/04/c_135487819.htm",
    "http://news.xinhuanet.com/english/2016-06/03/c_135410099.htm",
}


@needs_real
def test_real_headlines(real: list[tuple[Page, Article, dict[str, Any]]]) -> None:
    assert len({article.id for _, article, _ in real}) == 203
    # One row of the truth has no headline.
    assert sum(article.headline == " ".join(row["headline"].split()) for _, article, row in real) == 202


@needs_real
def test_real_bodies(real: list[tuple[Page, Article, dict[str, Any]]]) -> None:
    found = {page.url: f1(article.article_body, row["body"]) for page, article, row in real}
    assert mean(found.values()) >= 0.99
    assert {url for url, value in found.items() if value < 0.97} == WRONG_TRUTHS


@needs_real
def test_real_facts(real: list[tuple[Page, Article, dict[str, Any]]]) -> None:
    for page, article, row in real:
        assert article.date_published is not None, page.url
        assert article.date_published[:10] == row["date"], page.url
        assert article.date_published.endswith("+08:00"), page.url
        assert article.date_precision == "second", page.url
        assert article.editor, page.url
        long = [paragraph for paragraph in article.article_body.split("\n\n") if len(paragraph) > 80]
        assert len(long) == len(set(long)), page.url
    assert Counter(article.dateline is None for _, article, _ in real)[True] <= 10


@needs_real
def test_real_pages_as_rendering(real: list[tuple[Page, Article, dict[str, Any]]]) -> None:
    for page, article, _ in real:
        text = Page(page.url, "\n".join(page.lines), "utf-8", is_markup=False)
        rendered = OnlyRendering().read(text)
        assert (rendered.headline, rendered.date_published) == (article.headline, article.date_published), page.url
        assert f1(rendered.article_body, article.article_body) >= 0.99, page.url
