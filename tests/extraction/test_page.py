"""Decoding: never mojibake in silence."""

from __future__ import annotations

import pytest

from crawler.extraction.page import MAX_BYTES, Page, decode
from crawler.extraction.problem import Code, Problem

URL = "https://www.mfa.gov.cn/eng/"
CURLY = "<p>The ministers’ talks went “well”.</p>"
CHINESE = "<p>会谈在友好的气氛中进行。</p>"


def html(text: str, charset: str, declared: str | None = None) -> bytes:
    meta = f'<meta charset="{declared}">' if declared else ""
    return f"<html><head>{meta}</head><body>{text}</body></html>".encode(charset)


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (html(CHINESE, "utf-8", "utf-8"), "utf-8"),
        (html(CHINESE, "gb18030", "gb2312"), "gb18030"),
        (html(CHINESE, "gb18030"), "gb18030"),
        (html(CHINESE, "utf-8", "gb2312"), "utf-8"),
        (html(CURLY, "cp1252", "iso-8859-1"), "cp1252"),
        (html(CURLY, "cp1252", "utf-8"), "cp1252"),
        (html(CURLY, "gbk", "iso-8859-1"), "gb18030"),
        (html(CURLY, "utf-8-sig"), "utf-8"),
        (html(CURLY, "utf-16"), "utf-16-le"),
    ],
)
def test_charsets(body: bytes, encoding: str) -> None:
    found, text = decode(body)
    assert found == encoding
    assert text is not None
    assert (CHINESE if "会" in text else CURLY) in text


def test_the_http_header_declares_too() -> None:
    assert decode("<p>會談</p>".encode("big5"), "text/html; charset=big5")[1] == "<p>會談</p>"


def test_a_broken_character_in_utf8_is_shown_not_guessed() -> None:
    body = html(CHINESE * 5, "utf-8", "utf-8").replace("好".encode(), "好".encode()[:2], 1)
    encoding, text = decode(body)
    assert encoding == "utf-8"
    assert text is not None
    assert text.count("\ufffd") == 1
    assert "会谈在友" in text


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", Code.EMPTY_RESPONSE),
        (b" \r\n\t ", Code.EMPTY_RESPONSE),
        (b"\x89PNG\r\n\x1a\n" + bytes(200), Code.NOT_HTML),
        (b"%PDF-1.4", Code.NOT_HTML),
        (b"<div>" * (MAX_BYTES // 5 + 1), Code.TOO_LARGE),
        (b"\x81\x00\x81\x00\xff\xff\x90", Code.UNDECODABLE),
    ],
)
def test_what_is_no_page(body: bytes, code: Code) -> None:
    with pytest.raises(Problem) as caught:
        Page.from_bytes(URL, body)
    assert caught.value.code == code
    assert caught.value.url == URL


def test_a_text_rendering_is_no_markup() -> None:
    page = Page.from_bytes(URL, b"Title\n\n  one &amp; two < three \n")
    assert not page.is_markup
    assert page.is_closed
    assert page.lines == ["Title", "one &amp; two < three"]


def test_an_open_end_is_noticed() -> None:
    assert Page.from_bytes(URL, b"<html><body><p>a</p></body></html>").is_closed
    assert not Page.from_bytes(URL, b"<html><body><p>a</p><p>b").is_closed


def test_metas_outside_the_head_are_found() -> None:
    page = Page.from_bytes(URL, b'<html><head></head><meta name="PubDate" content=" 2020-07-03 "><body></body></html>')
    assert page.meta("pubdate") == "2020-07-03"
    assert page.meta("keywords") is None


def test_nul_bytes_do_not_end_the_page() -> None:
    assert Page.from_bytes(URL, b"<html><body><p>a\0b</p><p>c</p></body></html>").lines == ["ab", "c"]
