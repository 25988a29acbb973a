"""nginx.conf.j2 in front of a server that echoes what reaches it. Skipped where no nginx is installed."""

import json
import shutil
import socket
import subprocess
import tempfile
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from unittest import TestCase, skipUnless
from urllib.error import HTTPError

from jinja2 import Environment, StrictUndefined, meta

from tests_seaway import template

CONF = template("nginx/nginx.conf.j2").read_text()
# All that a template of Seaway may use: what is not said is a fault, as it is there.
ENVIRONMENT = Environment(undefined=StrictUndefined, keep_trailing_newline=True)
# What Seaway says of each family of addresses: `Families` of its renderer.
FAMILIES = {
    "ipv4": {"listens": [""], "loopback": "127.0.0.1"},
    "ipv6": {"listens": ["[::]:"], "loopback": "[::1]"},
    "both": {"listens": ["", "[::]:"], "loopback": "127.0.0.1"},
}
VALUES = {
    "static_url": "/static/",
    "max_body_size": "1k",
    "keep_alive": 75,
    "server_keep_alive": 75,
    "upstream_keep_alive": 60,
    "read": 65,
    "shutdown": 30,
}


def nginx_conf(folder, port, upstream_port, families):
    text = ENVIRONMENT.from_string(CONF).render(
        port=port, upstream_port=upstream_port, static_root=folder / "static", **VALUES, **FAMILIES[families]
    )
    # A second nginx on this machine must not share the pid file.
    conf = folder / f"{families}.conf"
    conf.write_text(text.replace("/tmp/nginx.pid", f"{folder}/nginx.pid"))
    return conf


class Echo(BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps({name.lower(): value for name, value in self.headers.items()}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, *_):
        pass


def listens(port):
    with socket.socket() as attempt:
        return attempt.connect_ex(("127.0.0.1", port)) == 0


class TemplateTest(TestCase):
    def test_variables(self):
        names = meta.find_undeclared_variables(ENVIRONMENT.parse(CONF))
        self.assertEqual(names, {"port", "upstream_port", "static_root", *VALUES, *FAMILIES["both"]})


@skipUnless(shutil.which("nginx"), "nginx is not installed")
class NginxTest(TestCase):
    @classmethod
    def setUpClass(cls):
        folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        # When root starts nginx, another user serves the files.
        folder.chmod(0o755)
        (folder / "static").mkdir()
        (folder / "static" / "shop.0123456789ab.css").write_text("body {}")
        (folder / "static" / "robots.txt").write_text("")
        echo = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
        threading.Thread(target=echo.serve_forever, daemon=True).start()
        cls.addClassCleanup(echo.server_close)
        cls.addClassCleanup(echo.shutdown)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            cls.port = free.getsockname()[1]
        conf = nginx_conf(folder, cls.port, echo.server_port, "ipv4")
        log = cls.enterClassContext(open(folder / "log", "w"))
        nginx = subprocess.Popen(["nginx", "-e", "stderr", "-c", conf], stdout=log, stderr=log)
        cls.addClassCleanup(nginx.wait)
        cls.addClassCleanup(nginx.terminate)
        end = time.monotonic() + 10
        while not listens(cls.port):
            if nginx.poll() is not None or time.monotonic() > end:
                raise AssertionError("nginx did not start: " + (folder / "log").read_text())
            time.sleep(0.05)
        super().setUpClass()

    def get(self, path, data=None, **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        return urllib.request.urlopen(urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data, headers))

    def test_each_family_of_addresses_is_valid(self):
        with tempfile.TemporaryDirectory() as folder:
            for families in FAMILIES:
                conf = nginx_conf(Path(folder), self.port, self.port, families)
                tried = subprocess.run(["nginx", "-t", "-e", "stderr", "-c", conf], capture_output=True, text=True)
                # The file is read to its end; a machine without IPv6 then fails to open the socket.
                self.assertIn("syntax is ok", tried.stderr)

    def test_headers_from_a_load_balancer_survive(self):
        seen = json.load(self.get("/", Host="shop.example.com", X_Forwarded_Proto="https", X_Forwarded_For="203.0.113.7"))
        self.assertEqual((seen["host"], seen["x-forwarded-proto"]), ("shop.example.com", "https"))
        self.assertEqual(seen["x-forwarded-for"], "203.0.113.7, 127.0.0.1")

    def test_headers_without_a_load_balancer(self):
        seen = json.load(self.get("/", Host="shop.example.com:8443", X_Forwarded_Host="evil", X_Forwarded_Proto="evil"))
        self.assertEqual((seen["host"], seen["x-forwarded-host"]), ("shop.example.com:8443", "shop.example.com:8443"))
        self.assertEqual((seen["x-forwarded-proto"], seen["x-forwarded-for"]), ("http", "127.0.0.1"))
        self.assertNotIn("connection", seen)

    def test_static_files(self):
        response = self.get("/static/shop.0123456789ab.css")
        self.assertEqual(response.headers["Cache-Control"], "public, max-age=31536000, immutable")
        self.assertEqual(response.headers["Content-Type"], "text/css")
        self.assertEqual(response.headers["Server"], "nginx")
        self.assertEqual(self.get("/static/robots.txt").headers["Cache-Control"], "public, max-age=300")
        with self.assertRaises(HTTPError) as raised:
            self.get("/static/gone.0123456789ab.css")
        self.assertEqual((raised.exception.code, raised.exception.headers["Cache-Control"]), (404, None))
        raised.exception.close()

    def test_body_size(self):
        with self.assertRaises(HTTPError) as raised:
            self.get("/", b"x" * 2000)
        self.assertEqual(raised.exception.code, 413)
        raised.exception.close()
