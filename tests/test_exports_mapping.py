"""What a publisher writes, in the words of others: topics, years, formats, licences; and nothing is made up."""

from __future__ import annotations

from typing import Any

import pytest

from catalog.actions.context import Site
from catalog.record import record
from metadata.document import packaged
from metadata.exports import croissant, dcat, periods, schema_org, themes, vocabulary
from metadata.exports.record import Record

SITE = Site(url="https://catalog.example.go.th", title="บัญชีข้อมูลทดสอบ")
EU = "http://publications.europa.eu/resource/authority/"


def made(**more: Any) -> Record:
    """The record of a package that says no more than it is told to."""
    return record({"id": "1", "name": "one", "title": "ก", **more}, {}, SITE)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("สถานีรถไฟฟ้าใต้ดิน", ("TRAN",)),
        ("การใช้ไฟฟ้า ปีงบประมาณ 2567", ("ENER",)),
        ("งบประมาณรายจ่าย", ("ECON",)),
        ("ผู้มีรายได้น้อย", ("SOCI",)),
        ("ศาลาว่าการ", ()),
        ("คดีในศาล", ("JUST",)),
        ("สํานักงานประมาณการนํ้ามัน", ("ENER",)),
        ("Oils and roads", ("ENER", "TRAN")),
        ("boiler", ()),
        ("ข้อมูล", ()),
    ],
)
def test_a_topic_is_named_by_words_that_are_whole(text: str, found: tuple[str, ...]) -> None:
    assert themes.of(made(tags=[{"name": text}])) == found
    assert themes.of(made(title=text)) == found


def test_topics_come_from_groups_and_from_addresses_that_the_publisher_names_too() -> None:
    assert themes.of(made(groups=[{"name": "category05", "title": "ด้านสังคมและความมั่นคง"}])) == ("SOCI",)
    given = [f"{EU}data-theme/HEAL", f"{EU}data-theme/NONE", "https://example.go.th/HEAL"]
    assert themes.of(made(extras=[{"key": "theme", "value": str(given).replace("'", '"')}])) == ("HEAL",)


def test_no_word_stands_for_two_topics() -> None:
    words = [word for theme in packaged("standards/exports.yaml")["themes"].values() for word in theme["words"]]
    assert len(words) == len(set(words))
    assert all(word == word.casefold() for word in words)


@pytest.mark.parametrize(
    ("title", "notes", "years"),
    [
        ("การใช้ไฟฟ้า ปี 2557", "", (2014, 2014)),
        ("ผลผลิต ปี พ.ศ. ๒๕๖๑ - ๒๕๖๓", "", (2018, 2020)),
        ("รายงานเดือนเมษายน 2563", "", (2020, 2020)),
        ("Budget fiscal year 2022 to 2024", "", (2022, 2024)),
        ("พระราชบัญญัติ พ.ศ. 2562", "", None),
        ("โรงงานประเภท 2562", "", None),
        ("ปี 25620", "", None),
        ("ปี 2562.5", "", None),
        ("จำนวนครัวเรือน ปี 1000", "", None),
        ("ก", "ข้อมูลตั้งแต่ปีงบประมาณ พ.ศ. 2566 ถึงปีงบประมาณ พ.ศ. 2569", (2023, 2026)),
        ("ก", "จัดเก็บใน พ.ศ. 2566", None),
        ("ก", "ตามประกาศตั้งแต่ พ.ศ. 2540 ถึง พ.ศ. 2550", None),
    ],
)
def test_years_are_those_that_the_publisher_states(title: str, notes: str, years: tuple[int, int] | None) -> None:
    assert periods.stated([title], notes) == years
    found = made(title=title, notes=notes)
    assert (found.first_year, found.last_year) == (years or (None, None))


def test_declared_years_go_before_what_words_tell() -> None:
    spoken = "ปี 2550"
    resources = [
        {"id": "a", "name": spoken, "url": "", "resource_first_year_of_data": "2561"},
        {
            "id": "b",
            "name": "ข",
            "url": "",
            "resource_first_year_of_data": "2560",
            "resource_last_year_of_data": "2019",
        },
    ]
    of_files = made(resources=resources)
    assert (of_files.first_year, of_files.last_year) == (2017, 2019)
    of_dataset = made(resources=resources, last_year_of_data="2567")
    assert (of_dataset.first_year, of_dataset.last_year) == (None, 2024)
    dcat = made(title=spoken, extras=[{"key": "temporal_start", "value": "2011-05-01"}])
    assert (dcat.first_year, dcat.last_year) == (2011, None)


def test_a_day_may_be_written_in_either_era() -> None:
    assert made(data_release_date="2567-02-29").issued == "2024-02-29"
    assert made(data_release_date="2023-02-29", metadata_created="2024-01-01T00:00:00").issued == (
        "2024-01-01T00:00:00+00:00"
    )


def test_a_files_own_conditions_and_days_go_before_the_datasets() -> None:
    resources = [
        {"id": "a", "name": "ก", "url": "https://example.go.th/a.CSV", "format": "CSV", "size": "12"},
        {
            "id": "b", "name": " ", "url": "https://example.go.th/b", "format": "csv", "size": -1,
            "resource_accessible_condition": "ขอเป็นหนังสือ", "resource_last_updated_date": "2026-01-31",
            "last_modified": "2026-03-01T00:00:00",
        },
    ]  # fmt: skip
    first, second = made(accessible_condition="ไม่จำกัด", resources=resources).distributions
    assert (first.rights, second.rights) == ("ไม่จำกัด", "ขอเป็นหนังสือ")
    assert (first.size, second.size) == (12, None)
    assert (first.modified, second.modified) == (None, "2026-01-31")
    assert second.title == {"en": "csv"}
    # an address that ends as its format does is the file's; of the other nobody knows
    assert first.download == "https://example.go.th/a.CSV"
    assert second.download is None


@pytest.mark.parametrize(
    ("address", "form", "is_file"),
    [
        ("https://example.go.th/a.xls", "XSL", True),
        ("https://example.go.th/a.XLSX?v=1", "", True),
        ("https://example.go.th/a.html", "URL", False),
        ("https://example.go.th/a.html", "HTML", True),
        ("https://example.go.th/a.odd", "odd", True),
        ("https://example.go.th/a.php", "CSV", False),
        ("https://example.go.th/v1.0/csv", "CSV", False),
        ("https://example.go.th/", "CSV", False),
    ],
)
def test_a_link_is_a_download_where_it_ends_as_a_file_does(address: str, form: str, is_file: bool) -> None:
    (one,) = made(resources=[{"id": "a", "name": "ก", "url": address, "format": form}]).distributions
    assert one.download == (address if is_file else None)


@pytest.mark.parametrize(
    ("spatial", "box"),
    [
        ('{"type": "Point", "coordinates": [100.5, 13.7]}', (100.5, 13.7, 100.5, 13.7)),
        ('{"type": "Polygon", "coordinates": [[[97, 5], [106, 5], [106, 21.5], [97, 5]]]}', (97, 5, 106, 21.5)),
        ('{"type": "Point", "coordinates": [1000, 13.7]}', None),
        ('{"type": "Point", "coordinates": [1%s, 13.7]}' % ("0" * 400), None),
        ('{"type": "Point", "coordinates": [NaN, 13.7]}', None),
        ('{"type": "Point", "coordinates": [100, 13, 9000]}', (100, 13, 100, 13)),
        ('{"type": "Point"}', None),
        ("[100.5, 13.7]", None),
        ("Bangkok", None),
        ("", None),
    ],
)
def test_an_area_is_read_from_geojson_too(spatial: str, box: tuple[float, ...] | None) -> None:
    assert made(extras=[{"key": "spatial", "value": spatial}]).box == box
    own = {"west_bound_longitude": "97.5", "east_bound_longitude": "98"}
    own |= {"south_bound_longitude": "5", "north_bound_longitude": "6"}
    assert made(spatial=spatial, **own).box == (97.5, 5, 98, 6)


def test_what_is_blank_is_not_a_name() -> None:
    blank = made(title="  ", organization={"name": "dept-a", "title": " "})
    assert blank.title == {"en": "one"}
    assert blank.publisher == {"en": "dept-a"}


@pytest.mark.parametrize(
    ("written", "code", "media"),
    [
        ("csv", "CSV", "text/csv"),
        ("shapefile", "SHP", "application/vnd.shp"),
        ("text/csv", "CSV", "text/csv"),
        ("api", "REST", None),
        ("odata", "REST", None),
        ("gpkg", "GPKG", "application/geopackage+sqlite3"),
        ("xsl", None, None),
        ("map", None, None),
        ("", None, None),
    ],
)
def test_a_format_goes_by_its_codes_where_it_has_any(written: str, code: str | None, media: str | None) -> None:
    assert vocabulary.file_type(written) == (code and f"{EU}file-type/{code}")
    assert vocabulary.media_type(written) == media


def test_the_tables_of_formats_and_licences_are_sound() -> None:
    tables = vocabulary.formats()
    media = {media for _, media in tables["formats"].values() if media}
    assert set(tables["unregistered"]) <= media
    assert not {one for one in media if "/x-" in one} - set(tables["unregistered"])
    assert all(kind == kind.lower() for kind in tables["formats"])
    for code, (first, *_rest) in tables["licences"].items():
        assert vocabulary.licence(first) == (f"{EU}licence/{code}", first)
        assert vocabulary.licence(f"{EU}licence/{code}") == (f"{EU}licence/{code}", first)


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("https://creativecommons.org/licenses/by/4.0/", "CC_BY_4_0"),
        ("http://creativecommons.org/licenses/by/4.0/deed.th", "CC_BY_4_0"),
        ("https://opendatacommons.org/licenses/odbl/1-0/", "ODC_BL"),
        ("https://opendatacommons.org/licenses/", None),
        ("https://data.go.th/pages/dga-open-government-license", None),
        (None, None),
    ],
)
def test_a_licence_is_found_in_the_eus_table_or_is_not_in_it(address: str | None, code: str | None) -> None:
    found = vocabulary.licence(address)
    assert (found and found[0]) == (code and f"{EU}licence/{code}")


def told() -> Record:
    """A record with all that the mapping can tell."""
    resources = [
        {"id": "a", "name": "ก", "url": "https://example.go.th/a.csv", "format": "CSV", "hash": "0a" * 32},
        {"id": "b", "name": "ข", "url": "https://example.go.th/b", "format": "API"},
    ]
    more = {"accessible_condition": "ไม่จำกัด", "license_id": "odc-odbl", "geo_coverage": "จังหวัด"}
    return made(title="การใช้ไฟฟ้า ปี 2557", resources=resources, **more)


def test_dcat_tells_topics_conditions_downloads_and_a_known_licence() -> None:
    from rdflib import DCAT, DCTERMS, RDFS, SKOS, Graph, Literal, URIRef

    graph = Graph().parse(data=dcat.dataset(told(), "ttl"), format="turtle")
    topic = URIRef(f"{EU}data-theme/ENER")
    assert set(graph.objects(None, DCAT.theme)) == {topic}
    assert set(graph.objects(topic, SKOS.prefLabel)) == {
        Literal("Energy", lang="en"),
        Literal("พลังงาน", lang="th"),
    }
    labels = [graph.value(one, RDFS.label) for one in graph.objects(None, DCTERMS.rights)]
    assert labels == [Literal("ไม่จำกัด", lang="th")] * 2
    assert set(graph.objects(None, DCAT.downloadURL)) == {URIRef("https://example.go.th/a.csv")}
    # the address that the EU's table has of it, and what the table calls it
    licence = URIRef("http://opendatacommons.org/licenses/odbl/1.0/")
    assert set(graph.objects(None, DCTERMS.license)) == {licence}
    assert graph.value(licence, SKOS.exactMatch) == URIRef(f"{EU}licence/ODC_BL")
    assert {str(one) for one in graph.objects(None, DCTERMS.format)} == {
        f"{EU}file-type/CSV",
        f"{EU}file-type/REST",
    }


@pytest.mark.parametrize("language", ["th", "en"])
def test_schema_org_and_croissant_tell_topics_conditions_and_years(language: str) -> None:
    one = told()
    document = schema_org.dataset(one, language)
    (topic,) = document["about"]
    assert topic["name"] == {"th": "พลังงาน", "en": "Energy"}[language]
    assert (topic["@id"], topic["inDefinedTermSet"]) == (f"{EU}data-theme/ENER", f"{EU}data-theme")
    assert document["conditionsOfAccess"] == "ไม่จำกัด"
    assert document["temporalCoverage"] == "2014"
    learned = croissant.dataset(one, "")
    assert learned["about"] == schema_org.dataset(one)["about"]
    assert learned["conditionsOfAccess"] == "ไม่จำกัด"
    assert learned["temporalCoverage"] == "2014"


def test_keywords_that_a_portal_refused_as_tags_are_keywords() -> None:
    assert made(tags=[{"name": "ก"}], keywords="ก,ข (2567), ค").keywords == ("ก", "ข (2567)", "ค")
