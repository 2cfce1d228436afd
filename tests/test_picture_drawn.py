"""Drawing: whatever a table holds becomes well-formed SVG without style, scripts or letters that deceive."""

from __future__ import annotations

import gzip
import itertools
import re
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from picture_ground import first, pictures, table

from catalog.picture import svg
from catalog.picture.figures import Figures, figures
from catalog.picture.picture import DESK, PHONE, SIZE, card, file, shown
from catalog.picture.png import png
from catalog.picture.scale import axis, breaks, grouped, measured
from catalog.picture.told import Told
from catalog.picture.views import wanted
from catalog.web.words import Speech
from metadata import areas

LANGUAGES = ("th", "en")
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "]]></svg><svg onload=alert(1)>",
    "&lt;b&gt;&amp;",
    "a\u202egnp.exe",
    "x\x00\x07\ufffe",
    "น\u0e49\u0e49\u0e49\u0e49\u0e49\u0e49\u0e49\u0e49ำ",
    "{say} %s {0}",
    "ก" * 3000,
)
KINDS = {
    "text": st.one_of(
        st.text(max_size=8), st.sampled_from(HOSTILE), st.sampled_from(["ตาก", "รวม", "2567", "10"])
    ),
    "numeric": st.one_of(
        st.integers(-(10**30), 10**30).map(str), st.floats(width=32), st.sampled_from(["1e400", "-0.0", "12"])
    ),
    "int4": st.one_of(st.integers(2560, 2570), st.integers(-(2**31), 2**31 - 1)),
    "date": st.dates().map(lambda day: day.isoformat()),
    "bool": st.sampled_from([0, 1]),
}
LABELS = st.sampled_from(["ปี", "จังหวัด", "จำนวน (คน)", "ร้อยละ", "ละติจูด", "ลองจิจูด", "รหัส", "หมวด", "", *HOSTILE])


@st.composite
def tables(draw: st.DrawFn) -> tuple[dict[str, tuple[str, str]], list[list[Any]]]:
    kinds = draw(st.lists(st.sampled_from(sorted(KINDS)), min_size=1, max_size=5))
    described = {f"c{n} {draw(LABELS)[:20]}": (kind, draw(LABELS)) for n, kind in enumerate(kinds)}
    cells = [st.one_of(st.none(), KINDS[kind]) for kind in kinds]
    return described, draw(st.lists(st.tuples(*cells).map(list), max_size=25))


def sound(text: str) -> ElementTree.Element:
    """A drawing, read as XML, that brings nothing but shapes, text and patterns."""
    root = ElementTree.fromstring(text)  # noqa: S314 - ours
    for one in root.iter():
        assert one.tag.rpartition("}")[2] in {
            *("svg", "title", "desc", "g", "path", "rect", "text", "defs", "pattern")
        }
        for name, value in one.attrib.items():
            assert name != "style"
            assert not name.startswith("on")
            assert name != "href"
            assert not re.search(r"\b(nan|inf)\b", value), (one.tag, name, value)
    assert not re.search("[\u202a-\u202e\u2066-\u2069\x00-\x08]", text)
    return root


def drawn(made: Figures) -> None:
    for language in LANGUAGES:
        say = Speech(language)  # type: ignore[arg-type]
        for one in shown(made, say).svg:
            root = sound(one.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))
            keys = [part.get("id") for part in root.iter() if part.get("id")]
            assert len(keys) == len(set(keys))
            assert root.get("role") == "img"
            assert set((root.get("aria-labelledby") or "").split()) <= set(keys)
        sound(file(made, say, "ที่มา: <b>x</b>"))
        sound(card(made, say, title=HOSTILE[0], publisher=HOSTILE[1], under=HOSTILE[4]))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(tables(), st.none() | st.lists(st.sampled_from(["line", "bar", "map", "points"]), min_size=1, max_size=4))
def test_any_table_has_pictures_that_are_sound_or_none(
    given_: tuple[dict[str, tuple[str, str]], list[list[Any]]], kinds: list[str] | None
) -> None:
    described, rows = given_
    names = list(described)
    spec = [{"spec": {"type": kind, "group": names[0], "series": names[1:]}} for kind in kinds or ()]
    with table(described, rows) as (reading, columns):
        for choice in wanted(spec or None, columns):
            made = figures(reading, choice)
            if made:
                drawn(made)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_labels_and_cells_are_text(hostile: str) -> None:
    described = {
        "year": ("int4", f"ปี {hostile[:30]}"),
        "kind": ("text", hostile),
        "n": ("int4", f"จำนวน {hostile}"),
    }
    rows = [[2560 + n % 5, f"{hostile}{n % 3}", n] for n in range(30)]
    for made in pictures(described, rows):
        drawn(made)


def every_province(much: str = "คน") -> Figures:
    described = {"province": ("text", "จังหวัด"), "n": ("int4", f"จำนวนประชากรที่มีสิทธิ ({much})")}
    return first(described, [[one.name, 1000 + 37 * n * n] for n, one in enumerate(areas.provinces())])


def several_lines() -> Figures:
    described = {"m": ("text", "เดือน"), "kind": ("text", "ประเภทของกองทุน"), "n": ("numeric", "จำนวนเงินสมทบ (บาท)")}
    rows = [
        [f"{2559 + n // 12}-{n % 12 + 1:02}", f"กองทุนประเภทที่ {k}", 1e6 + n * 12345.5 * k]
        for n in range(120)
        for k in range(7)
    ]
    return first(described, rows)


def ten_thousand() -> Figures:
    described = {"name": ("text", "ชื่อหน่วยงาน"), "n": ("numeric", "งบประมาณ (บาท)")}
    return first(described, [[f"หน่วยงานที่มีชื่อยาวมากและยาวขึ้นอีกจนเกินบรรทัด {n:05}", n * 99.25] for n in range(10_000)])


def scattered() -> Figures:
    described = {"id": ("text", "รหัส"), "lat": ("numeric", "ละติจูด"), "lon": ("numeric", "ลองจิจูด")}
    return first(
        described, [[str(n), 6 + n * 7919 % 1400 / 100, 98 + n * 104729 % 700 / 100] for n in range(3000)]
    )


@pytest.mark.parametrize("make", [every_province, several_lines, ten_thousand, scattered])
def test_a_picture_with_its_numbers_is_small(make: Any) -> None:
    for language in LANGUAGES:
        made = shown(make(), Speech(language))  # type: ignore[arg-type]
        rows = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in made.rows)
        assert len(gzip.compress("".join((*made.svg, rows)).encode(), 6)) <= 12_000


def test_letters_are_large_enough_on_a_phone() -> None:
    """A page of 390 pixels has 354 for a drawing (portal.css: 1.125rem at either side)."""
    assert SIZE * 354 / PHONE >= 11
    assert SIZE * 690 / DESK >= 11
    for make in (every_province, several_lines, ten_thousand):
        for one in shown(make(), Speech("th")).svg:
            sizes = [float(size) for size in re.findall(r'font-size="([\d.]+)"', one)]
            assert min(sizes) >= 13


def test_a_title_breaks_between_phrases_and_loses_nothing() -> None:
    said = "ผลประกอบการรัฐวิสาหกิจไทย ปีงบประมาณ พ.ศ. 2568 แยกตามหน่วยงานและไตรมาส"
    for room in (150, 300, 450, 600):
        lines = svg.wrapped(said, room, 30, 20, bold=True)
        assert "".join(lines).replace(" ", "") == said.replace(" ", "")
        assert not any(one.endswith("พ.ศ.") for one in lines if room > 300)
        assert all(svg.wide(one, 30, bold=True) <= room for one in lines)
    assert svg.cut("ที่นี่ที่นั่น", 30, 13).endswith("…")
    assert svg.wide("ปู่", 100) == svg.wide("ป", 100)


def test_bars_begin_at_zero_and_are_as_long_as_their_numbers() -> None:
    described = {"a": ("text", "หมวด"), "n": ("numeric", "กำไร (บาท)")}
    made = first(described, [["ก", 50.0], ["ข", -25.0], ["ค", 100.0]])
    (phone, _desk) = shown(made, Speech("th")).svg
    bars = [
        (float(x), float(width))
        for x, width in re.findall(r'<rect x="([\d.]+)" y="[\d.]+" width="([\d.]+)"', phone)
    ]
    (to_left, shortest), (zero, middle), (_zero, longest) = sorted(bars, key=lambda bar: bar[1])
    assert (middle, longest) == (pytest.approx(2 * shortest, abs=0.3), pytest.approx(4 * shortest, abs=0.3))
    assert _zero == zero == pytest.approx(to_left + shortest, abs=0.2)


def test_a_number_is_written_as_people_read_it() -> None:
    assert grouped(1234567.0, 0) == "1,234,567"
    assert grouped(-0.5, 1) == "\u22120.5"
    assert grouped(1e30, 0) == "1e+30"
    most = measured([2_500_000.0, 12_000_000.0], "บาท", "th")
    assert (most.unit, most.shown(12_000_000.0)) == ("ล้านบาท", "12")
    assert measured([2_500_000.0], "million baht", "en").unit == "million baht"


@given(st.lists(st.floats(-1e12, 1e12), min_size=1, max_size=9), st.booleans())
def test_an_axis_holds_its_numbers(numbers: list[float], zero: bool) -> None:
    made = axis(numbers, zero=zero)
    slack = max(1e-9 * max(map(abs, numbers)), 1e-300)
    assert made.low - slack <= min(numbers)
    assert made.high + slack >= max(numbers)
    assert 2 <= len(made.ticks) <= 12
    assert not zero or made.low <= 0 <= made.high
    limits = breaks(numbers, 5)
    assert limits == sorted(set(limits))
    assert len(limits) < 5


def simulated(colour: str, matrix: tuple[tuple[float, ...], ...]) -> tuple[float, ...]:
    """A colour as eyes see it that lack a kind of cone (Machado, Oliveira, Fernandes 2009), in linear light."""
    full = colour if len(colour) == 7 else "#" + "".join(2 * one for one in colour[1:])
    rgb = [int(full[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    light = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in rgb]
    return tuple(sum(part * one for part, one in zip(row, light, strict=True)) for row in matrix)


EYES = {
    "all": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    "protan": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deutan": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
}


def bright(light: tuple[float, ...]) -> float:
    """Relative luminance (WCAG)."""
    return sum(part * max(0.0, one) for part, one in zip((0.2126, 0.7152, 0.0722), light, strict=True))


@pytest.mark.parametrize("eyes", EYES)
def test_shades_of_a_map_go_one_way_for_all_eyes_and_for_a_photocopier(eyes: str) -> None:
    lights = [bright(simulated(one.colour, EYES[eyes])) for one in svg.STEPS]
    for lighter, darker in itertools.pairwise(lights):
        assert (lighter + 0.05) / (darker + 0.05) >= 1.3


@pytest.mark.parametrize("eyes", EYES)
def test_lines_stand_out_from_paper_and_differ_in_more_than_colour(eyes: str) -> None:
    for one in svg.SERIES:
        assert 1.05 / (bright(simulated(one.colour, EYES[eyes])) + 0.05) >= 3
    assert len(set(svg.DASHES)) == len(svg.SERIES)


def test_dark_scheme_follows_the_styles_variables() -> None:
    from importlib.resources import files

    style = files("catalog").joinpath("web/static/picture.css").read_text(encoding="utf-8")
    for ink in svg.SERIES:
        assert style.count(f"--{ink.name}:") >= 2
        assert f".l-{ink.name} {{ stroke: var(--{ink.name}); }}" in style
    for ink in svg.STEPS:
        assert f"--{ink.name}: {ink.colour};" in style
        assert f".f-{ink.name} {{ fill: var(--{ink.name}); }}" in style


def test_a_card_is_a_png_with_thai_in_our_own_letters() -> None:
    made = card(every_province(), Speech("th"), title="ที่ปรึกษา ปู่ ป้า น้ำ", publisher="กรม", under="")
    picture = png(made)
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"
    assert (int.from_bytes(picture[16:20]), int.from_bytes(picture[20:24])) == (1200, 630)
    other = png(card(every_province(), Speech("th"), title="ที่ปรึกษา ปู ปา นำ", publisher="กรม", under=""))
    assert other != picture  # letters and their marks leave ink


def test_the_sentence_tells_from_to_highest_and_lowest() -> None:
    described = {"year": ("int4", "ปี"), "n": ("int4", "จำนวนสมาชิก (คน)")}
    made = first(described, [[2565, 10], [2566, 30], [2568, 5]])
    said = Told(made, Speech("th")).sentence
    assert all(part in said for part in ("2565", "2568", "30 คน", "2566", "5 คน"))
    english = Told(made, Speech("en")).sentence
    assert all(part in english for part in ("2022", "2025", "30 people", "2023"))
