"""DCAT and Data Package catalogues harvested: every form of them, page by page, and nothing fetched on the way."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from harvest_ground import Elsewhere, elsewhere, run

from catalog.harvest.run import Wish, harvest
from catalog.portal.local import LocalPortal
from metadata.errors import PortalError, Refused

PREFIXES = """@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> . @prefix vcard: <http://www.w3.org/2006/vcard/ns#> .
@prefix hydra: <http://www.w3.org/ns/hydra/core#> . @prefix spdx: <http://spdx.org/rdf/terms#> .
"""
TURTLE = (
    PREFIXES
    + """
<https://data.example/c> a dcat:Catalog ; dcat:dataset <https://data.example/d/water> .
<https://data.example/d/water> a dcat:Dataset ;
  dct:title "น้ำ"@th, "Water"@en ; dct:description "ปริมาณน้ำ"@th ; dct:identifier "water-1" ;
  dcat:keyword "น้ำ"@th, "river"@en ; dcat:landingPage <https://data.example/page/water> ;
  dct:modified "2026-01-01" ; dct:publisher [ foaf:name "กรมน้ำ"@th ] ;
  dcat:contactPoint [ vcard:fn "ฝ่ายข้อมูล" ; vcard:hasEmail <mailto:data@example.go.th> ] ;
  dct:accrualPeriodicity <http://publications.europa.eu/resource/authority/frequency/ANNUAL> ;
  dcat:distribution <https://data.example/d/water/csv> .
<https://data.example/d/water/csv> a dcat:Distribution ; dct:title "ตาราง"@th ;
  dcat:downloadURL <https://data.example/water.csv> ; dct:license <https://creativecommons.org/licenses/by/4.0/> ;
  dcat:mediaType <https://www.iana.org/assignments/media-types/text/csv> ; dcat:byteSize "123" ;
  spdx:checksum [ spdx:checksumValue "abc" ] .
"""
)
DESCRIPTOR = {
    "name": "water",
    "id": "https://data.example/packages/water",
    "title": "น้ำ",
    "description": "ปริมาณน้ำ",
    "keywords": ["น้ำ", "river"],
    "licenses": [{"name": "CC-BY-4.0", "path": "https://creativecommons.org/licenses/by/4.0/"}],
    "contributors": [{"title": "ฝ่ายข้อมูล", "email": "data@example.go.th", "role": "maintainer"}],
    "resources": [{"name": "table", "path": "data/water.csv", "format": "csv", "bytes": 5}],
}


def form(kind: str) -> tuple[str, str, str]:
    """The same catalogue in another form: path, media type, text."""
    from rdflib import Graph

    if kind == "turtle":
        return "/catalog.ttl", "text/turtle", TURTLE
    graph = Graph().parse(data=TURTLE, format="turtle")
    if kind == "xml":
        return "/catalog.rdf", "application/rdf+xml", graph.serialize(format="xml")
    return "/catalog.jsonld", "application/ld+json", graph.serialize(format="json-ld")


@pytest.mark.parametrize("kind", ["turtle", "xml", "json-ld"])
def test_a_dcat_catalogue_comes_in_any_form(taker: LocalPortal, far: Elsewhere, kind: str) -> None:
    path, media, text = form(kind)
    url = far.file(path, text, media)
    done, _events = run(taker, url)
    assert (done.kind, len(done.created)) == ("dcat", 1)
    found = taker.call_action("package_show", {"id": "water-1"})
    assert (found["title"], found["notes"], found["license_id"]) == ("น้ำ", "ปริมาณน้ำ", "cc-by")
    assert (found["maintainer"], found["maintainer_email"]) == ("ฝ่ายข้อมูล", "data@example.go.th")
    assert [tag["name"] for tag in found["tags"]] == ["river", "น้ำ"]
    pairs = {one["key"]: one["value"] for one in found["extras"]}
    assert pairs["harvest_guid"] == "https://data.example/d/water"
    assert pairs["harvest_url"] == "https://data.example/page/water"
    assert (pairs["harvest_organization"], pairs["title_en"]) == ("กรมน้ำ", "Water")
    resource = found["resources"][0]
    assert (resource["url"], resource["format"], resource["mimetype"], resource["size"], resource["hash"]) == (
        "https://data.example/water.csv", "CSV", "text/csv", 123, "abc"
    )  # fmt: skip
    again, _events = run(taker, url)
    assert (again.created, again.updated, again.unchanged) == ([], [], 1)
    assert len(far.asked) == 2


def dataset(number: int) -> str:
    return f'<https://data.example/d/{number}> a dcat:Dataset ; dct:title "ชุด {number}" .\n'


def paged(far: Elsewhere, pages: int, *, last: str = "", link: str = "next") -> str:
    for page in range(1, pages + 1):
        following = f"/c.ttl?page={page + 1}" if page < pages else last
        more = f"<> hydra:{link} <{following}> .\n" if following else ""
        far.file("/c.ttl" if page == 1 else f"/c.ttl?page={page}", PREFIXES + dataset(page) + more, "text/turtle")
    return far.url + "/c.ttl"


@pytest.mark.parametrize("link", ["next", "nextPage"])
def test_pages_are_followed_to_the_end(taker: LocalPortal, far: Elsewhere, link: str) -> None:
    done, _events = run(taker, paged(far, 4, link=link))
    assert (len(done.created), len(far.asked)) == (4, 4)


@pytest.mark.parametrize("last", ["/c.ttl?page=2", "/c.ttl", "/c.ttl#x"])
def test_pages_in_a_circle_are_left_and_nothing_is_removed(taker: LocalPortal, far: Elsewhere, last: str) -> None:
    with pytest.raises(Refused, match="harvest-endless"):
        run(taker, paged(far, 3, last=last))
    assert len(taker.call_action("package_list")) == 3


def test_pages_that_bring_nothing_new_are_left(taker: LocalPortal, far: Elsewhere) -> None:
    more = "<> hydra:next </c.ttl?page=4> ."
    url = paged(far, 3, last="/c.ttl?page=4")
    far.file("/c.ttl?page=4", PREFIXES + dataset(3) + more.replace("=4", "=5"), "text/turtle")
    far.file("/c.ttl?page=5", PREFIXES + dataset(3) + more.replace("=4", "=6"), "text/turtle")
    with pytest.raises(Refused, match="harvest-endless"):
        run(taker, url)


def test_a_page_on_another_server_is_not_read(taker: LocalPortal, far: Elsewhere) -> None:
    with elsewhere() as other:
        other.file("/c.ttl", PREFIXES + dataset(9), "text/turtle")
        with pytest.raises(Refused, match="harvest-elsewhere"):
            run(taker, paged(far, 2, last=other.url + "/c.ttl"))
        assert other.asked == []


def test_a_dataset_gone_from_the_pages_is_gone_here(taker: LocalPortal, far: Elsewhere) -> None:
    url = paged(far, 6)
    run(taker, url)
    far.file("/c.ttl?page=5", PREFIXES + "<> hydra:next </c.ttl?page=6> .", "text/turtle")
    done, _events = run(taker, url)
    assert (len(done.removed), done.unchanged) == (1, 5)
    run(taker, paged(far, 6))
    assert len(taker.call_action("package_list")) == 6


def test_a_page_that_fails_removes_nothing(taker: LocalPortal, far: Elsewhere) -> None:
    url = paged(far, 6)
    run(taker, url)
    far.replies["/c.ttl?page=4"] = (500, {}, b"")
    with pytest.raises(PortalError):
        run(taker, url)
    assert len(taker.call_action("package_list")) == 6


def test_a_dataset_without_identity_is_told(taker: LocalPortal, far: Elsewhere) -> None:
    url = far.file("/c.ttl", PREFIXES + '[] a dcat:Dataset ; dct:title "x" .\n' + dataset(1), "text/turtle")
    done, _events = run(taker, url)
    assert len(done.created) == 1
    assert [one.rule for one in done.refused[""]] == ["harvest-nameless"]


HOSTILE = {
    "/remote.jsonld": '{"@context": "http://%s/context.jsonld", "@type": "Dataset"}',
    "/nested.jsonld": '{"@context": {"a": "b:c"}, "@graph": [{"@context": ["http://%s/c"], "@type": "x"}]}',
    "/import.jsonld": '{"@context": {"@import": "http://%s/context.jsonld"}}',
    "/entity.rdf": '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "http://%s/secret">]>'
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">&x;</rdf:RDF>',
    "/dtd.rdf": '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY %% d SYSTEM "http://%s/x.dtd"> %%d;]>'
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>',
    "/laughs.rdf": '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {b} "{("&" + a + ";") * 10}">' for a, b in zip("abcdefghi", "bcdefghij", strict=True))
    + ']><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" rdf:about="http://%s/">&j;</rdf:RDF>',
    "/deep.ttl": "@prefix a: <http://%s/> . a:x a:y " + "[ a:z " * 5000,
    "/broken.ttl": "@prefix a: <http://%s/> . a:x a:y",
    "/deep.jsonld": '{"x": "http://%s/", "@graph": ' + "[" * 900 + "]" * 900 + "}",
}


@pytest.mark.parametrize("path", HOSTILE)
def test_nothing_a_document_names_is_fetched_and_nothing_breaks(
    taker: LocalPortal, far: Elsewhere, path: str
) -> None:
    with elsewhere() as trap:
        url = far.file(path, HOSTILE[path].replace("%s", trap.url.removeprefix("http://")).replace("%%", "%"), "")
        with pytest.raises(PortalError) as caught:
            run(taker, url, kind="dcat")
        assert caught.value.kind in ("harvest-remote-context", "harvest-not-a-catalogue")
        assert trap.asked == []
    assert taker.call_action("package_list") == []


def test_a_data_package_comes_with_its_files_addresses(taker: LocalPortal, far: Elsewhere) -> None:
    url = far.file("/packages/water/datapackage.json", json.dumps(DESCRIPTOR))
    done, _events = run(taker, url)
    assert (done.kind, done.created) == ("datapackage", ["water"])
    found = taker.call_action("package_show", {"id": "water"})
    assert (found["title"], found["license_id"], found["maintainer"]) == ("น้ำ", "cc-by", "ฝ่ายข้อมูล")
    assert found["resources"][0]["url"] == f"{far.url}/packages/water/data/water.csv"
    assert {one["key"]: one["value"] for one in found["extras"]}["harvest_guid"] == DESCRIPTOR["id"]
    again, _events = run(taker, url)
    assert (again.updated, again.unchanged) == ([], 1)


@pytest.mark.parametrize("wrapped", [False, True])
def test_a_list_of_data_packages_is_followed(taker: LocalPortal, far: Elsewhere, *, wrapped: bool) -> None:
    for name in ("a1", "b2"):
        far.file(f"/{name}/datapackage.json", json.dumps({"name": name, "resources": []}))
    entries = ["a1/datapackage.json", "/b2/datapackage.json", {"name": "c3", "title": "ค", "resources": []}]
    url = far.file("/list.json", json.dumps({"packages": entries} if wrapped else entries))
    done, _events = run(taker, url)
    assert sorted(done.created) == ["a1", "b2", "c3"]
    far.file("/list.json", json.dumps(entries[:2]))
    with pytest.raises(Refused, match="harvest-vanished"):
        run(taker, url)


def test_a_list_leads_to_its_own_server_alone(taker: LocalPortal, far: Elsewhere) -> None:
    with elsewhere() as other:
        other.file("/datapackage.json", json.dumps(DESCRIPTOR))
        url = far.file("/list.json", json.dumps([other.url + "/datapackage.json"]))
        with pytest.raises(Refused, match="harvest-elsewhere"):
            run(taker, url)
        assert other.asked == []


def test_what_strangers_write_does_not_break_the_catalog(taker: LocalPortal, far: Elsewhere) -> None:
    odd = {
        "name": "../../etc/passwd",
        "id": "x" * 3000,
        "title": "\x00" + "ก" * 5000,
        "keywords": ["a,b", "", "x" * 500, {}],
        "resources": [{"path": "javascript:alert(1)"}, {"path": ["data.csv"]}, {}, "x"],
        "licenses": "no",
        "harvest_source": "https://liar.example",
        "deep": {"a": [1]},
        "contributors": [None],
    }
    url = far.file("/datapackage.json", json.dumps([odd, {**odd, "id": "other", "name": ""}, {**odd, "id": "y"}]))
    done, _events = run(taker, url)
    assert len(done.created) == 3
    for name in done.created:
        found = taker.call_action("package_show", {"id": name})
        pairs = {one["key"]: one["value"] for one in found["extras"]}
        assert pairs["harvest_source"] == url
        assert [one["url"] for one in found["resources"]] == [f"{far.url}/data.csv"]


def test_our_own_catalog_can_be_harvested_as_dcat(taker: LocalPortal, tmp_path: Path) -> None:
    from catalog_ground import SCHEMA, package, upload
    from web_ground import served

    folder = tmp_path / "far"
    with (
        LocalPortal(
            database_url=f"sqlite:///{folder / 'c.sqlite'}", files=folder / "files", schema=SCHEMA
        ) as theirs,
        served(theirs) as web,
    ):
        theirs.call_action("organization_create", {"name": "dept-a", "title": "กรมตัวอย่าง"})
        theirs.call_action("package_create", package("one"))
        theirs.call_action("package_create", package("two"))
        theirs.call_action("package_create", package("hidden", private=True))
        theirs.call_action("resource_create", {"package_id": "one", "name": "ตาราง", "format": "CSV"}, upload())
        for address in (f"{web.url}/catalog.ttl", web.url):
            done, _events = run(taker, address)
            assert len(done.created) == 2
    titles = sorted(
        taker.call_action("package_show", {"id": name})["title"][:13] for name in taker.call_action("package_list")
    )
    assert titles == ["ประชากร one", "ประชากร one (", "ประชากร two", "ประชากร two ("]


def test_events_and_errors_hold_no_secret(taker: LocalPortal, far: Elsewhere) -> None:
    url = far.file("/c.ttl", PREFIXES + dataset(1), "text/turtle")
    _done, events = run(taker, url)
    assert [event.kind for event in events] == ["started", "intent", "receipt", "finished"]
    assert {event.target for event in events} == {url}
    assert harvest.__doc__ and Wish(url=url).kind is None
