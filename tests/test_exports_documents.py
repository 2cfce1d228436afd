"""schema.org, Croissant, CSVW, Data Package and citations: each by the rules of those who read it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import frictionless
import pytest
from catalog_ground import opened
from exports_ground import BARE, CSV, EVIL, FULL, publish, schema, worst
from jsonschema import Draft7Validator
from web_ground import Web, served

PROFILE = json.loads((Path(__file__).parent / "datapackage_2.json").read_text(encoding="utf-8"))
NAMES = [FULL, BARE, "worst"]


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    folder = tmp_path_factory.mktemp("documents")
    with opened(folder, schema=schema(), site_title_en="Sample catalogue") as portal, served(portal) as ours:
        publish(portal)
        worst(portal)
        yield ours


def _linked(web: Web, name: str, language: str = "th") -> dict[str, Any]:
    page = web.ask(f"/dataset/{name}?lang={language}").text
    found = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    assert len(found) == 1
    return dict(json.loads(found[0]))


REQUIRED = ("name", "description")
RECOMMENDED = (
    "alternateName", "creator", "distribution", "identifier", "includedInDataCatalog", "isAccessibleForFree",
    "keywords", "license", "sameAs", "spatialCoverage", "temporalCoverage", "url", "variableMeasured", "version",
)  # fmt: skip
"""Google's page on structured data for datasets: what must be there, and what it warns of where it is missing."""


def _google(one: dict[str, Any]) -> list[str]:
    """What Google's rules have against a dataset: errors, and warnings of what is there in a wrong form."""
    wrong = [f"{name} is missing" for name in REQUIRED if not one.get(name)]
    if not 50 <= len(one.get("description", "")) <= 5000:
        wrong.append("description has not 50 to 5000 characters")
    if one.get("@context", "").rstrip("/") not in ("https://schema.org", "http://schema.org"):
        wrong.append("@context")
    for name in ("url", "sameAs"):
        if name in one and not _is_url(one[name]):
            wrong.append(f"{name} is no URL")
    for file in one.get("distribution", []):
        if file.get("@type") != "DataDownload" or not _is_url(file.get("contentUrl")):
            wrong.append("a distribution without contentUrl")
    for who in (*one.get("creator", []), one.get("publisher", {"@type": "Organization", "name": "x"})):
        if who.get("@type") not in ("Person", "Organization") or not who.get("name"):
            wrong.append("creator")
    catalog = one.get("includedInDataCatalog", {})
    if catalog.get("@type") != "DataCatalog" or not catalog.get("name") or not _is_url(catalog.get("url")):
        wrong.append("includedInDataCatalog")
    licence = one.get("license")
    if licence and not (_is_url(licence) or (isinstance(licence, dict) and licence["@type"] == "CreativeWork")):
        wrong.append("license")
    if "temporalCoverage" in one and not re.fullmatch(r"\d{4}(/(\d{4}|\.\.))?", one["temporalCoverage"]):
        wrong.append("temporalCoverage")
    place = one.get("spatialCoverage")
    if place and (place["@type"] != "Place" or not (place.get("name") or place.get("geo"))):
        wrong.append("spatialCoverage")
    wrong += ["variableMeasured" for one in one.get("variableMeasured", []) if not one.get("name")]
    wrong += ["keywords" for word in one.get("keywords", []) if not isinstance(word, str)]
    return wrong


def _is_url(value: Any) -> bool:
    return isinstance(value, str) and urlsplit(value).scheme in ("http", "https") and bool(urlsplit(value).netloc)


@pytest.mark.parametrize("language", ["th", "en"])
@pytest.mark.parametrize("name", NAMES)
def test_google_has_nothing_against_a_dataset(web: Web, name: str, language: str) -> None:
    assert _google(_linked(web, name, language)) == []


def test_google_misses_nothing_in_a_full_dataset(web: Web) -> None:
    one = _linked(web, FULL)
    assert [name for name in RECOMMENDED if not one.get(name)] == []
    assert one["temporalCoverage"] == "2017/2024"
    assert one["license"] == "https://creativecommons.org/licenses/by/4.0/"
    assert one["isAccessibleForFree"] is True
    assert {"name": "จำนวน", "alternateName": "จำนวน (คน)"}.items() <= one["variableMeasured"][1].items()
    assert _linked(web, FULL, "en")["name"] == "Population 2024"


def test_the_rules_would_find_what_is_wrong(web: Web) -> None:
    one = _linked(web, FULL) | {"description": "short", "url": "x", "distribution": [{"@type": "DataDownload"}]}
    assert len(_google(one)) == 3


def test_what_a_publisher_wrote_stays_inside_the_element(web: Web) -> None:
    assert _linked(web, "worst")["name"].startswith("</script><script>")
    assert "</script><script>" not in web.ask("/dataset/worst").text


def test_croissant_tells_files_by_hash_and_columns_by_name(web: Web) -> None:
    made = web.ask(f"/dataset/{FULL}/croissant.jsonld")
    assert made.headers["Content-Type"].startswith("application/ld+json")
    one = made.json()
    assert one["conformsTo"] == "http://mlcommons.org/croissant/1.0"
    for name in (
        "@context",
        "@type",
        "name",
        "description",
        "license",
        "url",
        "creator",
        "datePublished",
        "citeAs",
    ):
        assert one[name]
    (file,) = one["distribution"]
    assert re.fullmatch("[0-9a-f]{64}", file["sha256"])
    assert (file["@type"], file["encodingFormat"]) == ("cr:FileObject", "text/csv")
    assert web.ask(file["contentUrl"].removeprefix(web.url)).content == CSV
    (records,) = one["recordSet"]
    assert [(field["name"], field["dataType"]) for field in records["field"]] == [
        ("จังหวัด", "sc:Text"), ("จำนวน", "sc:Integer"),
    ]  # fmt: skip
    header = CSV.decode().splitlines()[0].split(",")
    assert [field["source"]["extract"]["column"] for field in records["field"]] == header
    assert {field["source"]["fileObject"]["@id"] for field in records["field"]} == {file["@id"]}
    ids = [file["@id"], records["@id"], *(field["@id"] for field in records["field"])]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("name", NAMES)
def test_a_croissant_document_of_any_dataset_has_what_must_be_there(web: Web, name: str) -> None:
    one = web.ask(f"/dataset/{name}/croissant.jsonld").json()
    assert all(one.get(key) for key in ("@context", "@type", "conformsTo", "name", "description", "url"))
    assert re.fullmatch(r"\d+\.\d+\.\d+", one["version"])


def test_a_csv_file_leads_to_its_description(web: Web) -> None:
    url = web.ask(f"/dataset/{FULL}.json").json()["resources"][0]["url"]
    file = web.ask(url.removeprefix(web.url))
    found = re.fullmatch(r'<([^>]+)>; rel="describedby"; type="application/csvm\+json"', file.headers["Link"])
    assert found
    assert found[1] == f"{urlsplit(url).path}-metadata.json"
    answer = web.ask(found[1])
    assert answer.headers["Content-Type"].startswith("application/csvm+json")
    one = answer.json()
    assert one["@context"] == "http://www.w3.org/ns/csvw"
    assert unquote(one["url"]) == unquote(url)
    columns = one["tableSchema"]["columns"]
    header = CSV.decode().splitlines()[0].split(",")
    titles = [one["titles"] if isinstance(one["titles"], list) else [one["titles"]] for one in columns]
    assert [title[0] for title in titles] == header
    assert [column["datatype"] for column in columns] == ["string", "integer"]
    names = [column["name"] for column in columns]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_]*", name) for name in names)
    assert web.ask(found[1].replace("-metadata", "-x-metadata")).status_code == 404


@pytest.mark.parametrize("name", NAMES)
def test_a_data_package_fits_the_profile_and_frictionless(web: Web, name: str) -> None:
    one = web.ask(f"/dataset/{name}/datapackage.json").json()
    assert [error.message for error in Draft7Validator(PROFILE).iter_errors(one)] == []
    assert one["$schema"] == "https://datapackage.org/profiles/2.0/datapackage.json"
    package = frictionless.Package.from_descriptor(one)
    assert [resource.name for resource in package.resources] == [file["name"] for file in one["resources"]]
    assert frictionless.Package.validate_descriptor(one).errors == []


def test_the_rows_fit_the_schema_of_the_data_package(web: Web, tmp_path: Path) -> None:
    one = web.ask(f"/dataset/{FULL}/datapackage.json").json()
    file = one["resources"][0]
    (tmp_path / "file.csv").write_bytes(web.ask(file["path"].removeprefix(web.url)).content)
    schema = frictionless.Schema.from_descriptor(file["schema"])
    report = frictionless.validate(frictionless.Resource(path="file.csv", basepath=str(tmp_path), schema=schema))
    assert report.valid
    assert (file["bytes"], file["hash"].partition(":")[0]) == (len(CSV), "sha256")


def test_a_dataset_without_files_gives_its_description_as_a_package(web: Web) -> None:
    (file,) = web.ask(f"/dataset/{BARE}/datapackage.json").json()["resources"]
    assert web.ask(file["path"].removeprefix(web.url)).json()["name"] == BARE


def test_a_citation_names_the_agency_and_the_year_of_the_readers_era(web: Web) -> None:
    thai, english = (web.ask(f"/dataset/{FULL}/cite?lang={one}").text for one in ("th", "en"))
    modified = web.ask(f"/dataset/{FULL}.json").json()["metadata_modified"]
    year = int(modified[:4])
    assert thai.startswith(f"กรมตัวอย่าง. ({year + 543}). ประชากร population-2567 (รุ่นที่ 1.2) [ชุดข้อมูล].")
    assert english.startswith(f"กรมตัวอย่าง. ({year}). Population 2024 (Version 1.2) [Data set]. Sample catalogue.")
    assert f"{web.url}/dataset/{FULL}" in thai
    assert f'href="/dataset/{FULL}/cite?style=ris"' in web.ask(f"/dataset/{FULL}").text
    bibtex = web.ask(f"/dataset/{FULL}/cite?style=bibtex&lang=th")
    assert bibtex.headers["Content-Disposition"].endswith(f'{FULL}.bib"')
    assert bibtex.text.startswith("@misc{population-2567,\n")
    assert "author = {{กรมตัวอย่าง}}" in bibtex.text
    assert f"year = {{{year}}}" in bibtex.text
    assert f"note = {{พ.ศ. {year + 543}}}" in bibtex.text
    ris = web.ask(f"/dataset/{FULL}/cite?style=ris").text.splitlines()
    assert ris[0] == "TY  - DATA"
    assert f"PY  - {year}" in ris
    assert ris[-1] == "ER  - "
    assert all(re.match(r"[A-Z][A-Z0-9]  - ", line) for line in ris)
    assert web.ask(f"/dataset/{FULL}/cite?style=mla").status_code == 400


def test_no_text_breaks_out_of_a_citation(web: Web) -> None:
    bibtex = web.ask("/dataset/worst/cite?style=bibtex").text
    depth = 0
    for before, letter in zip(" " + bibtex, bibtex, strict=False):
        depth += (letter == "{") - (letter == "}") if before != "\\" else 0
        assert depth >= 0
    assert depth == 0
    assert len(web.ask("/dataset/worst/cite?style=ris").text.splitlines()) < 12
    assert EVIL.split("\x0b")[0].strip() in web.ask("/dataset/worst/cite?lang=en").text


PLACES = [
    "datapackage.json", "croissant.jsonld", "cite", "cite?style=bibtex", "cite?style=ris",
    f"resource/0e7b21c6-7c9a-4b9c-9b3f-6a2f6a2d1e11/download/{quote('ประชากร-2567.csv')}-metadata.json",
]  # fmt: skip


@pytest.mark.parametrize("path", PLACES)
def test_documents_are_kept_by_who_holds_them_and_hidden_from_strangers(web: Web, path: str) -> None:
    answer = web.ask(f"/dataset/{FULL}/{path}")
    assert answer.status_code == 200
    again = web.ask(f"/dataset/{FULL}/{path}", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    for name in ("hidden", "gone", "never-was"):
        assert web.ask(f"/dataset/{name}/{path}").status_code == 404
