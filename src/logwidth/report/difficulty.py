"""The difficulty curve: which part of the instances a verifier solves, against closeness and depth."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from logwidth.report.drawing import checked_suffix, figure_bytes, new_figure

BINS = (1e-5, 1e-3, 1e-2, 5e-2, 0.2, 0.5, 2.0)


class Solved(Protocol):
    """An answer, of which only the instance matters here."""

    @property
    def key(self) -> tuple[str, str]:
        """Stems of network and property."""


def difficulty_rows(
    solved: Mapping[str, Sequence[Solved]], asked: Mapping[tuple[str, str], Mapping[str, str]]
) -> list[dict[str, Any]]:
    """Return, per tool, answer and group of closeness or depth, how many instances were asked and solved.

    Groups of closeness are named by their upper end; closeness is |ε/r − 1|, r the proven radius on that side.
    """
    rows = []
    for tool, answers in solved.items():
        keys = {answer.key for answer in answers}
        for quantity in ("closeness", "depth"):
            for answer in ("sat", "unsat"):
                groups: dict[float, list[tuple[str, str]]] = {}
                for key, truth in asked.items():
                    if truth["answer"] == answer and truth["kind"] != "ball":
                        groups.setdefault(_group(quantity, float(truth[quantity])), []).append(key)
                rows += [
                    {
                        "tool": tool, "against": quantity, "answer": answer, "up_to": end,
                        "asked": len(group), "solved": sum(key in keys for key in group),
                    }
                    for end, group in sorted(groups.items())
                ]  # fmt: skip
    return rows


def _group(quantity: str, value: float) -> float:
    return value if quantity == "depth" else next((end for end in BINS if value <= end), BINS[-1])


def difficulty_figure(rows: Sequence[Mapping[str, Any]], suffix: str = ".png") -> bytes:
    """Return the figure of :func:`difficulty_rows`, sat and unsat apart, as the bytes of a .png, .svg or .pdf file.

    Raises MissingExtraError without matplotlib (extra `plot`), InputError for another suffix.
    """
    checked_suffix(suffix)
    figure = new_figure(9.0, 3.6)
    axes = figure.subplots(1, 2, sharey=True)
    for axis, quantity in zip(axes, ("closeness", "depth"), strict=True):
        for tool, answer in sorted({(row["tool"], row["answer"]) for row in rows}):
            part = [r for r in rows if (r["tool"], r["against"], r["answer"]) == (tool, quantity, answer)]
            style = "o-" if answer == "unsat" else "s--"
            shares = [r["solved"] / r["asked"] for r in part]
            axis.plot([r["up_to"] for r in part], shares, style, label=f"{tool}, {answer}")
        axis.set_xscale("log")
        axis.set_xlabel("|ε/r − 1|, at most" if quantity == "closeness" else "depth")
        axis.set_ylim(-0.05, 1.05)
        axis.grid(alpha=0.3)
    axes[0].set_ylabel("fraction solved")
    axes[1].legend(fontsize=7)
    return figure_bytes(figure, suffix)
