"""A made-up world of releases and wires. However it is crawled, it ends in the same stories."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from random import Random

import pytest

from crawler.extraction.page import Page
from crawler.items import Article
from crawler.sources import source_of
from pipelines.recorded import Recorded
from pipelines.shingles import shingles
from pipelines.similarity import decide
from pipelines.story import read_story
from tests.pipelines.examples import article, lines, record_all
from tests.shared import SEEDS, needs_seeds

#: The ministry's release of a meeting, and what others made of it.
MEETING = [
    "On March 4, 2024, Minister Lu Qingshan met with Foreign Minister Tilda Aarden of Nordheim in Beijing.",
    "Lu Qingshan said that both countries have kept their word to each other for fifty years, through good harvests "
    "and bad ones, and that the ferry between their ports has never missed a sailing for any reason but fog.",
    "Tilda Aarden thanked the minister for the lamps that light the harbour of Nordheim since last winter, and asked "
    "whether the school for pilots might take twenty more of her country's young women from next autumn on.",
    "Both sides agreed to repair the old lighthouse together, to print one chart of the northern shoals for the ships "
    "of both nations, and to meet again when the herring return to the bay.",
    "The two ministers also exchanged views on the weather stations of the far islands.",
]
CHANGED = [*MEETING[:3], MEETING[3].replace("to print one chart", "to draw two maps"), MEETING[4]]
#: The same two meet again a month later, with the words such meetings have.
AGAIN = [
    "On April 8, 2024, Minister Lu Qingshan met with Foreign Minister Tilda Aarden of Nordheim in Skagerhavn.",
    "Lu Qingshan said that both countries have kept their word to each other for fifty years. China stands ready to "
    "send engineers to the dry dock, and welcomes the choir of the pilots' widows to the spring festival.",
    "Tilda Aarden said that the first twenty pilots have passed their examination, and that the ship which bears the "
    "minister's name will carry cheese and timber to the south before the ice comes back.",
    "Both sides agreed to open a second line for letters, and to name the new quay after the keeper of the lighthouse.",
    "The two ministers also exchanged views on the price of salt.",
]
WIRE = [
    "BEIJING, March 5 (Xinhua) -- China and Nordheim will repair a lighthouse together, the Foreign Ministry said.",
    "Foreign Minister Lu Qingshan and his Nordheim counterpart Tilda Aarden came to the agreement at talks that lasted "
    "well into Monday evening, after a walk along the frozen lake behind the guest house.",
    "The lighthouse on Kestrel Rock went dark in the storms of last autumn, when the sea broke its lamp and carried "
    "the keeper's boat over the wall and into the cabbage field of the parsonage.",
    "Ships have had to wait for daylight ever since, and fishermen on both shores say that the herring do not wait.",
    "The two countries will share the cost in equal parts and will count the keeper's goat as a member of the staff.",
    "Engineers from both sides are to begin their work as soon as the ice allows a crane to be landed. Enditem",
]
UNDATELINED = [WIRE[0].removeprefix("BEIJING, March 5 (Xinhua) -- "), *WIRE[1:5], WIRE[5].removesuffix(" Enditem")]
CONFERENCE_ONE = [
    "Reuters: Will the lighthouse on Kestrel Rock be painted red or white? The fishermen have asked for red.",
    "Lin Weiran: We noted the relevant reports. I refer you to the competent authorities for the colour.",
    "The Paper: The road over the northern pass was closed by snow on Sunday. Were Chinese drivers among those who "
    "waited there for two nights, and has the embassy been able to bring them tea and blankets?",
    "Lin Weiran: Nineteen of our drivers were there. The embassy sent a bus with blankets, and all of them have gone "
    "on with their journeys since. We thank the people of the valley who opened their barns.",
]
CONFERENCE_TWO = [
    "AFP: A museum in Nordheim wants to give back a bell. When will it arrive, and where will it be hung?",
    "Lin Weiran: We noted the relevant reports. I refer you to the competent authorities for the hour.",
    "Kyodo: What is the spokesperson's comment on the new tariff for dried fish that was announced this morning by the "
    "fisheries board, and will it apply to the ships that are at sea already?",
    "Lin Weiran: We have stated our position on this many times. Fish should find their way to those who are hungry, "
    "and both sides should talk about the rest at a table with soup on it.",
]


def body(paragraphs: Sequence[str]) -> str:
    return "\n\n".join(paragraphs)


def document(document_id: str, date: str, headline: str, paragraphs: Sequence[str], **fields: object) -> Article:
    return article(document_id, headline=headline, date_published=date, article_body=body(paragraphs), **fields)


MEETS = "Lu Qingshan Meets with Foreign Minister Tilda Aarden of Nordheim"
TALKS = "China, Nordheim to repair lighthouse"
ECNS_URL = "https://www.ecns.cn/news/2024-03-05/detail-ihcxwqzr1200001.shtml"
WORLD = [
    document("mfa:t20240304_11250001", "2024-03-04T20:10:00+08:00", MEETS, MEETING, publisher="Ministry"),
    document("missions:no/t20240305_11250777", "2024-03-05", MEETS, MEETING, publisher="Embassy in Norway"),
    document("missions:cebu/t20240306_11251002", "2024-03-06", MEETS, MEETING[:3], publisher="Consulate in Cebu"),
    document("missions:lr/t20240305_11250801", "2024-03-05", MEETS, CHANGED, publisher="Embassy in Liberia"),
    document("hk_commissioner:t20240306_11251010", "2024-03-06", MEETS, MEETING, publisher="Commissioner's Office"),
    document("xinhua:c_138000001", "2024-03-05T08:00:00+08:00", TALKS, WIRE, publisher="Xinhua News Agency",
             source_organization="Xinhua"),
    document("shine:2403051234", "2024-03-05T09:30:00+08:00", TALKS, UNDATELINED, publisher="SHINE",
             source_organization="Xinhua"),
    document("ecns:ihcxwqzr1200001", "2024-03-05T10:00:00+08:00", "China, Nordheim agree on repair", UNDATELINED[:4],
             publisher="Ecns.cn", source_organization="Xinhua"),
    document("mfa:t20240408_11270001", "2024-04-08T19:00:00+08:00", MEETS, AGAIN, publisher="Ministry"),
    document("mfa:t20240305_11250900", "2024-03-05", "Press Conference on March 5, 2024", CONFERENCE_ONE),
    document("mfa:t20240306_11251100", "2024-03-06", "Press Conference on March 6, 2024", CONFERENCE_TWO),
]  # fmt: skip
#: A mirror of the ECNS page: the same document, whichever is met first.
MIRROR = WORLD[7].model_copy(update={"url": ECNS_URL.replace("www.ecns.cn", "pumps.example"), "mirror_of": ECNS_URL})
STORIES = {
    frozenset(one.id for one in WORLD[:5]),
    frozenset(one.id for one in WORLD[5:8]),
    frozenset((WORLD[8].id,)),
    frozenset((WORLD[9].id,)),
    frozenset((WORLD[10].id,)),
}


def crawl(directory: Path, documents: Sequence[Article], split: int) -> None:
    """Record documents in this order, in runs of at most `split`; a run is of one source."""
    run: list[Article] = []
    for one in documents:
        if run and (len(run) == split or run[0].source != one.source):
            record_all(directory, *run, source=run[0].source)
            run = []
        run.append(one)
    record_all(directory, *run, source=run[0].source)


def stories(directory: Path) -> set[frozenset[str]]:
    with Recorded(directory) as recorded:
        names = {story for _, story in recorded.ledger.stories.names()}
        return {frozenset(recorded.ledger.stories.members(story)) for story in names}


@pytest.mark.parametrize("seed", range(30))
def test_any_order_in_any_split_ends_in_the_same_stories(seed: int, tmp_path: Path) -> None:
    chance = Random(seed)
    documents = chance.sample([*WORLD, MIRROR], k=len(WORLD) + 1)
    crawl(tmp_path, documents, split=chance.choice((1, 2, 5, 100)))
    assert stories(tmp_path) == STORIES


@pytest.mark.parametrize("seed", range(5))
def test_a_story_reads_the_same_in_any_order(seed: int, tmp_path: Path) -> None:
    crawl(tmp_path, Random(seed).sample(WORLD, k=len(WORLD)), split=3)
    with Recorded(tmp_path) as recorded:
        release = read_story(recorded, "missions:cebu/t20240306_11251002")
        wire = read_story(recorded, "ecns:ihcxwqzr1200001")
    assert release is not None
    assert wire is not None
    assert (release.lead.id, wire.lead.id, wire.credited) == ("mfa:t20240304_11250001", "xinhua:c_138000001", "Xinhua")
    relations = {member.article.id: member.relation for member in (*release.members, *wire.members)}
    assert relations == {
        "mfa:t20240304_11250001": None,
        "missions:no/t20240305_11250777": "identical",
        "missions:lr/t20240305_11250801": "near",
        "missions:cebu/t20240306_11251002": "excerpt",
        "hk_commissioner:t20240306_11251010": "identical",
        "xinhua:c_138000001": None,
        "shine:2403051234": "near",
        "ecns:ihcxwqzr1200001": "excerpt",
    }
    dates = [member.article.date_published or "" for member in release.members]
    assert dates == sorted(dates)
    cut = next(member for member in release.members if member.article.source == "missions" and member.dropped)
    assert cut.article.id == "missions:cebu/t20240306_11251002"
    assert [paragraph[:22] for paragraph in cut.dropped] == ["Both sides agreed to r", "The two ministers also"]


def test_every_copy_is_written_in_full(tmp_path: Path) -> None:
    crawl(tmp_path, WORLD, split=100)
    copies = [line for source in ("missions", "hk_commissioner", "shine", "ecns")
              for line in lines(tmp_path, f"copies/{source}.jsonl")]  # fmt: skip
    assert {line["id"]: (line["relation"], line["duplicate_of"]) for line in copies} == {
        "missions:no/t20240305_11250777": ("identical", "mfa:t20240304_11250001"),
        "missions:cebu/t20240306_11251002": ("excerpt", "mfa:t20240304_11250001"),
        "missions:lr/t20240305_11250801": ("near", "mfa:t20240304_11250001"),
        "hk_commissioner:t20240306_11251010": ("identical", "mfa:t20240304_11250001"),
        "shine:2403051234": ("near", "xinhua:c_138000001"),
        "ecns:ihcxwqzr1200001": ("excerpt", "xinhua:c_138000001"),
    }
    texts = {one.id: one.article_body for one in WORLD}
    assert all(line["article_body"] == texts[line["id"]] for line in copies)
    assert {line["story"] for line in copies} == {"mfa:t20240304_11250001", "xinhua:c_138000001"}


def test_a_story_keeps_its_name_when_an_earlier_copy_comes(tmp_path: Path) -> None:
    ministry, embassy = WORLD[0], WORLD[3]
    crawl(tmp_path, [embassy, ministry], split=1)
    with Recorded(tmp_path) as recorded:
        story = read_story(recorded, ministry.id)
    assert story is not None
    assert (story.id, story.first.id, story.lead.id) == (embassy.id, ministry.id, ministry.id)


def test_the_name_of_a_story_that_joined_another_still_leads_to_it(tmp_path: Path) -> None:
    whole, cut = WORLD[5], WORLD[7]
    crawl(tmp_path, [cut], split=1)
    crawl(tmp_path, [whole], split=1)
    with Recorded(tmp_path) as recorded:
        assert recorded.ledger.stories.resolve(cut.id) == recorded.ledger.stories.resolve(whole.id) == whole.id


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 0, 2), (2, 1, 0), (1, 2, 0)])
def test_a_statement_quoted_twice_does_not_join_two_texts(order: tuple[int, int, int], tmp_path: Path) -> None:
    statement = [
        "The spokesperson made the following statement on the sinking of the training ship Halcyon.",
        "China mourns the eleven cadets of the training ship Halcyon. Our vessels have searched the sound for three "
        "days and nights beside those of the coast guard, and will stay for as long as there is hope for anyone.",
        "We ask all captains in the sound to keep a light at the mast and a man at the bell until Sunday.",
    ]
    quoting = [
        document("mfa:t1", "2024-05-01", "Press Conference on May 1, 2024", [*CONFERENCE_ONE, *statement]),
        document("mfa:t2", "2024-05-01", "Statement on the Halcyon", statement),
        document("mfa:t3", "2024-05-02", "Press Conference on May 2, 2024", [*statement, *CONFERENCE_TWO]),
    ]
    crawl(tmp_path, [quoting[number] for number in order], split=2)
    # Both hold all of it: the one with the first id has it.
    assert stories(tmp_path) == {frozenset(("mfa:t1", "mfa:t2")), frozenset(("mfa:t3",))}


@pytest.mark.parametrize(
    ("near_duplicates", "files"),
    [("off", {"articles/mfa.jsonl": 2}), ("link", {"articles/mfa.jsonl": 2}),
     ("separate", {"articles/mfa.jsonl": 1, "copies/mfa.jsonl": 1})],
)  # fmt: skip
def test_near_duplicates_may_be_left_among_the_articles(
    near_duplicates: str, files: dict[str, int], tmp_path: Path
) -> None:
    first, changed = WORLD[0], document("mfa:t20240304_11250002", "2024-03-04", MEETS, CHANGED)
    record_all(tmp_path, first, changed, near_duplicates=near_duplicates)
    written = {name: lines(tmp_path, name) for name in ("articles/mfa.jsonl", "copies/mfa.jsonl")}
    assert {name: len(found) for name, found in written.items() if found} == files
    (line,) = (one for found in written.values() for one in found if one["id"] == changed.id)
    assert line["relation"] == (None if near_duplicates == "off" else "near")


@needs_seeds
def test_three_seeds_on_one_subject_are_three_texts() -> None:
    """A phone call as two outlets report it in their own words, and a meeting of the same ministers."""
    urls = {
        "000": "https://www.shine.cn/news/nation/2210281963/",
        "002": "https://no.china-embassy.gov.cn/eng/zgwj_1/202210/t20221029_10794068.htm",
        "004": "https://hk.ocmfa.gov.cn/eng/xjpzxzywshd/202302/t20230224_11030933.htm",
    }
    texts = []
    for number, url in urls.items():
        (path,) = SEEDS.glob(f"{number}_*.txt")
        texts.append(source_of(url).read(Page.from_bytes(url, path.read_bytes())).article_body)
    assert [decide(shingles(one), shingles(other)) for one, other in combinations(texts, 2)] == [None, None, None]
