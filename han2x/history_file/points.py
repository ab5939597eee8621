"""Steps of a meter's history as JSON: one array for each, with nulls for those between of which nothing is known."""

from __future__ import annotations

from typing import Final

from han2x.history_file.reading import Source
from han2x.history_file.shapes import Shape
from han2x.history_file.spans import Span

PICKED: Final = "picked"
_OF_SPAN: Final = "(SELECT a FROM temp.spans WHERE a <= rows.begin ORDER BY a DESC LIMIT 1)"


def steps(source: Source, shape: Shape, begin: int, end: int) -> bytes:
    """Steps of a fixed length as a JSON array, from a moment up to before another."""
    columns = ", ".join(expression for _, expression in shape.columns)
    parameters = {**source.parameters, "begin": begin, "end": end, "step": shape.step_s}
    pick(source, shape, parameters)
    return _octets(
        source,
        "WITH RECURSIVE ends(first, last) AS (SELECT min(begin), max(begin) FROM temp.picked),"
        " grid(at) AS (SELECT first FROM ends WHERE first IS NOT NULL"
        "  UNION ALL SELECT at + :step FROM grid, ends WHERE at + :step <= last)"
        f"SELECT CAST(json_group_array(json_array(at, {columns})) AS BLOB)"
        " FROM grid LEFT JOIN temp.picked ON begin = at",
        parameters,
    )


def spans(source: Source, shape: Shape, wanted: list[Span], now: int) -> bytes:
    """Sums of the hours in spans that follow each other, as a JSON array."""
    source.use_spans(wanted, now)
    parameters = {**source.parameters, "begin": wanted[0].begin, "end": wanted[-1].end}
    columns = ", ".join(told(name) for name, _ in shape.columns)
    return _octets(
        source,
        f"WITH sums AS ({summed(source, shape)}),"
        " whole AS (SELECT min(a) AS first, max(a) AS last FROM sums)"
        f"SELECT CAST(json_group_array(json_array(spans.a, {columns})) AS BLOB)"
        " FROM whole JOIN temp.spans ON spans.a BETWEEN first AND last LEFT JOIN sums s ON s.a = spans.a",
        parameters,
    )


def summed(source: Source, shape: Shape) -> str:
    """SQL for the sums of each span in which there is an hour."""
    columns = ", ".join(f"{'NULL' if name == 'hours' else expression} AS {name}" for name, expression in shape.columns)
    return f"SELECT {_OF_SPAN} AS a, {columns} FROM ({source.rows(shape.table)}) AS rows GROUP BY 1"


def told(name: str) -> str:
    """A column of a span in which there may be no hour."""
    if name == "hours":
        return "spans.hours"
    if name == "highest_begin":
        return "CASE WHEN s.highest_wh IS NOT NULL THEN s.highest_begin END"
    return f"ifnull(s.{name}, 0)" if name.startswith("hours_") else f"s.{name}"


def pick(source: Source, shape: Shape, parameters: dict[str, int]) -> None:
    """Have the rows of a range in a table of their own, to be found by when they begin."""
    source.run(f"DROP TABLE IF EXISTS temp.{PICKED}")
    columns = ", ".join(f"{name} INTEGER{' PRIMARY KEY' if name == 'begin' else ''}" for name in shape.table.names)
    source.run(f"CREATE TEMP TABLE {PICKED} ({columns})")
    source.run(f"INSERT INTO temp.{PICKED} {source.rows(shape.table)}", parameters)


def _octets(source: Source, sql: str, parameters: dict[str, int]) -> bytes:
    (octets,) = source.run(sql, parameters).fetchone()
    return bytes(octets)
