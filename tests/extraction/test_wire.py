from __future__ import annotations

import pytest

from crawler.extraction.wire import agency_of, byline_of, credit_of, dateline_of, is_caption


@pytest.mark.parametrize(
    ("paragraph", "place", "agency"),
    [
        ("ELMSTAD, June 30 (Xinhua) -- The tide came late.", "ELMSTAD", "Xinhua"),
        ("PORT ELSA, Altovia, Aug. 25 (Xinhua)--- The tide came late.", "PORT ELSA, Altovia", "Xinhua"),
        ("MIRA SALT PANS, Feb. 9, 2016 (Xinhua) -- The tide came late.", "MIRA SALT PANS", "Xinhua"),
        ("RIO DE JANEIRO, Sept. 1 (Xinhua) — The tide came late.", "RIO DE JANEIRO", "Xinhua"),
        ("XI'AN, May 3 (Xinhua) - The tide came late.", "XI'AN", "Xinhua"),
        ("HOHHOT/BEIJING, Dec. 31 (Xinhua) -- The tide came late.", "HOHHOT/BEIJING", "Xinhua"),
        ("WASHINGTON D.C., Oct. 2 (Xinhua) The tide came late.", "WASHINGTON D.C.", "Xinhua"),
        ("NUKU’ALOFA, 22 November (Xinhua) -- The tide came late.", "NUKU’ALOFA", "Xinhua"),
        ("ABOARD THE RESEARCH SHIP INES, Jan. 9 (Xinhua) -- The tide", "ABOARD THE RESEARCH SHIP INES", "Xinhua"),
        ("Beijing, Oct. 3 (ECNS) -- The tide came late.", "Beijing", "ECNS"),
        ("Beijing (CNS) -- The tide came late.", "Beijing", "CNS"),
        ("ELMSTAD, Oct. 20 -- The tide came late.", "ELMSTAD", None),
        ("PORT ELSA, Altovia, March 1 — The tide came late.", "PORT ELSA, Altovia", None),
    ],
)
def test_dateline(paragraph: str, place: str, agency: str | None) -> None:
    assert (dateline_of(paragraph), agency_of(paragraph)) == (place, agency)


@pytest.mark.parametrize(
    "paragraph",
    [
        "",
        "(ECNS) -- The tide came late.",
        "FLASH -- THE TIDE CAME LATE",
        "ELMSTAD -- One item of several in a summary of news.",
        "The tide came late, the Bay Herald (Elmstad) -- a weekly -- reported.",
        "On Oct. 20 (Thursday) -- the day of the tide -- nobody came.",
        "Minister Ye Lan said on June 30 (Xinhua reported) that the tide came late.",
        "UN: the tide came late on June 3 (local time).",
        "by Xinhua writer Ye Lan",
    ],
)
def test_no_dateline(paragraph: str) -> None:
    assert dateline_of(paragraph) is None
    assert agency_of(paragraph) is None


@pytest.mark.parametrize(
    ("paragraph", "names"),
    [
        ("by Ye Lan", "Ye Lan"),
        ("By Tomas T. Brandvik", "Tomas T. Brandvik"),
        ("by Xinhua writer Ye Lan", "Ye Lan"),
        ("BY XINHUA", None),
        ("by Xinhua Writers Ye Lan, Tomas Brandvik and Juan de la Mira", "Ye Lan, Tomas Brandvik and Juan de la Mira"),
        ("by Xinhua sportswriter Ye Lan", "Ye Lan"),
        ("By Monday the tide had come.", None),
        ("By the end of May", None),
        ("Stand by Ye Lan", None),
    ],
)
def test_byline(paragraph: str, names: str | None) -> None:
    assert byline_of(paragraph) == names


@pytest.mark.parametrize(
    ("paragraph", "source"),
    [
        ("(Source: Bay Herald)", "Bay Herald"),
        ("Source: Xinhua", "Xinhua"),
        ("The tide came late. (Source: bayherald.example)", "bayherald.example"),
        ("[Source: Xinhua]", "Xinhua"),
        ("A source: the old mill's spring (see map).", None),
        ("He named his source: a clerk", None),
    ],
)
def test_credit(paragraph: str, source: str | None) -> None:
    assert credit_of(paragraph) == source


@pytest.mark.parametrize(
    ("paragraph", "expected"),
    [
        ("Children float lanterns. (Xinhua/Dario Venn)", True),
        ("Children float lanterns.(Xinhua/Stringer)", True),
        ("Lanterns. [Photo/Xinhua]", True),
        ("Lanterns (Photo source: mira.example)", True),
        ("Lanterns. (File photo)", True),
        ("Lanterns. (Xinhua Photo)", True),
        ("ELMSTAD, June 30 (Xinhua) -- The tide came late.", False),
        ("The tide came late, the wire reported. (Xinhua)", False),
        ("The photos (taken in May) are lost.", False),
    ],
)
def test_caption(paragraph: str, expected: bool) -> None:
    assert is_caption(paragraph) is expected


@pytest.mark.parametrize(
    "paragraph", ["A " * 5000, "AA, " * 5000, "By " + "Ab " * 5000, "( " * 5000 + "photo", "a" * 10**5]
)
def test_hostile_paragraphs_are_read_in_no_time(paragraph: str) -> None:
    """Nothing here may backtrack without bound: the test would hang."""
    assert dateline_of(paragraph) is None
    assert byline_of(paragraph) is None
    assert credit_of(paragraph) is None
    assert not is_caption(paragraph)
