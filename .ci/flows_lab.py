"""Network namespaces as the nodes of a cluster: a router, and behind it a namespace for each pod and each other address.

Each has one address and a route to everything by way of the router, so that no call passes by its rules. All calls are real:
TCP connections that are answered, and UDP questions.
"""

import ctypes
import os
import selectors
import socket
import struct
import subprocess
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from flows_expected import Flow

ROUTER = "router"
# Where `ip netns` keeps them.
NAMESPACES = "/var/run/netns"
GATEWAY = "169.254.1.1"
# Far more than any answer takes: refusals are said, not left to time out.
SECONDS = 20

CLONE_NEWNET = 0x40000000
IP_RECVERR = 11
# `struct sock_extended_err` (`linux/errqueue.h`): errno, origin, ICMP type and code, and more.
EXTENDED_ERROR = struct.Struct("=IBBBBII")
# ICMP's "destination unreachable", and the codes of it that `flows_policies` refuses with.
UNREACHABLE = 3
REFUSALS = {13: "refused on the way out", 10: "refused on the way in"}
ANSWERED = "answered"


def run(*command: str, text: str) -> None:
    """Runs a command that reads this text; its failure is ours."""
    ran = subprocess.run(command, input=text, capture_output=True, text=True)
    if ran.returncode:
        raise SystemExit(f"{' '.join(command)}: {ran.stderr or ran.stdout}\n{text}")


class Lab:
    """The namespaces; they end with the mount namespace that this runs in."""

    def __init__(self, addresses: dict[str, str]) -> None:
        self.addresses = addresses
        self.libc = ctypes.CDLL(None, use_errno=True)
        self.home = os.open("/proc/self/ns/net", os.O_RDONLY)
        run("ip", "-batch", "-", text="".join(f"netns add {name}\n" for name in [ROUTER, *addresses]))
        # Names of devices are short: those of the namespaces may be too long.
        commands = ["link set lo up", f"address add {GATEWAY}/32 dev lo"]
        for number, (name, address) in enumerate(addresses.items()):
            commands += [
                f"link add name to{number} type veth peer name eth0 netns {name}",
                f"link set dev to{number} up",
                f"route add {address}/32 dev to{number}",
            ]
        run("ip", "-n", ROUTER, "-batch", "-", text="\n".join(commands))
        for name, address in addresses.items():
            commands = [
                "link set lo up",
                f"address add {address}/32 dev eth0",
                "link set eth0 up",
                f"route add {GATEWAY}/32 dev eth0",
                f"route add default via {GATEWAY} dev eth0",
            ]
            run("ip", "-n", name, "-batch", "-", text="\n".join(commands))
        with self.inside(ROUTER):
            # Every refusal is said, however many there are.
            for key, value in {"ip_forward": 1, "icmp_ratemask": 0}.items():
                with open(f"/proc/sys/net/ipv4/{key}", "w") as file:
                    file.write(str(value))

    @contextmanager
    def inside(self, name: str) -> Iterator[None]:
        """What is opened meanwhile lies in this namespace, and stays in it."""
        there = os.open(f"{NAMESPACES}/{name}", os.O_RDONLY)
        try:
            self.enter(there)
            yield
        finally:
            self.enter(self.home)
            os.close(there)

    def enter(self, namespace: int) -> None:
        """Moves this thread."""
        if self.libc.setns(namespace, CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns")

    def load(self, ruleset: str) -> None:
        """Puts rules in the place of those that the router has."""
        run("ip", "netns", "exec", ROUTER, "nft", "-f", "-", text=ruleset)

    def ask(self, flows: Iterable[Flow]) -> dict[Flow, str]:
        """Calls all at once, and what comes of each: `ANSWERED`, a refusal, or what else happened."""
        flows = sorted(flows)
        with selectors.DefaultSelector() as selector:
            sockets = []
            try:
                for place, port, protocol in sorted({(flow.place, flow.port, flow.protocol) for flow in flows}):
                    sockets.append(server := self.serve(place, port, protocol))
                    selector.register(server, selectors.EVENT_READ, place)
                for flow in flows:
                    sockets.append(client := self.call(flow))
                    wanted = selectors.EVENT_WRITE if flow.protocol == "tcp" else selectors.EVENT_READ
                    selector.register(client, wanted, flow)
                return self.collect(selector, flows)
            finally:
                for opened in sockets:
                    opened.close()

    def serve(self, place: str, port: int, protocol: str) -> socket.socket:
        """A server at a port of a place."""
        with self.inside(place):
            server = socket.socket(type=kind(protocol))
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.setblocking(False)
        server.bind((self.addresses[place], port))
        if protocol == "tcp":
            server.listen(128)
        return server

    def call(self, flow: Flow) -> socket.socket:
        """A call that is under way."""
        with self.inside(flow.caller):
            client = socket.socket(type=kind(flow.protocol))
        client.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)
        client.setblocking(False)
        client.connect_ex((self.addresses[flow.place], flow.port))
        if flow.protocol == "udp":
            client.send(b"who is there?")
        return client

    @staticmethod
    def collect(selector: selectors.BaseSelector, flows: list[Flow]) -> dict[Flow, str]:
        """Serves and listens until each call has come to something."""
        outcomes: dict[Flow, str] = {}
        end = time.monotonic() + SECONDS
        while len(outcomes) < len(flows) and time.monotonic() < end:
            for key, _ in selector.select(end - time.monotonic()):
                if isinstance(key.data, str):
                    answer(key.fileobj, key.data)
                elif outcome := listen(key.fileobj, key.data):
                    outcomes[key.data] = outcome
                    selector.unregister(key.fileobj)
                elif key.events == selectors.EVENT_WRITE:
                    # Connected: the answer is yet to come.
                    selector.modify(key.fileobj, selectors.EVENT_READ, key.data)
        return {flow: outcomes.get(flow, f"no answer within {SECONDS} s") for flow in flows}


def kind(protocol: str) -> socket.SocketKind:
    """The kind of socket of a protocol."""
    return {"tcp": socket.SOCK_STREAM, "udp": socket.SOCK_DGRAM}[protocol]


def answer(server: socket.socket, name: str) -> None:
    """Says to a caller who is there."""
    try:
        if server.type == socket.SOCK_DGRAM:
            _, caller = server.recvfrom(64)
            server.sendto(name.encode(), caller)
        else:
            connection, _ = server.accept()
            with connection:
                connection.sendall(name.encode())
    except (BlockingIOError, ConnectionError):
        pass  # the caller is gone; it says itself what it saw


def listen(client: socket.socket, flow: Flow) -> str | None:
    """What came of a call; `None` if that is not known yet."""
    try:
        _, ancillary, _, _ = client.recvmsg(0, 512, socket.MSG_ERRQUEUE)
        for level, type_, data in ancillary:
            if (level, type_) == (socket.IPPROTO_IP, IP_RECVERR):
                number, _, icmp, code, *_ = EXTENDED_ERROR.unpack_from(data)
                return (REFUSALS.get(code) if icmp == UNREACHABLE else None) or os.strerror(number)
    except BlockingIOError:
        pass
    try:
        said = client.recv(64).decode()
    except BlockingIOError:
        return None
    except OSError as error:
        return error.strerror
    return ANSWERED if said == flow.place else f"answered by {said or 'nobody'}"
