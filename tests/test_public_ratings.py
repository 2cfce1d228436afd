"""The one question: counted once a day, told by quarter and fiscal year; what people wrote is for stewards."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from catalog_ground import package, texts
from public_ground import emptied, send, speaking
from web_ground import Web

from catalog.audit.overtime.figures import Figures
from catalog.public.repeats import Repeats
from catalog.store import voices
from catalog.store.database import reading, writing
from catalog.store.voices import Rated
from catalog.web.pages.rating import year
from metadata import clock

QUESTION = "/dataset/population-2567/rating"


@pytest.fixture(scope="module")
def open_web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    with speaking(tmp_path_factory.mktemp("catalog")) as made:
        yield made


@pytest.fixture
def web(open_web: Web) -> Web:
    return emptied(open_web)


def test_the_question_stands_under_each_dataset_and_each_file(web: Web) -> None:
    made = {"package_id": "population-2567", "name": "ตาราง", "url": "https://data.example/a.csv"}
    one = web.portal.call_action("resource_create", made)
    page = web.ask("/dataset/population-2567").text
    assert f'action="{QUESTION}"' in page and page.count('name="stars"') == 5 and "ยังไม่มีคำตอบ" in page
    page = web.ask(f"/dataset/population-2567/resource/{one['id']}").text
    assert f'action="{QUESTION}"' in page and f'name="resource" value="{one["id"]}"' in page
    send(web, QUESTION, stars="5", resource=one["id"])
    send(web, QUESTION, stars="4", resource="made-up")
    with reading(web.portal.engine) as connection:
        kept = connection.execute(voices.ratings.select()).all()
    assert [(row.resource_id, row.stars) for row in kept] == [(one["id"], 5), ("", 4)]


def test_answers_become_a_percentage_with_its_number_of_answers(tmp_path: Path, both: str) -> None:
    with speaking(tmp_path) as web:
        for agent, stars in enumerate("5431"):
            done = send(
                web, QUESTION, {"User-Agent": str(agent)}, stars=stars, words="ใช้ได้ดี" if stars == "5" else ""
            )
            assert done.headers["Location"] == f"{QUESTION}?done=yes" and "Set-Cookie" not in done.headers
        again = send(web, QUESTION, {"User-Agent": "0"}, stars="1")
        assert again.headers["Location"].endswith("done=again")
        assert "ไม่นับซ้ำ" in web.ask(again.headers["Location"]).text
        page = web.ask("/dataset/population-2567").text
        assert "ร้อยละ 65" in page and "จาก 4 คำตอบ" in page and "ใช้ได้ดี" not in page  # 13 of 20
        page = web.ask(QUESTION).text
        assert "<td>65</td><td>4</td><td>50</td>" in page and "÷ 5 × 100" in page and "ใช้ได้ดี" not in page
        assert "<td>65</td><td>4</td><td>50</td>" in web.ask("/satisfaction").text
        with reading(web.portal.engine) as connection:
            said = voices.rated_words(connection)
        assert [(one["name"], one["stars"], one["words"]) for one in said] == [("population-2567", 5, "ใช้ได้ดี")]


@pytest.mark.parametrize(
    "wrong", [{}, {"stars": "0"}, {"stars": "6"}, {"stars": "x"}, {"stars": "5", "words": "ก" * 501},
              {"stars": "5", "website": "x"}],
)  # fmt: skip
def test_a_wrong_answer_is_asked_again_and_keeps_what_was_typed(web: Web, wrong: dict[str, str]) -> None:
    answer = send(web, QUESTION, **{"words": "ดี<i>", **wrong})
    assert answer.status_code == 422 and 'role="alert"' in answer.text
    assert ("ดี&lt;i&gt;" in answer.text) == ("words" not in wrong)
    with reading(web.portal.engine) as connection:
        assert voices.rated(connection, date(2026, 1, 1), date(2099, 1, 1)).answers == 0


def test_a_private_dataset_cannot_be_rated_or_found_by_it(web: Web) -> None:
    web.portal.call_action("package_create", package("hidden", private=True))
    for name in ("hidden", "nothing"):
        assert web.ask(f"/dataset/{name}/rating").status_code == 404
        assert send(web, f"/dataset/{name}/rating", stars="5").status_code == 404


def test_years_and_quarters_are_the_fiscal_year_s(web: Web) -> None:
    """30 September is in quarter 4 of 2569, the day after in quarter 1 of 2570, by Thailand's clock."""
    last = datetime(2026, 9, 30, 16, 59, tzinfo=UTC)
    for moment, stars in ((last, 1), (last + timedelta(minutes=1), 5), (last + timedelta(days=100), 3)):
        with clock.frozen(moment), writing(web.portal.engine) as connection:
            voices.rate(connection, "p", "", stars, "")
    with clock.frozen(last + timedelta(days=101)), reading(web.portal.engine) as connection:
        spans = [(one.quarter, one.rated.answers, one.rated.percent) for one in year(connection, 2570)]
        before = [(one.quarter, one.rated.answers) for one in year(connection, 2569)]
    assert spans == [(0, 2, 80.0), (1, 1, 100.0), (2, 1, 60.0)]
    assert before == [(0, 1), (1, 0), (2, 0), (3, 0), (4, 1)]


def test_a_rating_knows_its_mean_and_percentages() -> None:
    rated = Rated(stars=(1, 0, 1, 1, 1))
    assert (rated.answers, rated.mean, rated.percent, rated.high) == (4, 3.25, 65.0, 50.0)
    assert Rated(stars=(9, 0, 0, 0, 0)).percent == 20 and Rated(stars=(0, 0, 0, 0, 9)).percent == 100
    assert Rated().mean is Rated().percent is Rated().high is None


def test_who_answered_is_kept_nowhere(web: Web) -> None:
    send(web, QUESTION, {"User-Agent": "Browser-of-Wanida/9"}, stars="5")
    held = "\n".join(texts(web.portal))
    assert "Browser-of-Wanida" not in held and "127.0.0.1" not in held


def test_repeats_are_forgotten_with_the_day_and_their_number_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catalog.public.repeats.MOST", 50)
    repeats = Repeats()
    with clock.frozen(datetime(2026, 11, 22, 16, 59, tzinfo=UTC)):
        assert repeats.is_new("10.0.0.1", "a", "x") and not repeats.is_new("10.0.0.1", "a", "x")
        assert repeats.is_new("10.0.0.1", "a", "y") and repeats.is_new("10.0.0.1", "b", "x")
        assert repeats.is_new("10.0.0.2", "a", "x")
        kept = repr(repeats._said)
        assert "10.0.0" not in kept
    with clock.frozen(datetime(2026, 11, 22, 17, 0, tzinfo=UTC)):
        assert repeats.is_new("10.0.0.1", "a", "x") and len(repeats._said) == 1
        for number in range(60):
            repeats.is_new("10.0.0.1", "a", str(number))
        assert len(repeats._said) == 50


def test_promises_are_held_against_the_figures(web: Web) -> None:
    first = date(2025, 10, 1)
    came = datetime(2026, 3, 2, 3, tzinfo=UTC)
    given = dict.fromkeys(("page", "topic", "words", "purpose"), "") | {"kind": "request", "mail": "none"}
    with clock.frozen(came), writing(web.portal.engine) as connection:
        numbers = [voices.receive(connection, "R", {**given, "due": "2026-03-17"}, "")[0] for _ in range(4)]
        for number, day in zip(numbers, ("2026-03-05", "2026-03-17", "2026-03-20"), strict=False):
            voices.change(connection, number, {"state": "refused", "closed": day})
        voices.rate(connection, "p", "", 4, "")
    figures = Figures(engine=web.portal.engine)
    with clock.frozen(came + timedelta(days=60)):

        def at(source: str, day: date) -> float | None:
            return figures.at(source, first, day)

        assert at("satisfaction", date(2026, 3, 1)) is None and at("satisfaction", date(2026, 3, 2)) == 80
        assert at("requests-answered", date(2026, 3, 17)) == 2 and at("requests-answered", date(2026, 3, 31)) == 3
        assert at("requests-in-time", date(2026, 3, 16)) == 100
        assert at("requests-in-time", date(2026, 3, 18)) == 50  # two in time, two overdue
        assert at("requests-in-time", date(2026, 3, 31)) == 50
    with reading(web.portal.engine) as connection:
        done = voices.handled(connection, first, date(2026, 3, 31), date(2026, 3, 31))
    assert (done.received, done.answered, done.in_time, done.overdue, done.days) == (4, 3, 2, 1, 15)
