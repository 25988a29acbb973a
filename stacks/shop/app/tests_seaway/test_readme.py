"""The settings of the README's section about monitoring, in a project that had none of them."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from django.test import SimpleTestCase

from orders.tests.test_metrics import eventually, free_ports, get

APP = Path(__file__).resolve().parents[1]
README = APP.parents[2] / "README.md"

# The shop as it were without monitoring.
BARE = """
from shop.settings import *

INSTALLED_APPS = [name for name in INSTALLED_APPS if name != "django_prometheus"]
MIDDLEWARE = [name for name in MIDDLEWARE if "prometheus" not in name]
globals().pop("PROMETHEUS_METRICS_EXPORT_PORT_RANGE", None)
del LOGGING
"""


class ReadmeTest(SimpleTestCase):
    def test_settings_show_metrics_at_each_port_and_log_json(self):
        section = README.read_text().split("## What the app brings for monitoring")[1].split("\n## ")[0]
        settings = re.search(r"```python\n(.*?)```", section, re.DOTALL)[1]
        folder = TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        Path(folder.name, "of_the_readme.py").write_text(BARE + settings)
        public = free_ports(3)
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": folder.name,
            # Of whitenoise, about static files that only the image has.
            "PYTHONWARNINGS": "ignore",
            "HOME": folder.name,
            "DJANGO_SETTINGS_MODULE": "of_the_readme",
            "SECRET_KEY": "of-a-test-run",
            "ALLOWED_HOSTS": "localhost",
            "DATABASE_URL": f"sqlite:///{folder.name}/shop.sqlite3",
            "METRICS_PORTS": f"{public + 1}-{public + 2}",
        }
        words = ["-m", "gunicorn", "shop.wsgi:application", f"--bind=127.0.0.1:{public}", "--workers=2"]
        log = Path(folder.name, "log")
        with log.open("w") as stdout:
            server = subprocess.Popen(
                [sys.executable, *words], cwd=APP, env=environment, stdout=stdout, stderr=subprocess.STDOUT
            )
        self.addCleanup(server.wait)
        self.addCleanup(server.terminate)
        for port in (public + 1, public + 2):
            self.assertEqual(eventually(lambda port=port: get(port, "/metrics"))[0], 200)
        eventually(lambda: get(public, "/no-such-page"))
        shown = "".join(get(port, "/metrics")[1] for port in (public + 1, public + 2))
        self.assertIn('django_http_responses_total_by_status_total{status="404"} 1.0', shown)
        self.assertEqual(get(public, "/metrics")[0], 404)
        lines = [json.loads(line) for line in log.read_text().splitlines()]
        self.assertGreater(len(lines), 3)
        for line in lines:
            self.assertTrue({"level", "logger", "message"} <= line.keys(), line)
        # Django's own, beside gunicorn's.
        self.assertIn("django.request", {line["logger"] for line in lines})
