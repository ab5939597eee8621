"""One hour as a picture: truth, what is published, and its error bar."""

from __future__ import annotations

from collections.abc import Callable, Sequence

WIDTH, HEIGHT, MARGIN = 900, 420, 56


class Picture:
    """Rows of (second, true, published, bar), energies in Wh less a constant slope."""

    def __init__(self, rows: Sequence[tuple[float, float, float, float]]) -> None:
        self._rows = rows
        self._begin, self._end = rows[0][0], rows[-1][0]
        self._low = min(min(true, shown - 2 * bar) for _, true, shown, bar in rows)
        self._high = max(max(true, shown + 2 * bar) for _, true, shown, bar in rows)

    def svg(self) -> str:
        """The picture as a stand-alone SVG document."""
        upper = self._points(lambda row: row[2] + 2 * row[3])
        lower = self._points(lambda row: row[2] - 2 * row[3])
        return "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif"'
                ' font-size="12"><rect width="100%" height="100%" fill="white"/>',
                *self._grid(),
                f'<polygon points="{" ".join([*upper, *reversed(lower)])}" fill="#9ecae1" fill-opacity="0.6"/>',
                self._curve(lambda row: row[1], "black", 1.2),
                self._curve(lambda row: row[2], "#d62728", 1.6),
                f'<text x="{MARGIN + 8}" y="20">energy less its mean slope, Wh: truth black, published red,'
                " twice the error bar blue</text>",
                "</svg>\n",
            ]
        )

    def _grid(self) -> list[str]:
        lines = []
        for minute in range(int(self._begin // 60), int(self._end // 60) + 1, 10):
            x, _ = self._place(60 * minute, self._low)
            lines.append(f'<line x1="{x:.1f}" y1="28" x2="{x:.1f}" y2="{HEIGHT - 28}" stroke="#ddd"/>')
            lines.append(f'<text x="{x:.1f}" y="{HEIGHT - 10}" text-anchor="middle">{minute} min</text>')
        step = max(round((self._high - self._low) / 8), 1)
        for wh in range(int(self._low // step) * step + step, int(self._high) + 1, step):
            _, y = self._place(self._begin, wh)
            lines.append(f'<line x1="{MARGIN}" y1="{y:.1f}" x2="{WIDTH - 10}" y2="{y:.1f}" stroke="#ddd"/>')
            lines.append(f'<text x="{MARGIN - 6}" y="{y + 4:.1f}" text-anchor="end">{wh}</text>')
        return lines

    def _curve(self, value: Callable[[tuple[float, float, float, float]], float], colour: str, width: float) -> str:
        return (
            f'<polyline points="{" ".join(self._points(value))}" fill="none" stroke="{colour}" stroke-width="{width}"/>'
        )

    def _points(self, value: Callable[[tuple[float, float, float, float]], float]) -> list[str]:
        return [f"{x:.1f},{y:.1f}" for x, y in (self._place(row[0], value(row)) for row in self._rows)]

    def _place(self, second: float, wh: float) -> tuple[float, float]:
        across = (second - self._begin) / (self._end - self._begin)
        up = (wh - self._low) / (self._high - self._low)
        return MARGIN + across * (WIDTH - MARGIN - 10), HEIGHT - 28 - up * (HEIGHT - 56)
