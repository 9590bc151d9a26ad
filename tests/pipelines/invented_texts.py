"""Texts of words drawn at random, so that no two paragraphs share a shingle by chance, and an edit of such texts."""

from __future__ import annotations

from random import Random

WORDS = (
    "anchor apple autumn bakery basket beacon bridge butter cabin candle canal carpet cellar chapel cherry clover "
    "copper cotton cradle dawn ditch dragon drum eagle echo ember engine fabric falcon feather fiddle forest garden "
    "ginger goose granite harbour hazel hollow honey island ivory jacket jasmine kettle ladder lantern linen lobster "
    "maple marble meadow mirror mitten nectar needle nutmeg oak oar orchard oyster paddle parcel pebble pepper pigeon "
    "plum pocket puddle quarry quilt rabbit ribbon river saddle saffron silver sparrow spider stable sugar swallow "
    "tailor teapot thimble thunder timber tulip turnip valley velvet violet wagon walnut willow window winter wool"
).split()
CHARACTERS = (
    "山水田木火土金竹石雨风云月星河湖海沙林草花果鸟鱼虫马牛羊门窗桌椅灯书笔纸墨布衣帽鞋刀弓车船桥路井米面茶酒盐"
)


def paragraph(seed: int, length: int = 40) -> str:
    """So many words, beginning with a capital and ending in a full stop."""
    random = Random(seed)
    return " ".join(random.choice(WORDS) for _ in range(length)).capitalize() + "."


def text(*seeds: int, length: int = 40) -> str:
    """A paragraph for every seed."""
    return "\n\n".join(paragraph(seed, length) for seed in seeds)


def chinese_paragraph(seed: int, length: int = 80) -> str:
    """So many characters and a full stop."""
    random = Random(seed)
    return "".join(random.choice(CHARACTERS) for _ in range(length)) + "。"


def changed(original: str, every: int) -> str:
    """The text with every so-many-th word replaced by `sundry`."""
    lines = []
    for line in original.split("\n\n"):
        words = line.split(" ")
        words[every // 2 :: every] = ["sundry"] * len(words[every // 2 :: every])
        lines.append(" ".join(words))
    return "\n\n".join(lines)
