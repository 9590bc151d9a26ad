"""The edits that texts undergo when other outlets carry them, and those that make another text of them.

Each edit takes the paragraphs of a real text and gives those of the copy, or null where the text does not offer it.
They are the edits of SOURCES.md section 5, at several strengths. The words they add are invented here, or are those of
another real text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from random import Random

from crawler.extraction.text import split_paragraphs
from crawler.items import Article

Paragraphs = list[str]
#: From a text and another document that may lend words to the copy. The random numbers are the document's own.
Apply = Callable[[Article, Article, Random], Paragraphs | None]

_CURLY = (
    (re.compile(r"(?<=\w)'"), "’"),
    (re.compile(r'(?<!\S)"'), "“"),
    (re.compile('"'), "”"),
    (re.compile("--"), "—"),
)
_STRAIGHT = str.maketrans("‘’“”—–", "''\"\"--")
_TIME_OF_DAY = re.compile(r"(\d) ([ap])\.m\.")
_WIRE_DATELINE = re.compile(r"^([A-Z][A-Z ]+), [^()]{3,30}\(Xinhua\) -- ")
_SENTENCE = re.compile(r"(?<=[.!?] )(?=[A-Z\"])|(?<=[。！？])")
_LOWER_CASE = re.compile(r"\b[a-z]{4,}\b|[\u4e00-\u9fff]")
_NAME = re.compile(r"(?<=[a-z] )[A-Z][a-z]+")
_NUMBER = re.compile(r"\d+")
#: As on the pages of one office: the same line before every article, a menu behind it.
_TICKER = (
    "· Commissioner Opens Garden Fair(2022-07-28) · Commissioner Receives School Choir(2022-07-28) · Commissioner "
    "Met Outgoing Harbour Master(2022-07-16) · Commissioner’s Piece on Ferries: A bridge is a promise(2022-07-16)"
)
_MENU = [
    "Home",
    "About the Office",
    "News",
    "Photo gallery",
    "Consular service and notices for travellers",
    "Follow us on our channels to hear of the next open day",
    "[ Suggest To A Friend ] [ Print ]",
    "Copyright of this office. All rights reserved. Address: 1 Harbour Road, opposite the old ferry pier",
]
#: `Q: `, `答：`, `Reuters: `, `赵立坚：`
_SPEAKER = re.compile(r"([^:：.,]{1,40})[:：] ?(?=\S)")
#: Characters. Below, nothing but equality is a copy; and nobody publishes less of a text as an article.
_SHORTEST = {"en": 80, "zh": 30}
_SHORTEST_EXCERPT = {"en": 350, "zh": 120}
_SHORTEST_SENTENCE = 12


@dataclass(frozen=True, slots=True)
class Edit:
    """`relation` is what the copy should be found to be, null for an edit that makes another text."""

    name: str
    relation: str | None
    apply: Apply

    def copy(self, article: Article, other: Article) -> str | None:
        """The edited text; null where the edit does not apply, changes nothing or leaves too little."""
        paragraphs = self.apply(article, other, Random(f"{self.name} {article.id}"))
        text = "\n\n".join(paragraphs or ())
        shortest = _SHORTEST_EXCERPT if self.relation == "excerpt" else _SHORTEST
        if len(text) < shortest[article.in_language[:2]] or text == article.article_body:
            return None
        return text


def sentences_of(text: str) -> list[str]:
    """The sentences of a text, in lower case and without what is no letter or digit; short ones left out."""
    sentences = _SENTENCE.split(text.replace("\n\n", " "))
    plain = ("".join(filter(str.isalnum, sentence.lower())) for sentence in sentences)
    return [sentence for sentence in plain if len(sentence) > _SHORTEST_SENTENCE]


def is_chinese(article: Article) -> bool:
    return article.in_language.startswith("zh")


def paragraphs_of(article: Article) -> Paragraphs:
    return split_paragraphs(article.article_body)


@dataclass
class Exchange:
    """The paragraphs of a question, and of its answer."""

    question: Paragraphs
    answer: Paragraphs


def exchanges_of(article: Article) -> list[Exchange]:
    """The questions and answers of a press conference; none where the text does not name its speakers.

    Who answers is `A`, or is named in the headline; whoever else speaks asks.
    """
    exchanges: list[Exchange] = []
    is_question = True
    for paragraph in paragraphs_of(article):
        if speaker := _SPEAKER.match(paragraph):
            is_question = speaker[1] not in ("A", "答") and speaker[1] not in article.headline
            paragraph = paragraph[speaker.end() :]
            if is_question:
                exchanges.append(Exchange([], []))
        if exchanges:
            (exchanges[-1].question if is_question else exchanges[-1].answer).append(paragraph)
    return [exchange for exchange in exchanges if exchange.question and exchange.answer]


def _typography(article: Article, _: Article, __: Random) -> Paragraphs:
    text = _TIME_OF_DAY.sub(r"\1\2m", article.article_body)
    if not text.isascii():
        return split_paragraphs(text.translate(_STRAIGHT))
    for pattern, character in _CURLY:
        text = pattern.sub(character, text)
    return split_paragraphs(text)


def _lost_characters(article: Article, other: Article, random: Random) -> Paragraphs | None:
    if is_chinese(article):
        return None
    return [paragraph.encode("ascii", "replace").decode("ascii") for paragraph in _typography(article, other, random)]


def _wire_settings(article: Article, _: Article, __: Random) -> Paragraphs:
    first, *rest = paragraphs_of(article)
    if is_chinese(article):
        return [f"新华社北京7月3日电 {first}", *rest, "（完）"]
    if _WIRE_DATELINE.match(first):
        return [_WIRE_DATELINE.sub(r"\1 -- ", first), *rest, "(Source: China Daily)"]
    paragraphs = [f"BEIJING, July 3 (Xinhua) -- {first}", *rest]
    return [*paragraphs[:-1], f"{paragraphs[-1]} Enditem"]


def _joined(article: Article, _: Article, __: Random) -> Paragraphs:
    paragraphs = paragraphs_of(article)
    return [" ".join(paragraphs[index : index + 2]) for index in range(0, len(paragraphs), 2)]


def _changed_words(share: float, article: Article, other: Article, random: Random) -> Paragraphs:
    """Words in lower case (Chinese: characters) replaced by others of another text, dropped, or doubled."""
    theirs = _LOWER_CASE.findall(other.article_body) or ["indeed"]

    def change(match: re.Match[str]) -> str:
        if random.random() >= share:
            return match[0]
        return random.choice((random.choice(theirs), "", f"{match[0]} {random.choice(theirs)}"))

    # Names and short words stay, so that of those matched more must change.
    count = max(1, len(_LOWER_CASE.findall(article.article_body)))
    words = len(article.article_body) if is_chinese(article) else len(article.article_body.split())
    share = min(1.0, share * words / count)
    return split_paragraphs(_LOWER_CASE.sub(change, article.article_body))


def _changed_sentences(count: int, article: Article, other: Article, random: Random) -> Paragraphs | None:
    theirs = [sentence for sentence in _SENTENCE.split(other.article_body.replace("\n\n", " ")) if len(sentence) > 30]
    paragraphs = paragraphs_of(article)
    if not theirs or sum(len(_SENTENCE.split(paragraph)) for paragraph in paragraphs) < 8 * count:
        return None
    for index in random.sample(range(len(paragraphs)), min(count, len(paragraphs))):
        sentences = _SENTENCE.split(paragraphs[index])
        sentences[random.randrange(len(sentences))] = random.choice(theirs)
        paragraphs[index] = " ".join(sentences)
    return paragraphs


def _ticker(article: Article, _: Article, __: Random) -> Paragraphs | None:
    return None if is_chinese(article) else [_TICKER, *paragraphs_of(article)]


def _chrome(article: Article, _: Article, __: Random) -> Paragraphs | None:
    return None if is_chinese(article) else [_TICKER, *paragraphs_of(article), *_MENU]


def _added_lead(article: Article, other: Article, _: Random) -> Paragraphs:
    return [paragraphs_of(other)[0], *paragraphs_of(article)]


def _without_last(article: Article, _: Article, __: Random) -> Paragraphs | None:
    paragraphs = paragraphs_of(article)
    return paragraphs[:-1] if len(paragraphs) > 4 else None


def _first_paragraphs(article: Article, _: Article, __: Random) -> Paragraphs | None:
    paragraphs = paragraphs_of(article)
    return paragraphs[:4] if len(paragraphs) > 6 else None


def _part(share: float, article: Article, _: Article, random: Random) -> Paragraphs | None:
    """A run of paragraphs from anywhere, of about that share of the text."""
    paragraphs = paragraphs_of(article)
    count = round(share * len(paragraphs))
    if not 0 < count < len(paragraphs):
        return None
    start = random.randrange(len(paragraphs) - count + 1)
    return paragraphs[start : start + count]


def _picked(article: Article, _: Article, __: Random) -> Paragraphs | None:
    paragraphs = paragraphs_of(article)
    return paragraphs[::2] if len(paragraphs) > 4 else None


def _answers(article: Article, _: Article, __: Random) -> Paragraphs | None:
    exchanges = exchanges_of(article)
    return [line for exchange in exchanges for line in exchange.answer] if len(exchanges) > 2 else None


def _statement(article: Article, _: Article, random: Random) -> Paragraphs | None:
    """One answer of a press conference, as the spokesperson's remarks of their own."""
    exchanges = exchanges_of(article)
    return random.choice(exchanges).answer if len(exchanges) > 2 else None


def _quoted(article: Article, other: Article, random: Random) -> Paragraphs | None:
    """The whole text within a longer one."""
    around = paragraphs_of(other)
    if len(other.article_body) < 2 * len(article.article_body):
        return None
    middle = random.randrange(1, len(around) + 1)
    return [*around[:middle], *paragraphs_of(article), *around[middle:]]


def _rewritten(article: Article, other: Article, random: Random) -> Paragraphs | None:
    """Cut to its first half, words changed, a sentence put before."""
    changed = article.model_copy(update={"article_body": "\n\n".join(_changed_words(0.01, article, other, random))})
    paragraphs = _typography(changed, other, random)
    lead = _SENTENCE.split(paragraphs_of(other)[0])[0]
    half = len(paragraphs) // 2
    if len("".join(paragraphs[:half])) < 4 * len(lead):
        return None
    return [lead, *paragraphs[:half]]


def _neighbour(share: float, article: Article, other: Article, _: Random) -> Paragraphs | None:
    """The press conference of another day, that share of which repeats this one; the rest is of yet another."""
    ours, theirs = exchanges_of(article), exchanges_of(other)
    length = len(article.article_body)
    repeated = _first_exchanges(ours, share * length)
    further = _first_exchanges(theirs, (1 - share) * length)
    if len(repeated) < 3 or not 0.9 * (1 - share) * length < _length(further) < 0.65 * len(other.article_body):
        return None
    return [line for exchange in (*repeated, *further) for line in (*exchange.question, *exchange.answer)]


def _first_exchanges(exchanges: list[Exchange], length: float) -> list[Exchange]:
    """As many as do not exceed `length` characters together."""
    return [exchange for count, exchange in enumerate(exchanges, 1) if _length(exchanges[:count]) <= length]


def _length(exchanges: list[Exchange]) -> int:
    return sum(len(line) for exchange in exchanges for line in (*exchange.question, *exchange.answer))


def _another_name(article: Article, other: Article, _: Random) -> Paragraphs | None:
    """A short announcement for somebody else on another day: its two most frequent names and its numbers differ."""
    ours, theirs = (sorted(set(found), key=found.count, reverse=True) for found in map(_names, (article, other)))
    if not (200 < len(article.article_body) < 800) or len(ours) < 2 or len(theirs) < 2:
        return None
    text = _NUMBER.sub(lambda match: str(int(match[0]) + 2), article.article_body)
    for mine, his in zip(ours[:2], theirs[:2], strict=True):
        text = text.replace(mine, his)
    return split_paragraphs(text)


def _names(article: Article) -> list[str]:
    return [name for name in _NAME.findall(article.article_body) if not name.endswith("day")]


#: In the order of strength. What the text holds decides whether an edit applies.
EDITS = (
    Edit("quotes, dashes, 12:13pm", "near", _typography),
    Edit("? for non-ASCII", "near", _lost_characters),
    Edit("dateline and credit", "near", _wire_settings),
    Edit("paragraphs joined", "near", _joined),
    Edit("1 word in 100 changed", "near", partial(_changed_words, 0.01)),
    Edit("1 word in 33 changed", "near", partial(_changed_words, 0.03)),
    Edit("1 word in 20 changed", "near", partial(_changed_words, 0.05)),
    Edit("one sentence changed", "near", partial(_changed_sentences, 1)),
    Edit("three sentences changed", "near", partial(_changed_sentences, 3)),
    Edit("ticker left over", "near", _ticker),
    Edit("ticker and menu left over", "near", _chrome),
    Edit("lead added", "near", _added_lead),
    Edit("last paragraph cut", "near", _without_last),
    Edit("first four paragraphs", "excerpt", _first_paragraphs),
    Edit("two thirds", "excerpt", partial(_part, 0.67)),
    Edit("one third", "excerpt", partial(_part, 0.34)),
    Edit("one tenth", "excerpt", partial(_part, 0.1)),
    Edit("every other paragraph", "excerpt", _picked),
    Edit("answers only", "excerpt", _answers),
    Edit("one statement", "excerpt", _statement),
    Edit("quoted in a longer text", "excerpt", _quoted),
    Edit("half, words changed, lead added", "excerpt", _rewritten),
    Edit("half of it on another day", None, partial(_neighbour, 0.5)),
    Edit("two thirds of it on another day", None, partial(_neighbour, 0.65)),
    Edit("other names and numbers", None, _another_name),
)
