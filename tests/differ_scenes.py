"""Calls that make a small world, and those that read it, by each kind of caller."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from differ_call import Call, call

Terms = Mapping[str, Any]
"""What the schema wants of each dataset beside the stock fields."""
CSV = "code,name,people\n50,Chiang Mai,400000\n52,ลำปาง,718790\n"
CSV_HASH = f"sha256:{hashlib.sha256(CSV.encode()).hexdigest()}"
"""Sent with the file, as our publisher does: CKAN works out none."""
MISSING = "11111111-2222-3333-4444-000000000000"


def package(name: str, terms: Terms, **more: Any) -> dict[str, Any]:
    """A dataset as it is sent."""
    basic = {"name": name, "title": f"Dataset {name}", "notes": f"Notes on {name}", "owner_org": "dept-a"}
    return {**basic, **terms, **more}


def world(terms: Terms) -> Iterator[Call]:
    """Users, organisations, groups, a vocabulary, datasets, files, a table."""
    for name in ("admin", "editor", "member", "outsider"):
        user = {"name": f"{name}1", "email": f"{name}1@example.org", "password": "correct horse battery"}
        yield call("user_create", user, keep=f"user of {name}")
        yield call("api_token_create", {"user": f"{name}1", "name": "differ"}, keep=name)
    about = {"description": "หน่วยงานทดสอบ", "extras": [{"key": "code", "value": "01"}]}
    yield call("organization_create", {"name": "dept-a", "title": "กรมตัวอย่าง ก", **about}, keep="org a")
    yield call("organization_create", {"name": "dept-b", "title": "กรมตัวอย่าง ข"}, keep="org b")
    yield call("organization_create", {"name": "dept-empty", "title": "Empty"}, keep="org empty")
    for role in ("admin", "editor", "member"):
        member = {"id": "dept-a", "username": f"{role}1", "role": role}
        yield call("organization_member_create", member)
    yield call("group_create", {"name": "economy", "title": "เศรษฐกิจ"}, keep="group economy")
    yield call("group_create", {"name": "health", "title": "Health", "description": "Hospitals"})
    area = {"name": "area", "tags": [{"name": "north"}, {"name": "south"}]}
    yield call("vocabulary_create", area, keep="area")
    many = {"tags": [{"name": "population"}, {"name": "open-data"}], "groups": [{"name": "economy"}]}
    extras = [{"key": "coverage", "value": "province"}, {"key": "agency code", "value": "01"}]
    pop = package("population-2567", terms, title="ชุดข้อมูล ประชากร 2567", notes="จำนวน ประชากร รายจังหวัด", **many)
    pop |= {"author": "ฝ่ายข้อมูล", "version": "1.0", "url": "https://example.org/pop", "extras": extras}
    yield call("package_create", pop, keep="pop")
    files = [
        {"name": "Roads CSV", "url": "https://example.org/roads.csv", "format": "CSV"},
        {
            "name": "Roads JSON",
            "url": "https://example.org/roads.json",
            "format": "JSON",
            "description": "in JSON",
        },
    ]
    roads = package(
        "roads", terms, title="Roads and bridges", notes="Every road of the country.", owner_org="dept-b"
    )
    yield call("package_create", {**roads, "tags": [{"name": "transport"}], "resources": files}, keep="roads")
    water = package(
        "water-quality", terms, title="Water quality 2020", notes="Rivers, lakes. See https://example.org"
    )
    water |= {"tags": [{"name": "open-data"}, {"name": "water"}], "license_id": terms.get("license_id", "cc-by")}
    yield call("package_create", {**water, "groups": [{"name": "health"}]}, keep="water")
    budget = package("budget-2568", terms, title="งบประมาณ 2568", private=True)
    yield call("package_create", budget, keep="budget", who="editor")
    yield call("package_create", package("old-one", terms), keep="old")
    yield call("package_delete", {"id": "old-one"})
    yield call("package_create", package("draft-one", terms, state="draft"), keep="draft")
    form = {"package_id": "population-2567", "name": "By province", "format": "csv", "description": "Main file"}
    form["hash"] = CSV_HASH
    yield call("resource_create", form, files={"upload": ("population.csv", CSV)}, keep="file")
    link = {"package_id": "population-2567", "name": "Link", "url": "https://example.org/file.xlsx"}
    yield call("resource_create", link, keep="link")
    secret = {"package_id": "budget-2568", "name": "Secret", "url": "https://example.org/secret.csv"}
    yield call("resource_create", secret, keep="secret", who="editor")
    fields = [
        {"id": "code", "type": "text", "info": {"label": "รหัส", "notes": "รหัสจังหวัด"}},
        {"id": "จังหวัด", "type": "text"},
        {"id": "people", "type": "int"},
        {"id": "rate", "type": "numeric"},
        {"id": "day", "type": "timestamp"},
        {"id": "open", "type": "bool"},
    ]
    rows = [
        {"code": "50", "จังหวัด": "เชียงใหม่", "people": 1790000, "rate": 1.5, "day": "2024-12-31", "open": True},
        {"code": "51", "จังหวัด": "ลำพูน", "people": 401000, "rate": 2, "day": "2024-01-15 08:30", "open": False},
        {"code": "52", "จังหวัด": "ลำปาง", "people": 718790, "rate": 0.25, "day": None, "open": True},
        {"code": "53", "จังหวัด": "North East", "people": None, "rate": None, "day": "2023-06-01", "open": None},
        {"code": "54", "จังหวัด": "north west", "people": 5, "rate": -3.75, "day": "2022-02-28", "open": True},
    ]
    table = {"resource": {"package_id": "population-2567", "name": "Table"}, "fields": fields, "records": rows}
    yield call("datastore_create", {**table, "primary_key": ["code"]}, keep="table")
    private = {"resource": {"package_id": "budget-2568", "name": "Private table"}, "records": [{"a": "secret"}]}
    yield call("datastore_create", private, keep="private table")


def site() -> Iterator[Call]:
    """What belongs to no dataset: the envelope, the licences, wrong requests."""
    yield call("status_show", get=True)
    yield call("status_show", {})
    yield call("", path="/api/3")
    yield call("", path="/api")
    yield call("", path="/api/action/package_list")
    yield call("", path="/api/1/action/package_list")
    yield call("", path="/api/3/action/package_list/")
    yield call("package_list", {"callback": "cb"}, get=True)
    yield call("package_list", {"callback": "a-b"}, get=True)
    for name in ("nope", "", None, 5):
        yield call("help_show", {"name": name})
    yield call("help_show", {"name": "package_list"}, worded=True)
    yield call("help_show", {})
    yield call("help_show", {}, get=True)
    for name in ("no_such_action", "package", "site_read", "Package_List", "package-list"):
        yield call(name, {})
        yield call(name, {}, get=True)
    for body in ('{"q": ', "[1, 2]", '"x"', "null", "5", "{}", " {} ", '{"rows": 0}'):
        yield call("package_search", raw=("application/json", body))
    yield call("package_search", raw=("application/x-www-form-urlencoded", '{"rows": 0}'))
    yield call("package_search", raw=("application/x-www-form-urlencoded", "rows=0&q=roads"))
    yield call("package_search", raw=("text/plain", '{"rows": 0}'))
    yield call("package_show", raw=("application/json;charset=utf-8", '{"id": "roads"}'))
    for name in ("package_create", "package_delete", "resource_patch", "datastore_upsert", "organization_create"):
        yield call(name, {"id": "roads"}, get=True)
    yield call("license_list", {}, get=True)
    yield call("vocabulary_list", {})
    yield call("vocabulary_show", {"id": "area"})
    yield call("vocabulary_show", {"id": "<area>"}, who="anonymous")
    for kind in ("dataset", "group", "organization"):
        yield call(f"scheming_{kind}_schema_list", {})
        yield call(f"scheming_{kind}_schema_show", {"type": kind})
        yield call(f"scheming_{kind}_schema_show", {"type": "nope"})
    yield call("", path="/en/api/3/action/package_list")
    yield call("package_show", {"id": "nope"}, headers={"Accept-Language": "th"})
    yield call("package_list", {}, headers={"Authorization": "Bearer <token of sysadmin>"})
    yield call("package_list", {}, who="anonymous", headers={"X-CKAN-API-Key": "<token of sysadmin>"})


def reading() -> Iterator[Call]:
    """Every reading action, by everyone who may and may not."""
    yield call("package_list")
    yield call("package_list", {"limit": 2, "offset": 1}, get=True)
    yield call("package_list", {"offset": 1})
    for name in ("include_private", "include_drafts", "include_deleted"):
        for who in ("sysadmin", "editor", "member", "outsider", "anonymous"):
            yield call("package_list", {name: True}, who)
    yield call("current_package_list_with_resources", {"limit": 2})
    yield call("current_package_list_with_resources", {"limit": 1, "offset": 1}, get=True)
    yield call("current_package_list_with_resources", {"page": 1})
    for key in (
        "population-2567",
        "<pop>",
        "roads",
        "budget-2568",
        "old-one",
        "<old>",
        "draft-one",
        "nope",
        MISSING,
    ):
        for who in ("sysadmin", "anonymous", "editor"):
            yield call("package_show", {"id": key}, who)
    for who in ("member", "admin", "outsider", "bad"):
        yield call("package_show", {"id": "budget-2568"}, who)
        yield call("resource_show", {"id": "<secret>"}, who)
    yield call("package_show", {"name_or_id": "roads"})
    yield call("package_show", {"id": "roads", "use_default_schema": True})
    yield call("package_show", {"id": "roads", "include_tracking": True}, get=True)
    yield call("package_show", {"id": "Roads"})
    for key in ("<file>", "<link>", "<secret>", "<table>", "nope"):
        for who in ("sysadmin", "anonymous"):
            yield call("resource_show", {"id": key}, who)
            yield call("resource_view_list", {"id": key}, who)
    yield call("resource_show", {"id": "<file>", "include_tracking": True})
    for query in (
        "name:Roads",
        "format:CSV",
        ["format:CSV", "name:roads"],
        "url:example",
        "nope:x",
        "noquery",
        "",
    ):
        yield call("resource_search", {"query": query})
    yield call("resource_search", {"query": "name:Roads", "limit": 1, "order_by": "name"}, loose=False)
    yield call("resource_search", {"query": "name:Roads", "order_by": "name", "offset": 1}, loose=False)
    yield call("resource_search", {"query": "name:secret"}, "anonymous")
    yield call("resource_search", {"fields": {"format": "JSON"}})
    for q in ("pop", "Road", "ประชากร", "ข้อมูล", "water", "zzz", "budget", "2020"):
        yield call("package_autocomplete", {"q": q})
    yield call("package_autocomplete", {"q": "a", "limit": 2})
    yield call("package_autocomplete", {"q": "budget"}, "anonymous")
    yield call("tag_list", {})
    for more in ({"query": "pop"}, {"query": "OPEN"}, {"all_fields": True}, {"vocabulary_id": "area"}):
        yield call("tag_list", more)
    yield call("tag_list", {"vocabulary_id": "<area>", "all_fields": True})
    yield call("tag_list", {"vocabulary_id": "nope"})
    yield call("tag_show", {"id": "population"})
    yield call("tag_show", {"id": "water", "include_datasets": True})
    yield call("tag_show", {"id": "north", "vocabulary_id": "area"})
    yield call("tag_show", {"id": "nope"})
    yield call("tag_search", {"query": "open"})
    yield call("tag_search", {"query": ["open", "pop"], "limit": 1})
    yield call("tag_autocomplete", {"query": "wat"})
    yield call("tag_autocomplete", {"q": "open", "limit": 1})
    yield call("tag_autocomplete", {"query": "nor", "vocabulary_id": "area"})
    for q in ("cs", "CS", "j", "", "zz"):
        yield call("format_autocomplete", {"q": q})
    yield from _groups()
    yield from _people()
    yield from _activities()


def _groups() -> Iterator[Call]:
    for kind, one, other in (("organization", "dept-a", "dept-b"), ("group", "economy", "health")):
        yield call(f"{kind}_list", who="anonymous")
        for more in ({"all_fields": True}, {"sort": "name desc"}, {"sort": "package_count desc"}, {"limit": 1}):
            yield call(f"{kind}_list", more, loose="package_count desc" in more.values())  # as many: in any order
        every = dict.fromkeys(("include_dataset_count", "include_extras", "include_tags", "include_groups"), True)
        yield call(f"{kind}_list", {"all_fields": True, **every, "include_users": True})
        yield call(f"{kind}_list", {"limit": 1, "offset": 1, "sort": "title asc"}, get=True)
        yield call(f"{kind}_list", {f"{kind}s": [one]})
        yield call(f"{kind}_list", {"sort": "nope"})
        yield call(f"{kind}_list", {"sort": "name asc, title"})
        yield call(f"{kind}_list", {"type": "nope"})
        for who in ("sysadmin", "anonymous", "editor"):
            yield call(f"{kind}_show", {"id": one}, who)
            yield call(f"{kind}_show", {"id": one, "include_datasets": True}, who)
        for name in ("include_users", "include_extras", "include_groups", "include_tags", "include_dataset_count"):
            yield call(f"{kind}_show", {"id": one, name: False})
        yield call(f"{kind}_show", {"id": other, "include_followers": True})
        yield call(f"{kind}_show", {"id": "nope"})
        yield call(f"{kind}_show", {"id": "population-2567"})
        yield call(f"{kind}_autocomplete", {"q": one[:3]})
        for who in ("sysadmin", "editor", "member", "outsider", "anonymous"):
            yield call(f"{kind}_list_for_user" if kind == "organization" else "group_list_authz", {}, who)
    for permission in ("create_dataset", "read", "manage_group", "nope"):
        for who in ("sysadmin", "admin", "editor", "member"):
            asked = {"permission": permission}
            yield call("organization_list_for_user", asked, who)
    yield call("organization_list_for_user", {"id": "editor1", "include_dataset_count": True})
    yield call("group_list_authz", {"available_only": True})
    yield call("group_show", {"id": "dept-a"})
    yield call("organization_show", {"id": "economy"})
    yield call("group_package_show", {"id": "economy"})
    yield call("group_package_show", {"id": "economy", "limit": 0})
    yield call("group_package_show", {"id": "dept-a"})
    for kind in ("user", "package", "group", "nope"):
        yield call("member_list", {"id": "dept-a", "object_type": kind})
    yield call("member_list", {"id": "dept-a", "capacity": "admin"})
    yield call("member_list", {"id": "economy"})
    yield call("member_roles_list", {})
    yield call("member_roles_list", {"group_type": "group"})


def _people() -> Iterator[Call]:
    for who in ("sysadmin", "editor", "outsider", "anonymous"):
        yield call("user_show", {}, who)
        yield call("user_show", {"id": "editor1"}, who)
        yield call("user_list", {}, who)
        yield call("api_token_list", {"user_id": "editor1"}, who)
        yield call("user_autocomplete", {"q": "edit"}, who)
    yield call("user_show", {"id": "editor1", "include_datasets": True})
    yield call("user_show", {"id": "editor1", "include_num_followers": True})
    yield call("user_show", {"id": "editor1", "include_plugin_extras": True})
    yield call("user_show", {"id": "nope"})
    yield call("user_list", {"q": "edit"})
    yield call("user_list", {"email": "editor1@example.org"})
    yield call("user_list", {"all_fields": False})
    yield call("user_list", {"order_by": "number_created_packages"})
    yield call("api_token_list", {"user": "editor1"})
    yield call("api_token_list", {"user": "nope"})


def _activities() -> Iterator[Call]:
    for who in ("sysadmin", "anonymous"):
        yield call("package_activity_list", {"id": "roads"}, who)
        yield call("package_activity_list", {"id": "budget-2568"}, who)
        yield call("organization_activity_list", {"id": "dept-b"}, who)
        yield call("group_activity_list", {"id": "health"}, who)
        yield call("user_activity_list", {"id": "editor1"}, who)
        yield call("recently_changed_packages_activity_list", {"limit": 1}, who)
    yield call("package_activity_list", {"id": "roads", "limit": 1, "offset": 1})
    yield call("package_activity_list", {"id": "nope"})
    yield call("package_activity_list", {"id": "roads", "activity_types": ["new package"]})
    yield call("activity_show", {"id": "nope"})
    yield call("dashboard_activity_list", {"limit": 1}, "editor")
    yield call("dashboard_activity_list", {}, "anonymous")
    yield call("dashboard_new_activities_count", {}, "outsider")
    for what, one in (("dataset", "roads"), ("user", "editor1"), ("group", "health"), ("organization", "dept-b")):
        yield call(f"{what}_follower_count", {"id": one})
        yield call(f"am_following_{what}", {"id": one}, "editor")
        yield call(f"am_following_{what}", {"id": one}, "anonymous")
        yield call(f"follow_{what}", {"id": one}, "outsider")
        yield call(f"follow_{what}", {"id": one}, "outsider")
        yield call(f"am_following_{what}", {"id": one}, "outsider")
        yield call(f"{what}_follower_count", {"id": one})
        yield call(f"{what}_follower_list", {"id": one}, "sysadmin")
        yield call(f"{what}_follower_list", {"id": one}, "anonymous")
        yield call(f"{what}_followee_count", {"id": "outsider1"})
        yield call(f"{what}_followee_list", {"id": "outsider1"})
        yield call(f"follow_{what}", {"id": "nope"}, "outsider")
        yield call(f"follow_{what}", {"id": one}, "anonymous")
        yield call(f"unfollow_{what}", {"id": one}, "outsider")
        yield call(f"unfollow_{what}", {"id": one}, "outsider")
    yield call("followee_count", {"id": "outsider1"})
    yield call("followee_list", {"id": "outsider1"})
    yield call("package_relationships_list", {"id": "roads"})
    yield call("package_collaborator_list", {"id": "roads"})
