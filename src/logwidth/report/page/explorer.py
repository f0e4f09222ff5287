"""The explorer of the worst case: sliders over a table of diagrams, read by a small script inside the page."""

from logwidth.report.page.markup import paragraph, part, text
from logwidth.report.page.plot import HEIGHT, key
from logwidth.report.page.worst_case import LEGEND

SLIDERS = (("samples", "samples N"), ("features", "features d"), ("norm", "norm p"), ("width", "width k"))
WORDS = (
    "What every data set of given sizes allows, and what some data set refuses, against the width. The script looks numbers "
    "up in a table of what logwidth bounds prints, each moved to its safe side by less than 0.06 %. The picture is drawn, "
    "not proven."
)
INSTEAD = "The explorer needs JavaScript. The numbers: logwidth bounds."


def explorer(n_samples: int, n_features: int, norm: str) -> str:
    """Return the explorer (HTML), which starts at the sizes of the table nearest to these."""
    rows = "".join(_slider(name, words) for name, words in SLIDERS)
    return (
        f"{paragraph(WORDS)}\n<noscript>{paragraph(INSTEAD)}</noscript>"
        f'<div id="explorer" hidden data-samples="{n_samples:d}" data-features="{n_features:d}" data-norm="{text(norm)}">'
        f'<div class="sliders" role="group" aria-label="Sizes">{rows}</div>'
        f'<figure><svg id="explorer-picture" viewBox="0 0 600 {HEIGHT}" role="img" aria-labelledby="explorer-says"></svg>'
        f'{key(LEGEND)}</figure><p id="explorer-says" aria-live="polite"></p></div>\n'
        f'<script type="application/json" id="atlas">{part("atlas.json").strip()}</script>\n'
        f"<script>\n{part('explorer.js')}</script>"
    )


def _slider(name: str, words: str) -> str:
    return (
        f'<label for="pick-{name}">{text(words)}</label><input type="range" id="pick-{name}" min="0" step="1">'
        f'<output for="pick-{name}" id="shown-{name}"></output>'
    )
