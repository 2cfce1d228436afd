"""What CKAN says no with, and what we make of it."""

from __future__ import annotations

import socket
from typing import Any

import pytest
import requests
from urllib3.connection import HTTPConnection
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NameResolutionError

from catalog.portal import answers
from metadata import wording
from metadata.errors import NotAllowed, PortalError, Refused, SetupError, Unreachable

PORTAL = "https://ชื่อ:รหัส@data.example.go.th/catalog/?q=1"


def refused(status: int, error: Any, action: str = "package_create", **more: Any) -> PortalError:
    with pytest.raises(PortalError) as caught:
        answers.raise_for(status, error, action=action, portal=PORTAL, **more)
    return caught.value


def unreached(error: Exception, *, writing: bool = True) -> PortalError:
    with pytest.raises(PortalError) as caught:
        answers.raise_unreachable(error, action="package_create", portal=PORTAL, seconds=2.4, writing=writing)
    return caught.value


def test_a_portal_is_shown_without_its_login_and_query() -> None:
    assert answers.shown(PORTAL) == "https://data.example.go.th/catalog"


def test_a_refused_field_keeps_its_name_and_message() -> None:
    error = refused(409, {"__type": "Validation Error", "license_id": ["ค่าที่ขาดหาย"], "name": ["a", "b"]})
    assert isinstance(error, Refused)
    assert error.values["type"] == "Validation Error"
    assert error.values["fields"] == {"license_id": ["ค่าที่ขาดหาย"], "name": ["a", "b"]}
    assert "license_id: ค่าที่ขาดหาย, name: a, name: b" in wording.error(error, "th")["message"]


def test_a_refused_resource_is_named_by_its_number() -> None:
    error = {"__type": "Validation Error", "resources": [{}, {"url": ["Missing value"]}], "tags": ["bad", "worse"]}
    assert answers.messages(error, "package_create") == {
        "resources.1.url": ["Missing value"],
        "tags": ["bad", "worse"],
    }


def test_an_integrity_error_does_not_give_back_what_was_sent() -> None:
    error = {"__type": "Integrity Error", "message": "Only lists of dicts", "data": {"name": "x", "notes": "y"}}
    assert answers.messages(error, "package_create") == {"message": ["Only lists of dicts"]}


CELLS = {
    "a bad number": {"records": ['invalid input syntax for type integer: "สมชาย 12"'], "records_row": 3},
    "out of range": {"records": ['date/time field value out of range: "สมชาย 12"'], "records_row": 3},
    "the value first": {"records": ['"สมชาย 12" is out of range for type smallint'], "records_row": 3},
    "a missing key": {"key": ["key \"{'name': 'สมชาย 12'}\" not found"]},
    "a duplicate": {"records": ["duplicate key value\nDETAIL:  Key (name)=(สมชาย 12) already exists."]},
    "an older CKAN": {
        "data": ["The data was invalid: สมชาย 12"],
        "info": {
            "orig": ['(psycopg2.errors.InvalidText) invalid input: "สมชาย 12"'],
            "statement": ["INSERT สมชาย 12"],
            "params": [{"name": "สมชาย 12"}],
        },
    },
    "a body that was no JSON": "Bad request: JSON Error: Error decoding JSON data. JSON data extracted: สมชาย 12",
}


@pytest.mark.parametrize("case", CELLS)
def test_no_cell_comes_back_from_the_datastore(case: str) -> None:
    error = CELLS[case]
    body = error if isinstance(error, str) else {**error, "__type": "Validation Error"}
    raised = refused(409, body, action="datastore_upsert")
    assert "สมชาย" not in str(raised)
    assert raised.values["said"]


def test_a_record_that_was_refused_is_known_by_its_number_and_why() -> None:
    error = {"__type": "Validation Error", **CELLS["a bad number"]}  # type: ignore[dict-item]
    assert answers.messages(error, "datastore_upsert") == {
        "records": ["invalid input syntax for type integer"],
        "records_row": ["3"],
    }


def test_a_column_the_datastore_refuses_is_named() -> None:
    error = {"__type": "Validation Error", "fields": [{"id": ['"_id" is not a valid field name']}]}
    assert answers.messages(error, "datastore_create") == {"fields.0.id": ['"_id" is not a valid field name']}


def test_a_message_that_quotes_everything_is_cut() -> None:
    error = refused(409, {"__type": "Validation Error", "name": ["ก" * 5000]})
    assert len(error.values["fields"]["name"][0]) == answers.LONGEST


@pytest.mark.parametrize(
    ("message", "keyed", "kind"),
    [
        ("Access denied: User None not authorized to create organizations", False, "portal-key-missing"),
        ("Access denied: User  not authorized to create packages", True, "portal-key-refused"),
        ("Access denied: ผู้ใช้  ไม่ได้รับอนุญาตให้สร้างแพคเกจ", True, "portal-key-refused"),
        ("Access denied: User reader1 not authorized to add dataset", True, "portal-not-allowed"),
        ("Access denied: User reader1 not authorized to add dataset", None, "portal-not-allowed"),
        ("ปฏิเสธการเข้าใช้", True, "portal-not-allowed"),
    ],
)
def test_a_missing_key_a_wrong_key_and_too_few_rights_are_told_apart(
    message: str, keyed: bool | None, kind: str
) -> None:
    error = refused(403, {"__type": "Authorization Error", "message": message}, keyed=keyed)
    assert isinstance(error, NotAllowed)
    assert error.kind == kind


def test_an_action_the_portal_lacks_is_told_from_a_bad_request() -> None:
    name = "scheming_dataset_schema_show"
    assert refused(400, f"Bad request: Action name not known: {name}", action=name).kind == "portal-no-action"
    assert refused(400, f"คำขอไม่ถูกต้อง: ไม่รู้จัก: {name}", action=name).kind == "portal-no-action"
    assert refused(400, "Bad request: JSON Error: no object", action=name).kind == "portal-refused"


def test_a_name_that_is_not_known_is_told_from_a_portal_that_is_down() -> None:
    pool = HTTPConnectionPool("data.example.go.th")
    reason = NameResolutionError("data.example.go.th", HTTPConnection("x"), socket.gaierror(-2, "unknown"))
    error = unreached(requests.ConnectionError(MaxRetryError(pool, "/", reason)))
    assert isinstance(error, Unreachable)
    assert (error.kind, error.values["host"]) == ("portal-unknown-host", "data.example.go.th")
    assert "ambiguous" not in error.values


def test_a_connection_that_takes_too_long_sent_nothing() -> None:
    error = unreached(requests.ConnectTimeout(ConnectTimeoutError(None, "slow")))
    assert (error.kind, error.values["sent"], error.values["seconds"]) == ("portal-timeout", False, 2)
    assert "ambiguous" not in error.values


def test_an_older_failure_that_is_being_handled_does_not_colour_a_new_one() -> None:
    try:
        raise ConnectTimeoutError(None, "older")
    except ConnectTimeoutError:
        error = unreached(requests.ReadTimeout("newer"))
    assert error.values["ambiguous"] is True


def test_a_read_is_never_ambiguous() -> None:
    assert "ambiguous" not in unreached(requests.ReadTimeout("slow"), writing=False).values


def test_an_address_requests_cannot_use_is_the_workspaces_fault() -> None:
    with pytest.raises(SetupError):
        answers.raise_unreachable(
            requests.exceptions.InvalidURL("x"), action="a", portal=PORTAL, seconds=1, writing=False
        )
