"""YAML files with line numbers: what a steward wrote, checked key by key, every mistake at once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

from metadata.errors import SetupError
from metadata.finding import Place

Model = TypeVar("Model")


def packaged(name: str) -> Any:
    """A YAML file of this package, as plain dicts and lists."""
    return shipped(files("metadata").joinpath(name).read_text(encoding="utf-8"))


def packaged_entry(name: str, key: str) -> Any:
    """What one top-level key of a YAML file of this package holds; None where it is not there.

    Only that entry is parsed: the whole of wording.yaml takes longer than judging a small file.
    """
    text = files("metadata").joinpath(name).read_text(encoding="utf-8")
    found = re.search(rf"^{re.escape(key)}:.*(?:\n(?:[ #].*)?)*", text, re.MULTILINE)
    return shipped(found[0])[key] if found else None


def shipped(text: str) -> Any:
    """YAML of our own as plain dicts and lists: by libyaml, in a fifth of the time.

    It knows YAML 1.1 alone, where `{ask: Why?}` is none; that is read as everybody's files are.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        return YAML(typ="safe").load(text)
    except YAMLError:
        return YAML(typ="safe", pure=True).load(text)


def parsed(text: str) -> Any:
    """YAML as plain dicts and lists. Raises ValueError where it is none."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        return YAML(typ="safe", pure=True).load(text)
    except YAMLError as error:
        raise ValueError from error


def listed(item: dict[str, Any]) -> str:
    """A mapping as one item of a YAML list, for appending to a file."""
    import io

    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.width = 4096
    out = io.StringIO()
    yaml.dump([item], out)
    return out.getvalue()


def read(path: Path, at: Place | None = None) -> Any:
    """A YAML (or JSON) file as commented maps that know their lines.

    Raises SetupError `file-missing`, `file-unreadable`, `yaml-broken`.
    """
    from ruamel.yaml.error import YAMLError

    from metadata import mistakes

    text = ""
    try:
        text = path.read_text(encoding="utf-8-sig")
        return round_trip().load(text)
    except FileNotFoundError as error:
        raise SetupError("file-missing", at, file=str(path)) from error
    except UnicodeDecodeError as error:
        raise SetupError("file-not-utf8", at, file=str(path)) from error
    except OSError as error:
        raise SetupError("file-unreadable", at, file=str(path), reason=error.strerror or str(error)) from error
    except YAMLError as error:
        raise SetupError("yaml-broken", at, file=str(path), mistakes=[mistakes.of_yaml(error, text)]) from None
    except RecursionError:
        raise SetupError("yaml-broken", at, file=str(path), mistakes=[{"mistake": "yaml-deep"}]) from None


def round_trip() -> Any:
    """A YAML reader that keeps lines, and keeps a date that does not exist (2567-13-45) as the text it is."""
    from ruamel.yaml import YAML
    from ruamel.yaml.constructor import RoundTripConstructor

    class Constructor(RoundTripConstructor):
        def timestamp(self, node: Any, values: Any = None) -> Any:
            try:
                return self.construct_yaml_timestamp(node, values)
            except ValueError:
                return node.value

    Constructor.add_constructor("tag:yaml.org,2002:timestamp", Constructor.timestamp)
    yaml = YAML(typ="rt")
    yaml.Constructor = Constructor
    yaml.preserve_quotes = True
    return yaml


def position(document: Any, path: tuple[str | int, ...]) -> tuple[int, int] | None:
    """Line and column (from 0) of the innermost key of `path` that is in the document."""
    found: tuple[int, int] | None = None
    for key in path:
        if isinstance(document, dict) and key not in document and str(key).isdigit():
            key = int(key)  # as a year is written
        marks = getattr(document, "lc", None)
        try:
            found = marks.item(key) if isinstance(document, list) else marks.key(key)  # type: ignore[union-attr]
            document = document[key]
        except (AttributeError, KeyError, IndexError, TypeError):
            break
    return found


def line_of(document: Any, path: tuple[str | int, ...]) -> int | None:
    """The line (from 1) of the innermost key of `path` that is in the document."""
    found = position(document, path)
    return found[0] + 1 if found else None


def plain(value: Any) -> Any:
    """Commented maps and scalars as plain dicts, lists and scalars; dates as ISO text.

    A number that begins with a zero (`010`) is a code, and stays the text that was written.
    """
    if isinstance(value, dict):
        return {str(plain(key)): plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, bool) or value is None:
        return value
    if type(value).__name__ == "ScalarInt" and (getattr(value, "_width", None) or 0) > len(str(int(value))):
        return f"{int(value):0{value._width}d}"
    for kind in (int, float, str):
        if isinstance(value, kind):
            return kind(value)
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def checked(path: Path, document: Any, model: type[Model], at: Place | None = None) -> Model:
    """The document as a pydantic model. Raises SetupError `file-invalid` listing every mistake and its line."""
    from pydantic import TypeAdapter, ValidationError

    from metadata.mistakes import of_pydantic

    try:
        return TypeAdapter(model).validate_python(plain(document))
    except ValidationError as error:
        mistakes = of_pydantic(error.errors(include_url=False, include_input=False), document, _keys(model))
        raise SetupError("file-invalid", at, file=str(path), mistakes=mistakes) from None


def _keys(model: Any) -> dict[tuple[str, ...], tuple[str, ...]]:
    """The keys that each mapping of a model takes, by its place; `*` is any name, or any item of a list."""
    from pydantic import TypeAdapter

    schema = TypeAdapter(model).json_schema()
    found: dict[tuple[str, ...], tuple[str, ...]] = {}

    def walk(node: Mapping[str, Any], where: tuple[str, ...]) -> None:
        if "$ref" in node:
            node = schema["$defs"][node["$ref"].rpartition("/")[2]]
        if "properties" in node:
            found[where] = tuple(node["properties"])
            for name, part in node["properties"].items():
                walk(part, (*where, name))
        for part in (node.get("additionalProperties"), node.get("items")):
            if isinstance(part, dict):
                walk(part, (*where, "*"))

    walk(schema, ())
    return found
