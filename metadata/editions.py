"""What differs between two editions of a metadata standard, term by term, in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from metadata.standard import Standard
from metadata.term import Term
from metadata.wording import Language, phrase, word

SAYS = ("required", "multiple", "item", "kind", "data_types", "expected")
"""What a term may say otherwise, beside its label and its choices."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A term that is not the same. `before` or `after` is None where the edition has none."""

    before: Term | None
    after: Term | None

    @property
    def term(self) -> Term:
        """The newer one that there is."""
        found = self.after or self.before
        assert found is not None  # noqa: S101 - one of them is there
        return found

    @property
    def label(self) -> dict[str, dict[str, str]] | None:
        """How its label changed."""
        if not self.before or not self.after or dict(self.before.label) == dict(self.after.label):
            return None
        return {"from": dict(self.before.label), "to": dict(self.after.label)}

    @property
    def choices(self) -> dict[str, list[dict[str, str]]] | None:
        """Choices that came and went, with their labels; None where they are the same, or it has none."""
        if not self.before or not self.after or self.before.choices == self.after.choices:
            return None
        made = {
            "added": _choices(self.after, self.before),
            "removed": _choices(self.before, self.after),
        }
        return made if any(made.values()) else None

    def to_json(self) -> dict[str, Any]:
        """As `--json` prints it."""
        made: dict[str, Any] = {"field": self.term.field_name, "label": dict(self.term.label)}
        made["resource"] = self.term.resource
        if self.before is None or self.after is None:
            return {**made, "required": self.term.required}
        changes: dict[str, Any] = {
            name: {"from": getattr(self.before, name), "to": getattr(self.after, name)}
            for name in SAYS
            if getattr(self.before, name) != getattr(self.after, name)
        }
        if self.label:
            changes["label"] = self.label
        if self.choices:
            changes["choices"] = self.choices
        return {**made, "changes": changes}

    def lines(self, lang: Language) -> Iterator[str]:
        """As people read it."""
        facts = {"field": self.term.field_name, "label": dict(self.term.label)}
        if self.before is None or self.after is None:
            which = "edition-added" if self.before is None else "edition-removed"
            needed = phrase("edition-needed", lang, {}) if self.term.required and self.before is None else ""
            yield phrase(which, lang, facts) + needed
            return
        for name, change in self.to_json()["changes"].items():
            if name == "required":
                yield phrase("edition-required" if change["to"] else "edition-optional", lang, facts)
            elif name == "label":
                if change["from"].get(lang) == change["to"].get(lang):
                    continue
                yield phrase("edition-label", lang, {**facts, **{f"{key}_label": change[key] for key in change}})
            elif name == "choices":
                for part in ("added", "removed"):
                    if change[part]:
                        labels = [choice[lang] for choice in change[part]]
                        yield phrase(f"edition-choices-{part}", lang, {**facts, "choices": labels})
            else:
                yield phrase("edition-other", lang, {**facts, "what": word(f"edition-{name}", lang)})


def differences(old: Standard, new: Standard) -> tuple[Difference, ...]:
    """The terms that are not the same, in the order of the newer edition; those it lacks come last."""
    before = {(term.resource, term.field_name): term for term in (*old.terms, *old.resource_terms)}
    after = {(term.resource, term.field_name): term for term in (*new.terms, *new.resource_terms)}
    pairs = [(before.get(key), term) for key, term in after.items()]
    gone = [(term, None) for key, term in before.items() if key not in after]
    found = (Difference(before=was, after=now) for was, now in (*pairs, *gone))
    return tuple(one for one in found if one.before is None or one.after is None or one.to_json()["changes"])


def to_json(old: Standard, new: Standard) -> dict[str, Any]:
    """The differences as `--json` prints them."""
    found = differences(old, new)
    return {
        "from": old.name,
        "to": new.name,
        "added": [one.to_json() for one in found if one.before is None],
        "removed": [one.to_json() for one in found if one.after is None],
        "changed": [one.to_json() for one in found if one.before and one.after],
    }


def _choices(here: Term, there: Term) -> list[dict[str, str]]:
    labels = here.choice_labels
    return [
        {"value": value, **{lang: labels.get(value, {}).get(lang, value) for lang in ("th", "en")}}
        for value in here.choices
        if value not in there.choices
    ]
