"""Stands for the kubelet: shows what the node measures of containers and volumes, to those who may read `nodes/metrics`.

https://github.com/google/cadvisor/blob/master/docs/storage/prometheus.md
https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/metrics/collectors/volume_stats.go
"""

import time

import cluster

#: Length of a period of the kernel's CPU bandwidth control, in seconds.
PERIOD = 0.1


class Page:
    """Series in the text format, each with the time that it was measured at, as cAdvisor shows them."""

    def __init__(self, stamped):
        self.stamp = f" {int(time.time() * 1000)}" if stamped else ""
        self.lines = []

    def add(self, name, kind, value, /, **labels):
        if not any(line.startswith(f"# TYPE {name} ") for line in self.lines):
            self.lines.append(f"# TYPE {name} {kind}")
        pairs = ",".join(f'{label}="{text}"' for label, text in labels.items())
        self.lines.append(f"{name}{{{pairs}}} {value}{self.stamp}")

    def text(self):
        # Lines of one name stand together.
        self.lines.sort(key=lambda line: line.replace("# TYPE ", "").replace("{", " ").split(" ")[0])
        return "\n".join(self.lines) + "\n"


def cadvisor(state):
    page = Page(stamped=True)
    for pod in state["usage"]["pods"]:
        place = {"namespace": pod["namespace"], "pod": pod["name"]}
        sandbox = {"id": f"/kubepods/{pod['name']}", "image": "pause", "name": "sandbox", **place, "container": ""}
        for name, value in (("receive", pod["received"]), ("transmit", pod["sent"])):
            page.add(f"container_network_{name}_bytes_total", "counter", value, **sandbox, interface="eth0")
        # The group of the pod has all of its containers.
        total = {"id": f"/kubepods/{pod['name']}", "image": "", "name": "", **place, "container": ""}
        group = [(total, sum(c["cpu"] for c in pod["containers"]), sum(c["memory"] for c in pod["containers"]))]
        for one in pod["containers"]:
            labels = {"id": f"/kubepods/{pod['name']}/{one['name']}", "image": one["image"], "name": one["name"], **place}
            group.append(({**labels, "container": one["name"]}, one["cpu"], one["memory"]))
            if one["limited"]:
                # No group of the kernel holds a container back here: it is never throttled.
                labels = {**labels, "container": one["name"]}
                page.add("container_cpu_cfs_periods_total", "counter", int(one["seconds"] / PERIOD), **labels)
                page.add("container_cpu_cfs_throttled_periods_total", "counter", 0, **labels)
        for labels, cpu, memory in group:
            page.add("container_cpu_usage_seconds_total", "counter", cpu, **labels, cpu="total")
            page.add("container_memory_working_set_bytes", "gauge", memory, **labels)
            page.add("container_last_seen", "gauge", time.time(), **labels)
    return page.text()


def volumes(state):
    page = Page(stamped=False)
    for volume in state["usage"]["volumes"]:
        labels = {"namespace": volume["namespace"], "persistentvolumeclaim": volume["name"]}
        for name in ("available_bytes", "capacity_bytes", "inodes", "inodes_free"):
            page.add(f"kubelet_volume_stats_{name}", "gauge", volume[name], **labels)
    page.add("kubelet_node_name", "gauge", 1, node="node-1")
    return page.text()


PAGES = {"/metrics/cadvisor": cadvisor, "/metrics": volumes}


class Kubelet(cluster.Handler):
    def do_GET(self):
        state, who, page = cluster.load(), cluster.account(self.headers), PAGES.get(self.path)
        if who is None:
            self.answer(401, "Unauthorized", "text/plain")
        elif not cluster.allowed(state["objects"], who, "get", "", "nodes/metrics", None):
            self.answer(403, "Forbidden", "text/plain")
        elif page is None:
            self.answer(404, "Not Found", "text/plain")
        else:
            self.answer(200, page(state), "text/plain; version=0.0.4")


cluster.serve(10250, Kubelet)
