"""Somebody who wants to know what a table of counts leaves out, and knows nothing of how it was chosen.

A table with one or two ways and its totals is a network: each count is an arc between the sum of its row and the
sum of its column. How far a hidden count can move while all that is published stays is a greatest flow.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from itertools import product

Place = tuple[int, int]
"""Row and column; the last of each are the totals."""
FAR = 60
"""As far as an attacker looks upwards."""


def interval(counts: Mapping[Place, int], hidden: set[Place], wanted: Place) -> tuple[int, int]:
    """The smallest and the greatest whole number that a hidden count can be, as far as it matters."""
    last = (max(row for row, _ in counts), max(column for _, column in counts))
    return (
        counts[wanted] - _flow(counts, hidden, wanted, last, up=False),
        counts[wanted] + _flow(counts, hidden, wanted, last, up=True),
    )


def _arc(place: Place, last: Place) -> tuple[str, str]:
    """The sum a count leaves and the one it enters; a total goes the other way."""
    row, column = f"row {place[0]}", f"column {place[1]}"
    turned = (place[0] == last[0]) != (place[1] == last[1])
    return (column, row) if turned else (row, column)


def _flow(counts: Mapping[Place, int], hidden: set[Place], wanted: Place, last: Place, *, up: bool) -> int:
    room: dict[tuple[str, str], int] = {}
    for place in hidden - {wanted}:
        tail, head = _arc(place, last)
        room[tail, head] = FAR
        room[head, tail] = counts[place]
    tail, head = _arc(wanted, last)
    start, end = (head, tail) if up else (tail, head)
    most = FAR if up else counts[wanted]
    pushed = 0
    while pushed < most and (path := _path(room, start, end)):
        amount = min(most - pushed, *(room[arc] for arc in path))
        for one in path:
            room[one] -= amount
            room[one[::-1]] += amount
        pushed += amount
    return pushed


def _path(room: Mapping[tuple[str, str], int], start: str, end: str) -> list[tuple[str, str]]:
    before: dict[str, str] = {start: ""}
    queue = deque([start])
    while queue and end not in before:
        at = queue.popleft()
        for (tail, head), amount in room.items():
            if tail == at and amount > 0 and head not in before:
                before[head] = at
                queue.append(head)
    path, at = [], end
    while before.get(at):
        path.append((before[at], at))
        at = before[at]
    return path


def searched(counts: Mapping[Place, int], hidden: set[Place], wanted: Place, far: int) -> tuple[int, int]:
    """The same by trying every table, for tables of a few cells: what checks the other."""
    found = [table[wanted] for table in _tables(counts, sorted(hidden), far)]
    return min(found), max(found)


def _tables(counts: Mapping[Place, int], hidden: list[Place], far: int) -> Iterator[dict[Place, int]]:
    last = (max(row for row, _ in counts), max(column for _, column in counts))
    inner = [place for place in hidden if place[0] < last[0] and place[1] < last[1]]
    for tried in product(range(far), repeat=len(inner)):
        table = dict(counts) | dict(zip(inner, tried, strict=True))
        for row in range(last[0]):
            table[row, last[1]] = sum(table[row, column] for column in range(last[1]))
        for column in range(last[1] + 1):
            table[last[0], column] = sum(table[row, column] for row in range(last[0]))
        if all(table[place] == counts[place] for place in counts if place not in hidden):
            yield table
