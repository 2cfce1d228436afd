"""A sound dataset to spoil, one place at a time, and the two questions every rule's tests ask."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas

from metadata.dataset import Dataset, Resource
from metadata.finding import Finding
from metadata.standard import Standard
from pipelines.govern import govern, risks
from pipelines.govern.personal.entity import ENTITIES, plain

NATIONAL_ID = "1000000000017"
"""Right by its check digit, and nobody's: no registering office is 0000 (see sample_desk.py)."""
MASK = ENTITIES["national-id"].mask


def national_ids(text: str) -> int:
    """How many national ID numbers a text holds."""
    return sum(1 for _ in ENTITIES["national-id"].find(plain(text)[0]))


SOUND: dict[str, Any] = {
    "title": "กองทุนสวัสดิการชุมชน รายตำบล",
    "title_en": "Community welfare funds by subdistrict",
    "description": "กองทุนสวัสดิการชุมชนที่จดแจ้งแล้ว รายตำบล ณ สิ้นปีงบประมาณ จากระบบฐานข้อมูลของหน่วยงาน",
    "description_en": "Registered community welfare funds at the end of the fiscal year.",
    "keywords": ["สวัสดิการ", "กองทุน", "ชุมชน"],
    "licenses": [{"name": "Creative Commons Attributions"}],
    "about": {
        "data_type": "ข้อมูลระเบียน",
        "maintainer": "สำนักเทคโนโลยีสารสนเทศ",
        "maintainer_email": "data@agency.example",
        "objective": ["พันธกิจหน่วยงาน"],
        "update_frequency_unit": "ปี",
        "update_frequency_interval": 1,
        "geo_coverage": "ตำบล",
        "data_source": "ระบบฐานข้อมูลกองทุนสวัสดิการชุมชน",
        "data_format": ["CSV"],
        "data_category": "ข้อมูลสาธารณะ",
        "data_classification": "เปิดเผย",
    },
    "resources": [
        {
            "name": "funds",
            "title": "กองทุนสวัสดิการชุมชน",
            "title_en": "Welfare funds",
            "description": "กองทุนละหนึ่งแถว",
            "description_en": "One row a fund.",
            "path": "release/funds.csv",
            "schema": {
                "fields": [
                    {
                        "name": "fund_name",
                        "type": "string",
                        "title": "ชื่อกองทุน",
                        "title_en": "Fund",
                        "description": "ตามทะเบียน",
                    },
                    {
                        "name": "members",
                        "type": "integer",
                        "title": "จำนวนสมาชิก",
                        "title_en": "Members",
                        "description": "คน",
                    },
                ]
            },
        }
    ],
}
CLOSED: dict[str, Any] = {
    "resources": None,
    "about.data_category": "ข้อมูลส่วนบุคคล",
    "about.data_classification": "ลับ",
    "about.closed_clause": "พ.ร.บ. ข้อมูลข่าวสารของราชการ พ.ศ. 2540 มาตรา 15 (5)",
    "about.accessible_condition": "ยื่นคำขอที่สำนักเทคโนโลยีสารสนเทศ",
}
"""What turns it into an entry that is not open."""
STATISTICS: dict[str, Any] = {
    "about.data_type": "ข้อมูลสถิติ",
    "about.first_year_of_data": 2560,
    "about.last_year_of_data": 2567,
    "about.unit_of_measure": "แห่ง",
    "about.disaggregate": ["เพศ"],
}
MAP: dict[str, Any] = {
    "about.data_type": "ข้อมูลภูมิสารสนเทศเชิงพื้นที่",
    "about.geographic_data_set": "ชั้นข้อมูลขอบเขตการปกครอง",
    "about.equivalent_scale": "1:50,000",
}


def dataset(changes: Mapping[str, Any] | None = None, name: str = "welfare-funds") -> Dataset:
    """The sound dataset with values put at dotted paths (`about.objective`, `resources.0.title`; None removes)."""
    descriptor = copy.deepcopy(SOUND)
    for path, value in (changes or {}).items():
        *parents, last = path.split(".")
        holder: Any = descriptor
        for key in parents:
            holder = holder[int(key)] if isinstance(holder, list) else holder.setdefault(key, {})
        if value is None:
            holder.pop(last, None)
        elif isinstance(holder, list):
            holder[int(last)] = value
        else:
            holder[last] = value
    resources = tuple(
        Resource(name=entry["name"], descriptor=entry) for entry in descriptor.get("resources") or ()
    )
    return Dataset(name=name, folder=Path(name), descriptor=descriptor, resources=resources)


def table(columns: Mapping[str, list[str]] | None = None, origin: list[Any] | None = None) -> pandas.DataFrame:
    """A published table of text, its index the source's rows (from 5)."""
    whole = pandas.DataFrame(columns or {"fund_name": ["กองทุน ก", "กองทุน ข"], "members": ["120", ""]}, dtype=str)
    whole.index = pandas.Index(origin or range(5, 5 + len(whole)))
    return whole


def judged(
    changes: Mapping[str, Any] | None = None,
    columns: Mapping[str, list[str]] | None = None,
    *,
    edition: str | Standard = "gdc-2.2.4",
    name: str = "welfare-funds",
) -> tuple[Finding, ...]:
    """What governance finds in the sound dataset after the changes, with a table of these columns."""
    standard = Standard.load(edition) if isinstance(edition, str) else edition
    told, tables = dataset(changes, name), {"funds": table(columns)}
    return (*govern(told, standard, tables), *risks(told, Path(name), tables, {}, {}))


def finds(rule: str, *given: Any, **named: Any) -> Finding:
    """The first Finding of a rule; fails when there is none."""
    found = [finding for finding in judged(*given, **named) if finding.rule == rule]
    assert found, f"{rule} found nothing"
    return found[0]


def leaves_alone(rule: str, *given: Any, **named: Any) -> None:
    """Fails when a rule finds anything."""
    found = [finding for finding in judged(*given, **named) if finding.rule == rule]
    assert not found, found
