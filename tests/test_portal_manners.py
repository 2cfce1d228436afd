"""What a portal is found to be, from what it lets itself be read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import stamina
from fault_server import Answer, page, refusal, result, serving

from catalog.portal.local import LocalPortal
from catalog.portal.manners import Manners, manners
from catalog.portal.remote import RemotePortal
from metadata.errors import NotCkan, PortalError, Refused

STATUS: dict[str, Any] = {"site_title": "บัญชีข้อมูล", "ckan_version": "2.9.5", "extensions": ["datastore"]}
SCHEMA = {"dataset_type": "dataset", "dataset_fields": [{"field_name": "data_category"}], "resource_fields": []}
THAI_TAGS = ["จังหวัด", "สถิติ", "คุณธรรม"]


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")


def found(status: Mapping[str, Any], **others: Answer) -> Manners:
    """The manners of a portal that answers `status_show` and, of the rest, only what is given."""
    with serving() as server, stamina.set_testing(True, attempts=1):
        for action in ("user_show", "organization_list_for_user", "scheming_dataset_schema_show", "help_show"):
            unknown = Answer(status=400, body=f'"Bad request: Action name not known: {action}"')
            server.on(action, others.get(action, unknown))
        server.on("status_show", result(status))
        with RemotePortal(server.url) as portal:
            habits = manners(portal)
            assert portal.writes == 0
    return habits


def test_a_stock_portal_refuses_most_thai_tags() -> None:
    habits = found(STATUS)
    assert habits.ckan_version == (2, 9, 5)
    assert all(habits.refuses_tag(tag) for tag in THAI_TAGS)
    assert all(habits.refuses_tag(tag) for tag in ("a", "a/b", "a,b", "ก" * 101))
    assert habits.name_length[-1] == 100


def test_a_stock_portal_takes_tags_of_letters_digits_and_a_few_signs() -> None:
    habits = found(STATUS)
    assert not any(habits.refuses_tag(tag) for tag in ("ประชากร", "open data", "a-b_c.d", "พ.ศ. 2567", "ก" * 100))


def test_thai_gdc_takes_any_tag_of_two_to_a_hundred_characters_and_shorter_names() -> None:
    habits = found({**STATUS, "thaigdc_version": "2.1.0"})
    assert habits.thai == "2.1.0"
    assert not any(habits.refuses_tag(tag) for tag in (*THAI_TAGS, "a/b"))
    assert habits.refuses_tag("ก")
    assert habits.name_length[-1] == 70


def test_our_own_catalog_takes_thai_tags_where_it_has_a_schema() -> None:
    status = {**STATUS, "saphan_version": "0.1.0"}
    plain = found(status)
    assert all(plain.refuses_tag(tag) for tag in THAI_TAGS)  # without a schema it is a stock CKAN
    schema = {**status, "extensions": ["datastore", "scheming_datasets"]}
    habits = found(schema, scheming_dataset_schema_show=result(SCHEMA))
    assert not any(habits.refuses_tag(tag) for tag in THAI_TAGS)
    assert habits.name_length[-1] == 70


def test_our_own_catalog_in_process_is_known_for_what_it_is(tmp_path: Path) -> None:
    with LocalPortal(database_url=f"sqlite:///{tmp_path / 'catalog.sqlite'}", files=tmp_path) as portal:
        habits = manners(portal)
        assert habits.saphan
        assert habits.datastore
        organization = {"name": "codi", "title": "พอช."}
        portal.call_action("organization_create", organization)
        portal.call_action("package_create", {"name": "x1", "title": "ก", "owner_org": "codi"})
        for tag in (*THAI_TAGS, "a/b", "ก", "x" * 101):
            try:
                portal.call_action("package_patch", {"id": "x1", "tags": [{"name": tag}]})
                refused = False
            except Refused:
                refused = True
            assert refused == habits.refuses_tag(tag), tag


def test_a_scheming_schema_is_read() -> None:
    status = {**STATUS, "extensions": ["datastore", "scheming_datasets"]}
    habits = found(status, scheming_dataset_schema_show=result(SCHEMA))
    assert habits.has_field("data_category")
    assert not habits.has_field("objective")


def test_a_portal_without_scheming_is_not_asked_for_its_schema() -> None:
    assert found(STATUS, scheming_dataset_schema_show=result(SCHEMA)).scheming is None


def test_a_portal_that_hides_its_extensions_is_asked_and_else_taken_for_the_stricter_case() -> None:
    hidden = {key: value for key, value in STATUS.items() if key != "extensions"}
    habits = found(hidden)
    assert habits.hides
    assert not habits.datastore
    assert habits.scheming is None
    assert habits.refuses_tag("จังหวัด")
    asked = found(hidden, scheming_dataset_schema_show=result(SCHEMA), help_show=result("Adds a table"))
    assert asked.datastore
    assert asked.has_field("data_category")


def test_whose_key_it_is_and_where_it_may_create_is_known() -> None:
    mine = result([{"name": "codi", "capacity": "editor"}])
    habits = found(
        STATUS, organization_list_for_user=mine, user_show=result({"name": "somchai", "sysadmin": False})
    )
    assert (habits.user, habits.sysadmin, habits.organizations) == ("somchai", False, ("codi",))


def test_what_the_portal_does_not_tell_is_not_known() -> None:
    habits = found(STATUS, user_show=refusal(403, {"__type": "Authorization Error", "message": "no"}))
    assert (habits.user, habits.sysadmin, habits.organizations) == (None, False, None)


def test_a_failure_while_reading_is_not_taken_for_a_no() -> None:
    with pytest.raises(PortalError):
        found(STATUS, organization_list_for_user=page(502))


@pytest.mark.parametrize("answer", [{"status": "up"}, ["2.12"], "fine", None])
def test_a_status_that_is_no_ckans_is_refused(answer: Any) -> None:
    with pytest.raises(NotCkan):
        found(answer)
