"""A thousand tables as Thai agencies publish them, in which there is nothing personal."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from personal_alikes import MAKERS
from personal_corpus import Drawn, Table, harmless, sentence
from personal_values import seeded

KINDS: dict[str, tuple[tuple[str, str], ...]] = {
    "budget": (
        ("รหัสงบประมาณ|budget_code", "budget-code"),
        ("โครงการ|project", "project"),
        ("งบประมาณ (บาท)|budget", "money"),
        ("เบิกจ่าย|disbursed", "money"),
        ("ร้อยละ|percent", "share"),
        ("ปีงบประมาณ|fiscal_year", "year"),
        ("เลขที่เอกสาร GFMIS|gfmis_doc", "gfmis"),
        ("รหัสบัญชีแยกประเภท|gl_account", "gl-code"),
    ),
    "election": (
        ("จังหวัด|province", "province"),
        ("เขตเลือกตั้ง|constituency", "small"),
        ("พรรค|party_name", "party"),
        ("คะแนน|votes", "count"),
        ("สัดส่วนคะแนน|vote_share", "decimal"),
        ("ผู้มีสิทธิเลือกตั้ง|eligible", "count"),
        ("บัตรเสีย|invalid", "count"),
    ),
    "schools": (
        ("รหัสโรงเรียน|school_id", "school-code"),
        ("ชื่อโรงเรียน|school_name", "place"),
        ("ตำบล|tambon", "village"),
        ("อำเภอ|amphoe", "village"),
        ("จังหวัด|province", "province"),
        ("โทรศัพท์|telephone", "office-phone"),
        ("ละติจูด|lat", "lat"),
        ("ลองจิจูด|lon", "lon"),
        ("นักเรียนชาย|boys", "count"),
        ("เว็บไซต์|website", "url"),
    ),
    "hospitals": (
        ("รหัสโรงพยาบาล|hcode", "hospital-code"),
        ("ชื่อโรงพยาบาล|hospital_name", "place"),
        ("ที่ตั้ง|address", "office-address"),
        ("โทรศัพท์|tel", "office-phone"),
        ("จำนวนเตียง|beds", "small"),
        ("latitude", "lat"),
        ("longitude", "lon"),
        ("อีเมลหน่วยงาน|email", "office-email"),
    ),
    "accidents": (
        ("วันเกิดเหตุ|accident_date", "day"),
        ("จังหวัด|province", "province"),
        ("LATITUDE", "lat"),
        ("LONGITUDE", "lon"),
        ("ผู้เสียชีวิต|deaths", "small"),
        ("ผู้บาดเจ็บ|injured", "small"),
        ("กม.|km", "share"),
        ("ที่เกิดเหตุ|scene", "area"),
    ),
    "rain": (
        ("สถานี|station", "place"),
        ("ที่ตั้ง|location", "area"),
        ("วันที่|date", "day"),
        ("ฝน (มม.)|rain_mm", "share"),
        ("lat", "lat"),
        ("long", "lon"),
    ),
    "prices": (
        ("สินค้า|product", "thing"),
        ("ตลาด|market", "place"),
        ("ราคา|price", "money"),
        ("วันที่|date", "day"),
        ("บาร์โค้ด|barcode", "barcode"),
        ("เปลี่ยนแปลง (%)|change", "share"),
    ),
    "population by religion": (
        ("จังหวัด|province", "province"),
        ("ศาสนา|religion", "religion-group"),
        ("เพศ|sex", "sex-group"),
        ("กลุ่มอายุ|age_group", "age-group"),
        ("จำนวน (คน)|count", "count"),
        ("ปี|year", "year"),
    ),
    "illness": (
        ("กลุ่มโรค|disease", "disease-group"),
        ("จังหวัด|province", "province"),
        ("จำนวนผู้ป่วย|cases", "count"),
        ("อัตราป่วยต่อแสน|rate", "share"),
        ("ปี|year", "year"),
        ("เพศ|sex", "sex-group"),
    ),
    "disability": (
        ("ประเภทความพิการ|disability_type", "disability-group"),
        ("จังหวัด|province", "province"),
        ("จำนวนผู้พิการ|persons", "count"),
        ("ปี|year", "year"),
    ),
    "projects": (
        ("ชื่อโครงการ|project_name", "project"),
        ("หน่วยงานรับผิดชอบ|unit", "place"),
        ("โทรศัพท์หน่วยงาน|unit_phone", "office-phone"),
        ("อีเมลหน่วยงาน|unit_email", "office-email"),
        ("วงเงิน|amount", "money"),
        ("เลขที่สัญญา|contract_no", "document"),
        ("คู่สัญญา|vendor", "shop"),
        ("เลขประจำตัวผู้เสียภาษี|tax_id", "tax-id"),
        ("เลขที่โครงการ e-GP|egp_no", "egp"),
    ),
    "public places": (
        ("ชื่อสถานที่|name", "place"),
        ("ที่ตั้ง|description", "office-address"),
        ("ละติจูด|Latitude", "lat"),
        ("ลองจิจูด|Longitude", "lon"),
        ("พิกัด|location", "point"),
        ("ภาพสถานที่|image_url", "picture"),
        ("หน่วยงาน|provider", "place"),
    ),
    "documents": (
        ("เลขที่หนังสือ|doc_no", "document"),
        ("ลงวันที่|doc_date", "day"),
        ("เรื่อง|subject", "project"),
        ("จาก|from_unit", "place"),
        ("ถึง|to_post", "person-like"),
    ),
    "factories": (
        ("ชื่อโรงงาน|factory", "shop"),
        ("เลขทะเบียนโรงงาน|factory_no", "document"),
        ("ที่ตั้งโรงงาน|site", "office-address"),
        ("เลขทะเบียนนิติบุคคล|juristic_id", "tax-id"),
        ("แรงม้า|horsepower", "share"),
        ("จำนวนคนงาน|workers", "count"),
        ("โทรศัพท์โรงงาน|factory_phone", "office-phone"),
    ),
    "books": (
        ("ISBN", "isbn"),
        ("ชื่อเรื่อง|title", "project"),
        ("สำนักพิมพ์|publisher", "shop"),
        ("ราคา|price", "money"),
        ("ปีที่พิมพ์|year", "year"),
    ),
    "villages": (
        ("รหัสหมู่บ้าน|village_code", "school-code"),
        ("ชื่อหมู่บ้าน|village", "village"),
        ("ตำบล|tambon", "village"),
        ("จังหวัด|province", "province"),
        ("ครัวเรือน|households", "count"),
        ("ประชากรชาย|male", "count"),
        ("ประชากรหญิง|female", "count"),
    ),
    "vehicles": (
        ("จังหวัด|province", "province"),
        ("จำนวนรถจดทะเบียน|registered", "count"),
        ("จำนวนใบอนุญาตขับรถ|licences", "count"),
        ("ปี|year", "year"),
        ("ร้อยละ|share", "share"),
    ),
    "crime": (
        ("ฐานความผิด|offence", "offence"),
        ("จังหวัด|province", "province"),
        ("จำนวนคดี|cases", "count"),
        ("ปี|year", "year"),
        ("จับกุมได้|arrests", "count"),
    ),
    "unions": (
        ("ชื่อสหภาพแรงงาน|union_name", "union-name"),
        ("จังหวัด|province", "province"),
        ("จำนวนสมาชิก|members", "count"),
        ("วันที่จดทะเบียน|registered_on", "day"),
        ("เลขทะเบียน|register_no", "document"),
    ),
    "assets": (
        ("เลขครุภัณฑ์|asset_no", "asset"),
        ("รายการ|item", "thing"),
        ("serial_no", "wrong-card"),
        ("ราคา|price", "money"),
        ("IMEI", "imei"),
        ("วันที่ได้มา|acquired", "day"),
        ("หน่วยงาน|unit", "place"),
    ),
    "posts": (
        ("ตำแหน่ง|post", "person-like"),
        ("หน่วยงาน|unit", "place"),
        ("อัตรากำลัง|positions", "small"),
        ("ปี|year", "year"),
    ),
    "files": (("file", "picture"), ("sha256", "sha256"), ("bytes", "count"), ("ปรับปรุงเมื่อ|updated", "day")),
    "summaries": (
        ("ลำดับ|no", "order"),
        ("รายละเอียด|detail", "harmless"),
        ("หน่วยงาน|unit", "place"),
        ("สถานะ|state", "state"),
    ),
    "welfare": (
        ("ชื่อกองทุน|fund", "fund"),
        ("จังหวัด|province", "province"),
        ("จำนวนสมาชิก|members", "count"),
        ("เงินกองทุน|money", "money"),
        ("วันก่อตั้ง|founded", "day"),
        ("LINE Official|line_official", "official-line"),
    ),
    "shops": (
        ("ชื่อร้าน|shop_name", "shop"),
        ("ประเภท|kind", "thing"),
        ("ที่ตั้ง|area", "area"),
        ("โทรศัพท์ร้าน|shop_phone", "office-phone"),
        ("คะแนน|rating", "share"),
    ),
}
"""A table's kind → header (Thai|English) and what stands under it (`personal_alikes.MAKERS`)."""
SUBJECTS = ("place", "shop")
CELLS = {
    **MAKERS,
    "harmless": lambda r: sentence(r, harmless(r))[0],
    "fund": lambda r: f"กองทุนสวัสดิการชุมชนตำบล{MAKERS['village'](r)}",
}


def clean(count: int, *seed: object) -> Iterator[Table]:
    """So many tables, of each kind in turn."""
    random = seeded("clean", *seed)
    kinds = list(KINDS)
    for number in range(count):
        yield one(random, kinds[number % len(kinds)])


def one(random: Random, kind: str) -> Table:
    """A table: most columns of its kind in any order, in Thai or in English, 5 to 200 rows."""
    table = Drawn(random=random, kind=f"clean · {kind}", rows=random.choice((5, 20, 50, 100, 200)))
    columns = KINDS[kind]
    some = random.sample(columns, random.randint(max(2, len(columns) - 2), len(columns)))
    subject = next((each for each in columns if each[1] in SUBJECTS), None)
    if subject and subject not in some:
        some.append(subject)  # a table says what its rows are about
    english = random.random() < 0.4
    for header, maker in some:
        thai, _, other = header.partition("|")
        table.add(other if english and other else thai, CELLS[maker])
    return table.made()
