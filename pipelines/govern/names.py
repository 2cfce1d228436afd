"""Names that everything repeats: of a dataset, its resources, its sources. None of them may hold personal data.

What a cell holds can be told by its place and a mask; a name is the place. It stands in reports, in the journal
and in plans as it is written, so that a build stops before it is said for the first time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict

from metadata.dataset import Dataset
from metadata.errors import SetupError
from metadata.finding import Place
from metadata.workspace import Workspace
from pipelines.govern.personal.masked import masked
from pipelines.govern.personal.prose import about, sure, texts

APART = re.compile(r"[-_]+")
"""What parts the words of a name; in a text a number does not end there."""

NUMBERS = ("national-id", "credit-card")
"""What their check digits tell, so that no agency's name or address is taken for one."""


def discreet(name: str) -> str:
    """The name with what is personal in it masked."""
    if not sure(name):
        parted = APART.sub(" ", name)
        return masked(parted) if sure(parted) else name
    return masked(name)


def checked(dataset: Dataset) -> None:
    """Raises SetupError `personal-name` where a name of a dataset's description or recipe holds personal data."""
    for part, name in _names(dataset):
        told = discreet(name)
        if told != name:
            place = Place(dataset=discreet(dataset.name))
            raise SetupError("personal-name", place, part=part, masked=told)


def desk_checked(workspace: Workspace) -> None:
    """Raises SetupError `personal-workspace` where a text of `workspace.yaml` that goes out holds a number of one
    person's: the organization's name and title on a portal, what ours says of itself."""
    said = {
        "agency": asdict(workspace.agency),
        "portal": dict(workspace.portal),
        "overview": [asdict(one) for one in workspace.overview],
        "targets": [{"organization": one.organization} for one in workspace.targets if one.organization],
    }
    for key, text in texts(said):
        for name, entity in sure(text).items():
            if name in NUMBERS:
                raise SetupError("personal-workspace", key=key, **about(entity))


def _names(dataset: Dataset) -> Iterator[tuple[str, str]]:
    """What is named (a part of `inside.yaml`), and how."""
    yield "dataset-name", dataset.name
    for resource in dataset.resources:
        yield "resource-name", resource.name
    for course in dataset.recipe.courses if dataset.recipe else ():
        reads = course.reads
        for part, given in (
            ("file-name", reads.path),
            ("file-name", reads.member),
            ("file-name", reads.database),
            ("query-name", reads.query),
            ("sheet-name", reads.sheet if isinstance(reads.sheet, str) else None),
        ):
            if given:
                yield part, given
