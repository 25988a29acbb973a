"""Tests of the scripts that Seaway mounts into the pods of any Django application, run from this one.

They read `templates/` of the repository: in a copy of this folder alone they fail, and say so.
"""

from pathlib import Path

TEMPLATES = Path(__file__).resolve().parents[4] / "templates"


def template(path):
    file = TEMPLATES / path
    if not file.is_file():
        raise FileNotFoundError(f"{file}: these tests run in a checkout of the whole repository")
    return file
