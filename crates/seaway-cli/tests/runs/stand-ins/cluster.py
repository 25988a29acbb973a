"""What the stand-ins of the API server and of the kubelet share: the objects of the cluster, and who may read them.

The test writes `/state/cluster.json` anew whenever something changes: `objects` as the API has them, `usage` of pods and
volumes as the node measures it.
"""

import json
import ssl
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

STATE = "/state/cluster.json"


def load():
    with open(STATE, encoding="utf-8") as file:
        return json.load(file)


def account(headers):
    """Namespace and name of the account whose token a request has; None without a token that the cluster has made."""
    scheme, _, token = headers.get("Authorization", "").partition(" ")
    prefix, _, who = token.partition(":")
    namespace, _, name = who.partition("/")
    return (namespace, name) if (scheme, prefix) == ("Bearer", "token-of") and name else None


def allowed(objects, who, verb, group, resource, namespace):
    """Whether a binding gives an account a role with a rule for this: all must be named, as in our YAML nothing is a `*`."""
    for binding in objects:
        kind = binding["kind"]
        if kind == "RoleBinding" and binding["metadata"]["namespace"] != namespace or kind not in BINDINGS:
            continue
        subjects = [(s["kind"], s.get("namespace"), s["name"]) for s in binding["subjects"]]
        if ("ServiceAccount", *who) not in subjects:
            continue
        for role in objects:
            reference, metadata = binding["roleRef"], role["metadata"]
            if (role["kind"], metadata["name"]) != (reference["kind"], reference["name"]):
                continue
            if role["kind"] == "Role" and metadata["namespace"] != namespace:
                continue
            for rule in role["rules"]:
                if verb in rule["verbs"] and group in rule["apiGroups"] and resource in rule["resources"]:
                    return True
    return False


BINDINGS = ("RoleBinding", "ClusterRoleBinding")


class Handler(BaseHTTPRequestHandler):
    """Answers in one piece; a subclass says what."""

    protocol_version = "HTTP/1.1"

    def answer(self, status, text, kind):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *args):
        print(account(self.headers), format % args, flush=True)


def serve(port, handler):
    """Answers with the certificate in `/tls`, for ever."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain("/tls/tls.crt", "/tls/tls.key")
    server = ThreadingHTTPServer(("", port), handler)
    # The handshake is the thread's that answers, not the one's that accepts.
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    server.serve_forever()
