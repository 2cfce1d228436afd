"""Columns for the engine's fuzzer: text under every format and pattern, and documents, lists, places."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

from engine_values import FULL_WIDTH, THAI, WORDS, Column, chance, enumerated


def durations(dice: random.Random) -> Column:
    described: dict[str, Any] = {"type": "duration"}
    forms = ("P{}D", "PT{}H", "P{}Y", "P{}M", "P1Y{}M", "P{}W", "PT{}.5S", "-P{}D")
    made = enumerated(dice, described, lambda dice: dice.choice(forms).format(dice.randint(0, 99)))
    return Column(field=described, good=made, near=("P1D", "PT24H", "P365D", "P1Y", "P12M"))


def geopoints(dice: random.Random) -> Column:
    described: dict[str, Any] = {"type": "geopoint"}
    form = dice.choice(["{},{}", "{}, {}", "[{}, {}]", '["{}","{}"]', '{{"lon": {}, "lat": {}}}'])
    if form[0] != "{" or form[1] != "}":
        described["format"] = "object" if "lon" in form else "array"
    made = enumerated(
        dice,
        described,
        lambda dice: form.format(
            round(dice.uniform(-180, 180), 3), round(dice.uniform(-90, 90), dice.choice([0, 5]))
        ),
    )
    return Column(
        field=described,
        good=made,
        near=(form.format(180, 90), form.format(-180.0001, 0), form.format("1e2", "๑๓")),
    )


ARRAY_ITEMS: tuple[tuple[dict[str, Any], list[Any]], ...] = (
    ({"type": "integer"}, [1, 5, "7"]),
    ({"type": "string", "constraints": {"maxLength": 1}}, ["a", "ก"]),
    ({"type": "integer", "constraints": {"minimum": 3}}, [3, 5]),
)


def documents(dice: random.Random) -> Column:
    kind = dice.choice(["geojson", "object", "array", "array"])
    described: dict[str, Any] = {"type": kind}
    if kind == "geojson":
        if chance(dice, 0.3):
            described["format"] = "topojson"
            return Column(
                field=described, good=lambda dice: '{"type": "Topology", "objects": {}, "arcs": []}', near=("{}",)
            )
        return Column(
            field=described,
            good=lambda dice: json.dumps(
                {"type": "Point", "coordinates": [dice.randint(-180, 180), dice.randint(-90, 90)]}
            ),
        )
    items: list[Any] = [1, 5, "a", "ก", None, 2.5]
    if kind == "array" and chance(dice, 0.4):
        item, items = dice.choice(ARRAY_ITEMS)
        described["arrayItem"] = dict(item)
    if chance(dice, 0.3):
        described["constraints"] = {dice.choice(["minLength", "maxLength"]): dice.randint(0, 3)}
    if kind == "object":
        return Column(
            field=described,
            good=lambda dice: json.dumps({k: dice.randint(0, 9) for k in dice.sample("abcก", dice.randint(0, 3))}),
        )
    return Column(
        field=described,
        good=lambda dice: json.dumps([dice.choice(items) for _ in range(dice.randint(0, 3))], ensure_ascii=False),
    )


def lists(dice: random.Random) -> Column:
    described: dict[str, Any] = {"type": "list"}
    if chance(dice, 0.5):
        described["delimiter"] = dice.choice([";", "|", " ", ",", "--"])
    item = dice.choice(["string", "integer", "number", "boolean", "date", None])
    if item:
        described["itemType"] = item
    if chance(dice, 0.3):
        described["constraints"] = {dice.choice(["minLength", "maxLength"]): dice.randint(0, 3)}
    values = {"integer": ["1", "22"], "number": ["1.5"], "boolean": ["true"], "date": ["2024-01-01"]}.get(
        item or "", ["a", "ก", ""]
    )
    join = described.get("delimiter", ",")
    return Column(
        field=described, good=lambda dice: join.join(dice.choice(values) for _ in range(dice.randint(1, 4)))
    )


def anything(dice: random.Random) -> Column:
    described: dict[str, Any] = {"type": "any"} if chance(dice, 0.8) else {}
    made = enumerated(dice, described, lambda dice: dice.choice(WORDS))
    return Column(field=described, good=made)


STRING_FORMATS: dict[str, Callable[[random.Random], str]] = {
    "email": lambda dice: (
        f"{dice.choice(['a', 'somchai', 'x.y'])}{dice.randint(0, 999)}@agency.{dice.choice(['go.th', 'example'])}"
    ),
    "uri": lambda dice: f"{dice.choice(['http', 'https', 'urn'])}://agency.example/{dice.randint(0, 999)}?q=ก#f",
    "uuid": lambda dice: "-".join(f"{dice.getrandbits(4 * size):0{size}x}" for size in (8, 4, 4, 4, 12)),
    "binary": lambda dice: dice.choice(["aGVsbG8=", "", "AAAA", "a+b/", "4LiB"]),
    "wkt": lambda dice: dice.choice(["POINT ({} {})", "LINESTRING ({} {}, 3 4)"]).format(
        dice.randint(0, 99), dice.randint(0, 9)
    ),
    "default": lambda dice: dice.choice(WORDS),
}


FORMATS = (*("email", "uri", "uuid", "binary", "default") * 4, "wkt")
PATTERNS: tuple[tuple[str, Callable[[random.Random], str]], ...] = (
    (r"[A-Z]{2}-\d{4}", lambda dice: f"{dice.choice(['AB', 'TH'])}-{dice.randint(0, 9999):04d}"),
    (r"a|b", lambda dice: dice.choice(["a", "b", "ax", "b\n"])),
    (r"\d+", lambda dice: str(dice.randint(0, 10**6)).translate(dice.choice([{}, {}, THAI, FULL_WIDTH]))),
    (r"[0-9]{5}", lambda dice: f"{dice.randint(0, 99999):05d}"),
    (r"\w+", lambda dice: dice.choice(["abc", "กองทุน", "a_1", "é", "๑", "日本"])),
    (r"[ก-๙ ]*", lambda dice: dice.choice(WORDS[:7])),
    (r".*", lambda dice: dice.choice(WORDS)),
    (r".+@.+", lambda dice: f"x{dice.randint(0, 99)}@y"),
    (r"\S+", lambda dice: dice.choice(["a", "ก", "a-b", "x\u200by"])),
    (r"(?i:th)-[a-z]+", lambda dice: dice.choice(["TH-abc", "th-X", "tH-ſ", "th-K"])),
    (r"(?!x).*", lambda dice: dice.choice(["abc", "yx"])),
    (r"(.)\1.*", lambda dice: dice.choice(["aab", "กก", "11"])),
    (r"(?P<a>\d)(?P=a)?", lambda dice: dice.choice(["1", "11"])),
    (r"[^,]*", lambda dice: dice.choice(WORDS)),
    (r".{2,5}", lambda dice: dice.choice(["ab", "น้ำ", "กขคง", "e\u0301x"])),
    (r"^\d+$", lambda dice: str(dice.randint(0, 99))),
    (r"\d{1,3}(,\d{3})*", lambda dice: f"{dice.randint(0, 10**7):,}"),
    (r"[\u0e00-\u0e7f]+", lambda dice: dice.choice(["กข", "๑", "ก"])),
    (r"(?:AB|CD)?\s?\d*", lambda dice: dice.choice(["AB 1", "CD\u00a07", "9", "AB"])),
    (r"\bfoo\b.*", lambda dice: dice.choice(["foo", "foo ก", "foo-"])),
    (r"[\w.-]+", lambda dice: dice.choice(["a.b", "ก-ข"])),
    (r"x?y*", lambda dice: dice.choice(["x", "xy", "yyy"])),
    (r"[[:alpha:]]+", lambda dice: ":]"),
    (r"a{,3}", lambda dice: dice.choice(["a", "aa", "a{,3}"])),
    (r"\Z|a", lambda dice: "a"),
    (r"[A-z]+", lambda dice: dice.choice(["aZ", "_"])),
    (r"[&&a~~b||d\-]+", lambda dice: dice.choice(["&a", "~b", "-d", "|d"])),
    (r"é+", lambda dice: "é"),
    (r"\x41\.?", lambda dice: dice.choice(["A", "A."])),
    (r"(?i)ab", lambda dice: "ab"),
    (r"(?s:.*)", lambda dice: dice.choice(["a\nb", "x"])),
    (r"(a+)+b?", lambda dice: dice.choice(["aab", "a"])),
)


def strings(dice: random.Random) -> Column:
    described: dict[str, Any] = {"type": "string"}
    constraints: dict[str, Any] = {}
    form = dice.random()
    good = STRING_FORMATS["default"]
    if form < 0.25:
        described["format"] = dice.choice(FORMATS)
        good = STRING_FORMATS[described["format"]]
    elif form < 0.6:
        constraints["pattern"], good = dice.choice(PATTERNS)
    elif form < 0.7:
        good = lambda dice: f"{dice.choice(WORDS)} {dice.randint(0, 10**6)}"  # noqa: E731
    made = enumerated(dice, described | {"constraints": constraints}, good)
    lengths = [len(made(dice)) for _ in range(8)]
    if chance(dice, 0.3):
        constraints["minLength"] = dice.choice([min(lengths), 1, 0, 2])
    if chance(dice, 0.3):
        constraints["maxLength"] = dice.choice([max(lengths), max(lengths) + 3, 255])
    if constraints:
        described["constraints"] = constraints
    return Column(
        field=described, good=made, near=("ab", "ก", "กำ", "กํา", "AB-0001", "x" * (max(lengths) + 1), "aab", "11")
    )
