"""A stored run handed to the checker that Coq proves sound (docs/proofs.md): its text, and what the checker says."""

import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from logwidth.certify import (
    CoverCertificate,
    StoredRun,
    UnrecognisedNetworkError,
    WidthCertificate,
    open_run,
    read_lower_bound,
    reload_data,
)
from logwidth.certify.forms.register import RegisterForm, own_pieces
from logwidth.dataset import Dataset
from logwidth.errors import InputError, UndecidedError
from logwidth.export.proof_text import ProofText, WidthEvidence, integer_points, width_evidence
from logwidth.pipeline.lower import rank_excluded
from logwidth.separation import separation

CHECKER, VARIABLE = "logwidth-proof", "LOGWIDTH_PROOF"


@dataclass(frozen=True)
class ProofVerdict:
    """What `logwidth-proof` said: whether all that it was asked for is proven, and its lines."""

    proven: bool
    lines: tuple[str, ...]


def proof_text(directory: str | os.PathLike[str], data: Dataset | None = None) -> ProofText:
    """Return what the proven checker is to be asked about a run: all of its balls, and its lower bound if it has one in ℓ2.

    Raises InputError when the data are not the run's, and UndecidedError when the run is none that the checker covers:
    a plain register network of at least three pieces, ℓ2 balls, every ball certified.
    """
    folder, run = Path(directory), open_run(directory)
    data = data if data is not None else reload_data(run.summary)
    if data.sha256 != run.certificate.data_sha256:
        raise InputError("the data are not those that the run was certified for")
    form = _covered(run)
    own = own_pieces(form, data, run.certificate.radius).tolist()
    return ProofText(run.network, data, run.certificate.radius, own, run.certificate.network_sha256, _width(folder, data))


def _covered(run: StoredRun) -> RegisterForm:
    try:
        form = run.form
    except UnrecognisedNetworkError as problem:
        raise UndecidedError(f"the proven checker covers register networks only: {problem}") from problem
    if run.network.hidden[0].input_scales is not None:
        raise UndecidedError(
            "the proven checker covers networks whose file reads the features undivided; fit without --standardize"
        )
    if run.network.unit_exponents is not None:
        raise UndecidedError("the proven checker covers networks without scaled units; fit without --max-weight")
    if not isinstance(form, RegisterForm):
        name = getattr(form, "name", "other")
        raise UndecidedError(
            f"the proven checker covers register networks, not {name}; try: logwidth fit … --construction register"
        )
    if form.pieces.size < 3:
        raise UndecidedError(
            f"the proven checker covers three pieces or more, not {form.pieces.size}; try: logwidth fit … --pieces all"
        )
    if run.certificate.norm != 2.0 or not run.certificate.holds:
        raise UndecidedError("the proven checker covers runs in l2 whose balls are all certified")
    return form


def _width(folder: Path, data: Dataset) -> WidthEvidence | None:
    path = folder / "width_certificate.json"
    found = read_lower_bound(path.read_text()) if path.exists() else None
    if isinstance(found, CoverCertificate) and found.norm == 2.0:  # the proven checker knows T2 alone
        found = rank_excluded(data, found.radius, found.rank, separation(data))
    if not isinstance(found, WidthCertificate) or found.norm != 2.0:
        return None
    return width_evidence(integer_points(data.points)[1], found.rank, found.pairs, found.weights)


def find_checker() -> Path:
    """Return the built checker: named by LOGWIDTH_PROOF, in the checkout's `proofs/`, or on PATH; InputError if none is."""
    named = os.environ.get(VARIABLE)
    here = Path(__file__).parents[3] / "proofs" / CHECKER
    candidates = [named] if named else [str(here), shutil.which(CHECKER)]
    for candidate in candidates:
        if candidate and os.access(candidate, os.X_OK) and Path(candidate).is_file():
            return Path(candidate)
    where = f"{VARIABLE} names {named}, which is no program" if named else f"no {CHECKER} beside the sources or on PATH"
    raise InputError(f"the proven checker is not built: {where}; build it with `make proofs`, or set {VARIABLE}")


def ask_checker(text: ProofText) -> ProofVerdict:
    """Return what the built checker says of a text; InputError if there is none or it cannot read the text."""
    checker = find_checker()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.txt"
        path.write_bytes(text.write())
        done = subprocess.run([str(checker), str(path)], capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):
        raise InputError(f"{checker} failed: {done.stderr.strip() or f'exit status {done.returncode}'}")
    lines = tuple(done.stdout.strip().splitlines())
    stated = f"network {text.network_sha256}", f"data {text.data.sha256}"
    return ProofVerdict(done.returncode == 0 and lines[:2] == stated, lines)
