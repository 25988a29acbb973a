"""Stands for who is told of alerts: prints each message that comes, one a line."""

import json
import sys

import cluster


class Receiver(cluster.Handler):
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        print(json.dumps({"path": self.path, **body}), flush=True)
        self.answer(200, "", "text/plain")

    def log_message(self, format, *args):
        print(format % args, file=sys.stderr, flush=True)


cluster.serve(443, Receiver)
