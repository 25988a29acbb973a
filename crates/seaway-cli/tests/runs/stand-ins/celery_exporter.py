"""Stands for celery-exporter: listens to the events of a real broker and asks real workers, and shows the series that it shows.

https://github.com/danihodovic/celery-exporter/blob/v0.12.2/src/exporter.py
"""

import argparse
import os
import re
import threading
import time
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
from socketserver import ThreadingMixIn

from celery import Celery
from celery.utils import nodesplit
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, make_wsgi_app

REGISTRY = CollectorRegistry(auto_describe=True)
TASK = ["name", "hostname", "queue_name"]


def counter(state, labels=()):
    return Counter(f"celery_task_{state}", f"Tasks: {state}.", [*TASK, *labels], registry=REGISTRY)


def gauge(name, label):
    return Gauge(f"celery_{name}", f"Celery: {name}.", [label], registry=REGISTRY)


STATES = {f"task-{state}": counter(state) for state in "sent received started succeeded rejected revoked retried".split()}
STATES["task-failed"] = counter("failed", ["exception"])
RUNTIME = Histogram("celery_task_runtime", "Seconds that tasks took.", TASK, registry=REGISTRY)
UP = gauge("worker_up", "hostname")
ACTIVE = gauge("worker_tasks_active", "hostname")
LENGTH = gauge("queue_length", "queue_name")
WORKERS = gauge("active_worker_count", "queue_name")
PROCESSES = gauge("active_process_count", "queue_name")


class Exporter:
    def __init__(self, broker, queues, retry):
        self.app = Celery(broker=broker)
        self.state = self.app.events.State()
        self.queues = set(queues)
        self.retry = retry

    def listen(self):
        handlers = {name: self.task for name in STATES}
        handlers |= {f"worker-{what}": self.worker for what in ("online", "heartbeat", "offline")}
        while True:
            try:
                with self.app.connection() as connection:
                    receiver = self.app.events.Receiver(connection, handlers=handlers)
                    receiver.capture(limit=None, timeout=None, wakeup=True)
            except Exception as error:  # The broker may go and come back.
                print(f"{error!r}, again in {self.retry} seconds", flush=True)
            time.sleep(self.retry)

    def task(self, event):
        self.state.event(event)
        task = self.state.tasks.get(event["uuid"])
        labels = {"name": task.name, "hostname": nodesplit(task.hostname)[1], "queue_name": getattr(task, "queue", "celery")}
        for name, states in STATES.items():
            more = {}
            if name == "task-failed":
                found = re.match(r"(\w+)\(", task.exception or "") if event["type"] == name else None
                more = {"exception": found[1] if found else ""}
            if name == event["type"]:
                states.labels(**labels, **more).inc()
            elif event["type"] != "task-sent":
                # What has not happened yet is seen as zero.
                states.labels(**labels, **more).inc(0)
        if event["type"] == "task-succeeded":
            RUNTIME.labels(**labels).observe(task.runtime)

    def worker(self, event):
        (worker, _), _ = self.state.event(event)
        hostname = nodesplit(event["hostname"])[1]
        there = event["type"] != "worker-offline"
        UP.labels(hostname=hostname).set(there)
        ACTIVE.labels(hostname=hostname).set(worker.active or 0 if there else 0)

    def ask(self):
        """What workers answer to a scrape, and how long queues are."""
        with self.app.connection() as connection:
            inspect = self.app.control.inspect
            pools = {name: len(stats["pool"].get("processes", [])) for name, stats in (inspect().stats() or {}).items()}
            readers = {}
            for worker, queues in (inspect().active_queues() or {}).items():
                for queue in queues:
                    readers.setdefault(queue["name"], []).append(pools.get(worker, 0))
            self.queues |= readers.keys()
            for queue in self.queues:
                WORKERS.labels(queue_name=queue).set(len(readers.get(queue, [])))
                PROCESSES.labels(queue_name=queue).set(sum(readers.get(queue, [])))
                LENGTH.labels(queue_name=queue).set(connection.default_channel.client.llen(queue))


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Quiet(WSGIRequestHandler):
    def log_message(self, *_):
        pass


def main():
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--retry-interval", type=float, default=0)
    parser.add_argument("--queues", type=lambda text: text.split(","), default=[])
    options = parser.parse_args()
    exporter = Exporter(os.environ["CE_BROKER_URL"], options.queues, options.retry_interval)
    threading.Thread(target=exporter.listen, daemon=True).start()
    page, one = make_wsgi_app(REGISTRY), threading.Lock()

    def answer(environ, start_response):
        with one:
            exporter.ask()
            return page(environ, start_response)

    make_server("", options.port, answer, server_class=Server, handler_class=Quiet).serve_forever()


if __name__ == "__main__":
    main()
