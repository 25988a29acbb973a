"""Judges custom resources in rendered stages by the schemas of their operators.

`judge_custom.py FOLDER...` takes the folders that `judge_kubernetes.py` takes. A kind that no schema knows is a problem: a package of
`.ci/custom/package.json` has it, or a schema of our own in `.ci/custom/schemas`, which names its source.
"""

import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import yaml
from judge_kubernetes import LOADER, MINORS, known
from rendered import stages

ROOT = Path(__file__).resolve().parent.parent
OURS = ROOT / ".ci/custom/schemas"
MODULES = ROOT / "target/ci/custom"
TSC = ROOT / "target/ci/node/node_modules/.bin/tsc"
# What users write into stacks of the tests without an operator behind it: domains that are kept for examples.
EXAMPLES = ("example.com", "example.org", "acme.dev")


def is_custom(an_object: dict) -> bool:
    """Whether Kubernetes itself has no such API group."""
    group, _, _ = an_object["apiVersion"].rpartition("/")
    groups = {group for minor in MINORS for group, _, _ in known(minor)}
    is_example = group in EXAMPLES or group.endswith(tuple(f".{domain}" for domain in EXAMPLES))
    return "." in group and group not in groups and not is_example


def our_schema(an_object: dict) -> dict | None:
    """The schema that we wrote for the kind, if we did."""
    group, _, version = an_object["apiVersion"].rpartition("/")
    file = OURS / f"{group}_{version}_{an_object['kind']}.yaml"
    return yaml.load(file.read_text(), Loader=LOADER) if file.is_file() else None


def by_ours(schema: dict, an_object: dict) -> list[str]:
    """What our own schema says against an object."""
    errors = jsonschema.Draft202012Validator(schema).iter_errors(an_object)
    return [f"{'.'.join(map(str, error.absolute_path)) or '(root)'}: {error.message[:400]}" for error in errors]


def by_models(objects: list[dict]) -> list[list[str] | None]:
    """What the packages say against objects; nothing where none has the kind."""
    command = ["node", ROOT / ".ci/custom/judge.mjs", MODULES, TSC]
    run = subprocess.run(command, input=json.dumps(objects), capture_output=True, text=True, check=False)
    if run.returncode != 0:
        raise SystemExit(f"the judge of custom resources failed:\n{run.stderr}")
    return json.loads(run.stdout)


def judge(objects: list[dict]) -> list[list[str]]:
    """What is wrong with each object."""
    faults: list[list[str]] = []
    for an_object, by_model in zip(objects, by_models(objects), strict=True):
        if by_model is not None:
            faults.append(by_model)
        elif schema := our_schema(an_object):
            faults.append(by_ours(schema, an_object))
        else:
            faults.append(["no schema knows the kind: add a package to .ci/custom, or a schema to .ci/custom/schemas"])
    return faults


def custom_objects(folders: list[str]) -> dict[str, tuple[str, dict]]:
    """Each custom resource once, and a name for it, however many stages have it."""
    found: dict[str, tuple[str, dict]] = {}
    for stage in stages(folders):
        for file in stage.files:
            for an_object in yaml.load_all(file.read_text(encoding="utf-8"), Loader=LOADER):
                # What is no object at all is told by `judge_kubernetes.py`.
                if isinstance(an_object, dict) and is_custom(an_object):
                    name = f"{file}: {an_object['kind']}/{an_object['metadata']['name']} ({an_object['apiVersion']})"
                    found.setdefault(json.dumps(an_object, sort_keys=True), (name, an_object))
    return found


def main() -> int:
    """Judges all stages, and says what was looked at even if all is well."""
    named = list(custom_objects(sys.argv[1:]).values())
    failed = False
    for (name, _), problems in zip(named, judge([an_object for _, an_object in named]), strict=True):
        for problem in problems:
            failed = True
            print(f"error: {name}: {problem}")
    kinds = sorted({f"{an_object['kind']} ({an_object['apiVersion']})" for _, an_object in named})
    print(f"{'FAILED' if failed else 'ok'}: {len(named)} custom resources of {len(kinds)} kinds: {', '.join(kinds) or 'none'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
