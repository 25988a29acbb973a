"""Tries the network policies of each platform: real calls between network namespaces, with the printed policies in between.

`try_flows.py [SEAWAY]` renders a small stack for each platform, puts its policies into nftables (`flows_policies`), calls
through them (`flows_lab`), and compares what comes of it with a table written by hand (`flows_expected`). Then it breaks the
policies in known ways, and fails unless the table notices each.

All of it happens in namespaces that end with the process, however it ends. It needs `ip`, `nft`, and root or the right to
make namespaces. Without them it fails in CI; elsewhere it says that nothing was tried, and passes. `SEAWAY_ALLOW_SKIP=1`
lets it pass in CI as well.
"""

import copy
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import flows_expected
import yaml
from flows_expected import ADDRESSES, DNS_PLACES, DNS_PORTS, NAMESPACE, PLATFORMS, PODS, STACK, STAND_INS, Flow, Platform
from flows_lab import ANSWERED, REFUSALS, Lab
from flows_policies import Pod, ruleset

# Is mounted anew in the namespaces: what lies there ends with them.
OURS = "/var/run"
INSIDE = "--inside-of-the-namespaces"
INSTANCE = "app.kubernetes.io/instance"
WORKLOADS = {"CronJob", "DaemonSet", "Deployment", "Job", "StatefulSet"}
# What has to work in the namespaces before anything is tried there.
TRY_OUT = f"""
mount -t tmpfs tmpfs {OURS} && ip netns add a && echo 1 >/proc/sys/net/ipv4/ip_forward &&
ip link add name to0 type veth peer name eth0 netns a &&
ip netns exec a nft add table ip policies
"""


@dataclass(frozen=True)
class Rendered:
    """What is printed for a platform."""

    policies: list[dict]
    skipped: list[str]
    # Labels of the pods of each component, and of each namespace.
    pods: dict[str, dict[str, str]]
    namespaces: dict[str, dict[str, str]]


def render(seaway: str, platform: Platform) -> Rendered:
    """Renders the stack on a platform, and reads what matters to its flows."""
    with TemporaryDirectory(dir=OURS) as folder:
        cluster = f"\n[stages.flows.cluster]\n{platform.cluster}\n" if platform.cluster else ""
        Path(folder, "stack.toml").write_text(STACK + cluster)
        ran = subprocess.run([seaway, "render", folder, "--stage", "flows"], capture_output=True, text=True)
    if ran.returncode:
        raise SystemExit(f"{platform.name}: {ran.stderr}")
    objects = list(yaml.safe_load_all(ran.stdout))
    pods = {}
    for workload in (an_object for an_object in objects if an_object["kind"] in WORKLOADS):
        spec = workload["spec"]["jobTemplate"]["spec"] if workload["kind"] == "CronJob" else workload["spec"]
        labels = spec["template"]["metadata"]["labels"]
        pods[labels[INSTANCE]] = labels
    if sorted(pods) != sorted(PODS):
        raise SystemExit(f"{platform.name}: pods of {', '.join(sorted(pods))} instead of {', '.join(sorted(PODS))}")
    return Rendered(
        policies=[an_object for an_object in objects if an_object["kind"] == "NetworkPolicy"],
        skipped=[f"{o['kind']}/{o['metadata']['name']}" for o in objects if o["kind"] == "CiliumNetworkPolicy"],
        pods=pods,
        namespaces={o["metadata"]["name"]: o["metadata"].get("labels", {}) for o in objects if o["kind"] == "Namespace"},
    )


def rules(rendered: Rendered, policies: list[dict], addresses: dict[str, str]) -> str:
    """Policies as rules, over the pods of the stack and those of others."""
    pods = [Pod(name, addresses[name], NAMESPACE, labels) for name, labels in rendered.pods.items()]
    pods += [Pod(name, addresses[name], namespace, labels) for name, (namespace, labels) in STAND_INS.items()]
    return ruleset(policies, pods, rendered.namespaces)


def compare(table: dict[Flow, bool], outcomes: dict[Flow, str]) -> dict[Flow, str]:
    """The flows of which something else came than the table says, and what."""
    return {
        flow: f"{outcomes[flow]}, but should be {'answered' if allowed else 'refused'}"
        for flow, allowed in table.items()
        # A denied flow has to be refused by a policy: silence could come from anything.
        if (outcomes[flow] != ANSWERED if allowed else outcomes[flow] not in REFUSALS.values())
    }


@dataclass(frozen=True)
class Broken:
    """Policies of a platform with an error, and a flow that goes wrong by it."""

    how: str
    platform: str
    edit: Callable[[dict[str, dict]], object]
    flow: Flow


def without(policy: str) -> Callable[[dict[str, dict]], object]:
    """Removes a policy."""
    return lambda policies: policies.pop(policy)


def rule(policy: str, direction: str, number: int) -> Callable[[dict[str, dict]], object]:
    """Removes a rule of a policy."""
    return lambda policies: policies[policy]["spec"][direction].pop(number)


def no_exception(policies: dict[str, dict]) -> None:
    """Opens the ranges that an `ipBlock` leaves out."""
    blocks = [peer["ipBlock"] for way in policies["web"]["spec"]["egress"] for peer in way["to"] if "ipBlock" in peer]
    if not sum(block.pop("except", None) is not None for block in blocks):
        raise SystemExit("no range of `web` has an exception")


def any_namespace(policies: dict[str, dict]) -> None:
    """Lets pods of every namespace in to `web`."""
    policies["web"]["spec"]["ingress"][0]["from"] = [{"namespaceSelector": {}}]


def any_port(policies: dict[str, dict]) -> None:
    """Forgets the ports at which DNS answers."""
    for way in policies["web"]["spec"]["egress"]:
        way.pop("ports")


BROKEN = [
    Broken("without `default-deny`", "generic", without("default-deny"), Flow("stray", "outside", 443)),
    Broken("without the policy of `db`", "generic", without("db"), Flow("web", "db", 5432)),
    Broken("without the way of `web` to DNS", "minikube", rule("web", "egress", 0), Flow("web", "kube-dns", 53, "udp")),
    Broken("without the way of `web` to DNS", "openshift", rule("web", "egress", 0), Flow("web", "openshift-dns", 5353, "tcp")),
    Broken("with every port of the places that `web` may call", "gke", any_port, Flow("web", "metadata", 80)),
    Broken("without the exception of a range", "eks", no_exception, Flow("web", "excepted", 443)),
    Broken("with `web` open to every namespace", "kops", any_namespace, Flow("foreign", "web", 8000)),
]


def try_platform(lab: Lab, platform: Platform, rendered: Rendered) -> bool:
    """Asks all flows of a platform, and says what was found."""
    started = time.monotonic()
    table = flows_expected.expected(platform)
    lab.load(rules(rendered, rendered.policies, lab.addresses))
    wrong = compare(table, lab.ask(table))
    for flow, why in wrong.items():
        print(f"error: {platform.name}: {flow}: {why}")
    for skipped in rendered.skipped:
        print(f"SKIPPED: {platform.name}: {skipped}: only Cilium knows what it means")
    allowed = sum(table.values())
    dns = sum(flow.place in DNS_PLACES and flow.port in DNS_PORTS for flow in table)
    print(f"{'FAILED' if wrong else 'ok'}: {platform.name}: {len(rendered.policies)} policies, {len(table)} flows ({dns} to DNS): "
          f"{allowed} allowed, {len(table) - allowed} denied, {len(wrong)} wrong, {time.monotonic() - started:.1f} s")
    return not wrong


def try_open(lab: Lab, rendered: Rendered) -> bool:
    """Asks without any policy: whatever is refused otherwise has to be answered now."""
    lab.load(rules(rendered, [], lab.addresses))
    outcomes = lab.ask(flows_expected.expected(PLATFORMS[0]))
    silent = {flow: outcome for flow, outcome in outcomes.items() if outcome != ANSWERED}
    for flow, outcome in silent.items():
        print(f"error: without policies: {flow}: {outcome}")
    print(f"{'FAILED' if silent else 'ok'}: without policies: {len(outcomes) - len(silent)} of {len(outcomes)} flows are answered")
    return not silent


def try_broken(lab: Lab, broken: Broken, rendered: Rendered) -> bool:
    """Breaks the policies of a platform: the table has to notice."""
    platform = next(platform for platform in PLATFORMS if platform.name == broken.platform)
    policies = {policy["metadata"]["name"]: policy for policy in copy.deepcopy(rendered.policies)}
    broken.edit(policies)
    lab.load(rules(rendered, list(policies.values()), lab.addresses))
    table = flows_expected.expected(platform)
    wrong = compare(table, lab.ask(table))
    noticed = broken.flow in wrong
    print(f"{'ok' if noticed else 'FAILED'}: {platform.name} {broken.how}: {len(wrong)} flows are wrong, "
          f"{broken.flow} {'among' if noticed else 'not among'} them")
    return noticed


def inside(seaway: str) -> int:
    """Everything, in namespaces of its own."""
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", OURS], check=True)
    # Pods of one cluster, whatever namespace they are in.
    addresses = {name: f"10.244.0.{number}" for number, name in enumerate([*PODS, *STAND_INS], 10)} | ADDRESSES
    lab = Lab(addresses)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        everything = dict(zip(PLATFORMS, pool.map(lambda platform: render(seaway, platform), PLATFORMS), strict=True))
    by_name = {platform.name: rendered for platform, rendered in everything.items()}
    good = [try_platform(lab, platform, rendered) for platform, rendered in everything.items()]
    print("-- the same without policies, and with broken ones")
    good.append(try_open(lab, by_name["generic"]))
    good += [try_broken(lab, broken, by_name[broken.platform]) for broken in BROKEN]
    return 0 if all(good) else 1


def isolated(*command: str) -> list[str]:
    """A command in mount, network and PID namespaces of its own. What it starts and mounts ends with it, and it with us."""
    user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    ours = ["--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc"]
    return ["setpriv", "--pdeathsig", "KILL", "--", "unshare", *user, *ours, "--", *command]


def missing() -> str | None:
    """What keeps the flows from being tried here."""
    programs = [program for program in ("ip", "nft", "setpriv", "unshare") if not shutil.which(program)]
    if programs:
        return f"no {', '.join(programs)}: run .ci/setup, which installs them"
    tried = subprocess.run(isolated("sh", "-c", TRY_OUT), stdin=subprocess.DEVNULL, capture_output=True, text=True)
    return f"this machine gives no namespaces: {tried.stderr.strip()}" if tried.returncode else None


def main() -> int:
    """Starts all of it in namespaces of its own, or says why it cannot."""
    # An ordinary user's PATH has no `sbin`.
    os.environ["PATH"] += ":/usr/local/sbin:/usr/sbin:/sbin"
    arguments = [argument for argument in sys.argv[1:] if argument != INSIDE]
    seaway = str(Path(arguments[0] if arguments else os.environ.get("SEAWAY", "target/debug/seaway")).resolve())
    if not os.access(seaway, os.X_OK):
        raise SystemExit(f"{seaway}: no such program: build it with `cargo build`")
    if INSIDE in sys.argv:
        return inside(seaway)
    if problem := missing():
        skip = os.environ.get("CI") != "true" or os.environ.get("SEAWAY_ALLOW_SKIP") == "1"
        print(f"{'SKIPPED' if skip else 'error'}: no network policy was tried: {problem}", file=sys.stderr)
        return 0 if skip else 1
    started = time.monotonic()
    code = subprocess.run(isolated(sys.executable, __file__, INSIDE, seaway), stdin=subprocess.DEVNULL).returncode
    print(f"{'FAILED' if code else 'ok'}: network policies tried in {time.monotonic() - started:.1f} s")
    return 1 if code else 0


if __name__ == "__main__":
    sys.exit(main())
