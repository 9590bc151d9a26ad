"""The templates of Xinhua English, generation by generation, and how what they give is mended.

| layout | years | frame | evidence |
|---|---|---|---|
| xinhua-2005 | 2005-09 | tables; `#Content` in a table of its own, time in `.hui12` | A |
| xinhua-2010 | 2010-16 | one `td` around `.f-title #Title`, `td.sj`, `#Content.artTxt`, `.zrbj` | A |
| xinhua-2014 | 2014-17 | the same with the title in `td.hei22` | A |
| xinhua-wide | 2013-17 | `#bltitle` or (photo pages) `#whtitle`, `#pubtime` in a line of facts, `span#content` | A |
| xinhua-2017 | 2017-21 | `h1.Btitle`, `i.time`; body `#detail`, `#p-detail` or `div.content` | B |
| xinhua-2022 | 2022- | `.conTop h1`, `p.time`; body `#detailContent`, else `#detail` | B |

From 2015 on nearly every page holds its article twice (385 of 400), in `.domPC` and in `.domMobile`, in either order:
all selectors stay with the desktop copy, whose time line and body have ids or classes that the mobile copy has not.
"""

from __future__ import annotations

from crawler.extraction.layout import Layout, Select, by_id, xpath


def _class(name: str) -> str:
    """An XPath condition: the element has this class among others."""
    return f"contains(concat(' ', normalize-space(@class), ' '), ' {name} ')"


#: The desktop copy an element stands in; the whole body on pages that hold the article once.
_DESKTOP = f"/ancestor::*[self::body or {_class('domPC')}][1]"
#: Below a body: links to the article's other pages, and the video box (`Video Player Close`).
_NOT_BODY = xpath(
    f".//*[@id='div_currpage' or @id='div_page_roll1' or @id='pcVideo' or @id='mobileVideo' or {_class('onlyVideo')}]"
)
#: In front of `#Content`, nearest first: the time of 2005-09 stands under several classes, but always like this.
_TIME_BEFORE = (
    "id('Content')/preceding::text()[contains(., ':') and contains(., '-') and contains(., '20')]"
    "[string-length() < 80 and not(parent::script or parent::style)][1]"
)
#: `Home > World` at the foot: an arrow behind each word in 2005-09, links in one cell in 2010-14.
_BREADCRUMB_2005 = (
    "id('Content')/following::img[contains(@src, 'dian1')]/preceding::text()[normalize-space()][1]"
    "[normalize-space() != 'Home']"
)
_BREADCRUMB_2010 = (
    f"id('Content')/following::span[{_class('lan20')}][a[normalize-space()='Home']][1]"
    "/../span/a[normalize-space() != 'Home']"
)
#: The body in the frame of 2022.
_BODY_2022 = "(id('detailContent') | id('detail'))[1]"


def _before(step: str, within: str = "") -> Select:
    """The nearest of these elements in front of `#Content`, and what is to be taken `within` it."""
    return xpath(f"id('Content')/preceding::{step}[1]{within}")


def _after(step: str) -> Select:
    """The nearest of these elements behind `#Content`."""
    return xpath(f"id('Content')/following::{step}[1]")


LAYOUTS = (
    Layout(
        name="xinhua-wide",
        years="2013-17",
        grade="A",
        root=xpath(f"id('pubtime'){_DESKTOP}"),
        # The nearest before the time: pasted text brings more of them, in the mobile copy too, which may come first.
        headline=(
            xpath("id('pubtime')/preceding::*[@id='bltitle' or @id='whtitle'][1]"),
            xpath("id('pubtime')/preceding::*[contains(@id, 'title')][normalize-space()][1]"),
        ),
        date=(xpath("id('pubtime')/.."), by_id("pubtime")),
        body=(xpath("id('pubtime')/following::*[@id='content'][1]"), by_id("Content")),
        without=(_NOT_BODY,),
    ),
    Layout(
        name="xinhua-2014",
        years="2014-17",
        grade="A",
        root=xpath(f"id('Content')/parent::*[.//td[{_class('hei22')}]]"),
        headline=(_before(f"td[{_class('hei22')}]"),),
        date=(_before(f"td[{_class('sj')}]"), xpath(_TIME_BEFORE)),
        editor=(_after(f"*[{_class('zrbj')}]"),),
        body=(by_id("Content"),),
        without=(_NOT_BODY,),
    ),
    Layout(
        name="xinhua-2010",
        years="2010-16",
        grade="A",
        root=xpath("id('Content')/parent::*[.//*[@id='Title']]"),
        headline=(_before("*[@id='Title'][normalize-space()]"), _before(f"*[{_class('f-title')}]")),
        date=(_before(f"td[{_class('sj')}]"), xpath(_TIME_BEFORE)),
        editor=(_after(f"*[{_class('zrbj')}]"),),
        section=(_before(f"td[{_class('lan24')}]", "/a"),),
        breadcrumb=(xpath(_BREADCRUMB_2010),),
        body=(by_id("Content"),),
        without=(_NOT_BODY,),
    ),
    Layout(
        name="xinhua-2005",
        years="2005-09",
        grade="A",
        root=by_id("Content"),
        # One page of 2007 has an empty `#Title` above the banner, and the title in a second one.
        headline=(
            _before("*[@id='Title'][normalize-space()]"),
            _before(f"*[self::h1 or {_class('hei22')}][normalize-space()]"),
        ),
        date=(xpath(_TIME_BEFORE), _before(f"*[{_class('hui12')}]")),
        editor=(_after("td[starts-with(normalize-space(), 'Editor')]"), _after(f"*[{_class('zrbj')}]")),
        section=(xpath(_BREADCRUMB_2005),),
        breadcrumb=(xpath(_BREADCRUMB_2005),),
        body=(by_id("Content"),),
        without=(_NOT_BODY,),
    ),
    Layout(
        name="xinhua-2017",
        years="2017-21",
        grade="B",
        root=xpath(f"(//h1[{_class('Btitle')}])[1]{_DESKTOP}"),
        headline=(xpath(f".//h1[{_class('Btitle')}]"),),
        date=(xpath(f".//i[{_class('time')}]"), xpath(f".//*[{_class('time')}]")),
        source_organization=(
            xpath(f".//i[{_class('source')}]"),
            xpath(f".//i[{_class('time')}]/preceding::text()[contains(., 'Source')][1]"),
        ),
        editor=(
            xpath(f".//i[{_class('editor')}]"),
            xpath(f".//i[{_class('time')}]/following::text()[contains(., 'Editor')][1]"),
        ),
        body=(
            xpath("(.//*[@id='detail'])[1]"),
            xpath("(.//*[@id='p-detail'])[1]"),
            xpath(f"(.//div[{_class('content')}][.//p][not(.//h1)])[1]"),
            xpath("(.//*[@id='content'])[1]"),
        ),
        without=(_NOT_BODY,),
    ),
    Layout(
        name="xinhua-2022",
        years="2022-",
        grade="B",
        root=xpath(f"{_BODY_2022}/ancestor::body"),
        headline=(xpath(f".//*[{_class('conTop')}]//h1"), xpath(".//h1")),
        date=(
            xpath(f".//*[{_class('conTop')}]//*[{_class('time')}]"),
            xpath(f".//p[{_class('time')}]"),
            xpath(f".//*[{_class('conTop')}]"),
        ),
        source_organization=(xpath(f"{_BODY_2022}/preceding::text()[contains(., 'Source')][1]"),),
        editor=(
            xpath(f"{_BODY_2022}/preceding::text()[contains(., 'Editor')][1]"),
            xpath(f"{_BODY_2022}/following::text()[contains(., 'Editor')][1]"),
        ),
        body=(by_id("detailContent"), by_id("detail")),
        without=(_NOT_BODY,),
    ),
)
