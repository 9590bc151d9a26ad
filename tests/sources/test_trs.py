"""What the ministry, its missions and its offices share: dates, listings, chrome, the rendering rule."""

from __future__ import annotations

import datetime

import pytest
from lxml import etree

from crawler.extraction.dates import Moment
from crawler.extraction.identity import Identity
from crawler.extraction.layout import Reading
from crawler.extraction.page import Page
from crawler.extraction.problem import Code, Problem
from crawler.sources import mfa, trs_dates
from crawler.sources.trs_chrome import breadcrumb_of, date_line, is_chrome, is_end, without_chrome
from crawler.sources.trs_dates import DocumentKey
from crawler.sources.trs_listings import date_beside, following_pages, headline_of
from crawler.sources.trs_rendering import read_lines

SECTION = "https://www.mfa.gov.cn/eng/xw/zyxw/"


def html(body: str, url: str = SECTION, head: str = "") -> Page:
    return Page.from_bytes(url, f"<html><head>{head}</head><body>{body}</body></html>".encode())


def text(*lines: str) -> Page:
    return Page(SECTION + "202407/t20240715_11455002.html", "\n".join(lines), "utf-8", is_markup=False)


def dated(
    name: str, headline: str = "A Meeting", shown: str | None = None, body: str = "", head: str = ""
) -> tuple[str, str, str] | None:
    """Value, precision and origin of the date of a page."""
    reading = Reading("layout", headline=headline, date=shown, paragraphs=[body] if body else [])
    found = trs_dates.published(html("", head=head), Identity(f"mfa:{name}", SECTION, "MFA"), reading)
    return (found.value, found.precision, found.origin) if found else None


class TestTitles:
    @pytest.mark.parametrize(
        ("headline", "words"),
        [
            ("Foreign Ministry Spokesman Lin Weiran's Regular Press Conference on July 3, 2020", "July 3, 2020"),
            (
                "Foreign Ministry Spokeswoman Tang Shuyi’s Regular Press Conference on 23 November 2006",
                "23 November 2006",
            ),
            ("Spokesperson Tang Shuyi's Press Conference on November 9 2006", "November 9 2006"),
            ("Spokesperson Shen Yulan's Regular Press Conference on September 12,2014", "September 12,2014"),
            ("Spokesperson Shen Yulan's Regular Press Conference on May 15", "May 15"),
            ("Spokesperson Lin Weiran's Daily Briefing Online on February 21, 2020", "February 21, 2020"),
            ("Foreign Ministry Spokesperson Shen Yulan's Remarks on August 6, 2019", "August 6, 2019"),
            ("2020年7月3日外交部发言人林蔚然主持例行记者会", "2020年7月3日"),
        ],
    )
    def test_a_conference_names_its_day(self, headline: str, words: str) -> None:
        moment = trs_dates.title_moment(headline)
        assert moment is not None
        assert moment.raw == words

    @pytest.mark.parametrize(
        "headline",
        [
            "Spokesperson Shen Yulan's Remarks on the Statement of July 13, 2020",
            "Address at the Anniversary of the Treaty of May 4, 1919",
            "Spokesperson Shen Yulan's Remarks on a Lighthouse",
        ],
    )
    def test_other_titles_speak_of_other_days(self, headline: str) -> None:
        assert trs_dates.title_moment(headline) is None


class TestOrderOfTrust:
    CONFERENCE = "Foreign Ministry Spokesperson Lin Weiran's Regular Press Conference on July 3, 2020"

    def test_the_title_beats_the_time_of_a_later_edit(self) -> None:
        assert dated("t1794629", self.CONFERENCE, "2020-07-06 09:12") == ("2020-07-03", "day", "title")

    def test_the_minute_of_the_same_day_is_kept(self) -> None:
        assert dated("t1794629", self.CONFERENCE, "2020-07-03 19:05") == ("2020-07-03T19:05:00+08:00", "minute", "page")

    def test_midnight_is_no_time(self) -> None:
        assert dated("t20240530_11327001", shown="Updated: March 6, 2007 00:00") == ("2007-03-06", "day", "page")

    def test_the_page_beats_meta_and_body(self) -> None:
        head = '<meta name="PubDate" content="2022-10-29">'
        assert dated(
            "t20221029_10794901", shown="2022-10-27 23:38", body="On October 26, 2022, he met her.", head=head
        ) == (
            "2022-10-27T23:38:00+08:00",
            "minute",
            "page",
        )

    def test_meta_beats_the_body(self) -> None:
        head = '<meta name="PubDate" content="2022-10-29">'
        assert dated("t20221029_10794901", body="On October 26, 2022, he met her.", head=head) == (
            "2022-10-29",
            "day",
            "meta",
        )

    @pytest.mark.parametrize(
        "opening",
        [
            "On October 2, 2019, the minister met with her.",
            "On the evening of 2 October 2019, the minister met with her.",
            "(Beijing, 2 October 2019)",
            "2019年10月2日，外交部副部长乔安波会见邮政总局局长。",
        ],
    )
    def test_the_body_beats_the_number(self, opening: str) -> None:
        assert dated("t1706373", body=opening) == ("2019-10-02", "day", "body")

    @pytest.mark.parametrize(
        "opening",
        [
            "Q: On October 2, 2019, a member of parliament spoke. What is your comment?",
            "On October 1, 1949, the republic was founded.",
            "The treaty that was signed on October 2, 2019 has nine articles.",
        ],
    )
    def test_a_date_that_is_not_the_texts_own_is_left_alone(self, opening: str) -> None:
        assert dated("t1706373", body=opening) == ("2019-10-08", "estimated", "document-number")

    def test_a_day_without_year_in_the_body_is_estimated(self) -> None:
        assert dated("t1706373", body="On October 2, he met her.") == ("2019-10-02", "estimated", "body")

    def test_the_day_of_posting_beats_a_year_inferred_from_it(self) -> None:
        assert dated("t20221029_10794901", body="On October 27, he met her.") == ("2022-10-29", "day", "url")

    @pytest.mark.parametrize("day", ["20240530", "20240531", "20240606", "20240730"])
    def test_days_of_the_import_say_nothing(self, day: str) -> None:
        assert dated(f"t{day}_11327001") is None

    def test_nothing_known_is_null(self) -> None:
        assert dated("t290001") is None


class TestDocumentNumbers:
    @pytest.mark.parametrize(
        ("name", "title", "day"),
        [
            ("t1558711", "May 16", "2018-05-16"),
            ("t1664012", "May 15", "2019-05-15"),
            ("t1729000", "December 31", "2019-12-31"),
            ("t1729700", "January 3", "2020-01-03"),
            ("t1250000", "April 1", "2015-04-01"),
            ("t1860000", "March 9", "2021-03-09"),
        ],
    )
    def test_a_missing_year_follows_from_the_number(self, name: str, title: str, day: str) -> None:
        headline = f"Spokesperson Shen Yulan's Regular Press Conference on {title}"
        assert dated(name, headline) == (day, "estimated", "title")

    def test_far_from_the_table_a_year_stays_unknown(self) -> None:
        assert dated("t290001", "Spokesperson Tang Shuyi's Regular Press Conference on November 23") is None

    @pytest.mark.parametrize(
        ("name", "day"),
        [
            ("t1788865", "2020-06-15"),
            ("t1789600", "2020-06-17"),
            ("t1791134", "2020-06-21"),
            ("t1794629", "2020-07-03"),
        ],
    )
    def test_neighbours_bound_a_day(self, name: str, day: str) -> None:
        assert dated(name) == (day, "estimated", "document-number")

    @pytest.mark.parametrize("name", ["t1300000", "t1642778", "t1800000", "t999999999"])
    def test_far_neighbours_do_not(self, name: str) -> None:
        assert dated(name) is None

    def test_a_key_knows_its_day(self) -> None:
        assert DocumentKey.of("missions:no/t20221029_10794901") == DocumentKey(None, datetime.date(2022, 10, 29))
        assert DocumentKey.of("mfa:t1706373") == DocumentKey(1706373, None)
        assert DocumentKey.of("mfa:t20221399_10794901") == DocumentKey(None, None)

    def test_29_february_finds_a_leap_year(self) -> None:
        moment = Moment(None, 2, 29, None, None, None, "February 29")
        found = trs_dates.in_inferred_year(moment, DocumentKey(1751000, None))
        assert found is not None
        assert found.value == "2020-02-29"


class TestPagers:
    COUNT = (
        '<script>var currentPage = {0};var countPage = 4//\ndocument.write("<a href=\\"default.shtml\\">");</script>'
    )

    @pytest.mark.parametrize(
        ("page", "script", "following"),
        [
            ("", COUNT.format(0), ["default_1.shtml", "default_2.shtml", "default_3.shtml"]),
            ("default.shtml", COUNT.format(0), ["default_1.shtml", "default_2.shtml", "default_3.shtml"]),
            ("default_2.shtml", COUNT.format(2), ["default_3.shtml"]),
            ("default_3.shtml", COUNT.format(3), []),
            ("index.html", "<script>var countPage = '3';</script>", ["index_1.html", "index_2.html"]),
            ("", '<script>createPageHTML(3, 0, "index", "htm");</script>', ["index_1.htm", "index_2.htm"]),
            ("index_1.htm", "<script>createPageHTML('page_div',3, 1,'index','htm',43);</script>", ["index_2.htm"]),
        ],
    )
    def test_the_script_counts_all_pages(self, page: str, script: str, following: list[str]) -> None:
        assert following_pages(html(script, SECTION + page)) == (tuple(SECTION + name for name in following), True)

    def test_links_count_as_far_as_they_go(self) -> None:
        links = '<a href="index_2.html">3</a><a href="./index_1.html">2</a><a href="../gb/index_1.html">x</a>'
        assert following_pages(html(links)) == ((SECTION + "index_1.html", SECTION + "index_2.html"), False)

    def test_no_pager_is_no_count(self) -> None:
        assert following_pages(html("<p>none</p>")) == ((), False)


class TestItems:
    @pytest.mark.parametrize(
        ("item", "value"),
        [
            ("<li><a href='x'>A Meeting</a>(2020-06-12)</li>", "2020-06-12"),
            ("<li><a href='x'>一次会见</a>（2024-03-23）</li>", "2024-03-23"),
            ("<li><a href='x'>A Meeting</a><span>December 24, 2025</span></li>", "2025-12-24"),
            ("<li><span>2020/07/01</span> <a href='x'>A Meeting</a></li>", "2020-07-01"),
            ("<li><a href='x'>A Meeting..（2024-03-14）</a></li>", "2024-03-14"),
            ("<tr><td><a href='x'>A Meeting</a></td><td>[2020-07-01 16:05]</td></tr>", "2020-07-01T16:05:00+08:00"),
            ("<td>· <a href='x'>A</a> (2020-07-02)<br>· <a href='y'>B</a> (2020-07-01)</td>", "2020-07-02"),
        ],
    )
    def test_the_date_beside_a_link(self, item: str, value: str) -> None:
        anchor = etree.fromstring(f"<table><ul>{item}</ul></table>", etree.HTMLParser()).find(".//a")
        assert anchor is not None
        published = date_beside(anchor)
        assert published is not None
        assert (published.value, published.origin) == (value, "listing")

    @pytest.mark.parametrize(
        "item",
        [
            "<td>· <a href='x'>A</a><br>· <a href='y'>B</a> (2020-07-01)</td>",
            "<li><a href='x'>Talks of July 1, 2020</a></li>",
        ],
    )
    def test_another_items_date_is_not_taken(self, item: str) -> None:
        anchor = etree.fromstring(f"<table>{item}</table>", etree.HTMLParser()).find(".//a")
        assert anchor is not None
        assert date_beside(anchor) is None

    def test_a_cut_headline_has_its_end_in_the_title(self) -> None:
        anchor = etree.fromstring("<a title='A Meeting of River Commissioners'>A Meeting of Riv..（2024-03-14）</a>")
        assert headline_of(anchor) == "A Meeting of River Commissioners"

    def test_a_title_of_another_link_is_not_taken(self) -> None:
        assert headline_of(etree.fromstring("<a title='Read more'>A Meeting ..</a>")) == "A Meeting .."


class TestChrome:
    @pytest.mark.parametrize(
        "line",
        [
            "<Suggest To A Friend>",
            "[ Suggest To A Friend ] [ Print ]",
            "Suggset To Friend:",
            "【打印】【关闭】",
            "[字体：大 中 小] 打印本页",
            "【中大小】",
            "English Fran?ais Espa?ol Русский",
            "中文 | English",
            "Home > Chinese Diplomatic News",
            "首页 > 外交动态 > 发言人表态",
            "· The Commissioner Met a Guest(2022-07-28)",
            "· A Guest Came(2022-07-28) · Another Went（2022-07-16）",
        ],
    )
    def test_chrome_is_told_by_its_form(self, line: str) -> None:
        assert is_chrome(line)

    @pytest.mark.parametrize(
        "line",
        [
            "Home is where one hangs one's hat.",
            "· The first point is the harbour.",
            "The talks were held in English and Chinese.",
            "---",
            "大家好！",
            "Share of the harbour dues: nine per cent",
        ],
    )
    def test_text_is_not_chrome(self, line: str) -> None:
        assert not is_chrome(line)
        assert not is_end(line)

    def test_buttons_around_a_body_go(self) -> None:
        body = ["【打印】", "One.", "Two.", "<Suggest To A Friend>", "A Line of the Frame", "Print"]
        assert without_chrome(body) == ["One.", "Two."]

    @pytest.mark.parametrize(
        ("line", "found"),
        [
            ("2022-10-27 23:38", ("2022-10-27 23:38", None)),
            ("(2020/07/27)", ("2020/07/27", None)),
            ("Updated: July 15, 2024 18:58", ("July 15, 2024 18:58", None)),
            ("来源：湖畔日报 2020-05-29", ("2020-05-29", "湖畔日报")),
            ("2020-05-29 Source: Xinhua", ("2020-05-29", "Xinhua")),
            ("On July 15, 2024 he met her", None),
            ("July 15", None),
        ],
    )
    def test_date_lines(self, line: str, found: tuple[str, str | None] | None) -> None:
        assert date_line(line) == found

    def test_breadcrumbs(self) -> None:
        assert breadcrumb_of("Home > Press Service > Remarks") == ["Press Service", "Remarks"]
        assert breadcrumb_of("Home alone") is None


class TestRendering:
    FIRST = "On June 9, 2020, Vice Foreign Minister Qiao Anbo met with Postmaster General Ida Brandt of Osterland."
    LAST = "Ida Brandt thanked the postmen."

    @pytest.mark.parametrize(
        ("head", "tail"),
        [
            (["A Meeting of Postmen", "2020-06-09 19:02"], []),
            (["Home > News", "A Meeting of Postmen"], ["<Suggest To A Friend>"]),
            (
                ["中文 | English", "Home > News", "A Meeting of Postmen", "(2020/06/09)"],
                ["[ Print ]", "Copyright 2014"],
            ),
            (["· A Guest Came(2022-07-28) · Another Went(2022-07-16)", "A Meeting of Postmen"], []),
            (["A Meeting of Postmen 2020-06-09"], []),
            (["A Meeting of Postmen"], ["Related News:", "Another Meeting (2020-06-08)"]),
        ],
    )
    def test_forms(self, head: list[str], tail: list[str]) -> None:
        reading = read_lines(text(*head, self.FIRST, self.LAST, *tail))
        assert reading is not None
        assert (reading.headline, reading.paragraphs) == ("A Meeting of Postmen", [self.FIRST, self.LAST])

    def test_a_line_between_headline_and_date_is_a_subtitle(self) -> None:
        reading = read_lines(text("Home > News", "A Speech", "At the Opening of a Fair", "2020-06-09", self.FIRST))
        assert reading is not None
        assert (reading.headline, reading.alternative_headline) == ("A Speech", "At the Opening of a Fair")

    def test_a_menu_behind_the_text_is_no_end(self) -> None:
        menu = [f"Menu Entry {number}" for number in range(9)]
        assert read_lines(text("A Meeting of Postmen", "2020-06-09", self.FIRST, *menu)) is None

    def test_markup_needs_a_sign_of_its_end(self) -> None:
        page = f"<div>A Meeting of Postmen</div><div>2020-06-09</div><p>{self.FIRST}</p>"
        assert read_lines(html(page)) is None
        assert read_lines(html(page + "<div>Copyright of the Ministry</div>")) is not None

    def test_a_list_of_headlines_is_no_article(self) -> None:
        assert read_lines(text("Home > News", "A Meeting", "(2020-06-09)", "Another Meeting", "(2020-06-08)")) is None


@pytest.mark.parametrize("path", ["/error.htm", "/web/system/index_17321.shtml", "/eng/index_17321.html"])
def test_a_redirect_to_the_error_page_is_a_removed_page(path: str) -> None:
    with pytest.raises(Problem) as caught:
        mfa.SOURCE.read(html("<h1>外交部</h1>", f"https://www.mfa.gov.cn{path}"))
    assert caught.value.code is Code.SOFT_404
