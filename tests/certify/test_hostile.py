"""Files that an enemy wrote: one line of advice or a failed check, never a crash, never a false 'certified'."""

import json
import pickle
import zipfile
from pathlib import Path

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import logwidth as lw
from logwidth.certify.sealed import seal, unseal
from logwidth.cli import main

DATA = lw.Dataset([[0.0, 0.0], [3.0, 4.0], [6.0, -1.0], [-2.0, 5.0]], [0, 1, 0, 1])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    run = lw.memorize(DATA, ratio=0.8)
    folder = tmp_path_factory.mktemp("hostile") / "run"
    run.save(folder)
    return run, {path.name: path.read_bytes() for path in folder.iterdir()}, folder


def judged(folder, files, changed):
    """Whether `check` passes with changed files; only InputError may come out."""
    for name, content in {**files, **changed}.items():
        (folder / name).write_bytes(content)
    try:
        return lw.check(folder, DATA).passed
    except lw.InputError:
        return False


def body_of(files):
    text = files["certificate.json"].decode()
    return unseal(text, "certificate.json", (json.loads(text)["format"],))


@given(st.data())
def test_a_certificate_of_any_numbers_is_proven_or_refused(made, draw):
    """An enemy can seal what he likes: what passes claims no more than what is true."""
    run, files, folder = made
    body = body_of(files)
    key = draw.draw(st.sampled_from(sorted(set(body) - {"format"})))
    value = draw.draw(JSON)
    if isinstance(body[key], list) and draw.draw(st.booleans()):
        value = [*body[key]]
        value[draw.draw(st.integers(0, len(value) - 1))] = draw.draw(JSON)
    if judged(folder, files, {"certificate.json": seal({**body, key: value}).encode()}):
        told = lw.open_run(folder).certificate
        assert told.radius == run.certificate.radius
        assert (told.radius_lower <= lw.certify(run.network, DATA, told.radius, norm=2).radius_lower).all()
        assert (told.status == run.certificate.status).all()


@pytest.mark.parametrize("value", [None, "1e999"])
def test_radii_that_are_no_numbers_are_refused(made, value):
    _run, files, folder = made
    forged = seal({**body_of(files), "radius_lower": [1.0, value, 1.0, 1.0]}).encode()
    assert not judged(folder, files, {"certificate.json": forged})
    with pytest.raises(lw.InputError, match="no finite number"):
        lw.check(folder, DATA)


@pytest.mark.parametrize("key", ["status", "radius_lower"])
@pytest.mark.parametrize("value", [[], [0], [[0], [0], [0], [0]], 0])
def test_lists_of_another_size_are_refused(made, key, value):
    _run, files, folder = made
    assert not judged(folder, files, {"certificate.json": seal({**body_of(files), key: value}).encode()})


@given(factor=st.floats(1 + 1e-9, 1e300), which=st.sampled_from(["radius", "radius_lower"]), row=st.integers(0, 3))
def test_larger_radii_never_pass(made, factor, which, row):
    run, files, folder = made
    body = body_of(files)
    half = lw.separation(DATA).sample_upper / 2 * (1 + 1e-12)
    radii = list(body["radius_lower"])
    radii[row] = min(max(radii[row], float(half[row])) * factor, 1e308)
    forged = {"radius_lower": radii} if which == "radius_lower" else {"radius": min(float(half.min()) * factor, 1e308)}
    sealed = seal({**body, **forged})
    claim = json.loads(sealed)["claim"].replace(
        repr(run.certificate.radius), repr(forged.get("radius", run.certificate.radius))
    )
    assert not judged(folder, files, {"certificate.json": seal({**body, **forged, "claim": claim}).encode()})


@given(st.binary(max_size=64), st.integers(0, 10**6), st.sampled_from(["network.onnx", "certificate.json", "summary.json"]))
@settings(max_examples=40)
def test_spliced_bytes_never_pass(made, splice, at, name):
    _run, files, folder = made
    content = files[name]
    at %= len(content)
    changed = content[:at] + splice + content[at + len(splice) :]
    if judged(folder, files, {name: changed}):
        assert json.loads(changed) == json.loads(content) if name != "network.onnx" else changed == content


@given(st.lists(st.integers(0, 255), min_size=1, max_size=6), st.integers(0, 10**6))
@settings(max_examples=40)
def test_an_enemy_who_seals_another_network_gets_no_false_certificate(made, values, at):
    """Bytes of the network are changed and all digests made anew: what passes is certified by the proof of that network."""
    import hashlib

    run, files, folder = made
    content = bytearray(files["network.onnx"])
    at %= len(content) - len(values)
    content[at : at + len(values)] = bytes(values)
    digest = hashlib.sha256(bytes(content)).hexdigest()
    sealed = seal({**body_of(files), "network_sha256": digest}).encode()
    summary = json.dumps({**run.summary, "network_sha256": digest}).encode()
    if judged(folder, files, {"network.onnx": bytes(content), "certificate.json": sealed, "summary.json": summary}):
        stored = lw.open_run(folder).network
        truth = DATA.values[DATA.labels]
        assert lw.evaluate_exactly(stored, DATA.points[0].tolist()) == [truth[0]]
        assert (lw.evaluate(stored, DATA.points)[:, 0] == truth).all()


def test_data_outside_the_file_are_refused_by_name(made):
    """External data, with a path that climbs out of the folder, is never followed."""
    _run, files, folder = made
    secret = folder.parent / "secret.bin"
    secret.write_bytes(b"\0" * 4096)
    model = onnx.load_from_string(files["network.onnx"])
    for place in ("../secret.bin", str(secret), "secret.bin"):
        for tensor in model.graph.initializer:
            tensor.ClearField("raw_data")
            tensor.ClearField("float_data")
            tensor.data_location = onnx.TensorProto.EXTERNAL
            del tensor.external_data[:]
            tensor.external_data.add(key="location", value=place)
        assert not judged(folder, files, {"network.onnx": model.SerializeToString()})


@pytest.mark.parametrize("dims", [[2**62, 2**62], [-1, 2], [2**31, 2**31], [0, 0], [2**63 - 1], []])
def test_absurd_shapes_are_refused_before_allocation(made, dims):
    _run, files, folder = made
    model = onnx.load_from_string(files["network.onnx"])
    for tensor in model.graph.initializer:
        del tensor.dims[:]
        tensor.dims.extend(dims)
    assert not judged(folder, files, {"network.onnx": model.SerializeToString()})


class Bomb:
    """Unpickling it writes a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


@pytest.mark.parametrize("suffix", [".npz", ".npy"])
def test_a_pickle_is_never_opened(capsys, tmp_path, suffix):
    trap, sign = tmp_path / f"trap{suffix}", tmp_path / "opened"
    objects = np.array([Bomb(sign)], dtype=object)
    if suffix == ".npz":
        np.savez(trap, X=objects, y=objects)
    else:
        np.save(trap, objects, allow_pickle=True)
    with pytest.raises(SystemExit) as stop:
        main(["fit", str(trap), "--out", str(tmp_path / "run")])
    assert stop.value.code == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1
    assert not sign.exists()


def test_a_bare_pickle_named_npz_is_refused(tmp_path):
    (tmp_path / "trap.npz").write_bytes(pickle.dumps(Bomb(tmp_path / "opened")))
    with pytest.raises(lw.InputError):
        lw.load(str(tmp_path / "trap.npz"))
    assert not (tmp_path / "opened").exists()


def test_a_zip_bomb_is_refused_by_what_it_declares(tmp_path):
    """A member of 100 MB of zeros takes 100 kB; its header promises two rows, so it is refused unread."""
    bomb = tmp_path / "bomb.npz"
    header = b"\x93NUMPY\x01\x00v\x00" + b"{'descr': '<f8', 'fortran_order': False, 'shape': (2, 1), }".ljust(117) + b"\n"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("X.npy", "y.npy"):
            with archive.open(name, "w") as member:
                member.write(header)
                for _ in range(100):
                    member.write(b"\0" * 10**6)
    assert bomb.stat().st_size < 10**6
    with pytest.raises(lw.InputError, match="declares 16 bytes"):
        lw.load(str(bomb))


def test_names_that_climb_out_of_an_archive_write_nothing(tmp_path):
    (tmp_path / "in").mkdir()
    trap = tmp_path / "in" / "trap.npz"
    with zipfile.ZipFile(trap, "w") as archive:
        archive.writestr("../X.npy", b"x")
        archive.writestr("/tmp/y.npy", b"y")
    with pytest.raises(lw.InputError, match=r"needs arrays|not in \.npy format"):
        lw.load(str(trap))
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_a_run_that_is_a_link_in_a_circle_is_refused(tmp_path):
    run = tmp_path / "run"
    run.mkdir()
    for name in ("network.onnx", "certificate.json", "summary.json"):
        (run / name).symlink_to(run / name)
    with pytest.raises(lw.InputError, match="cannot read"):
        lw.check(run, DATA)


def test_a_link_in_place_of_the_run_does_not_lead_the_writer_elsewhere(made, tmp_path):
    """Where --out is a link to a folder with other files, nothing in that folder changes."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("mine")
    (tmp_path / "run").symlink_to(tmp_path / "mine")
    with pytest.raises(lw.InputError, match="holds other files"):
        made[0].save(tmp_path / "run")
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["thesis.tex"]


@pytest.mark.parametrize(
    "text", ["[" * 100_000, '{"a":' * 50_000, "1" * 10_000, '{"radius": ' + "9" * 10_000 + "}", "\x00", ""]
)
@pytest.mark.parametrize("name", ["certificate.json", "summary.json"])
def test_deep_and_long_texts_are_refused(made, name, text):
    _run, files, folder = made
    assert not judged(folder, files, {name: text.encode()})
