"""What a page is when it is not what was asked for: removed, blocked, or another site's frame."""

from __future__ import annotations

import re

from crawler.extraction.page import Page
from crawler.extraction.problem import Code, Problem

#: Challenges, captchas and refusals as the common gateways word them, and sites that are closed for the moment: none of
#: them says anything about the page.
BLOCKED = re.compile(
    r"captcha|are you (?:a )?human|verify you are|access (?:denied|forbidden|to this page has been denied)|"
    r"request (?:was |has been )?(?:blocked|rejected)|attention required|just a moment\b|checking your browser|"
    r"enable javascript and cookies|unusual traffic|security (?:check|verification)|web application firewall|"
    r"(?:site|system|website|server)(?: is)? (?:under|down for|undergoing|in) (?:scheduled )?maintenance|"
    r"temporarily (?:unavailable|out of service)|系统维护|网站维护|"
    r"访问(?:被)?(?:拒绝|拦截|受限|过于频繁)|安全验证|请输入验证码|人机验证|网站防火墙|您的请求(?:被)?拦截",
    re.IGNORECASE,
)
#: Names of challenge scripts, found in the source of pages that show no text at all.
_CHALLENGE_SCRIPT = re.compile(
    r"_Incapsula_|cf-chl|challenge-platform|__jsl_clearance|acw_sc__v2|document\.cookie\s*=[^;]{0,200};[^<]{0,80}location",
)
NOT_FOUND = re.compile(
    r"\b404\b.{0,20}(?:not found|error)|not found.{0,20}\b404\b|"
    r"page (?:you (?:requested|are looking for) )?(?:was|is|could)?\s*(?:not|cannot be) (?:be )?found|"
    r"does not exist|has been deleted|页面不存在|页面未找到|找不到(?:该|您要的)?页面|"
    r"已被删除|内容不存在",
    re.IGNORECASE,
)
#: Above this many characters of visible text a page is no bare refusal.
_LONG = 3000


def refusal(page: Page, gone: re.Pattern[str]) -> Code | None:
    """`soft-404` or `blocked` for a page that no layout explains and that says it is one; else null.

    `gone` are the words of the source's own removed pages. Long pages count only by their title.
    """
    shown = "\n".join(page.lines)
    words = page.title if len(shown) > _LONG else f"{page.title}\n{shown}"
    if gone.search(words) or NOT_FOUND.search(words):
        return Code.SOFT_404
    if BLOCKED.search(words) or (len(shown) < 200 and _CHALLENGE_SCRIPT.search(page.text)):
        return Code.BLOCKED
    return None


#: Statuses by which the gateways before these sites refuse a client, or the sites themselves for the moment.
_REFUSALS = frozenset((401, 403, 412, 429, 451, 503, 521))


def problem_of_status(status: int, url: str) -> Problem | None:
    """The Problem of a response whose HTTP status is not 200; null for 200."""
    if status == 200:
        return None
    if status in (404, 410):
        code = Code.NOT_FOUND
    elif status in _REFUSALS:
        code = Code.BLOCKED
    else:
        code = Code.HTTP_ERROR
    return Problem(code, url, f"status {status}")
