from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.shingles import (
    FEWEST_ANCHORS,
    SHINGLE_CHARACTERS,
    SHINGLE_WORDS,
    anchors,
    shingles,
    without_settings,
    words,
)
from tests.pipelines.invented_texts import changed, chinese_paragraph, paragraph, text

PLAIN = "The ferry's captain said it's time for tea - and for cake at 12:13pm in the US port of 6000 gulls."

GOLDEN_LATIN = [-132505120147806, -112102845504098, -46893262179179, 97619900665228]
GOLDEN_CHINESE = [-55190204089611, -45543630323454, 31921954776332, 86389517415638]


def same(first: str, second: str) -> bool:
    """Whether two texts have the same shingles in the same order."""
    return np.array_equal(shingles(first).hashes, shingles(second).hashes)


@pytest.mark.parametrize(
    "setting",
    [
        pytest.param(PLAIN.upper(), id="case"),
        pytest.param(PLAIN.replace("'", "’").replace(" - ", " — "), id="curly quotes and dashes"),
        pytest.param(PLAIN.replace("'", "?").replace(" - ", " ? "), id="? for what is not ASCII"),
        pytest.param(PLAIN.replace("12:13pm", "12:13 p.m."), id="half of the day"),
        pytest.param(PLAIN.replace("6000", "6,000").replace("US", "U.S."), id="points and commas in a word"),
        pytest.param(PLAIN.replace("cake", "ca\u00adke"), id="soft hyphen"),
        pytest.param(PLAIN.replace("cake", "cáke"), id="accent"),
        pytest.param(PLAIN.replace("tea", "ｔｅａ"), id="full width"),
        pytest.param(f"GULLPORT, June 30 (Xinhua) -- {PLAIN}", id="dateline"),
        pytest.param(
            f"SAINT GULL, Gull Islands, Feb. 9, 2016 (Xinhua) -- {PLAIN}", id="dateline with country and year"
        ),
        pytest.param(f"GULLPORT (Xinhua) {PLAIN}", id="dateline without date and dash"),
        pytest.param(f"GULLPORT, Oct. 20 -- {PLAIN}", id="dateline without agency"),
        pytest.param(f"GULLPORT -- {PLAIN}", id="city only"),
        pytest.param(f"{PLAIN} Enditem", id="Enditem"),
        pytest.param(f"{PLAIN}\n\nEnditem", id="Enditem on a line of its own"),
        pytest.param(f"{PLAIN} (Source: Gull Daily)", id="credit in brackets"),
        pytest.param(f"{PLAIN}\n\nSource: Xinhua", id="credit on a line of its own"),
        pytest.param(f"Gulls over the port. [Photo/Xinhua]\n\n{PLAIN}", id="caption"),
        pytest.param(
            f"Gulls in Gullport, May 2, 2016. (Xinhua/A. Gull)\n\nGULLPORT -- {PLAIN}", id="caption, dateline"
        ),
    ],
)
def test_what_outlets_set_otherwise_does_not_count(setting: str) -> None:
    assert same(setting, PLAIN)


@pytest.mark.parametrize(
    "other",
    [
        PLAIN.replace("tea", "soup"),
        PLAIN.replace("12:13", "12:14"),
        PLAIN.replace("captain said", "said captain"),
        PLAIN.replace("for tea", "fort ea"),
        f"He saw GULLPORT. {PLAIN}",
        f"The gulls (Xinhua's own) left. {PLAIN}",
    ],
)
def test_words_and_their_order_count(other: str) -> None:
    assert not same(other, PLAIN)


def test_a_text_has_the_runs_of_five_words_of_each_paragraph() -> None:
    assert len(shingles("One two three four five six seven.")) == 3
    assert len(shingles("One two three four five.\n\nSix seven eight nine ten.")) == 2
    assert len(shingles("One two three four.\n\nFive six seven eight.")) == 0


def test_a_shingle_names_its_paragraph() -> None:
    found = shingles("One two three four five six.\n\nThank you.\n\nOne two three four five.")
    assert found.paragraphs == ("One two three four five six.", "Thank you.", "One two three four five.")
    assert found.paragraph_of.tolist() == [0, 0, 2]
    assert found.hashes[0] == found.hashes[2]
    assert len(found) == 3
    assert len(found.distinct) == 2


def test_chinese_has_runs_of_eight_characters() -> None:
    found = shingles("一二三四五六七八九，十。")
    assert found.width == SHINGLE_CHARACTERS
    assert len(found) == 3
    assert shingles("One two three four five six 一二三").width == SHINGLE_WORDS


@pytest.mark.parametrize(
    "setting",
    [
        "新华社北京7月3日电（记者某某）{}",
        "新华社日内瓦7月3日电 {}",
        "{}（完）",
        "{}\n\n（来源：新华社）",
    ],
)
def test_chinese_wires_have_settings_too(setting: str) -> None:
    plain = chinese_paragraph(1)
    assert same(setting.format(plain), plain)


def test_words_among_chinese_characters_are_whole() -> None:
    assert words("G20峰会，Ａpec 2020年") == ["g20", "峰", "会", "apec", "2020", "年"]
    assert not same("一二三四五六七G20八九十", "一二三四五六七G21八九十")
    assert not same("一二三四五六七八12九", "一二三四五六七八1 2九")


def test_a_word_is_the_same_in_every_text() -> None:
    latin = shingles("Neighbours drank jasmine tea together often")
    mixed = shingles("Neighbours “drank” jasmine tea together often")
    assert latin.hashes.tolist() == mixed.hashes.tolist()


def test_a_photo_story_is_made_of_captions() -> None:
    caption = "A cake is shown at a bakery of Gullport on May 2, 2016. (Xinhua/A. Gull)"
    assert without_settings(caption) == [caption]
    assert without_settings(f"{caption}\n\nThe cake.") == [caption, "The cake."]
    assert without_settings(f"{caption}\n\n{PLAIN}") == [PLAIN]


@pytest.mark.parametrize("nothing", ["", "\n\n", "* * *", "…", "\u200b", "\ud800"])
def test_what_holds_no_words_has_no_shingles(nothing: str) -> None:
    assert len(shingles(nothing)) == 0
    assert anchors(shingles(nothing)) == []


def test_anchors_never_change() -> None:
    """They are stored in ledgers: a release that changes them has to rebuild every ledger."""
    assert anchors(shingles(paragraph(1))) == GOLDEN_LATIN
    assert anchors(shingles(chinese_paragraph(1))) == GOLDEN_CHINESE


def test_an_anchor_is_a_signed_number_of_48_bits() -> None:
    found = anchors(shingles(text(*range(200))))
    assert len(found) == 200
    assert found == sorted(found)
    assert min(found) >= -(1 << 47)
    assert max(found) < 1 << 47


def test_a_text_of_few_paragraphs_has_some_anchors_more() -> None:
    assert len(anchors(shingles(paragraph(1)))) == FEWEST_ANCHORS
    assert len(anchors(shingles(text(1, 2, 3)))) == 2 * 3
    assert len(anchors(shingles(text(*range(9))))) == 9


def test_a_paragraph_has_its_anchor_wherever_it_stands() -> None:
    whole = anchors(shingles(text(*range(20))))
    part = anchors(shingles(text(7, 8, 9, 10)))
    assert set(part) <= set(whole)
    assert len(set(anchors(shingles(paragraph(7)))) & set(whole)) == 1


def test_joined_paragraphs_keep_half_of_the_anchors_or_more() -> None:
    paragraphs = [paragraph(seed) for seed in range(20)]
    joined = [" ".join(paragraphs[index : index + 2]) for index in range(0, 20, 2)]
    ours, theirs = (set(anchors(shingles("\n\n".join(each)))) for each in (paragraphs, joined))
    assert len(theirs) == 10
    assert len(ours & theirs) >= 8  # The run of words across the joint may be the least of all.


def test_courtesies_are_no_anchors_unless_there_is_nothing_else() -> None:
    courtesy = "Thank you all for coming and see you again at the same time tomorrow."
    assert anchors(shingles(f"{text(1, 2, 3, 4)}\n\n{courtesy}")) == anchors(shingles(text(1, 2, 3, 4)))
    assert len(anchors(shingles(courtesy))) == FEWEST_ANCHORS
    assert anchors(shingles("Election won by the harbour master, gulls report.")) == []


def test_an_edited_text_keeps_most_anchors() -> None:
    ours, theirs = (set(anchors(shingles(each))) for each in (text(*range(30)), changed(text(*range(30)), every=40)))
    assert len(ours & theirs) >= 15


@given(st.text())
def test_every_text_has_a_fingerprint(any_text: str) -> None:
    found = shingles(any_text)
    assert len(found.hashes) == len(found.paragraph_of)
    assert np.all(np.diff(found.paragraph_of) >= 0)
    assert not len(found) or found.paragraph_of[-1] < len(found.paragraphs)
    assert len(anchors(found)) <= FEWEST_ANCHORS * max(1, len(found))


@given(st.lists(st.sampled_from(range(50)), min_size=1, max_size=8), st.data())
def test_a_text_holds_all_shingles_of_its_paragraphs(seeds: list[int], data: st.DataObject) -> None:
    chosen = data.draw(st.lists(st.sampled_from(seeds), min_size=1))
    assert set(shingles(text(*chosen)).distinct.tolist()) <= set(shingles(text(*seeds)).distinct.tolist())
