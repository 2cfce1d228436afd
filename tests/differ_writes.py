"""Calls that write, and what is there afterwards: datasets and files, then organisations, people, tags."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from differ_call import Call, call
from differ_scenes import CSV, CSV_HASH, MISSING, Terms, package

GIF = "GIF89a\x01\0\x01\0\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;"
"""A picture of one dot, in ASCII."""


def changing(terms: Terms) -> Iterator[Call]:
    """Writes and what is there afterwards."""
    new = package("fresh", terms, tags=[{"name": "water"}])
    yield call("package_create", new, "editor", keep="fresh")
    yield call("package_patch", {"id": "fresh", "notes": "Changed"}, "editor")
    yield call("package_patch", {"id": "fresh", "title": "", "tags": []})
    yield call("package_patch", {"id": "fresh", "extras": [{"key": "k", "value": "v"}]})
    yield call("package_patch", {"id": "fresh", "extras": [{"key": "k", "value": ""}]})
    yield call("package_patch", {"id": "fresh", "groups": [{"name": "economy"}]}, "editor")
    yield call("package_patch", {"id": "fresh", "groups": [{"name": "economy"}]})
    yield call("package_patch", {"id": "fresh", "tag_string": "one, two,three"})
    yield call("package_patch", {"id": "fresh", "maintainer_email": "bad"})
    yield call("package_patch", {"id": "fresh", "private": "true"})
    yield call("package_patch", {"id": "fresh", "private": "nonsense"})
    yield call("package_show", {"id": "fresh"}, "anonymous")
    yield call("package_patch", {"id": "fresh", "private": False, "version": "x" * 101})
    yield call("package_patch", {"id": "fresh", "private": False})
    yield call("package_update", package("fresh", terms, title="Updated"))
    yield call("package_update", package("fresher", terms, id="<fresh>"))
    yield call("package_show", {"id": "fresh"})
    yield call("package_update", package("fresher", terms, id="nope"))
    yield call("package_update", {"id": "fresher"})
    yield call("package_update", package("roads", terms, id="<fresh>"))
    yield call("package_patch", {"id": "fresher", "owner_org": "dept-b"}, "editor")
    yield call("package_patch", {"id": "fresher", "owner_org": "nope"})
    yield call("package_patch", {"id": "fresher", "owner_org": ""})
    yield call("package_owner_org_update", {"id": "fresher", "organization_id": "dept-b"})
    yield call("package_owner_org_update", {"id": "fresher", "organization_id": "nope"})
    yield call("package_show", {"id": "fresher"})
    yield call("package_owner_org_update", {"id": "fresher", "organization_id": "dept-a"})
    match = {"name": "fresher"}
    yield call("package_revise", {"match": match, "update": {"notes": "revised"}})
    yield call("package_revise", {"match": {**match, "notes": "other"}, "update": {"notes": "x"}})
    yield call("package_revise", {"match": match, "filter": ["-notes"], "include": []})
    yield call("package_revise", {"match": match, "filter": ["+title", "-notes"], "update": {"title": "T"}})
    link = {"name": "r", "url": "https://example.org/r.csv"}
    yield call("package_revise", {"match": match, "update__resources__extend": [link]})
    yield call("package_revise", {"match": match, "update__resources__0": {"description": "d"}})
    yield call("package_revise", {"match": match, "update__resources__9": {"description": "d"}})
    yield call("package_revise", {"update": {"notes": "x"}})
    yield call("package_revise", {"match": {"name": "nope"}, "update": {"notes": "x"}})
    yield from _news()
    yield from _resources()
    yield from _views()
    yield from _words(terms)
    yield from _types(terms)
    yield from _deleting(terms)
    yield from _refused(terms)


def _news() -> Iterator[Call]:
    """What was noted of the changes."""
    yield call("package_activity_list", {"id": "fresher", "limit": 1}, keep="news")
    news = {"id": "<news>"}
    yield call("activity_show", news)  # for all others CKAN fails (500)
    for who in ("sysadmin", "editor", "member", "anonymous"):
        yield call("activity_data_show", news, who)
        yield call("activity_diff", {**news, "object_type": "package"}, who)
    yield call("activity_show", {**news, "include_data": True})
    yield call("activity_data_show", {**news, "object_type": "package"})
    yield call("activity_data_show", {**news, "object_type": "group"})
    yield call("activity_diff", {**news, "object_type": "package", "diff_type": "context"})
    yield call("activity_diff", {**news, "object_type": "package", "diff_type": "nope"})
    yield call("activity_diff", news)
    yield call("activity_diff", {"id": "nope", "object_type": "package"})
    yield call("dashboard_new_activities_count", {}, "editor")
    yield call("dashboard_mark_activities_old", {}, "editor")
    yield call("dashboard_new_activities_count", {}, "editor")
    yield call("dashboard_mark_activities_old", {}, "anonymous")


def _views() -> Iterator[Call]:
    """Views that are made by themselves, and all taken away."""
    picture = {"package_id": "fresher", "name": "Picture", "url": "https://example.org/p.png", "format": "PNG"}
    yield call("resource_create", picture, keep="picture")
    one = {"id": "<picture>", **picture}
    yield call("resource_view_list", {"id": "<picture>"})
    yield call("resource_create_default_resource_views", {"resource": one})
    yield call("resource_view_clear", {"view_types": ["text_view"]}, "editor")
    yield call("resource_view_clear", {"view_types": ["text_view"]})
    yield call("resource_view_list", {"id": "<picture>"})
    yield call("resource_view_clear", {})
    yield call("resource_view_list", {"id": "<picture>"})
    yield call("resource_create_default_resource_views", {"resource": one}, "member")
    yield call("resource_create_default_resource_views", {"resource": one})
    yield call("resource_create_default_resource_views", {})
    yield call("resource_view_clear", {"view_types": ["image_view"]})
    for name, text in (("notes.txt", "plain"), ("data.json", "{}"), ("data.xml", "<x/>"), ("page.html", "<p>")):
        form = {"package_id": "fresher", "name": name, "hash": "x", "mimetype": "text/plain"}
        yield call("resource_create", form, files={"upload": (name, text)}, keep=name)
        yield call("resource_view_list", {"id": f"<{name}>"})
    yield call("resource_patch", {"id": "<page.html>", "format": "TXT"})
    yield call("resource_view_list", {"id": "<page.html>"})
    whole = {"id": "<fresh>", "name": "fresher", "resources": [one]}
    yield call("package_create_default_resource_views", {"package": whole})
    yield call("package_create_default_resource_views", {"package": whole, "create_datastore_views": True})
    yield call("package_create_default_resource_views", {})


def _words(terms: Terms) -> Iterator[Call]:
    """Words of a vocabulary on a dataset, beside free ones, until the vocabulary gives them up."""
    yield call(
        "vocabulary_create", {"name": "region", "tags": [{"name": "hills"}, {"name": "coast"}]}, keep="region"
    )
    hills, coast = ({"name": name, "vocabulary_id": "<region>"} for name in ("hills", "coast"))
    yield call("package_create", package("worded", terms, tags=[hills, {"name": "free-word"}]), keep="worded")
    yield call("package_patch", {"id": "worded", "notes": "Words of a vocabulary"})
    yield call("package_patch", {"id": "worded", "tags": [hills, coast, {**coast, "name": "plains"}]})
    yield call("package_show", {"id": "worded"}, "anonymous")
    yield call("vocabulary_show", {"id": "region"})
    yield call("tag_show", {"id": "hills", "vocabulary_id": "region"})
    yield call("tag_list", {"vocabulary_id": "region", "query": "hil"})
    yield call("package_search", {"fq": "vocab_region:coast", "fl": "name,tags"})
    yield call("package_search", {"fq": "tags:coast", "fl": "name"})
    yield call("package_update", {**package("worded", terms), "tags": [coast]})
    yield call("package_patch", {"id": "worded", "tags": [{"name": "Hills", "vocabulary_id": MISSING}]})
    yield call("package_show", {"id": "worded"})
    yield call("dataset_purge", {"id": "worded"})


def _types(terms: Terms) -> Iterator[Call]:
    """A dataset of another type than the schema's."""
    source = {"name": "source-1", "title": "A source", "type": "harvest", "owner_org": "dept-a"}
    yield call("package_create", {**source, "url": "https://example.org/csw", "no_such_field": "1"}, keep="source")
    yield call("package_show", {"id": "source-1"})
    yield call("package_show", {"id": "source-1"}, "anonymous")
    yield call("package_patch", {"id": "source-1", "notes": "Where others' datasets come from"})
    yield call("package_search", {"fq": "dataset_type:harvest", "fl": "name,dataset_type"})
    yield call("package_delete", {"id": "source-1"})
    yield call("dataset_purge", {"id": "source-1"})


def _resources() -> Iterator[Call]:
    one = {"package_id": "fresher", "name": "Link", "url": "https://example.org/a b.csv", "format": "csv"}
    yield call("resource_create", one, keep="made")
    yield call("resource_create", {**one, "name": "Second", "format": "XLSX", "size": 12}, keep="second")
    yield call("resource_create", {"package_id": "fresher", "url": "example.org/x.pdf"})
    yield call("resource_create", {"package_id": "fresher"})
    yield call("resource_create", {"url": "https://example.org"})
    yield call("resource_create", {**one, "package_id": "nope"})
    yield call("resource_create", {**one, "size": "many"})
    yield call("resource_create", {**one, "last_modified": "yesterday"})
    yield call("resource_create", {**one, "custom": "kept", "mimetype": "text/csv", "hash": "abc"})
    yield call("resource_create", one, "member")
    yield call("resource_create", one, "outsider")
    yield call("resource_create", one, "anonymous")
    yield call("resource_patch", {"id": "<made>", "description": "patched"})
    yield call("resource_patch", {"id": "<made>", "custom": "1"})
    yield call("resource_patch", {"id": "<made>", "format": "json"})
    yield call("resource_patch", {"id": "nope", "description": "x"})
    yield call("resource_patch", {"description": "x"})
    yield call("resource_update", {"id": "<made>", "url": "https://example.org/new.csv"})
    yield call("resource_update", {"id": "<made>", "name": "No url"})
    yield call("resource_update", {"id": "nope", "url": "https://example.org"})
    yield call("resource_update", {"url": "https://example.org"})
    form = {"id": "<second>", "name": "Uploaded", "format": "CSV", "hash": CSV_HASH}
    yield call("resource_update", form, files={"upload": ("data 2.csv", CSV)})
    yield call("resource_patch", {"id": "<second>"}, files={"upload": ("data.txt", "plain text")})
    told = {"mimetype": "text/plain", "hash": f"sha256:{hashlib.sha256(b'plain text').hexdigest()}"}
    yield call("resource_patch", {"id": "<second>", **told})  # else CKAN goes on saying what the old file was
    yield call("package_show", {"id": "fresher"})
    yield call("package_resource_reorder", {"id": "fresher", "order": ["<second>", "<made>"]})
    yield call("package_resource_reorder", {"id": "fresher", "order": ["nope"]})
    yield call("package_resource_reorder", {"id": "fresher", "order": ["<made>", "<made>"]})
    yield call("package_resource_reorder", {"id": "fresher"})
    view = {"resource_id": "<second>", "title": "A text", "view_type": "text_view"}
    yield call("resource_view_create", view, keep="view")
    yield call("resource_view_create", {**view, "view_type": "nope"})
    yield call("resource_view_create", {**view, "title": ""})
    yield call("resource_view_create", {**view, "resource_id": "nope"})
    yield call("resource_view_show", {"id": "<view>"})
    yield call("resource_view_show", {"id": "nope"})
    yield call("resource_view_update", {**view, "id": "<view>", "description": "d"})
    yield call("resource_view_reorder", {"id": "<second>", "order": ["<view>"]})
    yield call("resource_view_delete", {"id": "<view>"}, "anonymous")
    yield call("resource_view_delete", {"id": "<view>"})
    yield call("resource_view_delete", {"id": "<view>"})
    yield call("resource_delete", {"id": "<made>"}, "outsider")
    yield call("resource_delete", {"id": "<made>"})
    yield call("resource_show", {"id": "<made>"})
    yield call("resource_show", {"id": "<made>"}, "anonymous")
    yield call("resource_delete", {"id": "nope"})
    yield call("resource_delete", {})


def _deleting(terms: Terms) -> Iterator[Call]:
    yield call("package_create", package("short-lived", terms), keep="short")
    yield call("package_delete", {"id": "short-lived"}, "member")
    yield call("package_delete", {"id": "short-lived"}, "editor")
    yield call("package_delete", {"id": "short-lived"}, "editor")
    yield call("package_show", {"id": "short-lived"}, "editor")
    yield call("package_patch", {"id": "short-lived", "notes": "x"}, "editor")
    yield call("package_patch", {"id": "short-lived", "state": "active"})
    yield call("package_show", {"id": "short-lived"}, "anonymous")
    yield call("package_delete", {"id": "nope"})
    yield call("package_delete", {})
    yield call("dataset_purge", {"id": "short-lived"}, "editor")
    yield call("dataset_purge", {"id": "short-lived"})
    yield call("dataset_purge", {"id": "short-lived"})
    yield call("package_show", {"id": "<short>"})
    yield call("package_create", package("many-a", terms), keep="many a")
    yield call("package_create", package("many-b", terms), keep="many b")
    for verb in ("private", "public", "delete"):
        some = {"datasets": ["<many a>", "<many b>"], "org_id": "<org a>"}
        yield call(f"bulk_update_{verb}", some, "editor")
        yield call(f"bulk_update_{verb}", some, "outsider")
        yield call(f"bulk_update_{verb}", some)
        yield call("package_show", {"id": "many-a"})
    yield call("bulk_update_private", {"datasets": [], "org_id": "<org a>"})
    yield call("bulk_update_private", {"org_id": "<org a>"})
    yield call("bulk_update_private", {"datasets": ["<many a>"]})


def _refused(terms: Terms) -> Iterator[Call]:
    """Datasets no CKAN takes, or not as they are."""
    base = package("refused", terms)
    wrong: list[dict[str, Any]] = [
        {"name": "Bad Name!"}, {"name": "a"}, {"name": "x" * 101}, {"name": ""}, {"name": None}, {"name": "กรม"},
        {"name": "new"}, {"name": "edit"}, {"name": "search"}, {"name": "roads"}, {"name": 5}, {"name": ["x"]},
        {"owner_org": "nope"}, {"owner_org": ""}, {"owner_org": None}, {"owner_org": "economy"},
        {"maintainer_email": "x"}, {"author_email": "x@"}, {"author_email": "a@b.c, d@e.f"},
        {"tags": [{"name": "a/b"}]}, {"tags": [{"name": "x"}]}, {"tags": [{"name": "x" * 101}]}, {"tags": [{}]},
        {"tags": [{"name": "กขคง"}]}, {"tags": [{"name": ""}]}, {"tags": "x"}, {"tags": ["x"]},
        {"tag_string": "a/b, x"},
        {"tags": [{"name": "twice"}, {"name": "twice"}]}, {"tags": [{"name": "north", "vocabulary_id": "<area>"}]},
        {"tags": [{"name": "west", "vocabulary_id": "<area>"}]},
        {"tags": [{"name": "x1", "vocabulary_id": "nope"}]},
        {"extras": [{"key": "k", "value": "1"}, {"key": "k", "value": "2"}]}, {"extras": [{"key": "k"}]},
        {"extras": [{"value": "v"}]}, {"extras": [{"key": "", "value": "v"}]}, {"extras": {"k": "v"}},
        {"extras": "x"}, {"extras": [{"key": "title", "value": "v"}]},
        {"extras": [{"key": "x" * 101, "value": "v"}]},
        {"groups": [{"name": "nope"}]}, {"groups": [{"id": "nope"}]}, {"groups": [{}]},
        {"groups": [{"name": "dept-a"}]},
        {"groups": "x"}, {"resources": "x"}, {"resources": ["x"]}, {"resources": [{}]},
        {"resources": [{"url": ""}]},
        {"resources": [{"url": "x", "size": "big"}]},
        {"resources": [{"url": "x", "last_modified": "bad"}]}, {"license_id": "nope"}, {"version": "x" * 101},
        {"url": "not a url"}, {"url": "javascript:alert(1)"}, {"private": "maybe"}, {"state": "nope"},
        {"type": "nope"}, {"no_such_field": "1"}, {"id": "<roads>"}, {"id": "not-a-uuid"},
        {"title": 5}, {"title": ["x"]}, {"notes": {"a": 1}}, {"notes": None}, {"title": "x" * 3000},
        {"relationships_as_object": []}, {"creator_user_id": "nope"}, {"metadata_created": "2001-01-01"},
    ]  # fmt: skip
    for number, more in enumerate(wrong):
        name = {} if "name" in more else {"name": f"refused-{number}"}
        yield call(
            "package_create", {**more, **name, **{key: base[key] for key in base if key not in {**more, **name}}}
        )
    for who in ("admin", "editor", "member", "outsider", "anonymous", "bad"):
        yield call("package_create", package(f"by-{who}", terms), who)
        yield call("package_create", package(f"b-by-{who}", terms, owner_org="dept-b"), who)
    yield call("package_create", package("no-org", {**terms, "x": ""}, owner_org=None), "outsider")
    yield call("package_create", {})
    yield call("package_create", {"title": "Only a title"})


def managing() -> Iterator[Call]:
    """Organisations, groups, members, users, tokens, tags: changed and taken down."""
    for kind in ("organization", "group"):
        yield call(f"{kind}_create", {"name": f"new-{kind}", "title": "N"}, "outsider", keep=f"new {kind}")
        yield call(f"{kind}_create", {"name": f"new-{kind}"})
        for name in ("Bad Name", "a", "", None, "x" * 101, "กรม"):
            yield call(f"{kind}_create", {"name": name})
        yield call(f"{kind}_create", {})
        yield call(f"{kind}_create", {"name": "by-anon"}, "anonymous")
        yield call(
            f"{kind}_create", {"name": "ex", "extras": [{"key": "k", "value": "1"}, {"key": "k", "value": "2"}]}
        )
        yield call(f"{kind}_create", {"name": "img", "image_url": "https://example.org/a.png"})
        yield from _pictures(kind)
        yield call(f"{kind}_patch", {"id": f"new-{kind}", "title": "Patched"})
        yield call(
            f"{kind}_patch", {"id": f"new-{kind}", "description": "d", "extras": [{"key": "a", "value": "b"}]}
        )
        yield call(f"{kind}_patch", {"id": f"new-{kind}", "title": "No"}, "editor")
        yield call(f"{kind}_patch", {"id": "nope", "title": "x"})
        yield call(f"{kind}_patch", {"title": "x"})
        yield call(f"{kind}_update", {"id": f"new-{kind}", "name": f"newer-{kind}", "title": "U"})
        yield call(f"{kind}_update", {"id": f"new-{kind}", "name": "x1"})
        yield call(f"{kind}_update", {"id": f"newer-{kind}"})
        yield call(f"{kind}_show", {"id": f"newer-{kind}"})
        member = {"id": f"newer-{kind}", "username": "member1", "role": "editor"}
        yield call(f"{kind}_member_create", member)
        yield call(f"{kind}_member_create", {**member, "role": "admin"})
        yield call(f"{kind}_member_create", {**member, "role": "king"})
        yield call(f"{kind}_member_create", {**member, "username": "nope"})
        yield call(f"{kind}_member_create", {**member, "id": "nope"})
        yield call(f"{kind}_member_create", member, "editor")
        yield call(f"{kind}_member_create", {"id": f"newer-{kind}"})
        yield call("member_list", {"id": f"newer-{kind}", "object_type": "user"})
        gone = {"id": f"newer-{kind}", "username": "member1"}
        yield call(f"{kind}_member_delete", gone, "anonymous")
        yield call(f"{kind}_member_delete", gone)
        yield call(f"{kind}_member_delete", {**gone, "username": "nope"})
        yield call(f"{kind}_delete", {"id": f"newer-{kind}"}, "editor")
        yield call(f"{kind}_delete", {"id": f"newer-{kind}"})
        yield call(f"{kind}_show", {"id": f"newer-{kind}"})
        yield call(f"{kind}_show", {"id": f"newer-{kind}"}, "anonymous")
        yield call(f"{kind}_purge", {"id": f"newer-{kind}"}, "editor")
        yield call(f"{kind}_purge", {"id": f"newer-{kind}"})
        yield call(f"{kind}_purge", {"id": f"newer-{kind}"})
        yield call(f"{kind}_delete", {"id": "nope"})
    yield call("organization_delete", {"id": "dept-a"})
    yield call(
        "member_create", {"id": "health", "object": "roads", "object_type": "package", "capacity": "public"}
    )
    yield call("package_show", {"id": "roads"})
    yield call("member_delete", {"id": "health", "object": "roads", "object_type": "package"})
    yield call("member_create", {"id": "health", "object": "nope", "object_type": "package", "capacity": "public"})
    yield call("member_create", {"id": "health"})
    yield from _accounts()
    yield from _tags()


def _pictures(kind: str) -> Iterator[Call]:
    """A picture sent, kept, replaced, given up; and what is none."""
    sent = {"id": f"new-{kind}"}
    yield call(f"{kind}_patch", sent, files={"image_upload": ("logo of us.gif", GIF)})
    yield call(f"{kind}_show", sent)
    yield call(f"{kind}_patch", {**sent, "description": "with a picture"})
    yield call(f"{kind}_patch", {**sent, "image_url": "https://example.org/b.png"})
    yield call(f"{kind}_list", {"all_fields": True, f"{kind}s": [f"new-{kind}"]})
    yield call(f"{kind}_patch", sent, files={"image_upload": ("ตรา.gif", GIF)})
    yield call(f"{kind}_patch", sent, files={"image_upload": ("logo.png", "no picture")})
    yield call(f"{kind}_patch", sent, files={"image_upload": ("page.html", "<p>")})
    yield call(f"{kind}_patch", sent, "editor", files={"image_upload": ("logo.gif", GIF)})
    yield call(f"{kind}_patch", {**sent, "image_url": "b.png"})
    yield call(f"{kind}_patch", {**sent, "image_url": ""})
    yield call(f"{kind}_show", sent)


def _accounts() -> Iterator[Call]:
    new = {"name": "newcomer", "email": "newcomer@example.org", "password": "correct horse battery"}
    yield call("user_create", new, keep="newcomer")
    wrong: list[dict[str, Any]] = [
        {}, {"name": "newcomer"}, {"name": "Bad Name"}, {"name": "a"}, {"name": "u2", "email": "bad"},
        {"name": ""},
        {"name": "u3", "password": "short"}, {"name": "u4", "password": ""}, {"name": "u5", "email": ""},
    ]  # fmt: skip
    for number, more in enumerate(wrong):
        yield call("user_create", {**new, "email": f"u{number}@example.org", **more} if more else {})
    yield call("user_create", {**new, "name": "same-mail"})
    yield call("user_create", {**new, "name": "by-anon"}, "anonymous")
    yield call("user_create", {**new, "name": "by-editor", "email": "e@example.org"}, "editor")
    yield call("user_patch", {"id": "newcomer", "fullname": "ผู้มาใหม่"})
    yield call("user_patch", {"id": "newcomer", "about": "x"}, "editor")
    yield call("user_patch", {"id": "nope", "about": "x"})
    yield call("user_update", {"id": "newcomer", "email": "other@example.org", "about": "About"})
    yield call("user_show", {"id": "newcomer"})
    token = {"user": "newcomer", "name": "one"}
    yield call("api_token_create", token, keep="newcomer token")
    yield call("api_token_create", {"user": "newcomer"})
    yield call("api_token_create", {"user": "newcomer", "name": ""})
    yield call("api_token_create", {"user": "nope", "name": "x"})
    yield call("api_token_create", {"name": "x"})
    yield call("api_token_create", token, "editor")
    yield call("api_token_create", token, "anonymous")
    yield call("api_token_create", {"user": "editor1", "name": "own"}, "editor", keep="editor's second")
    yield call("api_token_list", {"user_id": "newcomer"})
    yield call("api_token_revoke", {"token": "<token of newcomer token>"}, "editor")
    yield call("api_token_revoke", {"token": "<token of newcomer token>"})
    yield call("api_token_revoke", {"jti": "nope"})
    yield call("api_token_revoke", {})
    yield call("user_delete", {"id": "newcomer"}, "editor")
    yield call("user_delete", {"id": "newcomer"})
    yield call("user_show", {"id": "newcomer"})
    yield call("user_show", {"id": "newcomer"}, "anonymous")
    yield call("user_delete", {"id": "nope"})


def _tags() -> Iterator[Call]:
    east = {"name": "east", "vocabulary_id": "<area>"}
    yield call("tag_create", east)
    yield call("tag_create", east)
    yield call("tag_create", {"name": "free"})
    yield call("tag_create", {**east, "name": "a/b"})
    yield call("tag_create", east, "editor")
    yield call("vocabulary_show", {"id": "area"})
    yield call("vocabulary_create", {"name": "area"})
    yield call("vocabulary_create", {"name": ""})
    yield call("vocabulary_create", {"name": "v2"}, "editor")
    yield call("vocabulary_update", {"id": "<area>", "name": "areas", "tags": [{"name": "north"}]})
    yield call("vocabulary_update", {"id": "nope", "name": "x1"})
    yield call("tag_delete", {"id": "north", "vocabulary_id": "areas"})
    yield call("tag_delete", {"id": "nope", "vocabulary_id": "areas"})
    yield call("vocabulary_delete", {"id": "<area>"}, "editor")
    yield call("vocabulary_delete", {"id": "<area>"})
    yield call("vocabulary_delete", {"id": "nope"})
    yield call("vocabulary_delete", {})
