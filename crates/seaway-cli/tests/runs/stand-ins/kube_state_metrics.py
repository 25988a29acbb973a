#!/usr/bin/env python3
"""Stands for kube-state-metrics: asks the API server for the objects that its arguments name, with the token of its pod, and
shows the series of them that are named.

https://github.com/kubernetes/kube-state-metrics/tree/v2.20.0/docs/metrics/workload
"""

import argparse
import json
import ssl
import sys
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"
GROUPS = {"pods": "api/v1", "deployments": "apis/apps/v1", "statefulsets": "apis/apps/v1", "jobs": "apis/batch/v1"}
PHASES = ("Pending", "Succeeded", "Failed", "Unknown", "Running")
WORDS = {"True": "true", "False": "false", "Unknown": "unknown"}
START = int(time.time())
FACTORS = {"m": 0.001, "Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30}


def quantity(text):
    unit = text.lstrip("0123456789.")
    return float(text.removesuffix(unit)) * (FACTORS[unit] if unit else 1)


def conditions(item, kind):
    return [c for c in item.get("status", {}).get("conditions", []) if kind in (None, c["type"])]


def spread(condition):
    """A condition is three series, of which one is 1."""
    return [({"condition": condition["type"], "status": WORDS[word]}, condition["status"] == word) for word in WORDS]


def statuses(pod, field, state, key):
    """The reason of each container that is in a state."""
    return [
        ({"container": c["name"], "reason": c[state][key]["reason"]}, 1)
        for c in pod["status"].get(field, [])
        if key in c.get(state, {})
    ]


def limits(pod):
    found = []
    for container in pod["spec"]["containers"]:
        for resource, text in container.get("resources", {}).get("limits", {}).items():
            labels = {"container": container["name"], "node": pod["spec"]["nodeName"]}
            labels |= {"resource": resource, "unit": "core" if resource == "cpu" else "byte"}
            found.append((labels, quantity(text)))
    return found


#: By kind: the label that names an object, and the series that it gives.
SERIES = {
    "pods": ("pod", {
        "kube_pod_status_phase": lambda pod: [({"phase": p}, pod["status"]["phase"] == p) for p in PHASES],
        "kube_pod_status_ready": lambda pod: [
            ({"condition": WORDS[word]}, c["status"] == word) for c in conditions(pod, "Ready") for word in WORDS
        ],
        "kube_pod_container_status_waiting_reason": lambda pod: statuses(pod, "containerStatuses", "state", "waiting"),
        "kube_pod_init_container_status_waiting_reason": lambda pod: statuses(
            pod, "initContainerStatuses", "state", "waiting"
        ),
        "kube_pod_container_status_last_terminated_reason": lambda pod: statuses(
            pod, "containerStatuses", "lastState", "terminated"
        ),
        "kube_pod_container_status_restarts_total": lambda pod: [
            ({"container": c["name"]}, c["restartCount"]) for c in pod["status"].get("containerStatuses", [])
        ],
        "kube_pod_container_resource_limits": limits,
    }),
    "deployments": ("deployment", {
        "kube_deployment_spec_replicas": lambda one: [({}, one["spec"]["replicas"])],
        "kube_deployment_status_replicas_available": lambda one: [({}, one["status"].get("availableReplicas", 0))],
        "kube_deployment_status_condition": lambda one: [s for c in conditions(one, None) for s in spread(c)],
    }),
    "statefulsets": ("statefulset", {
        "kube_statefulset_replicas": lambda one: [({}, one["spec"]["replicas"])],
        "kube_statefulset_status_replicas_ready": lambda one: [({}, one["status"].get("readyReplicas", 0))],
    }),
    "jobs": ("job_name", {
        "kube_job_failed": lambda job: [
            ({"condition": WORDS[word]}, c["status"] == word) for c in conditions(job, "Failed") for word in WORDS
        ],
        # No Job here is of a CronJob, and each is as old as this program.
        "kube_job_owner": lambda job: [({"owner_kind": "", "owner_name": "", "owner_is_controller": ""}, 1)],
        "kube_job_created": lambda job: [({}, START)],
    }),
}


def get(namespace, resource, query=""):
    with open(f"{ACCOUNT}/token", encoding="utf-8") as file:
        headers = {"Authorization": f"Bearer {file.read()}"}
    url = f"https://kubernetes.default.svc/{GROUPS[resource]}/namespaces/{namespace}/{resource}{query}"
    context = ssl.create_default_context(cafile=f"{ACCOUNT}/ca.crt")
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), context=context, timeout=5) as answer:
        return answer.read()


#: What has been watched once: the real one goes on watching, and needs the right to.
WATCHED = set()


def page(options):
    lines = []
    for resource in options.resources:
        label, series = SERIES[resource]
        items = [item for namespace in options.namespaces for item in json.loads(get(namespace, resource))["items"]]
        for namespace in options.namespaces:
            if (namespace, resource) not in WATCHED:
                get(namespace, resource, "?watch=true&timeoutSeconds=1")
                WATCHED.add((namespace, resource))
        for name in sorted(series.keys() & options.metric_allowlist):
            lines.append(f"# TYPE {name} {'counter' if name.endswith('_total') else 'gauge'}")
            for item in items:
                metadata = item["metadata"]
                own = {"namespace": metadata["namespace"], label: metadata["name"]}
                own |= {"uid": metadata["uid"]} if resource == "pods" else {}
                for labels, value in series[name](item):
                    pairs = ",".join(f'{key}="{text}"' for key, text in (own | labels).items())
                    lines.append(f"{name}{{{pairs}}} {float(value)}")
    return "\n".join(lines) + "\n"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        try:
            status, text = (200, "OK") if self.path == "/healthz" else (200, page(self.server.options))
        except OSError as error:
            status, text = 500, f"{error}"
            print(error, flush=True)
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.end_headers()
        self.wfile.write(text.encode())


def main():
    parser = argparse.ArgumentParser(allow_abbrev=False)
    names = lambda text: text.split(",")  # noqa: E731
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--namespaces", type=names, required=True)
    parser.add_argument("--resources", type=names, required=True)
    parser.add_argument("--metric-allowlist", type=lambda text: set(names(text)), required=True)
    options = parser.parse_args()
    known = {name for resource in options.resources for name in SERIES[resource][1]}
    if unknown := options.metric_allowlist - known:
        sys.exit(f"not emulated, or of a resource that is not asked for: {sorted(unknown)}")
    server = ThreadingHTTPServer(("", options.port), Handler)
    server.options = options
    server.serve_forever()


if __name__ == "__main__":
    main()
