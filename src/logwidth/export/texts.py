"""Long texts that stand in files of their own, in the folder `templates`: C, Markdown, a licence, a vocabulary."""

from importlib.resources import files


def template(name: str) -> str:
    """Return a text of the folder."""
    return files(__package__).joinpath("templates", name).read_text(encoding="utf-8")
