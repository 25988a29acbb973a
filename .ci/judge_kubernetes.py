"""Judges rendered stages by YAML's strictest reading, and by the API's own schemas for every minor we promise.

`judge_kubernetes.py [--quiet] FOLDER...` prints one line a problem and one a kind that no schema knows, and fails on the
former. Quiet is for very many stages: it prints problems and a sum.
"""

import functools
import multiprocessing
import re
import sys
from pathlib import Path

import yaml
from kubernetes_validate import utils
from rendered import stages

MINORS = ["1.33", "1.34", "1.35", "1.36", "1.37"]

# One schema file is read once, not once an object; and the folder that holds them is.
utils.schema_contents = functools.cache(utils.schema_contents)
utils.all_versions = functools.cache(utils.all_versions)
# The parser of libyaml where there is one: the same grammar, many times as fast.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def syntax(text: str) -> list[str]:
    """What `kubectl` or another reader could understand otherwise, or not at all; says nothing of Kubernetes."""
    problems = []

    def at(mark: yaml.Mark, message: str) -> None:
        problems.append(f"line {mark.line + 1}: {message}")

    for token in yaml.scan(text, Loader=LOADER):
        kind = type(token).__name__.removesuffix("Token").lower()
        if kind in ("anchor", "alias", "tag", "directive"):
            at(token.start_mark, f"{kind} in the output")
        if isinstance(token, yaml.ScalarToken) and token.style == ">":
            at(token.start_mark, "folded scalar")
    if problems:  # an alias or a tag makes the nodes below untrustworthy
        return problems

    def walk(node: yaml.Node) -> None:
        if isinstance(node, yaml.MappingNode):
            seen = set()
            for key, value in node.value:
                if key.tag != "tag:yaml.org,2002:str":
                    at(key.start_mark, f"key `{key.value}` is not a string")
                if key.value in seen:
                    at(key.start_mark, f"duplicate key `{key.value}`")
                seen.add(key.value)
                walk(value)
        elif isinstance(node, yaml.SequenceNode):
            for item in node.value:
                walk(item)
        elif node.tag == "tag:yaml.org,2002:null":
            at(node.start_mark, "null")

    for document in yaml.compose_all(text, Loader=LOADER):
        if isinstance(document, yaml.MappingNode):
            walk(document)
        else:
            at(document.start_mark, "a document that is not an object")
    return problems


@functools.cache
def known(minor: str) -> frozenset[tuple[str, str, str]]:
    """Group, version and kind of everything that the schemas of a minor hold."""
    folder = f"kubernetes-json-schema/v{minor}.0-local-strict"
    definitions = utils.schema_contents(f"{folder}/_definitions.json", minor)["$defs"]
    return frozenset(
        (gvk["group"], gvk["version"], gvk["kind"])
        for definition in definitions.values()
        for gvk in definition.get("x-kubernetes-group-version-kind", [])
    )


def judge(an_object: dict, minor: str) -> tuple[str, str] | None:
    """`None` if the schema accepts the object; else `("error" | "skipped", why)`."""
    api_version, kind = an_object["apiVersion"], an_object["kind"]
    group, _, version = api_version.rpartition("/")
    if (group, version, kind) not in known(minor):
        # A group of the API's own, or one without a dot, cannot be a custom resource: the kind or version is wrong.
        builtin = "." not in group or group in {group for group, _, _ in known(minor)}
        return ("error", f"no {kind} in {api_version}") if builtin else ("skipped", "a custom resource, no schema")
    try:
        judged = utils.validate(an_object, minor, strict=True)
    except utils.ValidationError as error:
        path = re.sub(r"\.(\d+)", r"[\1]", ".".join(map(str, error.absolute_path)))
        return "error", f"{path or '(root)'}: {error.message[:400]}"
    # The library quietly takes an older schema where it has none of the minor asked for.
    return None if judged == minor else ("error", f"judged by the schema of {judged} instead")


def judge_stage(files: list[Path]) -> tuple[int, list[str], list[str]]:
    """The number of objects, the problems, and the objects that nothing could judge."""
    problems, skipped, names = [], [], set()
    for file in files:
        text = file.read_bytes().decode("utf-8")
        try:
            wrong = syntax(text)
        except yaml.YAMLError as error:
            wrong = [" ".join(str(error).split())]
        problems += [f"{file}: {message}" for message in wrong]
        if wrong:
            continue
        for an_object in yaml.load_all(text, Loader=LOADER):
            metadata = an_object.get("metadata") or {}
            identity = (an_object.get("apiVersion"), an_object.get("kind"), metadata.get("namespace"), metadata.get("name"))
            name = f"{identity[1]}/{identity[3]}"
            if not all(isinstance(part, str) for part in (identity[0], identity[1], identity[3])):
                problems.append(f"{file}: {name}: apiVersion, kind or metadata.name is missing")
                continue
            if identity in names:
                problems.append(f"{file}: {name}: twice in one stage")
            names.add(identity)
            verdicts: dict[tuple[str, str], list[str]] = {}
            for minor in MINORS:
                if verdict := judge(an_object, minor):
                    verdicts.setdefault(verdict, []).append(minor)
            for (outcome, why), minors in verdicts.items():
                line = f"{file}: {name} ({an_object['apiVersion']}): {why} [{', '.join(minors)}]"
                (problems if outcome == "error" else skipped).append(line)
    if not names and not problems:
        problems.append(f"{', '.join(map(str, files))}: not one object")
    return len(names), problems, skipped


def main() -> int:
    """Judges all stages, and says what was looked at even if all is well."""
    quiet = sys.argv[1:2] == ["--quiet"]
    all_stages = stages(sys.argv[2:] if quiet else sys.argv[1:])
    failed, objects, unjudged = False, 0, 0
    with multiprocessing.Pool() as pool:
        verdicts = pool.imap(judge_stage, [stage.files for stage in all_stages], chunksize=4)
        for stage, (count, problems, skipped) in zip(all_stages, verdicts, strict=True):
            failed |= bool(problems)
            for line in problems:
                print(f"error: {line}")
            left = len({line.split(' [')[0] for line in skipped})
            objects, unjudged = objects + count, unjudged + left
            if quiet:
                continue
            for line in skipped:
                print(f"SKIPPED: {line}")
            judged = f"{count - left} of {count} objects judged for {', '.join(MINORS)}"
            print(f"{'FAILED' if problems else 'ok'}: {stage.name}: {judged}")
    if quiet:
        judged = f"{objects - unjudged} of {objects} objects judged for {', '.join(MINORS)}"
        print(f"{'FAILED' if failed else 'ok'}: {len(all_stages)} stages: {judged}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
