"""Questions that anyone may ask of the Action API, of every kind: sensible, odd and hostile. Never a 5xx, never a
private byte.

    python tests/web_fuzz.py --rounds 100000 [--seed N]

The catalog that is asked has a private and a deleted dataset with tables. Their texts hold MARK, which is asked
for, and SECRET, which is never sent: an answer that holds it is a leak.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import requests
from catalog_ground import opened, package, upload
from web_ground import Web, served

from catalog.portal.local import LocalPortal

MARK = "zqxlub"
SECRET = "vexlornit"
WORDS = ["ประชากร", "ระนอง", "2567", "budget", "จังหวัด", MARK, MARK[:4], "กทม.", "ก", "", "*", "a*", "?", "~", "^2"]
FIELDS = [
    "title", "notes", "name", "text", "tags", "organization", "groups", "res_format", "res_name", "extras_secret",
    "private", "state", "capacity", "owner_org", "creator_user_id", "license_id", "metadata_modified", "id", "*",
    "permission_labels", "data_dict", "validated_data_dict", "entity_type", "dataset_type", "no_such_field",
    "จังหวัด",
]  # fmt: skip
VALUES = [
    "true",
    "private",
    "deleted",
    "draft",
    "[* TO *]",
    "[2020 TO NOW]",
    "{a TO b}",
    '"a b"',
    "(a OR b)",
    "NOW-1DAY",
]
MARKS = [
    *"\"'()[]{}:+-!&|~^*?\\/;,.%#\n\t\x00",
    " AND ",
    " OR ",
    " NOT ",
    " TO ",
    "&&",
    "||",
    "{!",
    "\U0001f600",
    "\ud83d",
]
SORTS = [
    "score desc",
    "metadata_modified asc",
    "name desc",
    "title_string asc",
    "views_recent desc",
    "no_such desc",
    "id",
]
COLUMNS = ["จังหวัด", "จำนวน", "_id", "secret", "no such", "_full_text"]
LISTS = [[], [1, 2], ["a", None], {"a": 1}, None, True, 0, -1, 1.5, 10**30, "x" * 3000]


def query(dice: random.Random) -> str:
    """A text in the language of Solr's queries, more or less."""
    pieces = []
    for _ in range(dice.choice([0, 1, 1, 2, 3, 5, 12])):
        piece = dice.choice([dice.choice(WORDS), f"{dice.choice(FIELDS)}:{dice.choice(VALUES + WORDS)}"])
        if dice.random() < 0.3:
            at = dice.randrange(len(piece) + 1)
            piece = piece[:at] + dice.choice(MARKS) + piece[at:]
        pieces.append(
            dice.choice(["", "", "-", "+", "NOT ", "("]) + piece + dice.choice(["", "", "", ")", " AND", " OR"])
        )
    return " ".join(pieces)


def number(dice: random.Random) -> Any:
    """A number of rows, or what somebody sends as one."""
    return dice.choice([0, 1, 5, 1000, -1, "10", "ten", 10**20, 1.5, None, "", "1e3", [1], "๕"])


def search(dice: random.Random) -> dict[str, Any]:
    """A question of package_search."""
    asked: dict[str, Any] = {}
    for key, make in {
        "q": lambda: query(dice),
        "fq": lambda: query(dice),
        "fq_list": lambda: dice.choice([[query(dice), query(dice)], query(dice), {}]),
        "sort": lambda: dice.choice([*SORTS, ", ".join(dice.sample(SORTS, 2)), query(dice), 5]),
        "rows": lambda: number(dice),
        "start": lambda: number(dice),
        "fl": lambda: dice.choice([FIELDS[:3], "id,name", "*", "data_dict", query(dice), {}]),
        "facet.field": lambda: dice.choice([FIELDS, [query(dice)], json.dumps(FIELDS[:5]), "[", {}]),
        "facet.limit": lambda: number(dice),
        "facet.mincount": lambda: number(dice),
        "include_private": lambda: dice.choice([True, "true", 1, "x"]),
        "include_drafts": lambda: True,
        "include_deleted": lambda: "true",
        "use_default_schema": lambda: "true",
        "defType": lambda: dice.choice(["edismax", "lucene", "func"]),
        "qf": lambda: query(dice),
        "no_such": lambda: query(dice),
    }.items():
        if dice.random() < (0.75 if key in ("q", "fq") else 0.2):
            asked[key] = make()
    return asked


def rows(dice: random.Random, tables: list[str]) -> dict[str, Any]:
    """A question of datastore_search."""
    asked: dict[str, Any] = {"resource_id": dice.choice([*tables, *tables, "no-such", query(dice), None])}
    for key, make in {
        "filters": lambda: {
            dice.choice(COLUMNS): dice.choice([query(dice), "ระนอง", 1, *LISTS]) for _ in range(2)
        },
        "q": lambda: dice.choice([query(dice), {dice.choice(COLUMNS): query(dice)}, *LISTS]),
        "sort": lambda: dice.choice([f"{dice.choice(COLUMNS)} desc", '"จำนวน" asc, _id', query(dice), *LISTS]),
        "fields": lambda: dice.choice([COLUMNS[:2], ",".join(COLUMNS), query(dice), *LISTS]),
        "limit": lambda: number(dice),
        "offset": lambda: number(dice),
        "distinct": lambda: dice.choice([True, "x"]),
        "plain": lambda: dice.choice([True, False, "x"]),
        "language": lambda: dice.choice(["english", "thai", query(dice)]),
        "include_total": lambda: dice.choice([True, False, "x"]),
        "total_estimation_threshold": lambda: number(dice),
        "records_format": lambda: dice.choice(["objects", "lists", "csv", "tsv", "xml", 5]),
    }.items():
        if dice.random() < 0.3:
            asked[key] = make()
    return asked


def other(dice: random.Random, keys: list[str]) -> tuple[str, dict[str, Any]]:
    """A question of another action that reads."""
    key = dice.choice([*keys, query(dice), *WORDS])
    return dice.choice(
        [
            ("package_show", {"id": key, "include_tracking": True}),
            ("resource_show", {"id": key}),
            ("package_autocomplete", {"q": query(dice), "limit": number(dice)}),
            ("package_list", {"limit": number(dice), "offset": number(dice)}),
            ("current_package_list_with_resources", {"limit": number(dice), "offset": number(dice)}),
            (
                "resource_search",
                {"query": dice.choice([query(dice), [query(dice)], *LISTS]), "limit": number(dice)},
            ),
            ("organization_show", {"id": key, "include_datasets": True, "dataset_limit": number(dice)}),
            ("organization_list", {"all_fields": True, "sort": query(dice), "limit": number(dice)}),
            ("group_list", {"all_fields": True, "groups": dice.choice([[key], *LISTS])}),
            ("tag_list", {"query": query(dice), "all_fields": True}),
            ("tag_show", {"id": query(dice), "include_datasets": True}),
            ("tag_search", {"query": query(dice)}),
            ("user_list", {"q": query(dice), "all_fields": True}),
            ("user_show", {"id": key, "include_datasets": True}),
            ("package_activity_list", {"id": key, "limit": number(dice)}),
            ("recently_changed_packages_activity_list", {"limit": number(dice), "offset": number(dice)}),
            ("dataset_version_list", {"dataset_id": key}),
            ("datastore_info", {"id": key}),
            ("resource_view_list", {"id": key}),
            ("audit_log_list", {"user": key}),
            ("api_token_list", {"user_id": key}),
            ("help_show", {"name": query(dice)}),
        ]
    )


def question(dice: random.Random, keys: list[str]) -> tuple[str, dict[str, Any]]:
    """An action and what is sent to it."""
    chosen = dice.random()
    if chosen < 0.45:
        return "package_search", search(dice)
    return ("datastore_search", rows(dice, keys[-3:])) if chosen < 0.75 else other(dice, keys)


def ask(web: Web, dice: random.Random, name: str, sent: dict[str, Any]) -> Any:
    """By GET or by POST, as anyone."""
    path = f"/api/3/action/{name}"
    if dice.random() < 0.4:
        plain = {key: json.dumps(one) if isinstance(one, dict | list) else one for key, one in sent.items()}
        known = {key: str(one).encode("utf-8", "replace") for key, one in plain.items() if one is not None}
        return web.ask(path, params=known)
    body = json.dumps(sent, ensure_ascii=True).encode()
    return web.ask(path, "POST", data=body, headers={"Content-Type": "application/json"})


def ground(portal: LocalPortal) -> list[str]:
    """Something public, private and deleted; gives ids and names, those of the three tables last."""
    kinds = {"public": {}, "private": {"private": True}, "deleted": {"state": "deleted"}}
    keys, tables = [], []
    for kind, change in kinds.items():
        word = "ชุดข้อมูลเปิด" if kind == "public" else f"{MARK} {SECRET}"
        named = {"name": f"dataset-{kind}", "title": f"{word} {kind}", "notes": f"{word} ประชากร budget"}
        made = portal.call_action("package_create", package(**named, tag_string=word))
        sent = {"package_id": made["id"], "name": f"table {word}", "description": word}
        resource = portal.call_action("resource_create", sent, upload())
        fields = [
            {"id": "จังหวัด", "type": "text"},
            {"id": "จำนวน", "type": "int4"},
            {"id": "secret", "type": "text"},
        ]
        records = [{"จังหวัด": "ระนอง", "จำนวน": row, "secret": f"{word}-{row}"} for row in range(50)]
        table = {"resource_id": resource["id"], "fields": fields, "records": records, "force": True}
        portal.call_action("datastore_create", table)
        portal.call_action("package_patch", {"id": made["id"], **change})
        keys += [made["id"], named["name"]]
        tables.append(resource["id"])
    person = {"name": "somchai", "email": f"{SECRET}@agency.example", "password": SECRET}
    portal.call_action("user_create", person)
    return [*keys, "somchai", *tables]


def wrong(answer: Any) -> str | None:
    """What an answer should not have been, or should not have held."""
    if answer.status_code >= 500:
        return f"status {answer.status_code}"
    return "a private byte" if SECRET in answer.text else None


def run(web: Web, keys: list[str], rounds: int, seed: int) -> tuple[Counter[int], list[str]]:
    """Asks so many questions; gives how often which status came, and what went wrong."""
    statuses: Counter[int] = Counter()
    problems = []
    for turn in range(rounds):
        dice = random.Random(f"{seed}:{turn}")  # noqa: S311 - dice, no secret
        name, sent = question(dice, keys)
        try:
            answer = ask(web, dice, name, sent)
        except requests.ConnectionError:
            problems.append(f"{seed}:{turn} no answer: {name} {json.dumps(sent, ensure_ascii=False)[:600]}")
            continue
        statuses[answer.status_code] += 1
        problem = wrong(answer)
        if problem:
            problems.append(f"{seed}:{turn} {problem}: {name} {json.dumps(sent, ensure_ascii=False)[:600]}")
    return statuses, problems


def main() -> int:
    """Runs on a catalog made for it; ends with 1 where something went wrong."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--rounds", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, opened(Path(folder)) as portal, served(portal) as web:
        began = time.monotonic()
        statuses, problems = run(web, ground(portal), asked.rounds, asked.seed)
        print(
            f"{asked.rounds} questions, {time.monotonic() - began:.0f} s, statuses {dict(statuses.most_common())}"
        )
    for problem in problems[:50]:
        print(problem)
    return int(bool(problems))


if __name__ == "__main__":
    sys.exit(main())
