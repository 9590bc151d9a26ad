"""Wire text: what an agency writes into the text itself, dateline, byline, source and picture credits.

Xinhua opens a report with `CITY[, Country], Mon. D (Xinhua) -- `; its outlets drop the dateline or keep the city
(SOURCES.md, 5). All functions take one clean paragraph and say null where they are not sure: what they find goes into a
field of its own, and the text stays as it is.
"""

from __future__ import annotations

import re

_CAPITAL = r"[^\W\d_a-zà-öø-ÿ]"
#: A word of a place or a name as printed: `MANILA`, `XI'AN`, `D.C.`, `Guinea-Bissau`, `HOHHOT/BEIJING`, `São`.
_WORD = rf"{_CAPITAL}[\w.'’/-]*"
#: `RIO DE JANEIRO`, `DAVAO CITY, Philippines`, `ABOARD ICEBREAKER XUELONG`: nine words at most.
_PLACE = (
    r"(?!(?:On|In|At|By|From|Since|Until|After|Before)\b)"
    rf"(?P<place>{_WORD}(?:,? (?:{_WORD}|of|the|and|de|da|do|du|la|al)){{0,8}}?)"
)
#: A city in capitals, perhaps with its country: where no agency is named, nothing less is sure to be a dateline.
_CAPITALS = rf"(?P<place>[A-Z][A-Z.'’/-]{{2,}}(?: [A-Z][A-Z.'’/-]+){{0,3}}(?:, {_WORD}(?: {_WORD}){{0,3}})?)"
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|June?|July?|Aug|Sept?|Oct|Nov|Dec)[a-z]*\.?"
_DATE = rf"(?:{_MONTH} ?\d{{1,2}}|\d{{1,2}} {_MONTH})(?:, ?\d{{4}})?"
_AGENCY = r"\((?P<agency>[A-Z][\w./& -]{1,40})\)"
#: In order; the dash after an agency is `--`, `---`, `-` or missing (Xinhua 2013, A).
_DATELINES = (
    # MANILA, June 30 (Xinhua) -- …; ILOCOS NORTE PROVINCE, Feb. 9, 2016 (Xinhua) -- …; Beijing, Oct. 3 (ECNS) -- …
    re.compile(rf"{_PLACE},? {_DATE},? ?{_AGENCY}[\s\-–—]"),
    # BEIJING (Xinhua) -- …
    re.compile(rf"{_PLACE} {_AGENCY}\s*[-–—]"),
    # BEIJING, Oct. 20 -- …
    re.compile(rf"{_CAPITALS},? {_DATE} ?(?P<agency>)(?:--+|[–—])"),
)
_NAME = rf"(?:{_WORD}|de|la|bin|al|van|von)"
#: `by J. Doe`, `By Jane Doe and John Roe`, `by Xinhua writer Jane Doe`: the whole paragraph, two to sixteen names.
_BYLINE = re.compile(
    r"[Bb][Yy]:? (?:(?:Xinhua|ECNS|CNS) )?(?:(?:staff|news|sports) )?"
    r"(?:(?i:writers?|reporters?|correspondents?|commentators?|sportswriters?) )?"
    rf"(?P<names>{_WORD}(?:(?:,? and |, | ){_NAME}){{1,15}})"
)
_CREDITED = r"Source\s*+[:：]\s*+(?P<name>[^()\[\]（）|]{2,60}?)"
#: `(Source: China Daily)` at the end of the last paragraph, or it alone, then without brackets too.
_CREDIT = re.compile(rf"[(\[（]\s*+{_CREDITED}\s*+[)\]）]\.?$|^{_CREDITED.replace('name', 'alone')}$", re.IGNORECASE)
#: `(Xinhua/Rouelle Umali)`, `(Xinhua Photo)`, `[Photo/Xinhua]`, `(Photo source: fmprc.gov.cn)`, `(File photo)`.
_PICTURE_CREDIT = re.compile(
    r"[(\[（]\s*+(?:(?:Xinhua|ECNS|CNS)\s*[/／][^()\[\]]{1,60}|[^()\[\]]{0,40}\bphotos?\b[^()\[\]]{0,60})\s*[)\]）]\.?$",
    re.IGNORECASE,
)


def dateline_of(paragraph: str) -> str | None:
    """The place of a paragraph's dateline as printed: `MANILA`, `DAVAO CITY, Philippines`; null where there is none."""
    match = _dateline(paragraph)
    return match["place"] if match else None


def agency_of(paragraph: str) -> str | None:
    """The agency named in a paragraph's dateline: `Xinhua`; null where there is no dateline or it names none."""
    match = _dateline(paragraph)
    return match["agency"] or None if match else None


def byline_of(paragraph: str) -> str | None:
    """The writers of a paragraph that is nothing but a byline: `Liu Chang` of `by Xinhua writer Liu Chang`."""
    match = _BYLINE.fullmatch(paragraph)
    return match["names"] if match else None


def credit_of(paragraph: str) -> str | None:
    """The source a paragraph credits, alone or at its end: `China Daily` of `… on Friday. (Source: China Daily)`."""
    match = _CREDIT.search(paragraph)
    return (match["name"] or match["alone"]) if match else None


def is_caption(paragraph: str) -> bool:
    """Whether the paragraph ends in a picture credit: `… in Manila, May 27, 2016. (Xinhua/Rouelle Umali)`."""
    return _PICTURE_CREDIT.search(paragraph) is not None


def _dateline(paragraph: str) -> re.Match[str] | None:
    for pattern in _DATELINES:
        if match := pattern.match(paragraph):
            return match
    return None
