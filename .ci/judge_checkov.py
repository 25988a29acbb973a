"""Judges each rendered stage with checkov, and the list of findings that we keep.

`judge_checkov.py [--partial] FOLDER...` fails on a finding that `checkov-skips.yaml` does not name, and on an entry there
that no stage needs any more; `--partial` forgives the latter, for a look at less than all stages.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from fnmatch import fnmatchcase
from pathlib import Path

import yaml
from rendered import Stage, stages

SKIPS = Path(__file__).with_name("checkov-skips.yaml")
WORKLOADS = {"CronJob", "DaemonSet", "Deployment", "Job", "Pod", "ReplicaSet", "StatefulSet"}


def read_skips(text: str) -> list[dict]:
    """The entries with their groups resolved; an entry without a reason, or with an unknown word, is an error."""
    file = yaml.safe_load(text)
    groups = file.get("groups", {})
    entries = []
    for entry in file["skips"]:
        if unknown := entry.keys() - {"check", "reason", "stages", "resources"}:
            raise SystemExit(f"{SKIPS.name}: unknown key {sorted(unknown)} in {entry}")
        if not entry.get("check") or not (entry.get("reason") or "").strip():
            raise SystemExit(f"{SKIPS.name}: a skip needs a check and a reason: {entry}")
        patterns = entry.get("stages", ["*"])
        if isinstance(patterns, str):
            if patterns not in groups:
                raise SystemExit(f"{SKIPS.name}: no group `{patterns}`")
            patterns = groups[patterns]
        entries.append({**entry, "stages": patterns, "resources": entry.get("resources", ["*"])})
    return entries


def covers(entry: dict, stage: str, check: str, resource: str) -> bool:
    """Whether an entry keeps this finding."""
    return (
        entry["check"] == check
        and any(fnmatchcase(stage, pattern) for pattern in entry["stages"])
        and any(fnmatchcase(resource, pattern) for pattern in entry["resources"])
    )


def look(stage: Stage) -> dict:
    """Checkov's report of a stage. It sees no key, no configuration file and no network."""
    # One stream, because a check such as "this pod has a NetworkPolicy" needs all objects at once.
    with tempfile.TemporaryDirectory() as folder:
        stream = "".join(file.read_text() for file in stage.files)
        Path(folder, "stage.yaml").write_text(stream)
        command = ["checkov", "--directory", folder, "--framework", "kubernetes", "--skip-download", "--compact", "--output", "json"]
        command[0] = str(Path(sys.executable).with_name(command[0]))
        environment = {"PATH": os.environ["PATH"], "HOME": folder, "LOG_LEVEL": "ERROR"}
        ran = subprocess.run(command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    try:
        report = json.loads(ran.stdout)
        looked_at = {result["resource"] for key in ("passed_checks", "failed_checks") for result in report["results"][key]}
        errors = report["summary"]["parsing_errors"]
    except (ValueError, TypeError, KeyError) as error:
        raise SystemExit(f"{stage.name}: checkov gave no report ({error!r}):\n{ran.stdout[-2000:]}{ran.stderr[-2000:]}") from error
    # It passes over what it cannot read: every workload must show up in the report.
    for an_object in yaml.safe_load_all(stream):
        if an_object["kind"] in WORKLOADS:
            namespace = an_object["metadata"].get("namespace", "default")
            errors += f"{an_object['kind']}.{namespace}.{an_object['metadata']['name']}" not in looked_at
    if errors or not looked_at:
        raise SystemExit(f"{stage.name}: checkov did not read the whole stage ({errors} objects missing or unreadable)")
    return report


def judge(name: str, report: dict, skips: list[dict], used: Counter) -> list[str]:
    """The findings that no entry covers; counts the use of those that do."""
    findings = []
    for result in report["results"]["failed_checks"]:
        check, resource = result["check_id"], result["resource"]
        covering = [index for index, entry in enumerate(skips) if covers(entry, name, check, resource)]
        used.update(covering)
        if not covering:
            lines = "-".join(map(str, result["file_line_range"]))
            findings.append(f"{check} {result['check_name']}: {resource} (lines {lines} of the stage)")
    return sorted(findings)


def main() -> int:
    """Judges all stages, then the list."""
    arguments = [argument for argument in sys.argv[1:] if argument != "--partial"]
    skips, used, failed = read_skips(SKIPS.read_text()), Counter(), False
    rendered = stages(arguments)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for stage, report in zip(rendered, pool.map(look, rendered), strict=True):
            findings = judge(stage.name, report, skips, used)
            failed |= bool(findings)
            for finding in findings:
                print(f"error: {stage.name}: {finding}")
            summary = report["summary"]
            print(f"{'FAILED' if findings else 'ok'}: {stage.name}: {summary['passed']} passed, {len(findings)} failed, "
                  f"{summary['failed'] - len(findings)} kept for a reason")
    for index, entry in enumerate(skips):
        if not used[index] and "--partial" not in sys.argv:
            failed = True
            print(f"error: {SKIPS.name}: {entry['check']} (entry {index + 1}) is needed by no stage any more: remove it")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
