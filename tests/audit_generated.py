"""Catalogues made up from a seed: datasets as `package_show` gives them, whole, poor, broken and foreign.

Of each field a generated package has a right value, a wrong one, a blank or nothing, by turns: what agencies write
in the Thai schema, what a stock CKAN or one that harvests DCAT holds, and what no schema would let through.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any
from uuid import UUID

from catalog.actions.context import Site
from catalog.audit.entry import Entry

SITE = Site(url="https://catalog.example.go.th", title="บัญชีข้อมูลตัวอย่าง", title_en="Sample catalogue")
EU = "http://publications.europa.eu/resource/authority/"
FIELDS: Mapping[str, Sequence[Any]] = {
    "title": ["การใช้ไฟฟ้า ปี 2557", "ประชากรรายจังหวัด พ.ศ. ๒๕๖๐ - ๒๕๖๕", "Budget 2024", "ก", "  ", ""],
    "title_en": ["Electricity by kind of user", "", "ไทย"],
    "notes": [
        "จำนวนประชากรรายจังหวัด ข้อมูลตั้งแต่ พ.ศ. 2561 ถึง พ.ศ. 2568 จำแนกตามเพศและอายุ", "ข", "", " ", "x" * 6000,
        'เครื่องหมาย <b>&amp;</b> "\x0b\x00 \n\n ]]>',
    ],
    "notes_en": ["Population of each province, by sex and age, as the registrar counts it", ""],
    "data_type": ["ข้อมูลสถิติ", "ข้อมูลระเบียน", "ข้อมูลภูมิสารสนเทศเชิงพื้นที่", "อื่น"],
    "maintainer": ["กลุ่มสถิติ", "นายสมมติ ทดสอบ", "", " "],
    "maintainer_email": ["data@example.go.th", "not an address", "", "a b@example.go.th"],
    "author": ["กรมตัวอย่าง", "", "Somebody"],
    "author_email": ["author@example.go.th", ""],
    "objective": [["พันธกิจหน่วยงาน"], '["ยุทธศาสตร์ชาติ"]', "", []],
    "update_frequency_unit": ["ปี", "เดือน", "ไม่ทราบ", "นานๆ ที", ""],
    "update_frequency_interval": ["1", "2", 3, "", "มาก"],
    "geo_coverage": ["จังหวัด", "โลก", "ไม่มี", "ไม่ทราบ", "", "อำเภอ"],
    "data_source": ["สำนักทะเบียน", "", " "],
    "data_format": [["CSV"], ["XLS", "PDF"], [], "CSV"],
    "data_category": ["ข้อมูลสาธารณะ", "ข้อมูลส่วนบุคคล", "ข้อมูลลับ", ""],
    "data_classification": ["เปิดเผย", "ลับ", ""],
    "data_language": [["ไทย"], ["ไทย", "อังกฤษ"], ["ละติน"], ""],
    "accessible_condition": ["ไม่มีการจำกัดการเข้าถึงข้อมูล", "by request", ""],
    "allow_harvest": ["True", "False", ""],
    "reference_url_catalog": ["", "", "https://other.example.go.th/dataset/1"],
    "first_year_of_data": ["2560", "2017", 2561, "", "ปี 60", "0543"],
    "last_year_of_data": ["2567", "2024", "", "9999"],
    "temporal_start": ["2011-05-01", "sometime"],
    "temporal_end": ["2012-05-01", "2555"],
    "theme": [f'["{EU}data-theme/HEAL"]', f"{EU}data-theme/NONE", "health"],
    "reference_period": ["พ.ศ. 2565–2569", ""],
    "created_date": ["2024-01-31", "2567-02-29", "31/01/2567", ""],
    "data_release_date": ["2026-10-15", "2569-10-15", "เร็วๆ นี้", ""],
    "last_updated_date": ["2026-10-01", "2026-13-01", ""],
    "metadata_created": ["2024-01-01T00:00:00.000001", "2024-01-01T00:00:00+07:00", "yesterday", None],
    "metadata_modified": ["2024-02-01T00:00:00.123456", "2024-02-01", "", None],
    "version": ["1.2", "", "\x00"],
    "url": ["https://example.go.th/สถิติ?ปี=2567&x={1}", "javascript:alert(1)", "not an address", ""],
    "spatial": ['{"type": "Point", "coordinates": [100.5, 13.7]}', "Bangkok", ""],
    "west_bound_longitude": ["97.3", "east", "-200"],
    "east_bound_longitude": ["105.7", "inf"],
    "south_bound_longitude": ["5.6"],
    "north_bound_longitude": ["20.5", "nan"],
    "license_id": [
        "Creative Commons Attributions", "Open Data Common", "cc-by", "odc-odbl", "License not specified", "อื่นๆ",
        "ogl", "GNU Free Documentation License", "ของเราเอง", "", None,
    ],
    "license_title": ["Creative Commons Attribution", "สัญญาของเรา", "", None],
    "license_url": [
        "https://creativecommons.org/licenses/by/3.0/", "ftp://example.go.th", "", f"{EU}licence/CC_BY_4_0",
    ],
}  # fmt: skip
KEYWORDS = ["ประชากร", "population", "ไฟฟ้า", "จังหวัด", "สถิติ", "co2", "ข้อมูล", "ปี 2567", "oil", "งบประมาณ", "\x0b"]
GROUPS = [
    {"name": "category05", "title": "ด้านสังคมและความมั่นคง"}, {"name": "transport", "title": "การขนส่ง"},
    {"name": "others", "title": ""}, {"name": "g", "title": "กลุ่ม"},
]  # fmt: skip
ORGANIZATIONS = [
    {"name": "dept-a", "title": "กรมตัวอย่าง"}, {"name": "dept-b", "title": "Department B"},
    {"name": "c", "title": " "}, {"name": "", "title": ""}, None,
]  # fmt: skip
FORMATS = [
    "CSV", "csv", ".csv", "XLSX", "XLS", "XSL", "PDF", "JSON", "GeoJSON", "KML", "KMZ", "GML", "SHP", "Shapefile",
    "ODS", "XML", "API", "MAP", "URL", "HTML", "ZIP", "TXT", "RDF", "Parquet", "GPKG", "NetCDF", "TIFF", "WMS",
    "DBF", "RSS", "text/csv", "application/json", "ไม่รู้จัก", "  ", "", None, "<format>",
]  # fmt: skip
RESOURCE: Mapping[str, Sequence[Any]] = {
    "name": ["ตารางประชากร", "data.csv", "พจนานุกรมข้อมูล", "", " ", "ปี 2560"],
    "title_en": ["Population", ""],
    "description": ["หนึ่งแถวต่อหนึ่งจังหวัด", "", "Rows"],
    "mimetype": ["text/csv", "application/octet-stream", "nonsense", "", None],
    "size": [0, 12, 123456, "77", -1, "many", None],
    "hash": ["a" * 64, "sha256:" + "0B" * 32, "d41d8cd98f00b204e9800998ecf8427e", "", None],
    "created": ["2024-01-01T00:00:00", "when it was ready", None],
    "last_modified": ["2024-03-01T12:00:00.5", "", None],
    "metadata_modified": ["2024-03-02T12:00:00", None],
    "resource_accessible_condition": ["ขอเป็นหนังสือ", "", " "],
    "resource_last_updated_date": ["2026-10-05", "2569-10-05", "05/10/2569", ""],
    "resource_data_release_date": ["2026-10-15", ""],
    "resource_first_year_of_data": ["2562", ""],
    "resource_last_year_of_data": ["2566", "x"],
    "datastore_active": [True, False, False],
}
ADDRESSES = [
    "https://files.example.go.th/{}.csv", "https://files.example.go.th/{}", "https://files.example.go.th/{}.xlsx?v=1",
    "http://10.0.0.1/{} ข้อมูล.csv", "ftp://example.go.th/{}", "", None, "http://[x",
    "https://example.go.th/a b?q={{x}}",
]  # fmt: skip
COLUMNS = [
    {"id": "จังหวัด", "type": "text", "info": {"label": "จังหวัด", "notes": "ชื่อทางการ · Province"}},
    {"id": "n", "type": "int4", "info": {"label": "จำนวน"}},
    {"id": "day", "type": "timestamp", "info": {}},
    {"id": "x", "type": "numeric"},
]


def catalogue(seed: int, most: int = 5) -> tuple[Entry, ...]:
    """The catalogue of a seed: from no dataset to `most`, no two of a name."""
    random = Random(seed)  # noqa: S311 - not for keys
    return tuple(entry(random, f"dataset-{seed}-{number}") for number in range(random.randrange(most + 1)))


def entry(random: Random, name: str) -> Entry:
    """A dataset and what was seen of it: an address answers, does not, or was not asked, each about as often."""
    package = made(random, name)
    reach = {
        one["id"]: {"ok": random.choice([True, False])} for one in package["resources"] if random.random() < 0.7
    }
    valid = {
        one["id"]: {"valid": random.choice([True, False])} for one in package["resources"] if random.random() < 0.3
    }
    tables = {
        one["id"]: random.sample(COLUMNS, random.randrange(1, 5))
        for one in package["resources"]
        if one.get("datastore_active") and random.random() < 0.8
    }
    seen: dict[str, Any] = {"reach": reach, "valid": valid}
    if random.random() < 0.5:
        seen["registered"] = {"registered": random.choice([True, False])}
    return Entry(package=package, tables=tables, seen=seen)


def made(random: Random, name: str) -> dict[str, Any]:
    """A package. How much of it is filled, and how much of that is right, is drawn first: some are whole."""
    filled, right = random.choice([1.0, 0.9, 0.6, 0.3, 0.0]), random.choice([1.0, 0.8, 0.4])
    package: dict[str, Any] = {"id": _id(random), "name": name, "type": "dataset", "state": "active"}
    package["private"] = random.random() < 0.1
    given = drawn(random, FIELDS, filled, right)
    # a stock CKAN keeps what its schema does not know as extras
    aside = {key: given.pop(key) for key in list(given) if random.random() < 0.2 and isinstance(given[key], str)}
    package |= given
    package["extras"] = [{"key": key, "value": value} for key, value in aside.items()]
    package["tags"] = [{"name": word} for word in _some(random, KEYWORDS, filled, 4)]
    package["groups"] = _some(random, GROUPS, filled / 2, 2)
    package["organization"] = random.choice(ORGANIZATIONS[:2] if random.random() < right else ORGANIZATIONS)
    package["owner_org"] = (package["organization"] or {}).get("name")
    package["resources"] = [resource(random, filled, right) for _ in range(random.choice([0, 1, 1, 2, 4]))]
    return package


def resource(random: Random, filled: float, right: float) -> dict[str, Any]:
    """A file or a link of a package."""
    key = _id(random)
    form = random.choice(FORMATS[:3] if random.random() < right / 2 else FORMATS)
    address = random.choice(ADDRESSES[:1] if random.random() < right else ADDRESSES)
    found = {
        "id": key,
        "format": form,
        "url": address and address.format(key),
        **drawn(random, RESOURCE, filled, right),
    }
    found["url_type"] = random.choice(["upload", "datastore", "", None, None])
    return found


def drawn(random: Random, fields: Mapping[str, Sequence[Any]], filled: float, right: float) -> dict[str, Any]:
    """Of each field its first value, which is a right one, or any other, or none."""
    found = {}
    for name, values in fields.items():
        if random.random() < filled:
            found[name] = values[0] if random.random() < right else random.choice(values)
    return found


def _some(random: Random, among: Sequence[Any], filled: float, most: int) -> list[Any]:
    return random.sample(among, random.randrange(1, most + 1)) if random.random() < filled else []


def _id(random: Random) -> str:
    return str(UUID(int=random.getrandbits(128), version=4))
