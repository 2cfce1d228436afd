"""How a dataset is cited: APA 7 as running text, BibTeX and RIS for reference managers.

An agency is the author under its whole name; a Thai person's name is never turned round ("family name, given name"
is not how Thais are cited). The year is พ.ศ. in Thai running text, and ค.ศ. in English and in the exchange
forms, whose readers count with it.
"""

from __future__ import annotations

import re

from metadata import clock
from metadata.exports.record import Record, either
from metadata.exports.vocabulary import phrase

STYLES = {"apa": "text/plain", "bibtex": "application/x-bibtex", "ris": "application/x-research-info-systems"}
"""Style → media type."""
SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "%": r"\%",
    "&": r"\&",
    "#": r"\#",
    "_": r"\_",
    "$": r"\$",
} | {
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
}


def cite(record: Record, style: str, language: str) -> str:
    """A citation in one of the STYLES. `language` chooses between the names and, in running text, the era."""
    return {"apa": _apa, "bibtex": _bibtex, "ris": _ris}[style](record, language)


def _day(record: Record) -> str:
    """The day, in Thailand, of the last change, else of publication."""
    return clock.day(record.modified or record.issued or "", "en")


def _year(record: Record) -> int | None:
    found = re.match(r"\d{4}", _day(record))
    return int(found[0]) if found else None


def _parts(record: Record, language: str) -> tuple[str, str, str, str]:
    """Author, title, publisher, catalogue, each on one line."""
    publisher = either(record.publisher, language)
    said = (
        record.creator or publisher,
        either(record.title, language),
        publisher,
        either(record.catalog_title, language),
    )
    author, title, house, catalog = (" ".join(text.split()) for text in said)
    return author, title, house, catalog


def _apa(record: Record, language: str) -> str:
    author, title, publisher, catalog = _parts(record, language)
    year = _year(record)
    shown = str(year + clock.ERA if language == "th" else year) if year else phrase("no-date", language)
    version = f" ({phrase('version', language)} {' '.join(record.version.split())})" if record.version else ""
    house = catalog if author == publisher else f"{publisher}, {catalog}"
    return f"{author}. ({shown}). {title}{version} [{phrase('data-set', language)}]. {house}. {record.page}\n"


def _bibtex(record: Record, language: str) -> str:
    author, title, publisher, catalog = _parts(record, language)
    key = re.sub(r"[^A-Za-z0-9_-]", "", record.name) or "dataset"
    year = _year(record)
    fields = {
        "author": f"{{{_tex(author)}}}",
        "title": f"{{{_tex(title)}}}",
        "year": str(year) if year else "",
        "publisher": _tex(publisher),
        "howpublished": _tex(catalog),
        "url": record.page,
        "version": _tex(record.version or ""),
        "note": _tex(phrase("era", language, year=year + clock.ERA)) if year and language == "th" else "",
        "type": _tex(phrase("data-set", language)),
    }
    lines = [f"  {name} = {{{value}}}" for name, value in fields.items() if value]
    return f"@misc{{{key},\n" + ",\n".join(lines) + "\n}\n"


def _tex(text: str) -> str:
    return "".join(SPECIAL.get(letter, letter) for letter in " ".join(text.split()))


def _ris(record: Record, language: str) -> str:
    author, title, publisher, catalog = _parts(record, language)
    year = _year(record)
    lines = [("TY", "DATA"), ("AU", f"{author},"), ("TI", title), ("PY", str(year) if year else "")]
    lines += [
        ("DA", _day(record).replace("-", "/")),
        ("PB", publisher),
        ("DP", catalog),
        ("UR", record.page),
        ("ET", record.version or ""),
    ]
    lines += [("KW", " ".join(keyword.split())) for keyword in record.keywords]
    return "".join(f"{tag}  - {value}\r\n" for tag, value in lines if value) + "ER  - \r\n"
