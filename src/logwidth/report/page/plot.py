"""A small plot as SVG: areas, lines, marks and ticks, coloured by the page's style sheet."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from logwidth.report.page.markup import text

LEFT, RIGHT, TOP, BOTTOM, HEIGHT = 84, 586, 14, 300, 350

Points = Sequence[tuple[float, float]]
Scale = Callable[[float], float]


@dataclass
class Plot:
    """Collects what is drawn; `across` and `upwards` map values to `[0, 1]`, and what lies outside is drawn at the edge."""

    across: Scale
    upwards: Scale
    parts: list[str] = field(default_factory=list)

    def area(self, points: Points, kind: str) -> None:
        """Fill the polygon of `points` in the style of `kind`."""
        self._path(points, kind, "Z")

    def line(self, points: Points, kind: str) -> None:
        """Join `points` in the style of `kind`."""
        self._path(points, f"line {kind}", "")

    def dots(self, points: Points, kind: str, radius: float = 3.0) -> None:
        """Draw a disc at every point."""
        for x, y in points:
            a, b = self.place(x, y)
            self.parts.append(f'<circle class="{kind}" cx="{a:.1f}" cy="{b:.1f}" r="{radius}"/>')

    def ticks(self, across: Sequence[tuple[float, str]], upwards: Sequence[tuple[float, str]]) -> None:
        """Write what stands beside the axes."""
        for value, name in across:
            x, _ = self.place(value, 0.0)
            self.parts.append(f'<path class="tick" d="M{x:.1f} {BOTTOM}v5"/>')
            self.parts.append(f'<text x="{x:.1f}" y="{BOTTOM + 22}" text-anchor="middle">{text(name)}</text>')
        for value, name in upwards:
            y = BOTTOM - (BOTTOM - TOP) * self.upwards(value)
            self.parts.append(f'<path class="tick" d="M{LEFT} {y:.1f}h-5"/>')
            self.parts.append(f'<text x="{LEFT - 9}" y="{y + 5:.1f}" text-anchor="end">{text(name)}</text>')

    def svg(self, words: str, across: str, upwards: str) -> str:
        """Return the drawing; `words` say to those who cannot see it what it shows, `across` and `upwards` name the axes."""
        frame = f'<path class="mark" d="M{LEFT} {TOP}V{BOTTOM}H{RIGHT}"/>'
        name = f'<text x="{(LEFT + RIGHT) // 2}" y="{HEIGHT - 6}" text-anchor="middle">{text(across)}</text>'
        return (
            f'<svg viewBox="0 0 600 {HEIGHT}" role="img" aria-label="{text(words)}"><title>{text(words)}</title>'
            f"{''.join(self.parts)}{frame}{name}{upright(upwards, 18, (TOP + BOTTOM) // 2)}</svg>"
        )

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Return where a point is drawn."""
        a, b = (min(max(share, 0.0), 1.0) for share in (self.across(x), self.upwards(y)))
        return LEFT + (RIGHT - LEFT) * a, BOTTOM - (BOTTOM - TOP) * b

    def _path(self, points: Points, kind: str, end: str) -> None:
        places = [self.place(x, y) for x, y in points]
        drawn = "L".join(f"{a:.1f} {b:.1f}" for a, b in places)
        if drawn:
            self.parts.append(f'<path class="{kind}" d="M{drawn}{end}"/>')


def upright(words: str, x: int, y: int) -> str:
    """Return the title of a vertical axis as SVG: it reads upwards, centred at `(x, y)`."""
    return f'<text class="axis" transform="translate({x} {y}) rotate(-90)" text-anchor="middle">{text(words)}</text>'


def key(entries: Sequence[tuple[str, str]]) -> str:
    """Return a legend of `(kind, words)` as HTML: swatches in the styles of the drawing, of an area, a line or a dot."""
    items = "".join(
        f'<li><svg viewBox="0 0 24 14" aria-hidden="true">{_swatch(kind)}</svg>{text(words)}</li>' for kind, words in entries
    )
    return f'<ul class="key">{items}</ul>'


def _swatch(kind: str) -> str:
    if kind.startswith("dot "):
        return f'<circle class="{kind[4:]}" cx="12" cy="7" r="6"/>'
    return f'<path class="{kind}" d="{"M0 7H24" if kind.startswith("line") else "M0 0H24V14H0Z"}"/>'
