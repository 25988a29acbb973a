"""`NetworkPolicy` objects as rules of nftables, by the words of the API.

<https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/>. A field that is not known here is
an error: what is passed over would be tried as something else. A range means every address in it, pods and nodes included,
as most network plugins take it.
"""

import ipaddress
from dataclasses import dataclass

NAME_LABEL = "kubernetes.io/metadata.name"

# How the router refuses, so that a refusal is never taken for silence, nor for a server that does not listen.
REFUSED_OUT = "admin-prohibited"
REFUSED_IN = "host-prohibited"


@dataclass(frozen=True)
class Pod:
    """A pod as policies see it."""

    name: str
    address: str
    namespace: str
    labels: dict[str, str]


def only(an_object: dict, known: set[str], what: str) -> dict:
    """The object, if it has no field but these."""
    if unknown := an_object.keys() - known:
        raise SystemExit(f"{what}: {', '.join(sorted(unknown))} cannot be tried")
    return an_object


def selects(selector: dict, labels: dict[str, str]) -> bool:
    """Whether a `LabelSelector` selects these labels; an empty one selects all."""
    only(selector, {"matchLabels", "matchExpressions"}, "a selector")
    by_operator = {
        "In": lambda value, values: value in values,
        "NotIn": lambda value, values: value not in values,
        "Exists": lambda value, _: value is not None,
        "DoesNotExist": lambda value, _: value is None,
    }
    return all(labels.get(key) == value for key, value in selector.get("matchLabels", {}).items()) and all(
        by_operator[wanted["operator"]](labels.get(wanted["key"]), wanted.get("values", []))
        for wanted in selector.get("matchExpressions", [])
    )


def block(peer: dict, side: str) -> str:
    """The addresses of an `ipBlock`."""
    ranges = only(peer, {"cidr", "except"}, "an ipBlock")
    texts = [str(ipaddress.ip_network(text)) for text in [ranges["cidr"], *ranges.get("except", [])]]
    if any(":" in text for text in texts):
        raise SystemExit(f"an ipBlock: {', '.join(texts)}: IPv6 cannot be tried")
    inside = f"ip {side} {texts[0]}"
    return f"{inside} ip {side} != {{ {', '.join(texts[1:])} }}" if texts[1:] else inside


def peers(written: list[dict] | None, side: str, namespace: str, pods: list[Pod], namespaces: dict[str, dict]) -> list[str]:
    """Matches of the addresses that `from` or `to` means. Without peers, that is every address."""
    if not written:
        return [""]
    found, matches = set(), []
    for peer in written:
        only(peer, {"ipBlock", "podSelector", "namespaceSelector"}, "a peer")
        if "ipBlock" in peer:
            only(peer, {"ipBlock"}, "a peer with an ipBlock")
            matches.append(block(peer["ipBlock"], side))
            continue
        for pod in pods:
            labels = namespaces.get(pod.namespace, {}) | {NAME_LABEL: pod.namespace}
            # Without a selector of namespaces a peer lies in that of the policy.
            there = selects(peer["namespaceSelector"], labels) if "namespaceSelector" in peer else pod.namespace == namespace
            if there and selects(peer.get("podSelector", {}), pod.labels):
                found.add(pod.address)
    # Peers that no pod matches let nobody through.
    return matches + ([f"ip {side} {{ {', '.join(sorted(found))} }}"] if found else [])


def ports(written: list[dict] | None) -> list[str]:
    """Matches of the ports that a rule means. Without ports, that is everything, ICMP included."""
    matches = []
    for port in written or []:
        only(port, {"port", "endPort", "protocol"}, "a port")
        protocol = port.get("protocol", "TCP").lower()
        if protocol not in ("tcp", "udp", "sctp") or isinstance(port.get("port"), str):
            raise SystemExit(f"a port: {port} cannot be tried")
        if "port" not in port:
            matches.append(f"meta l4proto {protocol}")
        elif "endPort" in port:
            matches.append(f"{protocol} dport {port['port']}-{port['endPort']}")
        else:
            matches.append(f"{protocol} dport {port['port']}")
    return matches or [""]


def types(spec: dict) -> list[str]:
    """The directions that a policy isolates its pods in."""
    return spec.get("policyTypes") or ["Ingress", *(["Egress"] if spec.get("egress") else [])]


def chain(pod: Pod, direction: str, policies: list[dict], pods: list[Pod], namespaces: dict[str, dict]) -> list[str] | None:
    """The rules of a pod in one direction, which refuse what none of them lets through; `None` if it is not isolated."""
    key, field, side = ("ingress", "from", "saddr") if direction == "Ingress" else ("egress", "to", "daddr")
    isolated, rules = False, []
    for policy in policies:
        namespace = policy["metadata"]["namespace"]
        spec = only(policy["spec"], {"podSelector", "policyTypes", "ingress", "egress"}, policy["metadata"]["name"])
        selected = namespace == pod.namespace and selects(spec.get("podSelector", {}), pod.labels)
        if not selected or direction not in types(spec):
            continue
        isolated = True
        for rule in spec.get(key, []):
            only(rule, {field, "ports"}, policy["metadata"]["name"])
            for addresses in peers(rule.get(field), side, namespace, pods, namespaces):
                rules += [" ".join(f"{addresses} {port} return".split()) for port in ports(rule.get("ports"))]
    refusal = REFUSED_IN if direction == "Ingress" else REFUSED_OUT
    return [*rules, f"reject with icmp type {refusal}"] if isolated else None


def ruleset(policies: list[dict], pods: list[Pod], namespaces: dict[str, dict]) -> str:
    """All policies, for the router that every pod is behind. What comes back is free, what goes out is judged: the way out
    of the caller first, then the way in to the called."""
    text, ways = ["flush ruleset", "table ip policies {"], {"Egress": [], "Ingress": []}
    for pod in pods:
        for direction, jumps in ways.items():
            rules = chain(pod, direction, policies, pods, namespaces)
            if rules is not None:
                name = f"{direction.lower()}-{pod.name}"
                text += [f"chain {name} {{", *rules, "}"]
                jumps.append(f"{pod.address} : jump {name}")
    text += ["chain forward {", "type filter hook forward priority filter; policy accept;", "ct direction reply accept"]
    for direction, side in (("Egress", "saddr"), ("Ingress", "daddr")):
        if ways[direction]:
            text.append(f"ip {side} vmap {{ {', '.join(ways[direction])} }}")
    return "\n".join([*text, "}", "}", ""])
