"""Every regular expression of the project, and strings on which one of its kind might take for ever.

    for pattern in patterns():
        for attack in attacks(pattern.compiled):
            assert growth(pattern, attack) < 3

A pattern is collected with the methods the code calls it by: what is only ever matched at the beginning of a line is
not searched for in the middle of one.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from time import process_time
from types import ModuleType
from typing import Any

import crawler
import pipelines

METHODS = frozenset(("search", "match", "fullmatch", "sub", "findall", "finditer", "split"))
#: No pattern has it in a class or as a literal: what stands behind it does not match.
NOTHING = "\x00"
#: So many samples of one repetition, or of one alternative, are tried.
_MOST = 40


@dataclass(frozen=True)
class Pattern:
    name: str
    compiled: re.Pattern[Any]
    method: str

    def run(self, text: str) -> None:
        subject: Any = text if isinstance(self.compiled.pattern, str) else text.encode("latin-1", "replace")
        if self.method == "sub":
            self.compiled.sub("" if isinstance(subject, str) else b"", subject)
        elif self.method == "finditer":
            for _ in self.compiled.finditer(subject):
                pass
        else:
            getattr(self.compiled, self.method)(subject)


@dataclass(frozen=True)
class Attack:
    """`before`, then `pump` again and again, then `after`."""

    before: str
    pump: str
    after: str

    def of(self, length: int) -> str:
        return self.before + self.pump * max(1, length // len(self.pump)) + self.after


def modules() -> Iterator[ModuleType]:
    for package in (crawler, pipelines):
        for found in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            yield importlib.import_module(found.name)


def patterns() -> list[Pattern]:
    """Each pattern once, under the name it is defined by, with each method it is called by."""
    names: dict[re.Pattern[Any], str] = {}
    methods: dict[re.Pattern[Any], set[str]] = defaultdict(set)
    for module in modules():
        for name, value in _named(module):
            for compiled in _compiled(value):
                names.setdefault(compiled, f"{module.__name__}.{name}")
        for compiled, method in _calls(module):
            methods[compiled].add(method)
    return [
        Pattern(names[compiled], compiled, method)
        for compiled in names
        # One that is reached another way than by its name may be called by any.
        for method in sorted(methods[compiled] or {"search", "fullmatch"})
    ]


def _named(module: ModuleType) -> Iterator[tuple[str, object]]:
    for name, value in vars(module).items():
        if not name.startswith("__"):
            yield name, value
        if inspect.isclass(value) and value.__module__ == module.__name__:
            yield from ((f"{name}.{attribute}", held) for attribute, held in vars(value).items())


def _compiled(value: object) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _compiled(item)
    elif isinstance(value, (tuple, list, set, frozenset)):
        for item in value:
            yield from _compiled(item)


def _calls(module: ModuleType) -> Iterator[tuple[re.Pattern[Any], str]]:
    """`NAME.method(…)` in a module's source, for a NAME of the module that is a pattern, or that runs through some:
    `for NAME in PATTERNS`, `for NAME in (PATTERN, PATTERN)`."""
    nodes = list(ast.walk(ast.parse(inspect.getsource(module))))
    held = {name: list(_compiled(value)) for name, value in vars(module).items() if isinstance(value, re.Pattern)}
    for node in nodes:
        if isinstance(node, (ast.For, ast.comprehension)) and isinstance(node.target, ast.Name):
            runs = [part.id for part in ast.walk(node.iter) if isinstance(part, ast.Name)]
            through = [one for name in runs for one in _compiled(vars(module).get(name))]
            held.setdefault(node.target.id, []).extend(through)
    for node in nodes:
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.attr in METHODS:
            yield from ((compiled, node.attr) for compiled in held.get(node.value.id, ()))


# --- attacks


def attacks(compiled: re.Pattern[Any]) -> list[Attack]:
    """Strings that a matcher may try in many ways before it gives up: each repetition of the pattern pumped, behind a
    text that leads to it; the whole pattern again and again, also without its end; each character of its own."""
    source = compiled.pattern if isinstance(compiled.pattern, str) else compiled.pattern.decode("latin-1")
    tree = parser.parse(source, compiled.flags & ~re.UNICODE if isinstance(compiled.pattern, bytes) else compiled.flags)
    found: dict[Attack, None] = {}
    for before, body in _repetitions(list(tree), ""):
        for pump in _samples(body):
            for after in ("", NOTHING):
                found[Attack(before, pump, after)] = None
                found[Attack("", before + pump, after)] = None
    for whole in _samples(list(tree)):
        for after in ("", NOTHING):
            found[Attack("", whole, after)] = None
            found[Attack("", whole[:-1] or whole, after)] = None
    for character in _alphabet(list(tree)):
        found[Attack("", character, NOTHING)] = None
    return [attack for attack in found if attack.pump]


def _repetitions(items: list[Any], before: str) -> Iterator[tuple[str, list[Any]]]:
    """What is repeated often in a parsed pattern, with a text that leads there."""
    for index, (code, argument) in enumerate(items):
        lead = before + _shortest(items[:index])
        if code in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
            _, most, body = argument
            if most > 8:
                yield lead, list(body)
            yield from _repetitions(list(body), lead)
        else:
            for body in _bodies(code, argument):
                yield from _repetitions(body, lead)


def _bodies(code: Any, argument: Any) -> list[list[Any]]:
    if code is codes.SUBPATTERN:
        return [list(argument[-1])]
    if code is codes.BRANCH:
        return [list(branch) for branch in argument[1]]
    if code is codes.ATOMIC_GROUP:
        return [list(argument)]
    return []


def _shortest(items: list[Any]) -> str:
    return next(iter(_samples(items)), "")


def _samples(items: list[Any]) -> list[str]:
    """Texts that a sequence matches (look-arounds aside), each alternative and each class by a few characters."""
    texts = [""]
    for code, argument in items:
        choices = _choices(code, argument)
        texts = (
            [text + choice for text in texts for choice in choices]
            if len(texts) * len(choices) <= _MOST
            else [text + choices[number % len(choices)] for number, text in enumerate(texts)]
        )
    return list(dict.fromkeys(texts))


def _choices(code: Any, argument: Any) -> list[str]:
    if code is codes.LITERAL:
        return [chr(argument)]
    if code is codes.NOT_LITERAL:
        return [character for character in "a 1" if ord(character) != argument]
    if code is codes.ANY:
        return ["a", " "]
    if code is codes.IN:
        return _members(argument)
    if code in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
        least, _, body = argument
        once = _samples(list(body))
        return ["", *once] if least == 0 else [sample * least for sample in once]
    bodies = _bodies(code, argument)
    return [sample for body in bodies for sample in _samples(body)][:_MOST] or [""]


def _members(items: list[Any]) -> list[str]:
    """A few characters of a class."""
    if items[0][0] is codes.NEGATE:
        excluded = "".join(_members(items[1:]))
        return [character for character in "a 1A.\n一" if character not in excluded][:3] or ["\x07"]
    found: list[str] = []
    for code, argument in items:
        if code is codes.LITERAL:
            found.append(chr(argument))
        elif code is codes.RANGE:
            found.append(chr(argument[0]))
        elif code is codes.CATEGORY:
            found += {
                codes.CATEGORY_SPACE: [" "],
                codes.CATEGORY_DIGIT: ["1"],
                codes.CATEGORY_WORD: ["a", "1"],
                codes.CATEGORY_NOT_SPACE: ["a", "("],
                codes.CATEGORY_NOT_DIGIT: ["a"],
                codes.CATEGORY_NOT_WORD: [" ", "("],
            }[argument]
    return list(dict.fromkeys(found))[:6]


def _alphabet(items: list[Any]) -> set[str]:
    found = set(" \na1")
    for code, argument in items:
        if code in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
            found |= _alphabet(list(argument[2]))
        elif bodies := _bodies(code, argument):
            for body in bodies:
                found |= _alphabet(body)
        else:
            found |= set("".join(_choices(code, argument)))
    return found


# --- cost

#: What takes the square of the length takes longer than this for so many characters, on any machine of today.
_MEASURABLE, _LONGEST = 0.004, 2400


def growth(pattern: Pattern, attack: Attack) -> float:
    """How many times as long twice the text takes: about 2 for a linear pattern, 4 for a square; 1 where no time can be
    measured."""
    length = 24
    while seconds(pattern, attack.of(length)) < _MEASURABLE:
        length += length // 2
        if length > _LONGEST:
            return 1.0
    # Of several measurements the least: whatever else the machine does can only make one longer.
    return min(_ratio(pattern, attack, length) for _ in range(3))


def _ratio(pattern: Pattern, attack: Attack, length: int) -> float:
    half, whole = attack.of(length // 2), attack.of(length)
    return min(seconds(pattern, whole) for _ in range(3)) / min(seconds(pattern, half) for _ in range(3))


def seconds(pattern: Pattern, text: str) -> float:
    """CPU seconds of one call."""
    began = process_time()
    pattern.run(text)
    return process_time() - began
