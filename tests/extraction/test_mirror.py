"""What mirrors inject, and what only looks like it."""

from __future__ import annotations

import pytest

from crawler.extraction.mirror import without_injected
from crawler.extraction.page import Page
from crawler.extraction.problem import Code, Problem
from crawler.sources.ecns import SOURCE

SENTENCE = "The four pilots of Ningbo passed their last test."
MIRROR = "http://www.mill-example.com/news/society/2022-07-15/detail-ihcbqwmn5520317.shtml"
INJECTED = (
    "主站蜘蛛池模板: 茂名市| 绵竹市| 彝良县|",
    "主站蜘蛛池模板：",
    "茂名市| 绵竹市|彝良县| 大兴区| 伊金霍洛旗|",
    "[京ICP證040655號]",
    "[京公網安備 11010202009201號] [京ICP備05004340號-1]",
    "[網上傳播視聽節目許可證(0106168)]",
    "京ICP备05004340号-1",
    "[????? ????] [?ICP?040655?]",
    "??????????",
)
SENTENCES = (
    SENTENCE,
    "Zhu Lin (朱琳), 23, watched ships from her grandmother's window.",
    "The proverb 同舟共济 hung above the door.",
    "同舟共济",
    "海内存知己，天涯若比邻。",
    "天下大同，人人有责，代代相传。",
    "Why now? Who pays????",
    "Port | Pilots | School | Tests | Girls",
    "该网站（京ICP备12345678号）已被依法关闭。",
    "囧(jiǒng)是一个古字。",
)


@pytest.mark.parametrize("line", INJECTED)
@pytest.mark.parametrize("language", ["en", "zh-Hans"])
def test_injected_lines_are_dropped_wherever_they_stand(line: str, language: str) -> None:
    assert without_injected([SENTENCE, line, SENTENCE], language) == [SENTENCE, SENTENCE]


@pytest.mark.parametrize("line", SENTENCES)
@pytest.mark.parametrize("language", ["en", "zh-Hans"])
def test_sentences_stay(line: str, language: str) -> None:
    assert without_injected([line, SENTENCE, line], language) == [line, SENTENCE, line]


@pytest.mark.parametrize("line", ["国产精品_在线观看,免费 | 久久", "亚洲_欧美_日韩", "一区,二区,三区"])
def test_search_words_are_dropped_at_both_ends_of_an_english_text_only(line: str) -> None:
    assert without_injected([line, line, SENTENCE, line]) == [SENTENCE]
    assert without_injected([SENTENCE, line, SENTENCE]) == [SENTENCE, line, SENTENCE]
    assert without_injected([line, SENTENCE], "zh-Hans") == [line, SENTENCE]


def test_text_before_the_spam_of_its_line_stays() -> None:
    assert without_injected([SENTENCE + " 主站蜘蛛池模板: 茂名市| 绵竹市|"]) == [SENTENCE]


def test_readings_are_cut_out_of_a_text_full_of_them() -> None:
    assert without_injected(["水位過(guò)低的(de)時(shí)候，船停開(kāi)。"], "zh-Hant") == ["水位過低的時候，船停開。"]


def test_nothing_of_a_clean_text_is_touched() -> None:
    assert without_injected(SENTENCES) == list(SENTENCES)


def page(url: str, body: str) -> Page:
    html = (
        f'<html><body><h1 id="contitle">Pilots</h1><div class="downinfo"><span>2022-07-15 17:21</span></div>'
        f'<div id="yanse">{body}</div><p>Back to top</p></body></html>'
    )
    return Page.from_bytes(url, html.encode())


def test_a_source_cleans_a_mirror_and_leaves_the_origin_alone() -> None:
    body = f"<p>{SENTENCE}</p><p>亚洲_欧美_日韩</p>"
    assert SOURCE.read(page(MIRROR, body)).article_body == SENTENCE
    origin = MIRROR.replace("www.mill-example.com", "www.ecns.cn")
    assert SOURCE.read(page(origin, body)).article_body == f"{SENTENCE}\n\n亚洲_欧美_日韩"


def test_a_mirror_with_nothing_but_spam_is_no_article() -> None:
    with pytest.raises(Problem) as caught:
        SOURCE.read(page(MIRROR, "<p>茂名市| 绵竹市| 彝良县| 大兴区| 丹凤县|</p>"))
    assert caught.value.code == Code.EMPTY_BODY
