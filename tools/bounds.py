"""Check that the lower bounds in pyproject.toml are the versions in constraints-oldest.txt, and that these are installed.

    python tools/bounds.py constraints-oldest.txt

Every dependency of the package and of the extras listed in EXTRAS must be bounded below there, by the very version that is tested.
"""

import re
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

ROOT = Path(__file__).parents[1]
EXTRAS = ("parquet", "plot", "images", "dask", "zarr", "hdf5", "gpu", "test")
REQUIREMENT = re.compile(r"([\w.-]+)\s*>=\s*([\w.]+)")


def promised(pyproject: dict) -> dict[str, str]:
    """Return the lower bound of every dependency."""
    project = pyproject["project"]
    listed = [*project["dependencies"], *(line for extra in EXTRAS for line in project["optional-dependencies"][extra])]
    return dict(REQUIREMENT.match(line).groups() for line in listed)


def same(one: str, other: str) -> bool:
    """Return whether two versions are equal but for zeros at the end.

    >>> same("1.26", "1.26.0"), same("1.26", "1.26.4")
    (True, False)
    """
    return re.sub(r"(\.0)+$", "", one) == re.sub(r"(\.0)+$", "", other)


def problems(bounds: dict[str, str], pins: dict[str, str]) -> list[str]:
    """Return what does not agree, one line each."""
    found = []
    for name, bound in bounds.items():
        if not same(bound, pins.get(name, "nothing")):
            found.append(
                f"pyproject.toml promises {name} >= {bound}, constraints-oldest.txt tests {pins.get(name, 'nothing')}"
            )
    for name, pin in pins.items():
        try:
            if version(name) != pin:
                found.append(f"{name} {version(name)} is installed, not {pin}")
        except PackageNotFoundError:
            found.append(f"{name} is not installed")
    return found


def main() -> int:
    """Print what does not agree; status 1 if anything."""
    pins = dict(line.split("==") for line in Path(sys.argv[1]).read_text().split() if "==" in line)
    found = problems(promised(tomllib.loads((ROOT / "pyproject.toml").read_text())), pins)
    print(*found or [f"{len(pins)} oldest versions installed, as promised"], sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
