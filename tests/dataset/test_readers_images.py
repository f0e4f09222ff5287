"""Pictures: folders of classes, folders without, single files; sizes and kinds are kept, and what does not fit is named."""

import numpy as np
import pytest

from logwidth.dataset.readers import read_table
from logwidth.dataset.table import ReadOptions
from logwidth.errors import InputError

Image = pytest.importorskip("PIL.Image", reason="Pillow is not installed")
PIXELS = np.random.default_rng(0).integers(0, 256, (4, 3, 5)).astype(np.uint8)


def read(path, **options):
    return read_table(str(path), ReadOptions(**options))


def refused(path, **options):
    with pytest.raises(InputError) as caught:
        read(path, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def save(pixels, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


@pytest.fixture
def folder(tmp_path):
    for i, place in enumerate(("cat/0.png", "cat/1.PNG", "dog/0.bmp", "dog/1.png")):
        save(PIXELS[i], tmp_path / "pets" / place)
    return tmp_path / "pets"


def test_a_folder_of_classes_is_labelled_by_them(folder):
    table = read(folder)
    assert (table.cells == PIXELS.reshape(4, -1)).all()
    assert table.labels == ["cat", "cat", "dog", "dog"]
    assert table.image == (5, 3, "L")
    assert table.names is None
    assert table.notes == ()


def test_a_folder_without_classes_and_a_single_picture_have_no_labels(folder):
    flat = read(folder / "cat")
    assert (flat.cells == PIXELS[:2].reshape(2, -1)).all()
    assert flat.labels is None
    assert flat.notes == ("2 pictures without classes",)
    one = read(folder / "dog" / "1.png")
    assert (one.cells == PIXELS[3:].reshape(1, -1)).all()
    assert one.labels is None
    assert one.image == (5, 3, "L")


def test_coloured_pictures_have_three_numbers_a_pixel(tmp_path):
    colours = np.random.default_rng(1).integers(0, 256, (3, 5, 3)).astype(np.uint8)
    save(colours, tmp_path / "c.png")
    table = read(tmp_path / "c.png")
    assert table.image == (5, 3, "RGB")
    assert (table.cells[0].reshape(3, 5, 3) == colours).all()


def test_one_level_up_the_folders_that_would_do_are_named(folder):
    home = folder.parent
    message = refused(home)
    assert f"but these folders do: '{home / 'pets'}'; name one of them" in message
    save(PIXELS[0], home / "more" / "cat" / "0.png")
    assert f"'{home / 'more'}', '{home / 'pets'}'" in refused(home)


def test_what_is_hidden_is_no_picture(folder):
    (folder / "cat" / "._0.png").write_bytes(b"\0\5\26\7")
    (folder / "__MACOSX" / "cat").mkdir(parents=True)
    table = read(folder)
    assert table.labels == ["cat", "cat", "dog", "dog"]
    assert table.notes == ("no pictures in '__MACOSX': no class",)


def test_folders_within_a_class_are_refused_if_they_hold_pictures(folder):
    (folder / "cat" / "notes").mkdir()
    (folder / "cat" / ".hidden").mkdir()
    assert read(folder).cells.shape == (4, 15)
    save(PIXELS[0], folder / "cat" / "small" / "0.png")
    assert "cat' holds the folder 'small' of images beside images" in refused(folder)


def test_pictures_beside_the_classes_are_left_out_with_a_note(folder):
    save(PIXELS[0][:2], folder / "overview.png")
    table = read(folder)
    assert table.cells.shape == (4, 15)
    assert table.notes == ("left out: 'overview.png', in no folder of a class",)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "I;16", "P-alpha"])
def test_kinds_that_would_lose_something_are_refused(folder, mode):
    grey = Image.fromarray(PIXELS[0])
    if mode == "P-alpha":
        grey.convert("P").save(folder / "cat" / "z.png", transparency=0)
    else:
        grey.convert(mode).save(folder / "cat" / "z.png")
    assert "z.png' has pixels of kind" in refused(folder)


def test_pictures_of_two_sizes_are_brought_to_one_if_asked(folder):
    save(np.full((6, 10), 7, np.uint8), folder / "cat" / "z.png")
    assert "z.png' is 10 × 6 grey, but" in refused(folder)
    assert "bring all images to one size (--resize) and kind" in refused(folder)
    table = read(folder, resize=(5, 3))
    assert (table.cells[[0, 1, 3, 4]] == PIXELS.reshape(4, -1)).all()
    assert (table.cells[2] == 7).all()
    assert table.notes == ("1 of 5 pictures brought to 5 × 3 by Pillow's Lanczos filter",)
    again = read(folder, resize=(5, 3))
    assert (again.cells == table.cells).all()
    expected = np.asarray(Image.fromarray(PIXELS[0]).resize((2, 2), Image.Resampling.LANCZOS)).reshape(-1)
    assert (read(folder, resize=(2, 2)).cells[0] == expected).all()
    assert read(folder, resize=(2, 4)).image == (2, 4, "L")


def test_two_kinds_stay_refused_under_resize(folder):
    save(np.zeros((3, 5, 3), np.uint8), folder / "cat" / "z.png")
    assert "z.png' is 5 × 3 coloured, but" in refused(folder, resize=(5, 3))


@pytest.mark.parametrize("size", [(0, 3), (-1, 3), (2**13, 2**13)])
def test_a_size_is_of_a_few_pixels(folder, size):
    assert "resize must be a width and a height" in refused(folder, resize=size)


def test_resize_is_for_pictures(tmp_path):
    (tmp_path / "t.csv").write_text("a,y\n1,2\n")
    assert "neither a picture nor a folder of pictures, so resize does not go with it" in refused(
        tmp_path / "t.csv", resize=(2, 2)
    )


def test_a_folder_of_other_files_names_them(tmp_path):
    (tmp_path / "train.csv").write_text("a,y\n1,2\n")
    (tmp_path / "test.csv").write_text("a,y\n1,2\n")
    assert "it holds 'test.csv', 'train.csv': name the file of data" in refused(tmp_path)
    (tmp_path / "empty").mkdir()
    assert "holds no images as CLASS/NAME.png, one folder per class" in refused(tmp_path / "empty")


def test_labels_in_a_file_go_with_pictures_without_classes(folder):
    (folder.parent / "y.txt").write_text("a\nb\n")
    assert read(folder / "cat", labels=str(folder.parent / "y.txt")).labels == ["a", "b"]
    assert "has its labels beside its points" in refused(folder, labels=str(folder.parent / "y.txt"))


@pytest.mark.parametrize("name", ["x.csv", "x.npz", "x.parquet"])
def test_a_picture_by_the_name_of_a_table_is_refused(tmp_path, name):
    save(PIXELS[0], tmp_path / "x.png")
    (tmp_path / "x.png").rename(tmp_path / name)
    assert f"is a picture, though its name ends with .{name.split('.')[1]}" in refused(tmp_path / name)


def test_a_damaged_picture_is_named(folder):
    whole = (folder / "cat" / "0.png").read_bytes()
    (folder / "cat" / "0.png").write_bytes(whole[:40])
    assert "0.png" in refused(folder)
    (folder / "cat" / "0.png").write_bytes(b"no picture")
    assert "0.png" in refused(folder)
    assert "0.png" in refused(folder / "cat" / "0.png")


def test_idx_pictures_keep_their_size_and_take_the_labels_beside_them(tmp_path):
    header = bytes([0, 0, 8, 3]) + b"".join(n.to_bytes(4, "big") for n in PIXELS.shape)
    (tmp_path / "t10k-images-idx3-ubyte").write_bytes(header + PIXELS.tobytes())
    alone = read(tmp_path / "t10k-images-idx3-ubyte")
    assert alone.labels is None
    assert alone.image == (5, 3, "L")
    (tmp_path / "t10k-labels-idx1-ubyte").write_bytes(bytes([0, 0, 8, 1, 0, 0, 0, 4, 3, 1, 4, 1]))
    table = read(tmp_path / "t10k-images-idx3-ubyte")
    assert table.labels.tolist() == [3, 1, 4, 1]
    assert "labels from t10k-labels-idx1-ubyte" in table.notes
    (tmp_path / "t10k-images-idx3-ubyte").rename(tmp_path / "mnist")
    assert (read(tmp_path / "mnist").cells == PIXELS.reshape(4, -1)).all()
