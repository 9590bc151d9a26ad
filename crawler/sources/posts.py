"""China's diplomatic posts: embassies, consulates general and missions, and which of them a URL belongs to.

`posts.csv` is the table, one row a post: 176 embassies (the 180 UN members with relations, less Andorra,
Liechtenstein, Monaco and San Marino, whose ambassadors reside elsewhere), the consulates general, Houston (closed in
2020) among them, and the missions to international organisations. Its columns:

code         names the post in a document id (`missions:no/t20221029_10794068`) and in `-a post=no,cebu`. It is the
             first label of the living host, or `label-kind` where another post has that label already: `au` is the
             embassy in Australia, so the mission to the African Union at `au.china-mission.gov.cn` is `au-mission`
kind         embassy, consulate or mission
country      ISO 3166-1 alpha-2 code of the territory the post stands in: CW for Willemstad, RE for Saint-Denis
name         the publisher of its documents
labels       first labels of its regular hosts, the living one first; empty: the code; `-`: it has no regular
             living host, and all its hosts and directories stand in the next columns
hosts        its other hosts
directories  its irregular directories on the ministry's own host
grade        of the living host, as in SOURCES.md: A = a page of it was seen; B = SOURCES.md names it, or two or more
             public sources use it; C = one source does, or the pattern alone says so

A `?` behind a host or a directory is grade C too: remembered from the ministry's old lists, not seen in use.

The regular hosts and directories are not in the table. They follow from label and kind, see `DOMAINS` and
`DIRECTORY_PREFIXES`. Which of the two `.org` domains a post had was never regular, and several had both
(`newyork.china-consulate.org` and `newyork.chineseconsulate.org`, both seen), so each post answers to both.
`.gov.cn` (from 2022) was seen with every kind, and cities there as full names without spaces: `hochiminhcity`,
`kotakinabalu`, `saintpetersburg`. Regular directories were seen for nine embassies (cedk, cefi, cehu, cemx, ceph,
cepl, cese, cesg, ceus), irregular ones three times (ceindo, cgla, cgvienna); the rest of them is inferred.

Posts of other organs are left out: the commissioner's offices in Hong Kong and Macao are a source of their own
(`/ce/cohk/` is theirs), and the representations to FAO, ICAO, IMO and OPCW have no known site. The mission to the
WTO is in the table for its name, but its site is the Ministry of Commerce's and has that ministry's layouts.
"""

from __future__ import annotations

import csv
import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import resources
from types import MappingProxyType
from typing import Final, Literal, cast

Kind = Literal["embassy", "consulate", "mission"]

#: Below which domains a kind of post has its hosts, the living one first.
DOMAINS: Final[Mapping[Kind, tuple[str, ...]]] = {
    "embassy": ("china-embassy.gov.cn", "china-embassy.org", "chineseembassy.org"),
    "consulate": ("china-consulate.gov.cn", "china-consulate.org", "chineseconsulate.org"),
    "mission": ("china-mission.gov.cn",),
}
#: What a post's directory on the ministry's host begins with: `/ce/ceno/`, `/ce/cgcebu/`. Missions have no rule.
DIRECTORY_PREFIXES: Final[Mapping[Kind, str]] = {"embassy": "/ce/ce", "consulate": "/ce/cg"}
#: The ministry's hosts, without `www.`, that serve posts' pages under `/ce/`.
MINISTRY_HOSTS: Final = frozenset({"fmprc.gov.cn", "mfa.gov.cn"})
#: `Post.country` of a post made by rule whose label is no country code: ISO leaves ZZ to its users.
UNKNOWN_COUNTRY: Final = "ZZ"

_KIND_OF_DOMAIN: Final[Mapping[str, Kind]] = {domain: kind for kind in DOMAINS for domain in DOMAINS[kind]}
_LABEL: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
#: The doubled slashes are the ministry's own: `/ce/ceno//eng/`; some captures have them before the directory too.
_DIRECTORY: Final = re.compile(r"/+ce/+(?P<kind>ce|cg)(?P<label>[a-z0-9-]+)(?:/|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Post:
    """One diplomatic post. `hosts` has the living host first; `directories` are like `/ce/ceno`, without end slash."""

    code: str
    kind: Kind
    name: str
    country: str
    hosts: tuple[str, ...]
    directories: tuple[str, ...]


def _regular_hosts(kind: Kind, labels: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"{label}.{domain}" for label in labels for domain in DOMAINS[kind])


def _regular_directories(kind: Kind, labels: Iterable[str]) -> tuple[str, ...]:
    prefix = DIRECTORY_PREFIXES.get(kind)
    return tuple(f"{prefix}{label}" for label in labels) if prefix else ()


def _cell(text: str) -> tuple[str, ...]:
    """The values of a table cell, without their marks of doubt."""
    return tuple(value.rstrip("?") for value in text.split())


def _post(row: Mapping[str, str]) -> Post:
    """A row of the table as a Post. The living label's hosts come first, then the odd hosts."""
    kind = cast("Kind", row["kind"])
    labels = () if row["labels"] == "-" else _cell(row["labels"]) or (row["code"],)
    return Post(
        code=row["code"],
        kind=kind,
        name=row["name"],
        country=row["country"],
        hosts=_regular_hosts(kind, labels) + _cell(row["hosts"]),
        directories=_regular_directories(kind, labels) + _cell(row["directories"]),
    )


def _read_table() -> Mapping[str, Post]:
    text = resources.files(__package__).joinpath("posts.csv").read_text(encoding="utf-8")
    posts = (_post(row) for row in csv.DictReader(text.splitlines()))
    return MappingProxyType({post.code: post for post in sorted(posts, key=lambda post: post.code)})


def _bare(host: str) -> str:
    """A host as it is compared: lower case, without port, root dot and `www.`."""
    return host.lower().partition(":")[0].rstrip(".").removeprefix("www.")


#: Every post of the table by its code, in the order of the codes.
POSTS: Final[Mapping[str, Post]] = _read_table()

_BY_HOST: Final = {_bare(host): post for post in POSTS.values() for host in post.hosts}
_BY_DIRECTORY: Final = {directory: post for post in POSTS.values() for directory in post.directories}


def post_of(url_host: str, url_path: str) -> Post | None:
    """The post a page belongs to: by its host, or on the ministry's hosts by the directory under `/ce/`.

    A host or directory of the regular pattern that the table does not know (a new embassy) gives a Post made by
    rule, since a lost document is worse than an unnamed post; everything else, lookalikes included, gives None.
    """
    host = _bare(url_host)
    if host in MINISTRY_HOSTS:
        return _post_of_directory(url_path)
    return _BY_HOST.get(host) or _unlisted_post_of_host(host)


def posts_named(names: Iterable[str]) -> tuple[Post, ...]:
    """The posts with these codes, each once, in the order given.

    Raises ValueError that names every unknown code with the codes it may have meant (`uk`: did you mean gb?).
    """
    codes = dict.fromkeys(name.strip().lower() for name in names)
    unknown = [_with_suggestions(code) for code in codes if code not in POSTS]
    if unknown:
        raise ValueError(f"unknown post: {', '.join(unknown)}")
    return tuple(POSTS[code] for code in codes)


def _post_of_directory(path: str) -> Post | None:
    found = _DIRECTORY.match(path)
    if found is None:
        return None
    prefix, label = found["kind"].lower(), found["label"].lower()
    return _BY_DIRECTORY.get(f"/ce/{prefix}{label}") or _unlisted_post(
        "embassy" if prefix == "ce" else "consulate", label
    )


def _unlisted_post_of_host(host: str) -> Post | None:
    label, _, domain = host.partition(".")
    kind = _KIND_OF_DOMAIN.get(domain)
    return _unlisted_post(kind, label) if kind else None


def _unlisted_post(kind: Kind, label: str) -> Post | None:
    """A post the table does not know, named after its label: `Embassy of China (xy)`, `Consulate of China (gotham)`."""
    if _LABEL.fullmatch(label) is None:
        return None
    is_country_code = kind == "embassy" and len(label) == 2
    return Post(
        code=f"{label}-{kind}" if label in POSTS else label,
        kind=kind,
        name=f"{kind.capitalize()} of China ({label})",
        country=label.upper() if is_country_code else UNKNOWN_COUNTRY,
        hosts=_regular_hosts(kind, (label,)),
        directories=_regular_directories(kind, (label,)),
    )


def _with_suggestions(unknown: str) -> str:
    """An unknown code with the codes near to it, by code, by label and by place: `cebo` (did you mean cebu?)."""
    words = {word: post.code for post in POSTS.values() for word in _words(post)} | {code: code for code in POSTS}
    near = difflib.get_close_matches(unknown, words, n=3, cutoff=0.7)
    codes = ", ".join(dict.fromkeys(words[word] for word in near))
    return f"{unknown!r} (did you mean {codes}?)" if codes else repr(unknown)


def _words(post: Post) -> Iterable[str]:
    """What else people call a post: its labels (`uk`) and its place (`norway`)."""
    yield from (host.partition(".")[0] for host in post.hosts if host.partition(".")[2] in _KIND_OF_DOMAIN)
    yield post.name.rpartition(" in ")[2].removeprefix("the ").lower()
