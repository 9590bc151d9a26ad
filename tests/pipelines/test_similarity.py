from __future__ import annotations

import sqlite3
from itertools import combinations

import pytest

from crawler.commands.extract import articles_of_archive
from crawler.extraction.page import Page
from crawler.items import Article
from crawler.sources import source_of
from pipelines.anchor_table import ANCHORS, AnchorTable
from pipelines.normalise import normalise
from pipelines.shingles import anchors, shingles
from pipelines.similarity import Decision, decide, held, share_enough
from tests.pipelines.invented_texts import changed, chinese_paragraph, paragraph, text
from tests.shared import REAL, SEEDS, needs_real, needs_seeds

#: An announcement of the kind that differs in a name and a date only.
ANNOUNCEMENT = (
    "To help {country} cope with the flood of last week, the harbour office has decided to send a team of builders of "
    "boats to {country}. The team was put together by the guild and will leave on July {day}."
)
LONG_ANNOUNCEMENT = (
    "Harbour Master Gull met with Envoy {name} of {country} on July {day}. The two sides exchanged views on ferries, "
    "lighthouses and matters of common concern, and agreed to keep in touch.\n\n"
    "Harbour Master Gull said that the harbour and {country} enjoy a long friendship, that both sides have always "
    "understood and supported each other, and that the harbour is ready to work with {country} to bring more boats to "
    "the people of the two shores.\n\n"
    "Envoy {name} thanked the harbour for its hospitality and said {country} was ready to do the same."
)


def decided(first: str, second: str) -> Decision | None:
    """The decision, after making sure that the other order gives the same."""
    one, other = shingles(first), shingles(second)
    decision, mirrored = decide(one, other), decide(other, one)
    assert (decision is None) == (mirrored is None)
    if decision is not None and mirrored is not None:
        assert (decision.relation, decision.similarity) == (mirrored.relation, mirrored.similarity)
    return decision


def relation(first: str, second: str) -> str | None:
    decision = decided(first, second)
    return decision.relation if decision is not None else None


def test_texts_that_differ_in_their_settings_are_near_with_1() -> None:
    decision = decided(text(1, 2, 3), f"GULLPORT, July 3 (Xinhua) -- {text(1, 2, 3).lower()} Enditem")
    assert decision == Decision("near", 1.0, "100% of the wording is common to both")


@pytest.mark.parametrize("every", [100, 33, 20])
def test_a_light_edit_is_near(every: int) -> None:
    assert relation(text(*range(8)), changed(text(*range(8)), every)) == "near"


def test_half_of_the_words_changed_is_another_text() -> None:
    assert relation(text(*range(8)), changed(text(*range(8)), every=4)) is None


def test_a_sentence_changed_is_near() -> None:
    decision = decided(text(1, 2, 3, 4, 5, 6), text(1, 2, 3, 99, 5, 6))
    assert decision is not None
    assert decision.relation == "near"
    assert decision.similarity == pytest.approx(5 / 7)


def test_a_text_cut_is_an_excerpt_either_way_round() -> None:
    whole, part = shingles(text(*range(12))), shingles(text(0, 1, 2, 3))
    assert decide(whole, part) == Decision("excerpt", 1.0, "100% of the shorter text stands in the longer", "second")
    assert decide(part, whole) == Decision("excerpt", 1.0, "100% of the shorter text stands in the longer", "first")


def test_a_quarter_less_is_still_an_edit() -> None:
    assert relation(text(*range(20)), text(*range(16))) == "near"
    assert relation(text(*range(20)), text(*range(14))) == "excerpt"


def test_a_statement_within_a_press_conference_is_an_excerpt() -> None:
    assert relation(text(50, 51), text(*range(20), 50, 51, *range(20, 40))) == "excerpt"


def test_an_excerpt_may_have_a_lead_and_a_changed_word() -> None:
    part = f"{paragraph(90, 20)}\n\n{changed(text(0, 1, 2, 3), every=80)}"
    assert relation(text(*range(12)), part) == "excerpt"


def test_press_conferences_of_two_days_that_share_two_thirds_are_two_texts() -> None:
    assert relation(text(*range(30)), text(*range(20), *range(40, 50))) is None


def test_a_press_conference_edited_in_every_paragraph_is_one_text() -> None:
    decision = decided(text(*range(12)), changed(text(*range(12)), every=14))
    assert decision is not None
    assert decision.relation == "near"
    assert 0.4 <= decision.similarity < 0.55
    assert decision.reason.endswith("each of them edited")


def test_a_short_text_edited_in_every_paragraph_is_another() -> None:
    assert relation(text(0, 1, 2), changed(text(0, 1, 2), every=14)) is None


def test_a_text_of_their_own_that_borrows_sentences_is_no_copy() -> None:
    assert relation(text(1, 2, 3, 4, 5, 6), text(70, 1, 2, 71, 3, 72, 73)) is None


def test_parts_of_a_series_share_their_opening_only() -> None:
    assert relation(text(0, *range(10, 14)), text(0, *range(20, 24))) is None


def test_an_announcement_for_another_country_is_another_text() -> None:
    first = ANNOUNCEMENT.format(country="Atlantis", day="3")
    assert relation(first, ANNOUNCEMENT.format(country="Lemuria", day="3")) is None
    assert relation(first, ANNOUNCEMENT.format(country="Atlantis", day="5")) is None
    assert relation(first, ANNOUNCEMENT.format(country="Atlantis", day="3 at dawn")) == "near"


def test_a_readout_of_another_meeting_is_another_text() -> None:
    first = LONG_ANNOUNCEMENT.format(name="Tern", country="Atlantis", day="3")
    assert relation(first, LONG_ANNOUNCEMENT.format(name="Tern", country="Lemuria", day="3")) is None
    assert relation(first, LONG_ANNOUNCEMENT.format(name="Plover", country="Atlantis", day="3")) is None


def test_a_corrected_number_or_word_does_not_make_another_text() -> None:
    first = LONG_ANNOUNCEMENT.format(name="Tern", country="Atlantis", day="3")
    assert relation(first, LONG_ANNOUNCEMENT.format(name="Tern", country="Atlantis", day="4")) == "near"
    assert relation(first, first.replace("hospitality", "welcome")) == "near"


def test_a_short_text_within_a_long_one_is_an_excerpt_unless_a_word_differs() -> None:
    urgent = ANNOUNCEMENT.format(country="Atlantis", day="3")
    assert relation(urgent, f"{text(1, 2, 3)}\n\n{urgent}\n\n{text(4, 5)}") == "excerpt"
    assert relation(urgent, f"{text(1, 2, 3)}\n\n{urgent.replace('July 3', 'July 4')}\n\n{text(4, 5)}") is None


def test_a_headline_is_too_short_to_tell() -> None:
    flash = "Harbour master elected by a wide margin"
    assert anchors(shingles(flash)) == []


def test_chinese_announcements_of_one_form_are_two_texts() -> None:
    form = "为帮助{}应对上周的洪水，港务局决定向{}派遣造船专家组。专家组由行会组建，由{}选派，已做好出发准备。"
    first = form.format("大洋国", "大洋国", "东港")
    assert relation(first, form.format("远山国", "远山国", "东港")) is None
    assert relation(first, form.format("大洋国", "大洋国", "西港")) is None
    assert relation(first, f"新华社东港7月3日电 {first}（完）") == "near"


def test_chinese_texts_are_compared_as_others_are() -> None:
    whole = "\n\n".join(chinese_paragraph(seed) for seed in range(10))
    assert relation(whole, "\n\n".join(chinese_paragraph(seed) for seed in range(3))) == "excerpt"
    assert relation(whole, "\n\n".join(chinese_paragraph(seed) for seed in (*range(9), 50))) == "near"
    assert relation(whole, "\n\n".join(chinese_paragraph(seed) for seed in range(20, 30))) is None


def test_chinese_and_english_are_two_texts() -> None:
    assert relation(text(1, 2), f"{chinese_paragraph(1)}\n\n{chinese_paragraph(2)}") is None


@pytest.mark.parametrize("other", ["", "* * *", "Thank you.", text(1)])
def test_nothing_is_no_copy_of_anything(other: str) -> None:
    assert relation("", other) is None
    assert relation("Thank you.", other) is None


def test_what_a_paragraph_has_in_common_is_told_for_each() -> None:
    ours, theirs = shingles(f"{text(1, 2)}\n\nThank you."), shingles(text(2, 3))
    assert held(ours, theirs.distinct).tolist() == [0, 1, 0]


@pytest.mark.parametrize(
    ("shared", "first", "second", "expected"),
    [(1, 4, 60, True), (1, 5, 60, True), (1, 6, 60, False), (0, 4, 4, False), (12, 60, 60, True), (11, 60, 60, False)],
)
def test_candidates_share_a_fifth_of_the_anchors(shared: int, first: int, second: int, expected: bool) -> None:
    assert share_enough(shared, first, second) is share_enough(shared, second, first) is expected


@needs_seeds
def test_the_seeds_are_different_texts() -> None:
    urls = {
        "000_e5a19d0f40fd45d9.txt": "https://www.shine.cn/news/nation/2210281963/",
        "002_e1d37132078ffaa7.txt": "https://no.china-embassy.gov.cn/eng/zgwj_1/202210/t20221029_10794068.htm",
        "004_58b567311f7da4ef.txt": "https://hk.ocmfa.gov.cn/eng/xjpzxzywshd/202302/t20230224_11030933.htm",
    }
    texts = []
    for name, url in urls.items():
        article = source_of(url).read(Page.from_bytes(url, (SEEDS / name).read_bytes()))
        texts.append(normalise(article).article_body)
    assert [decided(first, second) for first, second in combinations(texts, 2)] == [None, None, None]


@needs_real
def test_one_pair_of_the_english_press_conferences_is_a_copy() -> None:
    """Published twice on 29 April 2019, the second time re-edited throughout; a human has read both."""
    assert linked_pairs("mfa-en-2020-07") == {("mfa:t1659619", "mfa:t1660057", "near")}


@needs_real
def test_four_pairs_of_the_xinhua_reports_are_copies() -> None:
    """All read: two reports with another headline and picture, a part of a statement, an urgent in a summary."""
    assert linked_pairs("xinhua-en-2007-2016") == {
        ("xinhua:c_135399711", "xinhua:c_135401710", "excerpt"),
        ("xinhua:c_135410099", "xinhua:c_135410249", "excerpt"),
        ("xinhua:c_135535054", "xinhua:c_135535088", "excerpt"),
        ("xinhua:c_135771744", "xinhua:c_135771815", "excerpt"),
    }


@needs_real
@pytest.mark.parametrize("archive", ["mfa-zh-2020-07", "mfa-zh-2024-04"])
def test_no_two_chinese_texts_are_copies(archive: str) -> None:
    assert linked_pairs(archive) == set()


def linked_pairs(archive: str) -> set[tuple[str, str, str]]:
    """The ids, in order, and the relation of all documents of an archive that are found to be copies."""
    connection = sqlite3.connect(":memory:")
    for statement in ANCHORS:
        connection.execute(statement)
    table = AnchorTable(lambda statement, *parameters: connection.execute(statement, parameters).fetchall())
    read = articles_of_archive(REAL / f"{archive}.warc.gz")
    articles = list({article.id: article for article in read if isinstance(article, Article)}.values())
    texts = [shingles(article.article_body) for article in articles]
    linked: set[tuple[str, str, str]] = set()
    for number, (article, found) in enumerate(zip(articles, texts, strict=True)):
        for candidate in table.candidates(anchors(found)):
            if (decision := decide(found, texts[candidate.text])) is not None:
                ids = sorted((article.id, articles[candidate.text].id))
                linked.add((ids[0], ids[1], decision.relation))
        table.add(number, anchors(found))
    connection.close()
    return linked
