"""ECNS: URLs, listings, and the real pages of 2018, 2023 and 2026."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.extraction.identity import Address
from crawler.extraction.page import Page
from crawler.extraction.problem import Code, Problem
from crawler.items import Article
from crawler.sources.ecns import SOURCE

ORIGIN = "https://www.ecns.cn"
DETAIL = "/news/politics/2023-02-04/detail-ihckmzxh9366878.shtml"
SHARED = Path(__file__).parents[3] / "shared"
NO_SHARED = pytest.mark.skipif(not SHARED.exists(), reason="the real pages are not beside the repository")


def identify(url: str) -> tuple[str, str, bool] | None:
    address = Address.of(url)
    assert address is not None
    identity = SOURCE.identify(address)
    return (identity.id, identity.canonical_url, identity.is_mirror) if identity else None


def page(body: str, url: str = ORIGIN + DETAIL) -> Page:
    return Page.from_bytes(url, f"<html><body>{body}</body></html>".encode())


def framed(info: str, body: str, title: str = "Pilots") -> Page:
    return page(
        f'<h3 class="itemtit bitemblue"><span>Society</span></h3><h1 id="contitle">{title}</h1>'
        f'<div class="downinfo">{info}</div><div class="content" id="yanse">{body}</div><p>Back to top</p>'
    )


@pytest.mark.parametrize(
    "url",
    [
        ORIGIN + DETAIL,
        "http://www.ecns.cn:80" + DETAIL,
        "http://ecns.cn/m" + DETAIL,
        ORIGIN + DETAIL + "?utm_source=x&utm_medium=y",
        ORIGIN + "//news//politics/2023-02-04/detail-ihckmzxh9366878.shtml#top",
        "HTTPS://WWW.ECNS.CN" + DETAIL,
    ],
)
def test_aliases_of_one_document(url: str) -> None:
    assert identify(url) == ("ecns:ihckmzxh9366878", ORIGIN + DETAIL, False)


def test_one_id_under_two_sections_is_one_document() -> None:
    other = identify(f"{ORIGIN}/cns-wire/2023-02-04/detail-ihckmzxh9366878.shtml")
    assert other is not None
    assert other[0] == "ecns:ihckmzxh9366878"


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("/2018/05-03/301274.shtml", "2018/05-03/301274"),
        ("/business/2017/03-21/250417.shtml", "2017/03-21/250417"),
        ("/m/2018/05-03/301274.shtml", "2018/05-03/301274"),
        ("/visual/hd/2017/02-28/122123.shtml", "2017/02-28/122123"),
        ("/learning-Chinese/2014/01-02/95001.shtml", "2014/01-02/95001"),
    ],
)
def test_numbered_articles(path: str, key: str) -> None:
    assert identify(ORIGIN + path) == (f"ecns:{key}", ORIGIN + path.removeprefix("/m"), False)


@pytest.mark.parametrize(
    ("url", "id_"),
    [
        ("http://www.bazhesc.com" + DETAIL, "ecns:ihckmzxh9366878"),
        ("http://www.mill-example.com/2018/05-03/301274.shtml", "ecns:2018/05-03/301274"),
        ("http://www.mill-example.com/culture/2018/05-03/301274.shtml", "ecns:2018/05-03/301274"),
        ("https://www.chinanews.com.cn/gn/2023/02-04/9947460.shtml", None),
        ("https://www.chinanews.com.cn/culture/2023/02-04/9947460.shtml", None),
        ("https://www.mill-example.com/gn/2012/02-04/301274.shtml", None),
        ("https://news.sina.cn/minsheng/2025-05-13/detail-inewkrue7222097.d.html", None),
    ],
)
def test_mirrors(url: str, id_: str | None) -> None:
    found = identify(url)
    assert (found and found[0]) == id_
    assert found is None or found[2]


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/news/politics/index.shtml",
        "/rss/rss.xml",
        "/app/ecns/index.shtml",
        "/2018/05-03/301274_2.shtml",
        "/news/politics/2023-02-04/detail-ihckmzxh9366878_2.shtml",
        "/news/politics/2023-02-04/doc-ihckmzxh9366878.shtml",
        "/jobs.shtml",
    ],
)
def test_what_is_no_article(path: str) -> None:
    assert identify(ORIGIN + path) is None


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/news/politics/index.shtml", True),
        ("/news/politics/index_7.shtml", True),
        ("/learning-Chinese/", True),
        ("/", True),
        ("/rss/rss.xml", True),
        ("/app/ecns/index.shtml", False),
        (DETAIL, False),
        ("/jobs.shtml", False),
    ],
)
def test_listing_urls(path: str, expected: bool) -> None:
    address = Address.of(ORIGIN + path)
    assert address is not None
    assert SOURCE.is_listing(address) is expected


def test_every_section_is_a_listing_and_named_once() -> None:
    slugs = [section.slug for section in SOURCE.sections]
    assert len(slugs) == len(set(slugs)) == 15
    for section in SOURCE.sections:
        for url in section.urls:
            address = Address.of(url)
            assert address is not None
            assert SOURCE.is_listing(address)


def test_a_page_without_the_list_gives_its_article_links_and_dates_them_by_url() -> None:
    home = page(
        f'<div><a href="//www.ecns.cn{DETAIL}"><img src="/a.jpg"></a><a href="//www.ecns.cn{DETAIL}">Talks</a>'
        '<a href="/2018/05-03/301274.shtml">Poll</a><a href="/jobs.shtml">Jobs</a></div>',
        ORIGIN + "/",
    )
    listing = SOURCE.listing(home)
    assert [(link.url, link.headline, link.published and link.published.value) for link in listing.links] == [
        (ORIGIN + DETAIL, "Talks", "2023-02-04"),
        (ORIGIN + "/2018/05-03/301274.shtml", "Poll", "2018-05-03"),
    ]
    assert listing.following == ()


def test_an_empty_list_has_no_next_page() -> None:
    listing = SOURCE.listing(page('<ul class="bizlst"></ul>', ORIGIN + "/voices/index_4.shtml"))
    assert (listing.links, listing.following) == ([], ())


def test_continuations_are_the_articles_own_further_pages_in_order() -> None:
    url = ORIGIN + "/2018/05-03/301274.shtml"
    body = (
        '<p>One.</p><div id="function_code_page"><a href="301274_3.shtml">3</a><a href="301274_2.shtml">2</a>'
        '<a href="301274.shtml">1</a><a href="301275_2.shtml">other</a><a href="301274_2.shtml">next</a></div>'
    )
    first = page(f'<h1 id="contitle">T</h1><div id="yanse">{body}</div>', url)
    assert SOURCE.continuations(first) == (
        ORIGIN + "/2018/05-03/301274_2.shtml",
        ORIGIN + "/2018/05-03/301274_3.shtml",
    )


@pytest.mark.parametrize(
    ("info", "expected"),
    [
        (
            "<span>2018-05-03 16:06</span><span>Xinhua</span><span>Editor: Gu Ping</span>",
            ("minute", "Xinhua", "Gu Ping"),
        ),
        ("<span>2026-10-03 09:34:32</span><span></span><span>Editor  : Gu Ping</span>", ("second", None, "Gu Ping")),
        ("<span>2026-10-03 09:34:32</span><span>Editor :</span><span>ECNS App Download</span>", ("second", None, None)),
        (
            "<span>2023-02-04 15:13:19CGTN Editor : Gu Ping ECNS App Download</span>",
            ("second", "CGTN", "Gu Ping"),
        ),
        ("", ("day", None, None)),
    ],
)
def test_time_source_and_editor(info: str, expected: tuple[str, str | None, str | None]) -> None:
    article = SOURCE.read(framed(info, "<p>Text of the report.</p>"))
    assert (article.date_precision, article.source_organization, article.editor) == expected


def test_without_a_visible_time_the_day_of_the_url_counts() -> None:
    article = SOURCE.read(framed("", "<p>Text of the report.</p>"))
    assert (article.date_published, article.date_origin) == ("2023-02-04", "url")


def test_share_pictures_are_dropped_and_others_stay() -> None:
    body = (
        '<p><a href="https://www.facebook.com/pilot">Her page</a> shows the boat.</p><p><img src="/boat.jpg"></p>'
        '<p><a href="//www.facebook.com/echinanews"><img src="/f.jpg"></a>'
        '<a href="//x.com/Echinanews"><img src="/x.jpg"></a></p>'
    )
    article = SOURCE.read(framed("<span>2018-05-03 16:06</span>", body))
    assert article.article_body == "Her page shows the boat."
    assert [image.url for image in article.images] == [ORIGIN + "/boat.jpg"]


def test_a_caption_belongs_to_its_picture_and_a_sentence_does_not() -> None:
    body = (
        '<p><img src="/a.jpg"></p><p>&nbsp;</p><p>A pilot at work. (Photo/Xinhua)</p><p>Text.</p>'
        '<p><img src="/b.jpg" alt="The harbor"></p><p>More text.</p>'
    )
    article = SOURCE.read(framed("<span>2018-05-03 16:06</span>", body))
    assert article.article_body == "Text.\n\nMore text."
    assert [image.caption for image in article.images] == ["A pilot at work. (Photo/Xinhua)", "The harbor"]


def rendering(text: str) -> Article:
    return SOURCE.read(Page.from_bytes(ORIGIN + DETAIL, text.encode()))


def test_rendering_with_each_part_of_the_info_on_its_own_line() -> None:
    article = rendering(
        "Text:AAAPrint\nSociety\nPilots pass\n3\n2018-05-03 16:06\nXinhua\nEditor: Gu Ping\nECNS App Download\n"
        "First.\nSecond.\nRelated news\nOther\n"
    )
    assert article.headline == "Pilots pass"
    assert (article.source_organization, article.editor, article.article_section) == ("Xinhua", "Gu Ping", "Society")
    assert article.article_body == "First.\n\nSecond."


@pytest.mark.parametrize(
    "text",
    [
        "Pilots pass\n2018-05-03 16:06\nText without editor.\nRelated news\n",
        "Pilots pass\n2018-05-03 16:06Xinhua Editor: Gu Ping\nText that ends nowhere.\n",
        "2018-05-03 16:06Xinhua Editor: Gu Ping\nText without headline.\nLINE\n",
        "A note on nothing.\n",
    ],
)
def test_a_rendering_whose_parts_cannot_be_told_is_no_article(text: str) -> None:
    with pytest.raises(Problem) as caught:
        rendering(text)
    assert caught.value.code == Code.NO_LAYOUT


# --- the real pages: whole figures, no sentence of theirs


def real(name: str, url: str) -> Article:
    return SOURCE.read(Page.from_bytes(url, (SHARED / name).read_bytes()))


@NO_SHARED
def test_seed_of_a_mirror() -> None:
    article = real("seeds/001_7a75cd15b2bc87c6.txt", "http://www.bazhesc.com" + DETAIL)
    assert article.id == "ecns:ihckmzxh9366878"
    assert article.canonical_url == article.mirror_of == ORIGIN + DETAIL
    assert (article.date_published, article.date_precision) == ("2023-02-04T15:13:19+08:00", "second")
    assert (article.source_organization, article.editor) == ("CGTN", "Chen Tianhao")
    assert (article.article_section, article.breadcrumb) == ("Politics", ["Politics"])
    assert article.article_body.count("\n\n") + 1 == 6
    assert article.article_body.isascii()


@NO_SHARED
@pytest.mark.parametrize(
    ("name", "path", "published", "editor", "paragraphs"),
    [
        ("ecns-2018", "/2018/05-03/301274.shtml", "2018-05-03T16:06:00+08:00", "Gu Liping", 7),
        (
            "ecns-2026",
            "/china/politics/2026-10-03/detail-ihfkteqw7941628.shtml",
            "2026-10-03T09:34:32+08:00",
            "Huang Fang",
            4,
        ),
    ],
)
def test_real_pages(name: str, path: str, published: str, editor: str, paragraphs: int) -> None:
    article = real(f"real/{name}.abridged.html", ORIGIN + path)
    assert (article.date_published, article.editor) == (published, editor)
    assert (article.source_organization, article.article_section) == ("Xinhua", "Politics")
    assert article.article_body.count("\n\n") + 1 == paragraphs
    assert article.images == []


@NO_SHARED
@pytest.mark.parametrize("name", ["ecns-2018", "ecns-2026"])
def test_rendering_of_a_real_page_agrees_with_its_layout(name: str) -> None:
    page = Page.from_bytes(ORIGIN + DETAIL, (SHARED / f"real/{name}.abridged.html").read_bytes())
    rendered = SOURCE.read_rendering(page)
    article = SOURCE.read(page)
    assert rendered is not None
    assert (rendered.headline, "\n\n".join(rendered.paragraphs)) == (article.headline, article.article_body)
    assert (rendered.date, rendered.source_organization, rendered.editor, rendered.section) == (
        article.date_published_raw,
        article.source_organization,
        article.editor,
        article.article_section,
    )
