"""Kinds of files that are not read: what they are, and what turns them into one that is."""

import os
import re

from logwidth.errors import InputError

PLAIN = re.compile(r"[\w ./,+=@()-]+")
"""Names that mean themselves within quotes of a shell and of Python."""

NOT_READ = {
    "excel": (
        "an Excel or OpenDocument workbook",
        "import pandas as pd; pd.read_excel('{0}').to_csv('{1}.csv', index=False)",
    ),
    "mat73": (
        "a file of MATLAB 7.3 (HDF5)",
        "import h5py, numpy as np; f = h5py.File('{0}'); np.savez('{1}.npz', X=f['X'][()].T, y=f['y'][()].ravel())",
    ),
    "stata": ("a Stata file", "import pandas as pd; pd.read_stata('{0}').to_csv('{1}.csv', index=False)"),
    "sas": ("a SAS file", "import pandas as pd; pd.read_sas('{0}').to_csv('{1}.csv', index=False)"),
    "spss": ("an SPSS file", "import pandas as pd; pd.read_spss('{0}').to_csv('{1}.csv', index=False)"),
    "pickle": (
        "a Python pickle, which may run any code when it is opened",
        "import pandas as pd; pd.read_pickle('{0}').to_csv('{1}.csv', index=False)",
    ),
    "cifar-python": (
        "a pickle of the Python version of CIFAR (its binary version, .bin, can be read)",
        "import pathlib, pickle, numpy as np; d = pickle.loads(pathlib.Path('{0}').read_bytes(), encoding='bytes'); "
        "np.savez('{1}.npz', X=d[b'data'], y=d[b'labels'])",
    ),
    "torch": (
        "a PyTorch file",
        "import torch, numpy as np; X, y = torch.load('{0}', weights_only=True); np.savez('{1}.npz', X=X, y=y)",
    ),
    "safetensors": (
        "a safetensors file",
        "from safetensors.numpy import load_file; import numpy as np; np.savez('{1}.npz', **load_file('{0}'))",
    ),
    "matrixmarket": (
        "a sparse matrix in the form of Matrix Market",
        "from scipy import io, sparse; sparse.save_npz('{1}.npz', io.mmread('{0}').tocsr())",
    ),
    "tfrecord": (
        "a TFRecord file",
        "import tensorflow_datasets as tfds, numpy as np; X, y = tfds.as_numpy(tfds.load('NAME', split='train', "
        "as_supervised=True, batch_size=-1)); np.savez('{1}.npz', X=X, y=y)",
    ),
    "sqlite": (
        "an SQLite database",
        "import sqlite3, pandas as pd; t = pd.read_sql('SELECT * FROM TABLE', sqlite3.connect('{0}')); "
        "t.to_csv('{1}.csv', index=False)",
    ),
    "gif": ("a GIF picture", "from PIL import Image; Image.open('{0}').convert('RGB').save('{1}.png')"),
    "tiff": ("a TIFF picture", "from PIL import Image; Image.open('{0}').convert('RGB').save('{1}.png')"),
}
"""For each kind: what it is, and Python code that converts it, `{0}` being the file and `{1}` its name without suffix."""

OTHERWISE = {
    "r": ("a file of R", "in R: x <- readRDS('{0}') or load('{0}'); write.csv(x, '{1}.csv', row.names = FALSE)"),
    "html": (
        "an HTML page, not a table",
        "the download gave a web page: fetch the file itself, by its raw link",
    ),
    "netcdf": ("a NetCDF file of the classic format", "make HDF5 of it with: nccopy -k nc4 '{0}' '{1}.h5'"),
    "xml": ("an XML file", "save its table as .csv"),
    "pdf": ("a PDF document", "save its table as .csv"),
    "tar": ("a tar archive", "unpack it with: tar -xf '{0}', and name a file in it"),
    "zip": ("a ZIP archive", "unpack it and name a file in it"),
    "7z": ("a 7-Zip archive", "unpack it with: 7z x '{0}', and name a file in it"),
    "rar": ("a RAR archive", "unpack it with: unrar x '{0}', and name a file in it"),
    "zstd": ("packed by zstd", "unpack it with: zstd -d '{0}'"),
    "lfs": ("a pointer of Git LFS, not the file itself", "fetch the file with: git lfs pull"),
    "program": ("a program", "name a file of data"),
}
"""For each kind that takes no Python: what it is, and what to do."""


def refusal(path: str, form: str, read: str) -> InputError:
    """Return the error that says what a file is and how to convert it; `read` lists what is read, for an unknown one."""
    if os.path.isdir(path):
        path = os.path.join(path, "data_batch_1")
    name, stem = path, os.path.splitext(os.path.basename(path))[0]
    if not PLAIN.fullmatch(name):
        name, stem = "FILE", "FILE"
    if form in NOT_READ:
        what, code = NOT_READ[form]
        trust = "if you trust it, convert it" if "pickle" in what else "convert it"
        return InputError(f'{path!r} is {what}, and is not read; {trust}: python -c "{code.format(name, stem)}"')
    if form in OTHERWISE:
        what, advice = OTHERWISE[form]
        return InputError(f"{path!r} is {what}; {advice.format(name, stem)}")
    return InputError(f"{path!r} is none of the kinds of files that are read: {read}")
