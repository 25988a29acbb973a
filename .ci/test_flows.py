"""What the flows of `try_flows` are made of: policies as rules of nftables, and the table. Needs no namespaces."""

import io
import os
import sys
import unittest
from contextlib import redirect_stderr
from unittest.mock import patch

import flows_policies
import try_flows
from flows_expected import PLATFORMS, Flow, Platform, expected, lines
from flows_policies import Pod, selects
from try_flows import compare

WEB = Pod("web", "10.0.0.1", "shop", {"app": "web"})
DB = Pod("db", "10.0.0.2", "shop", {"app": "db"})
OTHER = Pod("other", "10.0.0.3", "other", {"app": "db"})
NAMESPACES = {"other": {"team": "a"}}


def chain(direction: str, **spec: object) -> list[str] | None:
    """The rules of `web` by one policy of its namespace."""
    policy = {"metadata": {"name": "a", "namespace": "shop"}, "spec": {"podSelector": {}} | spec}
    return flows_policies.chain(WEB, direction, [policy], [WEB, DB, OTHER], NAMESPACES)


class Policies(unittest.TestCase):
    """`flows_policies`."""

    IN = "reject with icmp type host-prohibited"
    OUT = "reject with icmp type admin-prohibited"

    def egress(self, **rule: object) -> list[str]:
        """What one rule lets out."""
        rules = chain("Egress", policyTypes=["Egress"], egress=[rule])
        self.assertEqual(rules.pop(), self.OUT)
        return rules

    def test_isolated_in_the_directions_of_the_policy(self) -> None:
        self.assertEqual(chain("Ingress"), [self.IN])
        self.assertIsNone(chain("Egress"))
        self.assertEqual(chain("Egress", egress=[{}]), ["return", self.OUT])
        self.assertIsNone(chain("Ingress", policyTypes=["Egress"]))
        self.assertEqual(chain("Egress", policyTypes=["Egress"]), [self.OUT])

    def test_not_isolated_by_the_policy_of_others(self) -> None:
        self.assertIsNone(chain("Ingress", podSelector={"matchLabels": {"app": "db"}}))
        policy = {"metadata": {"name": "a", "namespace": "other"}, "spec": {"podSelector": {}}}
        self.assertIsNone(flows_policies.chain(WEB, "Ingress", [policy], [WEB], {}))

    def test_peers_lie_in_the_namespace_of_the_policy(self) -> None:
        selector = {"matchLabels": {"app": "db"}}
        self.assertEqual(self.egress(to=[{"podSelector": selector}]), ["ip daddr { 10.0.0.2 } return"])
        everywhere = {"podSelector": selector, "namespaceSelector": {}}
        self.assertEqual(self.egress(to=[everywhere]), ["ip daddr { 10.0.0.2, 10.0.0.3 } return"])
        for labels in ({"kubernetes.io/metadata.name": "other"}, {"team": "a"}):
            peer = {"namespaceSelector": {"matchLabels": labels}}
            self.assertEqual(self.egress(to=[peer]), ["ip daddr { 10.0.0.3 } return"])

    def test_peers_that_nothing_matches_let_nobody_through(self) -> None:
        self.assertEqual(self.egress(to=[{"podSelector": {"matchLabels": {"app": "none"}}}]), [])

    def test_ranges_and_ports(self) -> None:
        block = {"cidr": "192.0.2.0/24", "except": ["192.0.2.128/25", "192.0.2.1/32"]}
        ports = [{"port": 53, "protocol": "UDP"}, {"port": 80, "endPort": 90}, {"protocol": "TCP"}]
        addresses = "ip daddr 192.0.2.0/24 ip daddr != { 192.0.2.128/25, 192.0.2.1/32 }"
        self.assertEqual(
            self.egress(to=[{"ipBlock": block}], ports=ports),
            [f"{addresses} {port} return" for port in ("udp dport 53", "tcp dport 80-90", "meta l4proto tcp")],
        )

    def test_the_unknown_is_an_error(self) -> None:
        for rule in (
            {"toEntities": ["host"]},
            {"to": [{"ipBlock": {"cidr": "192.0.2.0/24"}, "podSelector": {}}]},
            {"to": [{"ipBlock": {"cidr": "::/0"}}]},
            {"to": [{"serviceSelector": {}}]},
            {"ports": [{"port": "http"}]},
        ):
            with self.subTest(rule), self.assertRaises(SystemExit):
                self.egress(**rule)
        with self.assertRaises(SystemExit):
            chain("Ingress", tier="first")

    def test_expressions(self) -> None:
        for operator, selected in {"In": True, "NotIn": False, "Exists": True, "DoesNotExist": False}.items():
            values = {"values": ["web"]} if operator.endswith("In") else {}
            expression = {"key": "app", "operator": operator, **values}
            self.assertIs(selects({"matchExpressions": [expression]}, {"app": "web"}), selected, operator)
        absent = {"key": "tier", "operator": "NotIn", "values": ["web"]}
        self.assertTrue(selects({"matchExpressions": [absent]}, {"app": "web"}))


class Table(unittest.TestCase):
    """`flows_expected`, and what counts as wrong."""

    def test_lines(self) -> None:
        self.assertEqual(lines("a b -> c:1 d:2"), [Flow("a", "c", 1), Flow("a", "d", 2), Flow("b", "c", 1), Flow("b", "d", 2)])

    def test_every_platform_answers_to_dns(self) -> None:
        for platform in PLATFORMS:
            table = expected(platform)
            asked = [flow for flow, allowed in table.items() if allowed and flow.protocol == "udp"]
            self.assertEqual({flow.caller for flow in asked}, {"web", "worker", "migrate"}, platform.name)

    def test_names_have_to_be_known(self) -> None:
        for dns in ("nobody:53", "kube-dns:54"):
            with self.assertRaises(SystemExit):
                expected(Platform("a", "", dns))

    def test_silence_is_no_refusal(self) -> None:
        flow = Flow("a", "b", 1)
        for outcome, answered, refused in (
            ("answered", False, True),
            ("refused on the way in", True, False),
            ("Connection refused", True, True),
            ("no answer within 20 s", True, True),
        ):
            self.assertIs(bool(compare({flow: True}, {flow: outcome})), answered, outcome)
            self.assertIs(bool(compare({flow: False}, {flow: outcome})), refused, outcome)


class Skips(unittest.TestCase):
    """What happens where nothing can be tried."""

    def main(self, **environment: str) -> tuple[int, str]:
        """Exit code and output on a machine without nftables."""
        clean = {key: value for key, value in os.environ.items() if key not in ("CI", "SEAWAY_ALLOW_SKIP")}
        with (
            redirect_stderr(io.StringIO()) as output,
            patch.dict(os.environ, clean | environment, clear=True),
            patch("sys.argv", ["", sys.executable]),
            patch("try_flows.missing", return_value="no nft"),
        ):
            return try_flows.main(), output.getvalue()

    def test_skipped_aloud_but_not_in_ci(self) -> None:
        skipped = "SKIPPED: no network policy was tried: no nft\n"
        self.assertEqual(self.main(), (0, skipped))
        self.assertEqual(self.main(CI="true"), (1, "error: no network policy was tried: no nft\n"))
        self.assertEqual(self.main(CI="true", SEAWAY_ALLOW_SKIP="1"), (0, skipped))


if __name__ == "__main__":
    unittest.main()
