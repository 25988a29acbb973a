"""Who reaches whom on each platform, written by hand: what `try_flows` asks, and what has to come of it.

Nothing here is computed from what Seaway prints. A line of a table is `CALLER... -> PLACE:PORT...`: each caller calls each
place. Callers and places are those of `PODS`, `STAND_INS` and `ADDRESSES`.
"""

from dataclasses import dataclass

NAMESPACE = "flows"
STACK = """
name = "flows"

[app]
image = "registry.example.com/flows:1"
module = "flows"

[components.web]
type = "web"
expose = { type = "cluster-ip", from-namespaces = ["ingress"] }
egress = [{ cidr = "203.0.113.0/24", ports = [443], except = ["203.0.113.128/25"] }]

[components.worker]
type = "worker"

[components.migrate]
type = "migrate"

[components.db]
type = "postgres"

[components.broker]
type = "redis"
durable = true

[stages.flows]
profile = "development"
"""

# The workloads that the stack renders, a pod each; their labels are read from what is printed.
PODS = ["web", "worker", "migrate", "db", "broker"]

# Other pods of the cluster: namespace and labels.
STAND_INS = {
    # A pod of the namespace that no component makes, `kubectl run` for example.
    "stray": (NAMESPACE, {"run": "stray"}),
    "controller": ("ingress", {"app.kubernetes.io/name": "controller"}),
    # Pods of another namespace, with labels that mean something in ours and in that of DNS.
    "foreign": ("other", {"app.kubernetes.io/instance": "web"}),
    "false-dns": ("other", {"k8s-app": "kube-dns"}),
    "kube-dns": ("kube-system", {"k8s-app": "kube-dns"}),
    "node-local-dns": ("kube-system", {"k8s-app": "node-local-dns"}),
    "metrics-server": ("kube-system", {"k8s-app": "metrics-server"}),
    "openshift-dns": ("openshift-dns", {"dns.operator.openshift.io/daemonset-dns": "default"}),
}

# What is no pod.
ADDRESSES = {
    "node-cache": "169.254.20.10",
    "metadata": "169.254.169.254",
    # The Service of CoreDNS with EKS Auto Mode, in both ranges that EKS chooses from.
    "eks-dns-10": "10.100.0.10",
    "eks-dns-172": "172.20.0.10",
    "api-server": "192.0.2.10",
    "range": "203.0.113.10",
    "excepted": "203.0.113.200",
    "outside": "198.51.100.10",
}

# On every platform.
ALLOWED = """
web worker migrate -> db:5432 broker:6379
controller         -> web:8000
web                -> range:443
"""
DENIED = """
worker migrate db broker stray                -> web:8000
foreign kube-dns api-server outside           -> web:8000
controller                                    -> web:8001
controller foreign stray outside              -> db:5432 broker:6379
web worker migrate                            -> db:22 broker:22
web db broker controller foreign              -> worker:8000 migrate:8000
db                                            -> broker:6379
broker                                        -> db:5432
web                                           -> range:80 excepted:443 outside:443 outside:80
worker migrate db broker stray                -> range:443 excepted:443 outside:443 outside:80
web worker migrate db broker stray            -> api-server:443 api-server:6443 metadata:80
web worker migrate db broker stray            -> foreign:8000 controller:8000
"""

# Who asks for names, and who never does.
ASKING = ["web", "worker", "migrate"]
SILENT = ["db", "broker", "stray"]

# Where a pod could ask. Each is asked at both ports, over UDP and TCP; what a platform does not name is denied there.
DNS_PLACES = [
    "kube-dns",
    "node-local-dns",
    "openshift-dns",
    "node-cache",
    "metadata",
    "eks-dns-10",
    "eks-dns-172",
    "metrics-server",
    "false-dns",
]
DNS_PORTS = [53, 5353]


@dataclass(frozen=True)
class Platform:
    """Clusters, and where DNS answers there."""

    name: str
    # Lines of `[cluster]`; none for a stack that does not say where it runs.
    cluster: str
    dns: str


def of(provider: str, dns: str) -> Platform:
    """The clusters of a provider, with nothing else said of them."""
    return Platform(provider, f'provider = "{provider}"', dns)


PLATFORMS = [
    Platform(
        "generic",
        "",
        "kube-dns:53 kube-dns:5353 openshift-dns:53 openshift-dns:5353 node-cache:53 metadata:53",
    ),
    # https://kubernetes.io/docs/tasks/administer-cluster/dns-custom-nameservers/
    of("minikube", "kube-dns:53"),
    of("kind", "kube-dns:53"),
    of("k3s", "kube-dns:53"),
    of("kops", "kube-dns:53"),
    of("aks", "kube-dns:53"),
    of("doks", "kube-dns:53"),
    # With Auto Mode CoreDNS runs on the nodes: aws/containers-roadmap#2552
    of("eks", "kube-dns:53 eks-dns-10:53 eks-dns-172:53"),
    # Cloud DNS answers at the address of the metadata server: tektoncd/operator#4000
    of("gke", "kube-dns:53 node-local-dns:53 node-cache:53 metadata:53"),
    # Judged after the address of the Service has become that of a pod:
    # https://docs.redhat.com/en/documentation/openshift_container_platform/4.18/html/networking_operators/dns-operator
    of("openshift", "openshift-dns:5353"),
    # https://kubernetes.io/docs/tasks/administer-cluster/nodelocaldns/
    Platform(
        "minikube with NodeLocal DNSCache",
        'provider = "minikube"\nnode-local-dns = true',
        "kube-dns:53 node-cache:53",
    ),
]


@dataclass(frozen=True, order=True)
class Flow:
    """A call: who calls whom, and how."""

    caller: str
    place: str
    port: int
    protocol: str = "tcp"

    def __str__(self) -> str:
        return f"{self.caller} -> {self.place}:{self.port}/{self.protocol}"


def lines(table: str) -> list[Flow]:
    """The flows of a table, over TCP."""
    flows = []
    for line in table.strip().splitlines():
        callers, _, places = line.partition("->")
        for caller in callers.split():
            for place, _, port in (target.partition(":") for target in places.split()):
                flows.append(Flow(caller, place, int(port)))
    return flows


def expected(platform: Platform) -> dict[Flow, bool]:
    """Every flow that is asked on a platform, and whether it is allowed."""
    answers = set(platform.dns.split())
    flows = [(flow, True) for flow in lines(ALLOWED)] + [(flow, False) for flow in lines(DENIED)]
    for place in DNS_PLACES:
        for port in DNS_PORTS:
            for protocol in ("udp", "tcp"):
                here = f"{place}:{port}" in answers
                flows += [(Flow(caller, place, port, protocol), here) for caller in ASKING]
                flows += [(Flow(caller, place, port, protocol), False) for caller in SILENT]
    table = dict(flows)
    if len(table) != len(flows):
        raise SystemExit(f"{platform.name}: a flow is in the table twice")
    known = {*PODS, *STAND_INS, *ADDRESSES}
    if unknown := {name for flow in table for name in (flow.caller, flow.place)} - known:
        raise SystemExit(f"{platform.name}: nobody is called {', '.join(sorted(unknown))}")
    asked = {f"{flow.place}:{flow.port}" for flow in table}
    if unknown := answers - asked:
        raise SystemExit(f"{platform.name}: nobody asks {', '.join(sorted(unknown))}")
    return table
