"""Metrics are shown at ports of their own, one a server process, and nowhere else."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from django.test import SimpleTestCase

APP = Path(__file__).resolve().parents[2]


def free_ports(count):
    """The first of some ports in a row that nobody listens at."""
    for first in range(20_000, 30_000, count):
        try:
            for port in range(first, first + count):
                with socket.socket() as taken:
                    taken.bind(("127.0.0.1", port))
        except OSError:
            continue
        return first
    raise RuntimeError("no free ports")


def get(port, path):
    request = Request(f"http://127.0.0.1:{port}{path}", headers={"Host": "localhost"})
    try:
        with urlopen(request, timeout=5) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        return error.code, error.read().decode()


def eventually(ask, seconds=30):
    until = time.monotonic() + seconds
    while True:
        try:
            return ask()
        except (URLError, ConnectionError):
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


class MetricsTest(SimpleTestCase):
    def setUp(self):
        folder = TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.public = free_ports(3)
        self.metrics = [self.public + 1, self.public + 2]
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": folder.name,
            "SECRET_KEY": "of-a-test-run",
            "ALLOWED_HOSTS": "localhost",
            "DATABASE_URL": f"sqlite:///{folder.name}/shop.sqlite3",
            "METRICS_PORTS": f"{self.metrics[0]}-{self.metrics[1]}",
        }
        words = ["-m", "gunicorn", "shop.wsgi:application", f"--bind=127.0.0.1:{self.public}", "--workers=2"]
        server = subprocess.Popen(
            [sys.executable, *words], cwd=APP, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self.addCleanup(server.wait)
        self.addCleanup(server.terminate)

    def test_each_process_has_its_port_and_the_public_one_shows_nothing(self):
        for port in self.metrics:
            status, text = eventually(lambda port=port: get(port, "/metrics"))
            self.assertEqual(status, 200)
            self.assertIn("python_info{", text)
        for _ in range(20):
            eventually(lambda: get(self.public, "/no-such-page"))
        counted = 0
        for port in self.metrics:
            for line in get(port, "/metrics")[1].splitlines():
                if line.startswith('django_http_responses_total_by_status_total{status="404"}'):
                    counted += float(line.split()[-1])
        # Each process counts its own, and together they are all of them.
        self.assertEqual(counted, 20)
        status, text = get(self.public, "/metrics")
        self.assertEqual(status, 404)
        self.assertNotIn("django_http", text)
