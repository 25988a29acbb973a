"""The rendered stages that the judges read: `<folder>/<stack>/<stage>.yaml`, or a folder of YAML files of that name."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Stage:
    """One stage of one stack, and the files that together are its stream."""

    name: str
    files: list[Path]


def stages(folders: list[str]) -> list[Stage]:
    """Every stage below the folders; nothing to judge is an error, never a pass."""
    found = []
    for folder in folders:
        if not Path(folder).is_dir():
            raise SystemExit(f"{folder}: no such folder")
        for entry in sorted(Path(folder).glob("*/*")):
            files = sorted(entry.rglob("*.yaml")) if entry.is_dir() else [entry] if entry.suffix == ".yaml" else []
            if not files:
                raise SystemExit(f"{entry}: neither a YAML file nor a folder of them")
            found.append(Stage(f"{entry.parent.name}/{entry.stem if entry.is_file() else entry.name}", files))
    if not found:
        raise SystemExit(f"no <stack>/<stage>.yaml below {', '.join(folders) or 'no folder at all'}")
    return found
