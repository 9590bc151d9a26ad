"""What stands around an article on the pages of the TRS network, told by its form: menus, buttons, tickers, footers."""

from __future__ import annotations

import re

from crawler.extraction.dates import first_moment
from crawler.extraction.text import SPACE_BEFORE

#: Languages as the bar at the top writes them, damaged (`Espa?ol`) or whole, and what stands between them.
_LANGUAGE = (
    r"english|en|fran.{1,2}ais|espa.{1,2}ol|portugu.{1,2}s|deutsch|italiano|русский|[?]{5,7}|عربي|العربية|[?]{4}|"
    r"日本語|한국어|简体(?:中文)?|繁[體体](?:中文)?|中文(?:版|简体|繁体)?|chinese|home(?:page)?|首页|无障碍|关怀版|手机版|rss"
)
_SUGGEST = r"(?:suggest|suggset)\s+to\s+(?:a\s+)?friend"
#: A colon behind one is a separator: if it were the button's as well, a row of them could be read in 2ⁿ ways.
_BUTTON = (
    rf"(?:{_SUGGEST}|print(?:\s+this\s+page)?|close(?:\s+window)?|back\s+to\s+top|top|share(?:\s+to|\s+on)?|"
    r"打印(?:本页|本稿|此页)?|关闭(?:窗口|本页)?|分享(?:到|至)?|推荐给朋友|返回顶部|收藏|"
    r"字体|字号|[大中小]{1,3}|email|wechat|weibo|facebook|twitter|linkedin|微信|新浪微博|qq空间)"
)
#: Whole lines that are never part of a text.
_CHROME_LINE = re.compile(
    rf"(?:{_LANGUAGE})(?:[\s|/·•,，]+(?:{_LANGUAGE}))+|"
    rf"[<\[【(（:：\s]*{_BUTTON}(?:[\s|<>\[\]【】()（）:：/]+{_BUTTON})*[>\]】)）:：\s]*|"
    r"please enter e-?mail|请输入电子邮件地址|[\s|>·•<\[\]【】]+|"
    r"(?:appendix|related news|附件|相关附件|相关新闻)\s*[:：]?",
    re.IGNORECASE,
)
#: The Hong Kong office's ticker, also on missions: `· headline(YYYY-MM-DD)`, one item or many in a line.
_TICKER = re.compile(r"\s*+[·•]\s*+\S.*[(（](?:19|20)\d\d[-/.]\d{1,2}[-/.]\d{1,2}[)）]")
#: `Home > Chinese Diplomatic News`; `首页 > 外交动态 > 发言人表态`.
_BREADCRUMB = re.compile(
    r"(?:(?:you are here|current (?:location|position)|您?(?:现在|当前|所在)?的?位置)\s*+(?:[:：]\s*+)?)?"
    r"(?:home(?:\s?page)?|首页)\s*+(?:>+|›|»|->)\s*+(?P<rest>.*)",
    re.IGNORECASE,
)
_CRUMB_END = re.compile(SPACE_BEFORE + r"(?:>+|›|»|->)\s*+")
#: Where the text is over: whatever follows is the template's.
_END = re.compile(
    rf"[<\[【]?\s*{_SUGGEST}|related (?:news|articles?|links?)\s*[:：]?$|appendix\s*[:：]$|"
    r"(?:相关(?:新闻|附件|链接|报道)|附件)\s*[:：]?$|推荐给朋友|【?打印|\[?\s*print\s*\]?$|"
    r"copyright\b|©|all rights reserved|.{0,40}版权所有|版权所有|contact us|网站标识码|.{0,12}ICP备|"
    r"(?:add|address|地址)\s*[:：]|(?:tel|电话)\s*[:：]|返回顶部|back to top$",
    re.IGNORECASE,
)
_DATE_LABEL = re.compile(
    r"^(?:updated?(?: on)?|date|time|released?(?: time)?|published?(?: time| on)?|posted(?: on)?|"
    r"更新时间|发布时间|时间|日期)\s*[:：]?\s*",
    re.IGNORECASE,
)
#: A wire credit beside the date: `Source: Xinhua`, `（来源：新华网）`, `(From Xinhua)`.
_CREDIT = re.compile(
    r"[(（\[【]?\s*(?:source|来源|稿件来源|信息来源|from)\s*[:：]?\s*(?P<source>[^()（）\[\]【】]{0,80}?)\s*[)）\]】]?$",
    re.IGNORECASE,
)
_FONT_SIZES = re.compile(
    r"[\[【(（]\s*+(?:字[体号]\s*+(?:[:：]\s*+)?)?(?:大\s*+中\s*+小|小\s*+中\s*+大|中\s*+大\s*+小)\s*+[\]】)）].*$"
)
_BRACKETS = " \t()（）[]【】〔〕"


def is_chrome(line: str) -> bool:
    """Whether a line is a menu, a row of buttons, a ticker or a breadcrumb: no part of any text."""
    if not line or len(line) > 2000:
        return not line
    return any(pattern.fullmatch(line) is not None for pattern in (_CHROME_LINE, _TICKER, _BREADCRUMB))


def is_end(line: str) -> bool:
    """Whether a line begins what follows an article: recommendations, appendices, the footer."""
    return len(line) < 300 and _END.match(line) is not None


def breadcrumb_of(line: str) -> list[str] | None:
    """The crumbs of a breadcrumb line without `Home`; null for another line."""
    found = _BREADCRUMB.fullmatch(line)
    return None if found is None else [crumb for crumb in _CRUMB_END.split(found["rest"].strip()) if crumb]


def date_line(line: str) -> tuple[str, str | None] | None:
    """The date and the credit of a line that holds nothing else: `2022-10-27 23:38`, `(2020/07/27)`,
    `Updated: July 15, 2024 18:58`, `来源：新华社 2020-05-29`. Null for another line, and for a date without a year."""
    if len(line) > 160:
        return None
    words = _FONT_SIZES.sub("", line).strip()
    moment = first_moment(words)
    if moment is None or moment.year is None:
        return None
    before, _, after = words.partition(moment.raw)
    before = _DATE_LABEL.sub("", before.strip(_BRACKETS)) if before.strip(_BRACKETS) else ""
    named = [credit_of(part.strip(" |　")) for part in (before, after) if part.strip(_BRACKETS + "|　")]
    if any(credit is None for credit in named):
        return None
    return moment.raw, next((credit for credit in named if credit), None)


def credit_of(words: str) -> str | None:
    """Whom a credit names: `Xinhua` for `Source: Xinhua`, empty where it names nobody; null for words that are none."""
    found = _CREDIT.fullmatch(words)
    return None if found is None else found["source"].strip()


def without_chrome(paragraphs: list[str]) -> list[str]:
    """The paragraphs of a body without menus and buttons around them; `Suggest To A Friend` ends it wherever it is."""
    start, end = 0, len(paragraphs)
    while start < end and is_chrome(paragraphs[start]):
        start += 1
    while end > start and (is_chrome(paragraphs[end - 1]) or is_end(paragraphs[end - 1])):
        end -= 1
    kept = paragraphs[start:end]
    for index, line in enumerate(kept):
        if len(line) < 80 and _SUGGEST_LINE.match(line):
            return without_chrome(kept[:index])
    return kept


_SUGGEST_LINE = re.compile(rf"[<\[【\s]*{_SUGGEST}", re.IGNORECASE)
