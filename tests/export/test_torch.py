"""The PyTorch module is the stored network: exact weights, same labels, and attacks find nothing inside certified balls."""

import re
import sys

import numpy as np
import pytest

import logwidth as lw
from logwidth.certify import read_onnx
from logwidth.errors import InputError, MissingExtraError
from logwidth.export import from_torch, to_onnx, to_torch
from logwidth.network import AffineLayer, ReluNetwork, evaluate


def test_without_torch_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    one = AffineLayer.from_rows(1, [{0: 1.0}], [0.0])
    for convert in (to_torch, from_torch):
        with pytest.raises(MissingExtraError, match=r"logwidth\[torch\]"):
            convert(ReluNetwork((one,), one))


torch = pytest.importorskip("torch", reason="torch is not installed (extra torch)")
torch.set_num_threads(1)  # threads of their own slow networks of this size down


@pytest.fixture(scope="module", params=["float32", "float64"])
def run(request):
    return lw.memorize(lw.load("iris"), ratio=0.9, dtype=request.param, rng=0)


@pytest.fixture(scope="module")
def small():
    return lw.memorize(lw.load("iris"), ratio=0.9)


def inside(run, count, rng):
    """Points of certified balls, none outside: a little less than the radius, in random directions."""
    data, radius = lw.load("iris"), run.certificate.radius
    rows = rng.integers(0, data.n_samples, count)
    step = rng.normal(size=(count, data.n_features))
    step *= 0.999 * radius / np.linalg.norm(step, axis=1, keepdims=True)
    return data.points[rows] + step, data.values[data.labels[rows]]


def test_labels_on_certified_balls_are_those_of_the_file(run, tmp_path):
    folder = run.save(tmp_path / "r")
    points, values = inside(run, 2_000, np.random.default_rng(0))
    module = to_torch(lw.open_run(folder).network)
    x = torch.tensor(points, dtype=getattr(torch, run.network.dtype))
    assert (module(x)[:, 0].detach().numpy() == values).all()
    import onnxruntime

    session = onnxruntime.InferenceSession((folder / "network.onnx").read_bytes())
    assert (session.run(None, {"X": x.numpy()})[0][:, 0] == module(x)[:, 0].detach().numpy()).all()


def test_there_and_back_gives_the_same_bytes(run):
    module = to_torch(run.network)
    again = from_torch(module)
    assert to_onnx(again) == to_onnx(run.network)
    assert read_onnx(to_onnx(again)).network.n_nonzero == run.network.n_nonzero
    assert all(
        part.weight.dtype == getattr(torch, run.network.dtype) for part in module if isinstance(part, torch.nn.Linear)
    )
    with torch.no_grad():
        module[0].weight[0, 0] = 7.0
    assert run.network.hidden[0].dense()[0, 0] != 7.0


def test_scores_are_exact_and_largest_at_the_label(run):
    data = lw.load("iris")
    scores = to_torch(run.network, data.values)(torch.tensor(data.points, dtype=getattr(torch, run.network.dtype)))
    labels = evaluate(run.network, data.points)
    assert (scores.detach().numpy() == 2 * labels * data.values - data.values**2).all()
    assert (scores.argmax(dim=1).numpy() == data.labels).all()


def test_gradients_flow(small):
    x = torch.tensor(lw.load("iris").points.astype(np.float32), requires_grad=True)
    module = to_torch(small.network)
    module(x).sum().backward()
    assert torch.isfinite(x.grad).all()
    assert float(x.grad.abs().sum()) == 0.0  # flat around every sample
    far = torch.tensor(np.random.default_rng(0).uniform(0, 8, (4_000, 4)).astype(np.float32), requires_grad=True)
    hidden = module[:4](far)
    hidden.sum().backward()
    assert float(far.grad.abs().sum()) > 0.0
    assert any(p.grad is not None for p in module.parameters())


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda nn: nn.Linear(2, 2), "must be a Sequential"),
        (lambda nn: nn.Sequential(nn.Linear(2, 2)), "at least one ReLU"),
        (lambda nn: nn.Sequential(nn.Linear(2, 2), nn.Tanh(), nn.Linear(2, 1)), "part 1 of the module is a Tanh"),
        (lambda nn: nn.Sequential(nn.Conv1d(1, 1, 1), nn.ReLU(), nn.Linear(2, 1)), "part 0 of the module is a Conv1d"),
        (lambda nn: nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(2, 1)), "takes 2 inputs"),
        (lambda nn: nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1)).half(), "in float16"),
    ],
)
def test_modules_that_are_no_such_network_are_refused(make, words):
    with pytest.raises(InputError, match=re.escape(words)):
        from_torch(make(torch.nn))


def test_a_linear_without_bias_has_bias_zero():
    module = torch.nn.Sequential(torch.nn.Linear(2, 3, bias=False), torch.nn.ReLU(), torch.nn.Linear(3, 1))
    x = np.random.default_rng(0).normal(size=(5, 2)).astype(np.float32)
    got = evaluate(from_torch(module), x)
    np.testing.assert_allclose(got, module(torch.tensor(x)).detach().numpy(), rtol=1e-5)


@pytest.mark.parametrize("values", [[0.5, 1.0], [], [[0, 1]], [0, 5_000], [np.nan, 1]])
def test_label_values_whose_scores_are_not_exact_are_refused(small, values):
    with pytest.raises(InputError):
        to_torch(small.network, values)


# --- attack libraries


@pytest.fixture(scope="module")
def target(small):
    """A classifier by scores, its samples in float32, their classes, and a radius that float32 steps do not overstep."""
    data, rows = lw.load("iris"), slice(None, None, 5)
    points = data.points[rows].astype(np.float32)
    moved = float(np.linalg.norm(points - data.points[rows], axis=1).max())
    return to_torch(small.network, data.values), points, data.labels[rows], 0.999 * small.certificate.radius - moved


def within(points, moved, radius):
    return np.linalg.norm(np.asarray(moved, np.float64) - points, axis=1) <= radius * 1.0005


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["L2PGD", "L2FastGradientAttack", "L2RepeatedAdditiveUniformNoiseAttack"])
def test_foolbox_changes_no_label_inside_certified_balls(target, name):
    foolbox = pytest.importorskip("foolbox", reason="foolbox is not installed")
    module, points, labels, radius = target
    model = foolbox.PyTorchModel(module.eval(), bounds=(-2.0, 10.0))
    attack = getattr(foolbox.attacks, name)()
    x, y = torch.tensor(points), torch.tensor(labels)
    _, moved, broken = attack(model, x, y, epsilons=radius)
    assert within(points, moved, radius).all()
    assert int(broken.sum()) == 0
    if name == "L2RepeatedAdditiveUniformNoiseAttack":  # the attack can win where nothing is certified
        assert int(attack(model, x, y, epsilons=40 * radius)[2].sum()) > 0


@pytest.mark.filterwarnings("ignore")
def test_art_changes_no_label_inside_certified_balls(target):
    pytest.importorskip("art", reason="adversarial-robustness-toolbox is not installed")
    from art.attacks.evasion import ProjectedGradientDescent
    from art.estimators.classification import PyTorchClassifier

    module, points, labels, radius = target
    loss = torch.nn.CrossEntropyLoss()
    classifier = PyTorchClassifier(module, loss, input_shape=(4,), nb_classes=3, device_type="cpu")
    step = {"eps": radius, "eps_step": radius / 4}
    attack = ProjectedGradientDescent(classifier, norm=2, max_iter=10, num_random_init=2, verbose=False, **step)
    moved = attack.generate(points, labels)
    assert within(points, moved, radius).all()
    assert float(np.abs(moved - points).max()) > 0.0
    assert (classifier.predict(moved).argmax(axis=1) == labels).all()
    assert (classifier.predict(np.roll(points, 15, axis=0)).argmax(axis=1) != labels).any()
