"""What the versions of Kubernetes have and the others have not, by the published schemas of every minor we promise.

`kubernetes_versions.py --write` writes `shapes.rs` anew: the ways from objects to the fields of `fields.rs`. What people wrote
down in `fields.rs` and `apis.rs` is held against the schemas by `test_versions.py`.
"""

import functools
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from judge_kubernetes import MINORS
from kubernetes_validate import utils

RENDER = Path(__file__).parent.parent / "crates/seaway-render/src"
FIELDS = RENDER / "link/versions/fields.rs"
SHAPES = RENDER / "link/versions/shapes.rs"
APIS = RENDER / "apis.rs"

# Kinds that machines write or that are never sent as a document, and the two that no stack may have.
NOT_WRITTEN = {
    "Binding", "CSINode", "Eviction", "EvictionRequest", "LeaseCandidate", "Node", "PodCertificateRequest", "ReplicaSet",
    "ReplicationController", "ResourcePoolStatusRequest", "ResourceSlice", "Scale", "Status", "TokenRequest", "VolumeAttachment",
}
# What the API server fills in; whoever writes it is told so by the API server.
READ_ONLY = {"status", "managedFields"}

Field = tuple[str, str]


@functools.cache
def definitions(minor: str) -> dict[str, dict]:
    """The types of a minor by their short names: `core.v1.Container`."""
    folder = f"kubernetes-json-schema/v{minor}.0-local-strict"
    found = utils.schema_contents(f"{folder}/_definitions.json", minor)["$defs"]
    return {short(name): definition for name, definition in found.items()}


def short(name: str) -> str:
    """`io.k8s.api.core.v1.Container` as `core.v1.Container`."""
    return name.removeprefix("io.k8s.api.")


def number(minor: str) -> int:
    """`1.33` as 33."""
    return int(minor.removeprefix("1."))


def references(of: object) -> Iterator[str]:
    """The types that a schema of a field leads to."""
    if isinstance(of, dict):
        for key, value in of.items():
            if key == "$ref":
                yield short(value.rpartition("/")[2])
            else:
                yield from references(value)
    elif isinstance(of, list):
        for value in of:
            yield from references(value)


def schema(types: dict[str, dict], name: str, field: str) -> dict:
    """The schema of a field, if that minor has it."""
    return types.get(name, {}).get("properties", {}).get(field, {})


@functools.cache
def kinds(minor: str) -> dict[tuple[str, str], str]:
    """The types of whole objects, by API version and kind."""
    found = {}
    for name, definition in definitions(minor).items():
        for gvk in definition.get("x-kubernetes-group-version-kind", []):
            if name.rpartition(".")[2] == gvk["kind"] and "metadata" in definition.get("properties", {}):
                api_version = "/".join(filter(None, (gvk["group"], gvk["version"])))
                if not gvk["kind"].endswith("List"):
                    found[api_version, gvk["kind"]] = name
    return found


def first_of_kinds() -> dict[tuple[str, str], int]:
    """The minor that has an API first."""
    found: dict[tuple[str, str], int] = {}
    for minor in MINORS:
        for api in kinds(minor):
            found.setdefault(api, number(minor))
    return found


def removed_kinds() -> dict[tuple[str, str], int]:
    """The minor that has an API no more."""
    last = {api: number(minor) for minor in MINORS for api in kinds(minor)}
    return {api: minor + 1 for api, minor in last.items() if minor < number(MINORS[-1])}


@functools.cache
def edges() -> dict[Field, str]:
    """Which type each field that a person writes leads to, in any minor."""
    found: dict[Field, str] = {}
    for minor in MINORS:
        types = definitions(minor)
        ahead = [name for (_, kind), name in kinds(minor).items() if kind not in NOT_WRITTEN]
        seen = set(ahead)
        while ahead:
            name = ahead.pop()
            for field, of_field in types[name].get("properties", {}).items():
                if field in READ_ONLY:
                    continue
                for target in references(of_field):
                    if target in types and "properties" in types[target]:
                        found[name, field] = target
                        if target not in seen:
                            seen.add(target)
                            ahead.append(target)
    return found


@functools.cache
def first_of_fields() -> dict[Field, int]:
    """The minor that has a field first, of all types that a person writes."""
    written = {name for name, _ in edges()} | set(edges().values())
    written |= {name for minor in MINORS for (_, kind), name in kinds(minor).items() if kind not in NOT_WRITTEN}
    found: dict[Field, int] = {}
    for minor in MINORS:
        types = definitions(minor)
        for name in sorted(written & types.keys()):
            for field in types[name].get("properties", {}).keys() - READ_ONLY:
                found.setdefault((name, field), number(minor))
    return found


def late_fields() -> dict[Field, int]:
    """Fields that are younger than the type they belong to."""
    birth: dict[str, int] = {}
    for (name, _), minor in first_of_fields().items():
        birth[name] = min(minor, birth.get(name, minor))
    return {field: minor for field, minor in first_of_fields().items() if minor > birth[field[0]]}


def written_fields() -> dict[Field, tuple[int, int | None, str]]:
    """The table of `fields.rs`: schema, on, and gate by field."""
    row = r'Field \{ of: "([\w.]+)", name: "(\w+)", schema: (\d+), on: (None|Some\((\d+)\)), gate: "(\w+)" \},'
    rows = re.findall(row, FIELDS.read_text())
    return {(of, name): (int(schema), int(on) if on else None, gate) for of, name, schema, _, on, gate in rows}


def written_apis(table: str) -> dict[tuple[str, str], int]:
    """A table of `apis.rs`: the minor by API version and kind."""
    text = APIS.read_text().partition(f"const {table}: ")[2].partition("];\n")[0]
    rows = re.findall(r'api_version: "([^"]+)",\s*kinds: &\[([^\]]*)\],\s*minor: (\d+)', text)
    return {(api, kind): int(minor) for api, kinds, minor in rows for kind in re.findall(r'"(\w+)"', kinds)}


def static(name: str) -> str:
    """`core.v1.PodSpec` as `CORE_V1_POD_SPEC`."""
    words = re.sub(r"([a-z0-9])([A-Z])|([A-Z])([A-Z][a-z])", r"\1\3_\2\4", name)
    return re.sub(r"V1_BETA_?(\d)", r"V1BETA\1", words.replace(".", "_").upper())


def shapes() -> str:
    """The text of `shapes.rs`."""
    listed = set(written_fields())
    leading = {name for name, _ in listed}
    all_types = [definitions(minor) for minor in MINORS]
    while True:
        more = {name for (name, _), target in edges().items() if target in leading} - leading
        if not more:
            break
        leading |= more
    parts = []
    for name in sorted(leading):
        fields = {field: None for of, field in listed if of == name}
        fields |= {field: target for (of, field), target in edges().items() if of == name and target in leading}
        rows = []
        for field, target in sorted(fields.items()):
            if target and any("additionalProperties" in schema(types, name, field) for types in all_types):
                raise SystemExit(f"{name}.{field} is a map, which `walk.rs` takes for an object")
            into = f"Some(&{static(target)})" if target else "None"
            listed_here = str((name, field) in listed).lower()
            rows.append(f'    Step {{ field: "{field}", listed: {listed_here}, into: {into} }},\n')
        parts.append(f'static {static(name)}: Shape = Shape {{ of: "{name}", steps: &[\n{"".join(rows)}] }};\n')
    roots = {
        (api, kind): name
        for minor in MINORS
        for (api, kind), name in kinds(minor).items()
        if name in leading and kind not in NOT_WRITTEN
    }
    rows = [f'    ("{api}", "{kind}", &{static(name)}),\n' for (api, kind), name in sorted(roots.items())]
    head = (
        "//! The ways from objects to the fields of [`FIELDS`](super::fields::FIELDS): generated by\n"
        "//! `.ci/kubernetes_versions.py --write` from the published schemas of all known minors, and held against them by\n"
        "//! `.ci/test_versions.py`.\n\n"
        "/// A type that has fields of the table, or leads to types that have.\n"
        "pub(super) struct Shape {\n    pub of: &'static str,\n    pub steps: &'static [Step],\n}\n\n"
        "/// A field to look at.\n"
        "pub(super) struct Step {\n    pub field: &'static str,\n    /// Whether the table has it.\n"
        "    pub listed: bool,\n    /// What it, each of its items or each of its values is.\n"
        "    pub into: Option<&'static Shape>,\n}\n\n"
        "/// Where to begin, by API version and kind.\n#[rustfmt::skip]\n"
        "pub(super) const ROOTS: &[(&str, &str, &Shape)] = &[\n"
    )
    body = "\n".join("#[rustfmt::skip]\n" + part for part in parts)
    return head + "".join(rows) + "];\n\n" + body


if __name__ == "__main__":
    if sys.argv[1:] != ["--write"]:
        raise SystemExit("usage: kubernetes_versions.py --write")
    SHAPES.write_text(shapes())
