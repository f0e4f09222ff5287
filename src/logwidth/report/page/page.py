"""The page: what was asked and built, pictures, the claim in words, and how to prove it again."""

import math
from collections.abc import Sequence

import numpy as np

from logwidth.certify import Certificate, Outcome
from logwidth.certify.runs.certificate import FLOAT_MODEL
from logwidth.display import down
from logwidth.display.summary_table import least_width_known, summary_rows
from logwidth.norms import norm_name
from logwidth.report.explain.forms import explain_lower, form_of
from logwidth.report.page.facts import ClosePair, RunFacts, curve_picture
from logwidth.report.page.markup import figure, paragraph, part, section, table, text
from logwidth.report.page.radii import picture, radius_picture, side_of
from logwidth.report.page.widths import width_picture
from logwidth.report.page.worst_case import diagram_picture, explorer

WORDS = (
    ("ball", "all inputs within the radius σ of a sample; distances are {units}"),
    ("δ", "the smallest distance between two samples with different labels"),
    ("ratio 2σ/δ", "the radius as a share of δ/2, at which two such balls meet and no function is right on both"),
    ("width, depth", "the number of units of the widest hidden layer; the number of hidden layers"),
    ("map, rank", "the first layer takes the features to a few coordinates; the rank is their number"),
    ("piece", "a score, affine in the coordinates, of one class; the label is that of the largest score"),
    ("construction", "how the layers behind the map are laid out, such as a register, which carries the label along"),
    (
        "provably needed",
        "no network is narrower, however it was made; no scores over this first layer have fewer pieces",
    ),
    ("the paper", "Egosi, Yehudai, Shamir: Logarithmic Width Suffices for Robust Memorization, arXiv 2502.11162"),
)


def run_page(facts: RunFacts) -> str:
    """Return the HTML of a run: one file with nothing from the network, whose only script moves the explorer.

    It repeats numbers that others computed and computes none; the same facts give the same bytes.
    """
    title = f"logwidth: {text(facts.name)}"
    sections = (_asked, _words, _widths, _radii, _pairs, _ranks, _worst, _explored, _claim)
    body = _verdict(facts.certificate) + "".join(write(facts) for write in sections)
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{title}</title>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<style>\n{part('style.css')}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n{body}</main>\n</body>\n</html>\n"
    )


def _verdict(certificate: Certificate) -> str:
    counts = {outcome: certificate.count(outcome) for outcome in Outcome}
    words = (
        f"{counts[Outcome.CERTIFIED]:,} of {certificate.status.size:,} balls are stored as certified, "
        f"{counts[Outcome.FALSIFIED]:,} as falsified, {counts[Outcome.UNDECIDED]:,} as undecided."
    )
    if certificate.rejection is not None:
        proven = "is" if certificate.rejection.holds else "is not"
        words += f" That the network says none beyond {certificate.rejection.radius:g} from all samples {proven} proven."
    kind = "verdict holds" if certificate.holds else "verdict"
    return f'<p class="gain">{text(gain(certificate))}</p>\n<p class="{kind}">{text(words)}</p>\n'


def _asked(facts: RunFacts) -> str:
    return section("What was asked and built", table(("", "quantity", "value"), summary_rows(facts.summary)))


def _words(facts: RunFacts) -> str:
    kind = "features" if facts.certificate.feature_scales is None else "features, each divided by its scale"
    euclidean = " (Euclidean)" if facts.certificate.norm == 2.0 else ""
    units = f"in the ℓ{norm_name(facts.certificate.norm)} norm{euclidean} of the {kind}"
    return section("Words", table(("word", "is"), [(word, meaning.format(units=units)) for word, meaning in WORDS]))


def _widths(facts: RunFacts) -> str:
    needed = (
        "narrower than 'needed' robustly memorizes these data at this radius (1 is trivial, more is proven by "
        "width_certificate.json)"
        if facts.certificate.rejection is None
        else "narrower than 'needed', d + 1, has a label at the samples and none far from them (T15, whatever the data)"
    )
    caption = (
        f"Widths: no network {needed}; 'built' is this network; 'paper' is what the paper's Theorem 4.2 takes. "
        f"{_between(facts)}"
    )
    if facts.summary.get("width_lower") is None:
        caption = "Widths: 'built' is this network, 'paper' what the paper's Theorem 4.2 takes. No lower bound was computed."
    return section("How narrow", figure(width_picture(facts.summary, facts.exists), caption), *_ends(facts))


def _ends(facts: RunFacts) -> list[str]:
    """Return why the width needed is needed and what the width built rests on, where a certificate excludes less."""
    if facts.needed is None:
        return []
    certificate, summary = facts.certificate, facts.summary
    name = str(summary.get("construction"))
    built = (
        f"Built: width {summary.get('width')}, {name}: {form_of(name)}. certificate.json says of "
        f"{certificate.count(Outcome.CERTIFIED):,} of {certificate.status.size:,} balls that they are certified."
    )
    return [paragraph(explain_lower(facts.needed)), paragraph(built)]


def _between(facts: RunFacts) -> str:
    least = least_width_known(facts.summary)
    if least and facts.certificate.holds:
        return f"Needed and built meet: {least}, for balls of this radius."
    if facts.exists is None:
        return "Between needed and built nothing is known."
    meets = facts.exists == facts.summary.get("width_lower")
    return (
        f"A theorem (T5d) says that a network of width {facts.exists} exists in exact arithmetic. "
        "It may not be one that can be built here. "
        + (f"So the least width is {facts.exists}." if meets else "Between needed and that nothing is known.")
    )


def _radii(facts: RunFacts) -> str:
    certificate = facts.certificate
    if facts.attack is None:
        drawing = radius_picture(certificate.radius_lower, None, certificate.radius)
        caption = (
            "Samples by proven radius. Run logwidth attack, then report again: it shows the nearest input found with "
            "another label. Between the two radii nothing is known."
        )
    else:
        lower, upper = facts.attack
        drawing = radius_picture(lower, upper, certificate.radius)
        caption = (
            "Samples by proven radius (filled) and by the distance of the nearest input found with another label (outlined, "
            f"{int(np.isfinite(upper).sum()):,} samples), as logwidth attack left them in the run."
        )
    return section("How robust", figure(drawing, caption))


def _pairs(facts: RunFacts) -> str:
    heading = "The nearest samples with different labels"
    if facts.pairs is None:
        return section(heading, paragraph("The data could not be loaded; name them: logwidth report RUN DATA."))
    if facts.pairs and side_of(facts.pairs[0].points[0].size):
        shown = "".join(_pair_figure(pair, facts.feature_range) for pair in facts.pairs)
        return section(heading, f'<div class="pairs">{shown}</div>')
    return section(heading, table(("rows, from 0", "labels", "distance at least"), _pair_rows(facts.pairs)))


def _pair_figure(pair: ClosePair, span: tuple[float, float]) -> str:
    images = "".join(
        picture(point, span, f"row {row}, label {label}")
        for row, label, point in zip(pair.rows, pair.labels, pair.points, strict=True)
    )
    words = f"rows {pair.rows[0]} and {pair.rows[1]}: {pair.labels[0]} and {pair.labels[1]}, {pair.distance_lower:.6g} apart"
    return figure(images, words)


def _pair_rows(pairs: Sequence[ClosePair]) -> list[tuple[str, str, str]]:
    return [
        (f"{pair.rows[0]}, {pair.rows[1]}", f"{pair.labels[0]}, {pair.labels[1]}", f"{pair.distance_lower:.6g}")
        for pair in pairs
    ]


def _ranks(facts: RunFacts) -> str:
    if facts.curve is None:
        return ""
    return section("How much of the radius a rank keeps", curve_picture(facts.curve))


def _worst(facts: RunFacts) -> str:
    if facts.worst is None:
        return ""
    return section("Beside the worst case", diagram_picture(facts.worst, facts.mark))


def _explored(facts: RunFacts) -> str:
    if facts.worst is None:
        return ""
    worst = facts.worst
    return section("Explore the worst case", explorer(worst.n_samples, worst.n_features, norm_name(worst.norm)))


def _unclaimed(certificate: Certificate) -> str:
    if certificate.rejection is None:
        return "inputs outside the balls"
    return "inputs between the balls and the reject radius"


def _claim(facts: RunFacts) -> str:
    certificate = facts.certificate
    status = "Status 0 is certified, others are not claimed."
    digests = table(
        ("SHA-256 of", "is"), [("the network's file", certificate.network_sha256), ("the data", certificate.data_sha256)]
    )
    again = (
        '<pre tabindex="0">logwidth check RUN        # or: logwidth check RUN DATA\n'
        "logwidth attack RUN       # tries to break it</pre>"
    )
    return section(
        "The claim, and what it assumes",
        paragraph(f"{certificate.claim[0].upper()}{certificate.claim[1:]}. {status}"),
        paragraph(f"Arithmetic: {FLOAT_MODEL.format(dtype=certificate.dtype)}"),
        paragraph(
            f"Nothing is claimed of {_unclaimed(certificate)}, nor of whether the given labels are right. This page repeats "
            "what the run's files say; it proves nothing. The proof is made again from network.onnx, certificate.json and "
            "the data by:"
        ),
        again,
        digests,
    )


def gain(certificate: Certificate) -> str:
    """Return in words how far samples may move and keep their label, as the certificate states it.

    Numbers are rounded down. What is not certified is named, and nothing is said to hold of it.
    """
    n, held = certificate.status.size, certificate.count(Outcome.CERTIFIED)
    if not held:
        return f"No ball of the {n:,} samples is certified: nothing is claimed."
    step = _step(down(certificate.radius), certificate)
    radii = np.sort(certificate.radius_lower[certificate.status == Outcome.CERTIFIED])
    middle = float(radii[held // 2])  # at least half of the radii are not below it
    more = f" Half of them may move by {down(middle)} or more." if middle > certificate.radius and n > 1 else ""
    if held == n:
        return f"Each of the {n:,} samples keeps its label when it moves by up to {step}.{more}"
    kept = f"{held:,} of the {n:,} samples keep their label when they move by up to {step}"
    return f"{kept}; the other {n - held:,} are not certified."


def _step(radius: str, certificate: Certificate) -> str:
    """Return a radius with what it measures: a distance, or a change of every feature."""
    features = "feature" if certificate.feature_scales is None else "scaled feature"
    ways = {
        1.0: f"{radius}, summed over the changes of all {features}s",
        2.0: f"{radius} in any direction" if features == "feature" else f"{radius} in any direction of its {features}s",
        math.inf: f"{radius} in every {features} at once",
    }
    return ways.get(certificate.norm, f"{radius} in the ℓ{norm_name(certificate.norm)} distance of its {features}s")
