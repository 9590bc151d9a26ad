"""A made-up outlet on the loopback interface whose pages are edited, moved and taken down between two crawls.

    with changing(ECNS, count=12) as site:
        site.crawl(directory)
        site.delete(3)
        site.crawl(directory)

The frames around the texts are those of the saved pages. The texts are of words drawn at random, so that none is a
copy of another, and the documents are counted from 0, the newest.
"""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from email.utils import formatdate
from hashlib import sha256
from pathlib import Path

from crawler.fixtures import FIXTURES
from tests.command_line import scrapy
from tests.downloading.local_site import Answer, Asked, LocalSite, serving
from tests.pipelines.invented_texts import paragraph

#: One request after the other; without any delay Scrapy 2.19 asks for all it has at once.
FAST = ("-s", "DOWNLOAD_DELAY=0.001", "-s", "RETRY_ENABLED=False", "-s", "BACKOFF_ENABLED=False")
#: Every known document is due in every run.
DUE = ("-s", "RECHECK_INTERVALS_DAYS=0", "-s", "RECHECK_JITTER=0")
#: What is missing in two runs is gone.
CONFIRMED = ("-s", "REMOVAL_CONFIRMED_AFTER_DAYS=0")
NO_VISITS = ("-s", "RECHECK_BUDGET=0")
#: A site of a few pages that are dated 2026 fails the rules of a source that is well.
UNJUDGED = ("-s", "HEALTH=off")
NO_ALARM = ("-s", "MASS_REMOVAL_DOCUMENTS=1000")
HTML = {"Content-Type": "text/html; charset=utf-8"}


@dataclass(frozen=True)
class Text:
    """What an editor writes; `comments`, `related` and `ticker` are what a page shows around it."""

    headline: str
    paragraphs: tuple[str, ...]
    comments: int = 0
    related: str = ""
    ticker: str = ""

    def parts(self) -> dict[str, str]:
        body = "\n".join(f"<p>{paragraph}</p>" for paragraph in self.paragraphs)
        fixed = {"subtitle": "", "time": "2026-03-11 11:20:09", "credit": "CGTN", "editor": "Huang Fang"}
        fixed |= {"update": "Updated: March 11, 2026 11:20"}
        return fixed | {
            "headline": self.headline,
            "body": body,
            "comments": str(self.comments),
            "related": f'<li><a href="/">{self.related}</a></li>',
            "ticker": f"<li>{self.ticker}</li>",
        }


def invented(number: int) -> Text:
    """The text of a document by its number: three paragraphs of forty words."""
    headline = paragraph(1000 + number, 6).rstrip(".")
    return Text(headline, tuple(paragraph(number * 10 + line) for line in range(3)))


@dataclass(frozen=True)
class Frame:
    """A saved page, and where in it the parts of a text stand: between which two strings."""

    saved: str
    gaps: tuple[tuple[str, str, str], ...]

    def around(self, parts: Mapping[str, str]) -> bytes:
        page = (FIXTURES / self.saved).read_text(encoding="utf-8")
        for name, before, after in self.gaps:
            head, found, rest = page.partition(before)
            _, end, tail = rest.partition(after)
            assert found, f"{self.saved} has no {before}"
            assert end, f"{self.saved} has no {after} behind {before}"
            page = f"{head}{found}{parts[name]}{end}{tail}"
        return page.encode()


ECNS_2026 = Frame(
    "ecns/e1-2026-politics.html",
    (
        ("headline", "<title>", "</title>"),
        ("headline", "<!--中文稿子链接-->", "</h1>"),
        ("comments", '<div id="share_1">', "</div>"),
        ("body", "<!--正文分页开始-->", "<!--正文分页结束-->"),
        ("ticker", 'id="rank24">', "</ul>"),
        ("related", '<ul class="newslst02 font16 mart5">', "</ul>"),
    ),
)
#: As a link from 2017 looked: other menus, another footer, the same core.
ECNS_2017 = Frame(
    "ecns/e0-2017-business.html",
    (
        ("headline", "<title>", "</title>"),
        ("headline", 'id="contitle">', "</h1>"),
        ("comments", 'share-count">', "</span>"),
        ("time", "</div>\n\t\t<span>", "</span>"),
        ("credit", "<!-- laiyuan-->", "<!-- laiyuan-->"),
        ("editor", "<em>Editor: ", "</em>"),
        ("body", 'id="yanse">', '<div id="function_code_page">'),
        ("related", '<ul class="newslst02 newslst04 font16 mart5">', "</ul>"),
    ),
)
MFA_2014 = Frame(
    "mfa/en-2014-release.html",
    (
        ("headline", "<title>", "</title>"),
        ("headline", '<h2 class="title">', "</h2>"),
        ("subtitle", 'id="News_Body_subitle">', "</h2>"),
        ("body", '<div class="content">', '</div>\n\t\t\t\t<div class="tool"'),
        ("related", 'id="id_RelNewsList_li">', "</ul>"),
    ),
)
MFA_2024 = Frame(
    "mfa/en-2024-conference.html",
    (
        ("headline", "<title>", "_Ministry"),
        ("headline", 'class="news_header_title">', "</h1>"),
        ("update", 'class="xltime">', "</p>"),
        ("body", 'trs_web">', '</div>\n    <div class="links">'),
    ),
)


@dataclass(frozen=True)
class Outlet:
    """A source whose one section is walked: its listing, how items stand in it, and its articles' paths."""

    source: str
    host: str
    section: str
    listing: str
    list_frame: Frame
    item: str
    article: str
    frame: Frame
    error: str

    def path(self, number: int) -> str:
        return self.article.format(number=number)


ECNS = Outlet(
    source="ecns",
    host="www.ecns.cn",
    section="news/politics",
    listing="/news/politics/index.shtml",
    list_frame=Frame("ecns/list-politics.html", (("items", '<ul class="bizlst dashedlne mart5 overhid">', "</ul>"),)),
    item='<li><h3><a href="{path}">{headline}</a></h3><p>A line that sums the report up.</p><b>Mar 11, 2026</b></li>',
    article="/news/politics/2026-03-11/detail-ihfcrtwk{number:07}.shtml",
    frame=ECNS_2026,
    error="ecns/refused-404.html",
)
MFA = Outlet(
    source="mfa",
    host="www.mfa.gov.cn",
    section="wjbxw",
    listing="/eng/xw/wjbxw/",
    list_frame=Frame(
        "mfa/en-2014-listing.html",
        (("items", '<div class="newsLst_mod">\n            \t<ul>', "</ul>"), ("pages", "var countPage = ", "//")),
    ),
    item='<li><a href="{path}" target="_blank">{headline}</a></li>',
    article="/eng/xw/wjbxw/202603/t20260311_11{number:06}.html",
    frame=MFA_2014,
    error="mfa/removed.html",
)


@dataclass
class Document:
    """A document of the site. `answer` is what is served in its place; `stamp` (seconds since 1970) its last change,
    null where the server tells neither that nor an entity tag."""

    path: str
    text: Text
    frame: Frame
    stamp: int | None = None
    answer: Answer | None = None

    def page(self) -> bytes:
        return self.frame.around(self.text.parts())


def etag(page: bytes) -> str:
    return f'"{sha256(page).hexdigest()[:16]}"'


@dataclass
class ChangingSite(LocalSite):
    """`documents` by number; `listed` are the numbers that the listing shows, the newest first."""

    outlet: Outlet = ECNS
    documents: dict[int, Document] = field(default_factory=dict)
    listed: list[int] = field(default_factory=list)
    #: What hangs, hangs until the site is closed.
    closing: threading.Event = field(default_factory=threading.Event)

    def crawl(self, directory: Path, *arguments: str | Path, expect: int = 0) -> subprocess.CompletedProcess[str]:
        """A run of the source in a process of its own, which writes to `directory`."""
        self.asked.clear()
        return scrapy("crawl", *self.arguments(directory), *arguments, expect=expect)

    def arguments(self, directory: Path) -> tuple[str, ...]:
        """Of `scrapy crawl`, for a run over the section."""
        target = ("-s", f"CONNECT_TO={self.authority}", "-s", f"OUTPUT_DIR={directory}")
        return (self.outlet.source, "-a", f"section={self.outlet.section}", *target, *FAST)

    def url(self, number: int) -> str:
        """Where the document is now."""
        return f"https://{self.outlet.host}{self.documents[number].path}"

    def id(self, number: int) -> str:
        """As the source's rules for URLs name it."""
        name = self.outlet.path(number).rpartition("/")[2].partition(".")[0]
        return f"{self.outlet.source}:{name.removeprefix('detail-')}"

    def etag(self, number: int) -> str:
        """Of the document's page as it is now."""
        return etag(self.documents[number].page())

    def visited(self) -> set[int]:
        """The numbers of the documents that the last run asked for."""
        numbers = {document.path: number for number, document in self.documents.items()}
        return {numbers[path] for path in self.paths() if path in numbers}

    # --- what editors do

    def publish(self, number: int, text: Text | None = None) -> None:
        """A new document, at the top of the listing."""
        self.documents[number] = Document(self.outlet.path(number), text or invented(number), self.outlet.frame)
        self.listed.insert(0, number)

    def edit(self, number: int, before: str, after: str) -> None:
        """Replaces words of the text."""
        text = self.documents[number].text
        assert any(before in line for line in text.paragraphs)
        self.set(number, paragraphs=tuple(line.replace(before, after) for line in text.paragraphs))

    def set(self, number: int, **changes: object) -> None:
        """Changes what the page shows."""
        document = self.documents[number]
        document.text = replace(document.text, **changes)  # type: ignore[arg-type]
        document.stamp = document.stamp and document.stamp + 60

    def redesign(self, number: int, frame: Frame) -> None:
        self.documents[number].frame = frame

    # --- what becomes of pages

    def serve(self, number: int, answer: Answer | None) -> None:
        """What is answered in place of the document; null: the document again."""
        self.documents[number].answer = answer

    def delete(self, number: int, status: int = 404) -> None:
        self.serve(number, Answer(b"not here", status, HTML))

    def serve_saved(self, number: int, saved: str) -> None:
        """Answers 200 with a saved page, whatever it says."""
        self.serve(number, Answer((FIXTURES / saved).read_bytes(), 200, HTML))

    def redirect(self, number: int, location: str, status: int = 301) -> None:
        self.serve(number, Answer(b"", status, {"Location": location}))

    def move(self, number: int, path: str) -> None:
        """Serves the document under another path, and sends there who asks for the old one."""
        document = self.documents[number]
        self.answers[document.path] = Answer(b"", 301, {"Location": path})
        document.path = path

    def hang(self, number: int) -> None:
        self.serve(number, Answer(status=0, when=self.closing))

    def hang_up(self, number: int) -> None:
        self.serve(number, Answer(status=0))

    def forbid(self, *paths: str) -> None:
        """What robots.txt says."""
        rules = "".join(f"Disallow: {path}\n" for path in paths)
        self.answers["/robots.txt"] = Answer(f"User-agent: *\n{rules}".encode(), 200, {"Content-Type": "text/plain"})

    # --- serving

    def answer(self, asked: Asked) -> Answer:
        if asked.path == self.outlet.listing:
            return Answer(self._listing(), 200, HTML)
        document = next((one for one in self.documents.values() if one.path == asked.path), None)
        if document is None:
            return super().answer(asked)
        # The source's other hosts have the whole site, too.
        if document.answer is not None and asked.host == self.outlet.host:
            return document.answer
        page = document.page()
        if document.stamp is None:
            return Answer(page, 200, HTML)
        validators = {"ETag": etag(page), "Last-Modified": formatdate(document.stamp, usegmt=True)}
        if asked.headers["If-None-Match"] == validators["ETag"]:
            return Answer(b"", 304, validators)
        return Answer(page, 200, HTML | validators)

    def _listing(self) -> bytes:
        documents = [self.documents[number] for number in self.listed]
        items = [self.outlet.item.format(path=one.path, headline=one.text.headline) for one in documents]
        return self.outlet.list_frame.around({"items": "".join(items), "pages": "1"})


@contextmanager
def changing(outlet: Outlet, count: int) -> Iterator[ChangingSite]:
    """The site with so many documents, all listed."""
    site = ChangingSite({}, outlet=outlet)
    for number in reversed(range(count)):
        site.publish(number)
    site.forbid()
    with serving(site):
        try:
            yield site
        finally:
            site.closing.set()
