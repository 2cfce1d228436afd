"""DCAT: what it says, that DCAT-AP 3's own shapes accept it, that pages lead on, and that it is negotiated."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from catalog_ground import opened
from exports_ground import BARE, FULL, publish, schema, worst
from pyshacl import validate
from rdflib import Graph, Literal, URIRef
from rdflib.namespace import DCAT, DCTERMS, RDF, XSD
from shacl_ground import shapes
from web_ground import KEY, Web, served

from catalog.web import catalogue

pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")
"""rdflib's own reader of JSON-LD warns of itself."""
HERE = Path(__file__).parent
FORMS = {"ttl": "turtle", "jsonld": "json-ld", "rdf": "xml"}
AUTHORITY = "http://publications.europa.eu/resource/authority/"


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    with opened(tmp_path_factory.mktemp("dcat"), schema=schema()) as portal, served(portal) as ours:
        publish(portal)
        worst(portal)
        yield ours


def _graph(web: Web, path: str, form: str = "ttl", **more: str) -> Graph:
    answer = web.ask(path, **more)  # type: ignore[arg-type]
    assert answer.status_code == 200, answer.text
    return Graph().parse(data=answer.content, format=FORMS[form])


def _conforms(graph: Graph) -> None:
    """Nothing violates a shape; warnings and notes of the shapes are not broken rules."""
    conforms, _report, text = validate(graph, shacl_graph=shapes(), allow_warnings=True, inplace=False)
    assert conforms, text


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", [FULL, BARE, "worst"])
def test_a_dataset_conforms_to_dcat_ap(web: Web, name: str, form: str) -> None:
    _conforms(_graph(web, f"/dataset/{name}.{form}", form))


def test_the_shapes_would_find_what_is_wrong(web: Web) -> None:
    graph = _graph(web, f"/dataset/{FULL}.ttl")
    graph.remove((None, DCAT.accessURL, None))
    assert not validate(graph, shacl_graph=shapes())[0]


def test_a_dataset_says_what_the_thai_terms_say(web: Web) -> None:
    graph = _graph(web, f"/dataset/{FULL}.ttl")
    node = URIRef(f"{web.url}/dataset/{FULL}")
    assert Literal("Population 2024", lang="en") in set(graph.objects(node, DCTERMS.title))
    assert Literal("population", lang="en") in set(graph.objects(node, DCAT.keyword))
    assert Literal("ประชากร", lang="th") in set(graph.objects(node, DCAT.keyword))
    assert graph.value(node, DCTERMS.accrualPeriodicity) == URIRef(f"{AUTHORITY}frequency/BIENNIAL")
    assert graph.value(node, DCTERMS.accessRights) == URIRef(f"{AUTHORITY}access-right/PUBLIC")
    languages = {URIRef(f"{AUTHORITY}language/{code}") for code in ("THA", "ENG")}
    assert set(graph.objects(node, DCTERMS.language)) == languages
    period = graph.value(node, DCTERMS.temporal)
    assert period is not None
    assert graph.value(period, DCAT.startDate) == Literal("2017-01-01", datatype=XSD.date)
    assert graph.value(period, DCAT.endDate) == Literal("2024-12-31", datatype=XSD.date)
    terms = f"{web.url}/api/3/action/scheming_dataset_schema_show?type=dataset#"
    said = set(map(str, graph.objects(node, URIRef(f"{terms}objective"))))
    assert said == {"พันธกิจหน่วยงาน", "ยุทธศาสตร์ชาติ"}
    assert web.ask(terms.removeprefix(web.url).split("#")[0]).status_code == 200
    notes = graph.value(node, URIRef("http://www.w3.org/ns/adms#versionNotes"))
    assert notes == Literal("แก้จำนวนของจังหวัดระนอง", lang="th")
    files = set(graph.objects(node, DCAT.distribution))
    assert len(files) == 2
    licences = {str(one) for file in files for one in graph.objects(file, DCTERMS.license)}
    (service,) = graph.subjects(RDF.type, DCAT.DataService)
    assert web.ask(str(graph.value(service, DCAT.endpointURL)).removeprefix(web.url)).status_code == 200
    assert web.ask(str(graph.value(service, DCAT.endpointDescription)).removeprefix(web.url)).status_code == 200
    assert licences == {"https://creativecommons.org/licenses/by/4.0/"}


def test_the_three_forms_say_the_same(web: Web) -> None:
    counts = {form: len(_graph(web, f"/dataset/{FULL}.{form}", form)) for form in FORMS}
    assert len(set(counts.values())) == 1, counts


@pytest.mark.parametrize("form", FORMS)
def test_the_catalogue_conforms_and_holds_public_datasets_only(web: Web, form: str) -> None:
    graph = _graph(web, f"/catalog.{form}", form)
    _conforms(graph)
    names = {str(one).rpartition("/")[2] for one in graph.subjects(RDF.type, DCAT.Dataset)}
    assert names == {FULL, BARE, "worst"}
    known = web.ask(f"/catalog.{form}", key=KEY).text
    assert "ลับมากที่สุด" not in known
    assert "ลบไปแล้ว" not in known


def test_a_long_catalogue_is_turned_page_by_page(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "ROWS", 1)
    address, seen = "/catalog.ttl", []
    for _turn in range(3):
        answer = web.ask(address)
        graph = Graph().parse(data=answer.content, format="turtle")
        _conforms(graph)
        seen += [str(one).rpartition("/")[2] for one in graph.subjects(RDF.type, DCAT.Dataset)]
        pages = "http://www.w3.org/ns/hydra/core#"
        following = list(graph.objects(None, URIRef(f"{pages}nextPage")))
        if not following:
            break
        assert f'<{following[0]}>; rel="next"' in answer.headers["Link"]
        address = str(following[0]).removeprefix(web.url)
    assert sorted(seen) == sorted([FULL, BARE, "worst"])
    _conforms(_graph(web, "/catalog.ttl?page=999"))


def test_a_catalogue_is_narrowed_as_ckanext_dcat_narrows_it(web: Web) -> None:
    later = "/catalog.ttl?modified_since=2999-01-01"
    assert not list(_graph(web, later).subjects(RDF.type, DCAT.Dataset))
    assert len(list(_graph(web, "/catalog.ttl?modified_since=2000-01-01").subjects(RDF.type, DCAT.Dataset))) == 3
    assert len(list(_graph(web, f"/catalog.ttl?fq=name:{FULL}").subjects(RDF.type, DCAT.Dataset))) == 1
    assert web.ask("/catalog.ttl?modified_since=yesterday").status_code == 400
    assert web.ask("/catalog.xls").status_code == 404


@pytest.mark.parametrize(
    ("accept", "answered"),
    [
        ("text/turtle", "text/turtle"),
        ("application/ld+json, text/html;q=0.5", "application/ld+json"),
        ("application/rdf+xml;q=0.9, text/html;q=0.8", "application/rdf+xml"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html"),
        ("*/*", "text/html"),
        ("text/turtle;q=0, */*", "text/html"),
        ("text/turtle;q=many", "text/html"),
        ("application/json", "application/json"),
        ("", "text/html"),
    ],
)
def test_the_datasets_address_answers_in_the_form_asked_for(web: Web, accept: str, answered: str) -> None:
    answer = web.ask(f"/dataset/{FULL}", headers={"Accept": accept})
    assert answer.headers["Content-Type"].startswith(answered)
    assert "Accept" in answer.headers["Vary"].split(", ")


@pytest.mark.parametrize("name", ["hidden", "gone", "never-was"])
def test_what_a_stranger_may_not_see_is_as_if_it_were_not_there(web: Web, name: str) -> None:
    for form in (*FORMS, "json"):
        answer = web.ask(f"/dataset/{name}.{form}")
        assert answer.status_code == 404
        assert "ลับมากที่สุด" not in answer.text
    assert web.ask(f"/dataset/{name}", headers={"Accept": "text/turtle"}).status_code == 404


def test_who_may_see_a_private_dataset_gets_it_for_himself_alone(web: Web) -> None:
    answer = web.ask("/dataset/hidden.ttl", key=KEY)
    assert answer.status_code == 200
    assert "private" in answer.headers["Cache-Control"]
    assert "Authorization" in answer.headers["Vary"]
    assert web.ask("/dataset/hidden.ttl", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 404
