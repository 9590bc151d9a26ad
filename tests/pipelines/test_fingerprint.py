from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.fingerprint import fold, text_digest


def test_digest_is_sha256_of_the_folded_text() -> None:
    # what `printf Abc. | sha256sum` says
    assert text_digest(" A b\nc. ") == "sha256:9120598eb4a2e68a5f3e79c3d226f32053ca53c74abe71c048098af7aab186e2"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a  b\n\nc", "a b c"),
        ("a\u00a0b\u3000c", "a b c"),
        ("co\u00adoper\u200bation\ufeff", "cooperation"),
        ("the “one” country’s", 'the "one" country\'s'),
        ("the ‘one’ country's", "the 'one' country`s"),
        ("``one''", '"one"'),
        ("2019–2020 — a year", "2019-2020 -- a year"),
        ("\u2212 5", "- 5"),
        ("and so on…", "and so on..."),
        ("等等……", "等等…"),
        ("ＡＢＣ，１２", "ABC,12"),
        ("e\u0301tude", "étude"),
        ("ﬁrst", "first"),
        ("外交部 发言人\n答记者问", "外交部发言人答记者问"),
    ],
)
def test_noise_does_not_count(one: str, other: str) -> None:
    assert text_digest(one) == text_digest(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("China", "china"),
        ("yes.", "yes"),
        ("yes?", "yes!"),
        ("etude", "étude"),
        ("a, b", "a; b"),
        ("12", "21"),
        ("'one'", '"one"'),
        ("a-b", "ab"),
        ("国家", "國家"),
    ],
)
def test_everything_else_counts(one: str, other: str) -> None:
    assert text_digest(one) != text_digest(other)


@given(st.text())
def test_folding_is_idempotent(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(), st.text(alphabet=" \t\n\r\u00a0\u2003\u3000\u200b\ufeff"), st.text())
def test_white_space_never_counts(before: str, space: str, after: str) -> None:
    assert fold(" ".join((fold(before), fold(after)))) == fold(space.join((fold(before), " ", fold(after))))
