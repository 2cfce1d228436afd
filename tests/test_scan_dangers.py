"""Which cells a spreadsheet works out, and which texts open doors; each beside what only looks like it."""

from __future__ import annotations

import base64
import json
import random
import string

import polars
import pytest

from metadata.finding import Place
from pipelines.govern.inside import dangers, secrets

FORMULAS = (
    "=1+1", "=cmd|' /C calc'!A0", "@SUM(1+9)", "+SUM(A1)", "-2+3+cmd|' /C calc'!A0", "\t=1", "\r=2", "==1", "=-1",
    '=HYPERLINK("http://x")', "-1+1", "+1+1*cmd", "-A1", "=กข", "- cmd", "+cmd|x", "@ชื่อ", "=+A1", "+'x'!A1",
)  # fmt: skip
TEXTS = (
    "-", "--", "-5", "-5.2", "+66 2 000 0000", "-1,234.50", "- ไม่มี", "-ไม่มี", "+", "-5%", "5-3", "A=1", "-12°C",
    "-1.5e-3", "(02) 1", "A+", "O-", "-๑๒", "- 5", "+6620000000", "-3/4", "-99.5 mm", "- รายการ (ก)", "+7 วัน",
    "@", "+66 2 000 0000 ต่อ 101", "=====", "-----", "", " =1",
)  # fmt: skip


def found(*texts: str, label: str = "a") -> list[tuple[str, str]]:
    """Rule and severity of what is found in a column."""
    tally = dangers.Tally()
    tally.look([label], [polars.Series(texts, dtype=polars.String)])
    return [(one.rule, one.severity) for one in tally.findings([label], Place(), lambda row: Place(row=row))]


@pytest.mark.parametrize("text", FORMULAS, ids=range(len(FORMULAS)))
def test_a_cell_that_a_spreadsheet_works_out_is_a_warning(text: str) -> None:
    assert found("x", text) == [("formula-cell", "warning")]


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_numbers_lists_and_dashes_are_left_alone(text: str) -> None:
    assert found("x", text) == []


def drawn(letters: str, length: int) -> str:
    """Random letters: no key of anyone's."""
    draw = random.Random(f"{letters} {length}")  # noqa: S311 - nobody's secret
    return "".join(draw.choice(letters) for _ in range(length))


ALNUM = string.ascii_letters + string.digits
WIDE = base64.urlsafe_b64encode(json.dumps({"alg": "HS256", "typ": "JWT"}).encode()).decode().rstrip("=")
SECRETS = {
    "aws-key": "AKIA" + drawn("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16),
    "github-token": "ghp_" + drawn(ALNUM, 36),
    "gitlab-token": "glpat-" + drawn(ALNUM, 20),
    "google-key": "AIza" + drawn(ALNUM, 35),
    "line-token": f"LINE Notify token: {drawn(ALNUM, 43)}",
    "slack-token": "xoxb-" + drawn(ALNUM, 24),
    "telegram-token": f"{drawn('123456789', 9)}:AA{drawn(ALNUM, 33)}",
    "ai-key": "sk-proj-" + drawn(ALNUM, 40),
    "payment-key": "sk_live_" + drawn(ALNUM, 24),
    "package-token": "npm_" + drawn(ALNUM, 36),
    "private-key": "-----BEGIN RSA " + "PRIVATE KEY-----",
    "jwt": f"{WIDE}.{WIDE}.{drawn(ALNUM, 43)}",
    "connection": f"postgres://reader:{drawn(ALNUM, 10)}@db.agency.example:5432/x",
    "password": f"รหัสผ่าน: {drawn(ALNUM, 8)}",
}
ALIKE = (
    "https://example.com/path?x=1:2@y", "password", "mailto:a@b.c", "http://host:8080/x@y", "pwd: ****", "sk-1",
    "รหัสผ่านหาย ติดต่อเจ้าหน้าที่", "ต้องตั้งรหัสผ่าน: อย่างน้อย 8 ตัว", "online: https://www.example.org/x", "AKIA",
    "ftp://ftp.example.org/file@x", "airline channel: abc", "Server=db;Database=x;Trusted_Connection=yes",
    "d41d8cd98f00b204e9800998ecf8427e", "eyJ", "-----BEGIN CERTIFICATE-----", "token",
)  # fmt: skip


def test_every_kind_of_secret_has_its_example() -> None:
    assert set(SECRETS) == {kind.name for kind in secrets.kinds()}


@pytest.mark.parametrize("kind", SECRETS)
def test_a_secret_is_found_alone_and_in_a_sentence(kind: str) -> None:
    for text in (SECRETS[kind], f"ใช้ {SECRETS[kind]} นะ"):
        assert kind in [one.name for one in secrets.found(text)]
        assert ("secret-cell", "error" if secrets.sure(kind) else "warning") in found("x", text)


@pytest.mark.parametrize("text", ALIKE, ids=range(len(ALIKE)))
def test_what_only_looks_like_a_secret_is_left_alone(text: str) -> None:
    assert list(secrets.found(text)) == []


def test_another_form_of_a_connection_string_is_found() -> None:
    text = f"Server=db;Database=x;User Id=sa;Password={drawn(ALNUM, 9)};"
    assert next(secrets.found(text)).name == "connection"


@pytest.mark.parametrize("label", ["password", "user_password", "รหัสผ่าน", "apiKey", "access_token"])
def test_a_column_of_secrets_is_an_error_and_one_without_them_a_warning(label: str) -> None:
    assert found("Hunter22", "tiger-99", "ab12cd", label=label) == [("secret-column", "error")]
    assert found("มี", "ไม่มี", "มี", label=label) == [("secret-column", "warning")]
    assert found("", "", label=label) == []


@pytest.mark.parametrize("label", ["password_policy", "จำนวนรหัสผ่าน", "token_ring", "secretary"])
def test_a_column_that_only_speaks_of_secrets_is_left_alone(label: str) -> None:
    assert found("Hunter22", "tiger-99", label=label) == []


def test_slices_add_up_to_the_table() -> None:
    texts = ["x", "=A1", "y", SECRETS["aws-key"], "+SUM(A1)", "z"]
    whole = dangers.Tally()
    whole.look(["a"], [polars.Series(texts)])
    parts = []
    for start in range(0, 6, 2):
        part = dangers.Tally()
        part.look(["a"], [polars.Series(texts[start : start + 2])])
        parts.append(part)
    both = [
        list(one.findings(["a"], Place(), lambda row: Place(row=row))) for one in (whole, dangers.joined(parts))
    ]
    assert both[0] == both[1] and [one.at.row for one in both[0]] == [3, 1]
