"""Run directories are written whole or not at all."""

import errno
import os
from pathlib import Path

import pytest

from logwidth.errors import InputError
from logwidth.export import check_writable, write_run

OLD = {"summary.json": b"{}", "network.onnx": b"old"}
NEW = {"network.onnx": b"new", "certificate.json": b"[]", "summary.json": b"{1}"}


def _content(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def _alone(folder):
    """Nothing but the run lies beside it: no staging folder was left."""
    return [path.name for path in folder.parent.iterdir()] == [folder.name]


@pytest.fixture
def place(tmp_path):
    return tmp_path / "runs" / "mine"


def test_a_run_is_written_with_all_folders_above_it(place):
    assert write_run(place, NEW) == place
    assert _content(place) == NEW
    assert _alone(place)
    assert place.stat().st_mode & 0o777 == 0o755


def test_a_new_run_replaces_the_old_one(place):
    write_run(place, {**OLD, "more.txt": b"gone"})
    write_run(place, NEW)
    assert _content(place) == NEW
    assert _alone(place)


def test_an_empty_folder_is_taken(place):
    place.mkdir(parents=True)
    write_run(place, NEW)
    assert _content(place) == NEW


def _full_disk(monkeypatch):
    def fail(_descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)


def _no_rights(monkeypatch):
    def fail(*_args, **_kwargs):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("tempfile.mkdtemp", fail)


def _failing_rename(which):
    def fault(monkeypatch):
        rename, count = Path.rename, []

        def fail(path, target):
            count.append(path)
            if len(count) in which:
                raise OSError(errno.EIO, "Input/output error")
            return rename(path, target)

        monkeypatch.setattr(Path, "rename", fail)
        monkeypatch.setattr("logwidth.export.run_directory.exchange", lambda _one, _other: False)

    fault.__name__ = f"rename {which}"
    return fault


def _failing_exchange(monkeypatch):
    def fail(_one, _other):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr("logwidth.export.run_directory.exchange", fail)


@pytest.mark.parametrize("fault", [_full_disk, _no_rights, _failing_exchange, _failing_rename({1}), _failing_rename({2})])
def test_a_failure_leaves_the_old_run_whole_and_no_folders(place, monkeypatch, fault):
    write_run(place, OLD)
    with monkeypatch.context() as patch:
        fault(patch)
        with pytest.raises(InputError, match="cannot write a run to"):
            write_run(place, NEW)
    assert _content(place) == OLD
    assert _alone(place)


@pytest.mark.parametrize("fault", [_full_disk, _no_rights, _failing_rename({1})])
def test_a_failure_without_an_old_run_leaves_nothing(place, monkeypatch, fault):
    with monkeypatch.context() as patch:
        fault(patch)
        with pytest.raises(InputError, match="cannot write a run to"):
            write_run(place, NEW)
    assert list(place.parent.iterdir()) == []


def test_an_old_run_is_never_deleted_even_if_it_cannot_be_put_back(place, monkeypatch):
    """Both renames fail: the old run then lies in the hidden folder beside, complete."""
    write_run(place, OLD)
    with monkeypatch.context() as patch:
        _failing_rename({2, 3})(patch)
        with pytest.raises(InputError):
            write_run(place, NEW)
    (aside,) = place.parent.iterdir()
    assert _content(aside / "run") == OLD


def test_an_interrupt_leaves_the_old_run_whole(place, monkeypatch):
    write_run(place, OLD)

    def interrupt(_descriptor):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", interrupt)
        with pytest.raises(KeyboardInterrupt):
            write_run(place, NEW)
    assert _content(place) == OLD
    assert _alone(place)


def test_a_file_in_the_way_is_refused_and_kept(tmp_path):
    target = tmp_path / "taken"
    target.write_text("mine")
    for write in (check_writable, lambda place: write_run(place, NEW)):
        with pytest.raises(InputError, match="not a directory"):
            write(target)
        with pytest.raises(InputError, match="cannot write a run"):
            write(target / "below")
    assert target.read_text() == "mine"


def test_a_folder_with_other_files_is_refused_and_kept(tmp_path):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.tex").write_text("mine")
    with pytest.raises(InputError, match="holds other files"):
        write_run(tmp_path / "thesis", NEW)
    assert [path.name for path in (tmp_path / "thesis").iterdir()] == ["chapter.tex"]


def test_a_folder_that_cannot_be_read_is_refused(place, monkeypatch):
    place.mkdir(parents=True)

    def fail(_path):
        raise PermissionError(errno.EACCES, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "iterdir", fail)
        with pytest.raises(InputError, match="Permission denied"):
            check_writable(place)


def test_asking_leaves_nothing_behind(place):
    assert check_writable(place) == place
    assert list(place.parent.iterdir()) == []


def test_names_that_are_too_long_are_refused(tmp_path):
    with pytest.raises(InputError, match="cannot write a run"):
        check_writable(tmp_path / ("x" * 300))
