"""Which type each column of a query's answer has in PostgreSQL, and what it is called there."""

from __future__ import annotations

from typing import Any

from sqlglot import exp

KINDS = {
    "int2": exp.DType.SMALLINT, "int4": exp.DType.INT, "int8": exp.DType.BIGINT, "float4": exp.DType.FLOAT,
    "float8": exp.DType.DOUBLE, "numeric": exp.DType.DECIMAL, "text": exp.DType.TEXT, "bool": exp.DType.BOOLEAN,
    "date": exp.DType.DATE, "time": exp.DType.TIME, "timestamp": exp.DType.TIMESTAMP,
    "timestamptz": exp.DType.TIMESTAMPTZ, "json": exp.DType.JSON,
}  # fmt: skip
"""The DataStore's types as the parser knows them."""
NAMES = {dtype: kind for kind, dtype in KINDS.items()} | {exp.DType.VARCHAR: "text", exp.DType.CHAR: "text"}
WIDER = ("int2", "int4", "int8", "numeric", "float4", "float8")
"""Numbers: of two, what is made has the type that stands later."""
SAME = {
    "abs", "coalesce", "first_value", "greatest", "lag", "last_value", "lead", "least", "max", "min", "mod",
    "nth_value", "nullif",
}  # fmt: skip
"""Functions that give what they take."""
GIVES = {
    **dict.fromkeys(("count", "dense_rank", "rank", "row_number"), "int8"),
    **dict.fromkeys(("char_length", "character_length", "length", "ntile", "strpos"), "int4"),
    **dict.fromkeys(("bool_and", "bool_or", "every", "starts_with"), "bool"),
    **dict.fromkeys(
        (
            "cume_dist", "date_part", "degrees", "percent_rank", "pi", "radians", "random",
        ),
        "float8",
    ),
    **dict.fromkeys(
        (
            "btrim", "chr", "concat", "concat_ws", "initcap", "left", "lower", "lpad", "ltrim", "md5", "repeat",
            "replace", "reverse", "right", "rpad", "rtrim", "split_part", "string_agg", "substr", "substring",
            "to_char", "translate", "upper",
        ),
        "text",
    ),
    **dict.fromkeys(("date_trunc", "to_timestamp"), "timestamp"),
    **dict.fromkeys(("clock_timestamp", "now", "statement_timestamp", "transaction_timestamp"), "timestamptz"),
    **dict.fromkeys(("make_date", "to_date"), "date"),
}  # fmt: skip
EXACT = {
    "avg", "ceil", "ceiling", "exp", "floor", "ln", "log", "pow", "power", "round", "sign", "sqrt", "stddev",
    "stddev_pop", "stddev_samp", "trunc", "var_pop", "var_samp", "variance",
}  # fmt: skip
"""Functions that are numeric of numeric numbers, else float8."""
OF_WHOLE = {"avg", "stddev", "stddev_pop", "stddev_samp", "var_pop", "var_samp", "variance"}
"""Those that are numeric of whole numbers, too."""


def kind(node: exp.Expr) -> str | None:
    """An annotated expression's type; None where it is not known."""
    return NAMES.get(node.type.this) if node.type else None


def annotators() -> dict[Any, Any]:
    """PostgreSQL's rules where the parser's own differ: for `annotate_types`."""
    from sqlglot.dialects.postgres import Postgres

    def typed(make: Any) -> dict[str, Any]:
        return {"annotator": lambda self, node: self._set_type(node, KINDS.get(make(node) or ""))}

    return {
        **Postgres.EXPRESSION_METADATA,
        exp.Anonymous: typed(_function),
        exp.Literal: typed(_literal),
        exp.Extract: typed(lambda _node: "numeric"),
        **dict.fromkeys((exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod), typed(_arithmetic)),
    }


def _literal(node: exp.Literal) -> str:
    if node.is_string:
        return "text"
    text = str(node.this)
    return "numeric" if not text.isdigit() else "int4" if int(text) < 1 << 31 else "int8"


def _arithmetic(node: exp.Binary) -> str | None:
    kinds = [kind(one) for one in (node.left, node.right)]
    if isinstance(node.right, exp.Interval):
        return "timestamp" if kinds[0] == "date" else kinds[0]
    numbers = [one for one in kinds if one in WIDER]
    if len(numbers) == 2:
        widest = max(numbers, key=WIDER.index)
        return "float8" if widest == "float4" and numbers[0] != numbers[1] else widest
    if kinds == ["date", "date"]:
        return "int4"
    return next(
        (one for one in kinds if one in ("date", "timestamp", "timestamptz")), numbers[0] if numbers else None
    )


def _function(node: exp.Anonymous) -> str | None:
    name = str(node.name).lower()
    if name in GIVES:
        return GIVES[name]
    given = [kind(one) for one in node.expressions]
    first = next((one for one in given if one and one != "text"), given[0] if given else None)
    if name in SAME:
        return first
    if name == "sum":
        return {"int2": "int8", "int4": "int8", "int8": "numeric"}.get(first or "", first)
    if name in EXACT:
        exact = first == "numeric" or (name in OF_WHOLE and first in ("int2", "int4", "int8"))
        return "numeric" if exact else "float8"
    return None


def called(node: exp.Expr) -> str:
    """What PostgreSQL calls a column of an answer that has no name (FigureColname in its parse_target.c)."""
    return _figured(node)[1]


def _figured(node: exp.Expr) -> tuple[int, str]:
    """How good a name is (2: a column's or function's; 1: a type's; 0: none), and the name."""
    if isinstance(node, exp.Alias):
        return 2, str(node.alias)
    if isinstance(node, exp.Paren | exp.Filter | exp.Window | exp.WithinGroup):
        return _figured(node.this)
    if isinstance(node, exp.Column):
        return 2, str(node.name) if node.this.quoted else str(node.name).lower()
    if isinstance(node, exp.Anonymous):
        return 2, str(node.name).lower()
    if isinstance(node, exp.Cast):
        found = _figured(node.this)
        return found if found[0] else (1, NAMES.get(node.to.this, "text"))
    if isinstance(node, exp.Case):
        found = _figured(node.args["default"]) if node.args.get("default") else (0, "")
        return found if found[0] == 2 else (1, "case")
    if isinstance(node, exp.Subquery):
        inner = node.unnest()
        return _figured(inner.selects[0]) if isinstance(inner, exp.Query) and inner.selects else (0, "?column?")
    named: dict[Any, tuple[int, str]] = {
        exp.Boolean: (1, "bool"), exp.CurrentDate: (2, "current_date"), exp.Exists: (2, "exists"),
        exp.CurrentTimestamp: (2, "current_timestamp"), exp.Extract: (2, "extract"), exp.Interval: (1, "interval"),
        exp.StrPosition: (2, "position"), exp.Substring: (2, "substring"),
    }  # fmt: skip
    if isinstance(node, exp.Trim):
        return 2, {"LEADING": "ltrim", "TRAILING": "rtrim"}.get(str(node.args.get("position")).upper(), "btrim")
    return named.get(type(node), (0, "?column?")) if not isinstance(node, exp.Boolean) else (0, "?column?")
