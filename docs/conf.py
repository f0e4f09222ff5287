"""Sphinx: MyST pages, docstrings as they are written, nothing fetched from the network. `make docs` builds it."""

import sys
from importlib.metadata import version as installed
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "_ext"))

project = "logwidth"
author = "The logwidth developers"
release = version = installed("logwidth")
project_copyright = author

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "plain_docstrings"]
exclude_patterns = ["_build", "_generated"]
nb_execution_mode = "force"
nb_execution_in_temp = True
nb_execution_raise_on_error = True
nb_execution_timeout = 300  # seconds a cell
nb_output_stderr = "show"
myst_heading_anchors = 4
myst_enable_extensions = ["attrs_inline"]
suppress_warnings = ["myst.strikethrough"]
language = "en"

nitpicky = True
# Names outside this project are text: nothing is fetched to resolve them.
nitpick_ignore_regex = [("py:.*", r"(?!logwidth).*")]
autodoc_typehints = "none"  # signatures show defaults; docstrings say shapes and dtypes
autodoc_member_order = "bysource"
autodoc_default_options = {
    "members": True,
    "exclude-members": "set_fit_request, set_score_request, set_predict_request, set_transform_request",  # scikit-learn's
}
autoclass_content = "class"
python_maximum_signature_line_length = 100
napoleon_use_rtype = False

html_theme = "furo"
html_title = f"logwidth {release}"
html_static_path = ["_static"]
html_css_files = ["pages.css"]
html_show_sphinx = False
html_copy_source = False
