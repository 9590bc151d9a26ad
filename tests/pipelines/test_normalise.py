from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from itemadapter import ItemAdapter

from crawler.extraction.problem import Code, Problem
from crawler.extraction.text import clean_line
from crawler.items import Article
from pipelines.fingerprint import text_digest
from pipelines.normalise import normalise
from tests.pipelines.examples import article

TEXT = st.text(min_size=1, max_size=60)
NOTHING = st.none() | st.sampled_from(["", " ", "\u200b", "\u00a0\n"])


def test_text_is_cleaned_field_by_field() -> None:
    normal = normalise(
        article(
            headline="  The\u00a0Envoy\n speaks ",
            alternative_headline="\u3000on\u200b ferries",
            author="Cafe\u0301 Li",
            article_body="One  line\nbroken.\n\n\n\n Two.\n\n\u00a0",
            breadcrumb=["Home ", "", " News"],
            keywords=["\u200b"],
            exchanges=[{"outlet": " ", "question": "Why?\n\n So? ", "answer": " Because. "}],
            images=[{"url": "http://www.example.cn/a.jpg", "caption": "  "}],
        )
    )
    assert normal.headline == "The Envoy speaks"
    assert normal.alternative_headline == "on ferries"
    assert normal.author == "Caf\u00e9 Li"
    assert normal.article_body == "One line broken.\n\nTwo."
    assert normal.breadcrumb == ["Home", "News"]
    assert normal.keywords == []
    assert normal.exchanges is not None
    assert normal.exchanges[0].model_dump() == {
        "outlet": None,
        "question": "Why?\n\nSo?",
        "speaker": None,
        "answer": "Because.",
    }
    assert normal.images[0].caption is None
    assert normal.text_digest == text_digest("One line broken. Two.")


@pytest.mark.parametrize("name", ["author", "editor", "dateline", "article_section", "date_published_raw"])
def test_an_empty_string_is_null(name: str) -> None:
    assert getattr(normalise(article(**{name: ""})), name) is None
    assert getattr(normalise(article(**{name: " \u200b"})), name) is None


def test_the_article_given_stays_as_it_is() -> None:
    given_article = article(headline=" A ")
    normalise(given_article)
    assert given_article.headline == " A "
    assert given_article.text_digest is None


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("HTTP://WWW.Example.CN:80/a.htm#top", "http://www.example.cn/a.htm"),
        ("https://www.example.cn:443/a", "https://www.example.cn/a"),
        ("https://www.example.cn:80/a", "https://www.example.cn:80/a"),
        ("http://www.example.cn/ce/ceus//eng/A.htm", "http://www.example.cn/ce/ceus//eng/A.htm"),
        ("http://www.example.cn/a?z=1&b=2", "http://www.example.cn/a?z=1&b=2"),
        ("http://www.example.cn/新闻.html", "http://www.example.cn/%E6%96%B0%E9%97%BB.html"),
        ("http://www.example.cn/a?utm_source=x&id=7", "http://www.example.cn/a?utm_source=x&id=7"),
    ],
)
def test_the_fetched_url_stays_the_same_resource(url: str, expected: str) -> None:
    assert normalise(article(url=url)).url == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://www.example.cn/a?utm_source=x&id=7&UTM_medium=y&utm_id", "http://www.example.cn/a?id=7"),
        ("http://www.example.cn/a?utm_source=x", "http://www.example.cn/a"),
        ("http://www.example.cn/a?utmost=1", "http://www.example.cn/a?utmost=1"),
    ],
)
def test_the_canonical_url_carries_no_tracking(url: str, expected: str) -> None:
    assert normalise(article(canonical_url=url)).canonical_url == expected


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"headline": "\u00a0"}, Code.NO_HEADLINE),
        ({"article_body": " \n\n\u200b"}, Code.EMPTY_BODY),
        ({"publisher": " "}, Code.INVALID_ITEM),
        ({"exchanges": [{"answer": " "}]}, Code.INVALID_ITEM),
        ({"canonical_url": "http://www.example.cn:99999/"}, Code.INVALID_ITEM),
    ],
)
def test_what_has_no_normal_form_is_a_named_problem(fields: dict[str, object], code: Code) -> None:
    with pytest.raises(Problem) as caught:
        normalise(article(**fields))
    assert caught.value.code is code
    assert caught.value.url == "http://www.example.cn/eng/t1.htm"


def test_half_a_character_does_not_reach_the_disk() -> None:
    assert normalise(article(author="A\ud800B")).author == "A\ufffdB"


@given(
    headline=TEXT.filter(clean_line),
    body=st.lists(TEXT).map("\n\n".join),
    author=TEXT | NOTHING,
    breadcrumb=st.lists(TEXT | st.just("")),
    path=st.text(alphabet="abcÄ新 /%?&=#+.;", max_size=30),
)
def test_normalising_is_idempotent(
    headline: str, body: str, author: str | None, breadcrumb: list[str], path: str
) -> None:
    once = normalise(
        article(
            headline=headline,
            article_body=f"Text. {body}",
            author=author,
            breadcrumb=breadcrumb,
            url=f"http://www.example.cn/{path}",
            canonical_url=f"http://www.example.cn/{path}",
        )
    )
    assert normalise(once) == once


def test_itemadapter_knows_the_article() -> None:
    adapter = ItemAdapter(article())
    assert list(adapter.field_names()) == list(Article.model_fields)
    adapter["editor"] = "Li"
    assert adapter.item.editor == "Li"
    assert adapter.asdict()["images"] == []
