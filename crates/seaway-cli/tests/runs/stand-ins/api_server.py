"""Stands for the API server: lists and watches the objects of the cluster, for those whom the rendered RBAC lets.

https://kubernetes.io/docs/reference/using-api/api-concepts/
"""

import json
import os
import re
import threading
import time
from urllib.parse import parse_qs, urlsplit

import cluster

#: Group and plural name of what can be asked for, and its kind.
RESOURCES = {
    ("", "nodes"): "Node",
    ("", "pods"): "Pod",
    ("apps", "deployments"): "Deployment",
    ("apps", "statefulsets"): "StatefulSet",
    ("batch", "jobs"): "Job",
}
PATH = re.compile(r"(?:/api/v1|/apis/(?P<group>[a-z.0-9]+)/v1)(?:/namespaces/(?P<namespace>[^/]+))?/(?P<resource>[a-z]+)")
#: What a list must not silently ignore.
KNOWN = {"limit", "resourceVersion", "watch", "allowWatchBookmarks", "timeoutSeconds", "timeout"}


class Store:
    """The objects with their versions, and each change since the start."""

    def __init__(self):
        self.changed = threading.Condition()
        self.version = 1
        self.objects = {}
        self.rendered = []
        self.events = []
        self.stamp = None
        self.update()

    def update(self):
        stamp = os.stat(cluster.STATE).st_mtime_ns
        if stamp == self.stamp:
            return
        self.stamp = stamp
        found = cluster.load()["objects"]
        with self.changed:
            self.rendered = found
            served = {self.key(item): item for item in found if item["kind"] in RESOURCES.values()}
            for key in list(self.objects):
                if key not in served:
                    self.tell("DELETED", self.objects.pop(key))
            for key, item in served.items():
                old = self.objects.get(key)
                if old is None or self.bare(old) != item:
                    self.objects[key] = item
                    self.tell("ADDED" if old is None else "MODIFIED", item)
            self.changed.notify_all()

    @staticmethod
    def key(item):
        return item["kind"], item["metadata"].get("namespace"), item["metadata"]["name"]

    @staticmethod
    def bare(item):
        metadata = {key: value for key, value in item["metadata"].items() if key != "resourceVersion"}
        return {**item, "metadata": metadata}

    def tell(self, kind, item):
        self.version += 1
        item = {**item, "metadata": {**item["metadata"], "resourceVersion": str(self.version)}}
        if kind != "DELETED":
            self.objects[self.key(item)] = item
        self.events.append((self.version, kind, item))

    def follow(self):
        while True:
            time.sleep(0.2)
            self.update()


STORE = None


class Api(cluster.Handler):
    def do_GET(self):
        url = urlsplit(self.path)
        query = {key: values[0] for key, values in parse_qs(url.query).items()}
        asked = PATH.fullmatch(url.path)
        group, resource = asked and (asked["group"] or ""), asked and asked["resource"]
        kind = RESOURCES.get((group, resource))
        who = cluster.account(self.headers)
        verb = "watch" if query.get("watch") in ("1", "true") else "list"
        if who is None:
            self.refuse(401, "Unauthorized")
        elif kind is None:
            self.refuse(404, "NotFound")
        elif not cluster.allowed(STORE.rendered, who, verb, group, resource, asked["namespace"]):
            self.refuse(403, "Forbidden")
        elif unknown := query.keys() - KNOWN:
            self.refuse(400, f"not emulated: {sorted(unknown)}")
        elif verb == "watch":
            self.watch(kind, asked["namespace"], query)
        else:
            self.list(kind, asked["namespace"])

    def refuse(self, status, reason):
        body = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": reason, "code": status}
        body["message"] = f"{reason}: {self.path}"
        self.answer(status, json.dumps(body), "application/json")

    def list(self, kind, namespace):
        with STORE.changed:
            items = [item for item in STORE.objects.values() if self.matches(item, kind, namespace)]
            version = STORE.version
        api = items[0]["apiVersion"] if items else "v1"
        body = {"kind": f"{kind}List", "apiVersion": api, "metadata": {"resourceVersion": str(version)}, "items": items}
        self.answer(200, json.dumps(body), "application/json")

    def watch(self, kind, namespace, query):
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        seen = int(query.get("resourceVersion") or 0)
        end = time.monotonic() + int(query.get("timeoutSeconds", 1800))
        try:
            while (left := end - time.monotonic()) > 0:
                with STORE.changed:
                    STORE.changed.wait_for(lambda: STORE.version > seen, timeout=left)
                    events = [event for event in STORE.events if event[0] > seen]
                    seen = STORE.version
                for _, change, item in events:
                    if self.matches(item, kind, namespace):
                        self.chunk(json.dumps({"type": change, "object": item}) + "\n")
            self.chunk("")
        except OSError:
            # The client has gone.
            self.close_connection = True

    def chunk(self, text):
        data = text.encode()
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    @staticmethod
    def matches(item, kind, namespace):
        return item["kind"] == kind and namespace in (None, item["metadata"].get("namespace"))


STORE = Store()
threading.Thread(target=STORE.follow, daemon=True).start()
cluster.serve(443, Api)
