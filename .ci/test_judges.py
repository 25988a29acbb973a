"""A judge that cannot say no is none: what each of them must refuse, and what it must let pass."""

import io
import unittest
from collections import Counter
from contextlib import redirect_stdout
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import judge_checkov
import judge_custom
import judge_kubernetes
from rendered import stages

POD = "---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: a\nspec:\n  containers:\n  - name: a\n    image: a:1\n"


class Kubernetes(unittest.TestCase):
    """`judge_kubernetes`."""

    def judged(self, text: str) -> tuple[int, str]:
        """Exit code and output for one stage of this text."""
        with TemporaryDirectory() as folder, redirect_stdout(io.StringIO()) as output:
            stage = Path(folder, "stack", "stage.yaml")
            stage.parent.mkdir()
            stage.write_text(text)
            with patch("sys.argv", ["", folder]):
                code = judge_kubernetes.main()
        return code, output.getvalue()

    def refuses(self, text: str, reason: str) -> None:
        """The stage fails, and the output says why."""
        code, output = self.judged(text)
        self.assertIn(reason, output)
        self.assertEqual(code, 1)

    def test_good_passes(self) -> None:
        self.assertEqual(self.judged(POD)[0], 0)

    def test_schema_is_strict_and_deep(self) -> None:
        self.refuses(POD + "    imagePullPolice: Always\n", "imagePullPolice")
        self.refuses(POD.replace("image: a:1", "image: 1"), "spec.containers[0].image")
        self.refuses(POD + "    env:\n    - name: A\n      value: on\n", "spec.containers[0].env[0].value")

    def test_every_minor_is_judged(self) -> None:
        self.refuses(POD + "    imagePullPolice: Always\n", "[1.33, 1.34, 1.35, 1.36, 1.37]")

    def test_wrong_version_of_a_known_group(self) -> None:
        self.refuses(POD.replace("apiVersion: v1", "apiVersion: policy/v1beta1"), "no Pod in policy/v1beta1")
        self.refuses(POD.replace("kind: Pod", "kind: Pot"), "no Pot in v1")

    def test_custom_resource_is_skipped_aloud(self) -> None:
        code, output = self.judged(POD + POD.replace("v1", "acme.dev/v1").replace("Pod", "Boat"))
        self.assertEqual(code, 0)
        self.assertIn("SKIPPED", output)
        self.assertIn("Boat/a (acme.dev/v1)", output)
        self.assertIn("1 of 2 objects", output)

    def test_yaml_that_readers_take_differently(self) -> None:
        self.refuses(POD + "    image: a:2\n", "duplicate key `image`")
        self.refuses(POD.replace("name: a\nspec", "name: &a a\nspec"), "anchor in the output")
        self.refuses(POD.replace("image: a:1", "image: !!str a:1"), "tag in the output")
        self.refuses(POD.replace("image: a:1", "image: >-\n      a:1"), "folded scalar")
        self.refuses(POD + "    command: null\n", "null")
        self.refuses(POD.replace("name: a\nspec", "name: a\n  labels:\n    on: a\nspec"), "key `on` is not a string")
        self.refuses(POD + "  oops\n", "could not find expected ':'")

    def test_empty_twice_and_nameless(self) -> None:
        self.refuses("", "not one object")
        self.refuses(POD + "---\n", "not an object")
        self.refuses(POD + POD, "twice in one stage")
        self.refuses("---\napiVersion: v1\nkind: Pod\n", "metadata.name is missing")


def custom(api_version: str, kind: str, spec: dict) -> dict:
    """A custom resource."""
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": "a"}, "spec": spec}


STORE = {"kind": "SecretStore", "name": "s"}
SERVICE = {"kind": "Service", "name": "web"}
# One that is good, and what each change makes of it.
CUSTOM = [
    (custom("external-secrets.io/v1", "ExternalSecret", {"secretStoreRef": STORE}), {"secretStoreRef": {**STORE, "kind": "Store"}}),
    (custom("cert-manager.io/v1", "Certificate", {"secretName": "a", "issuerRef": {"name": "i"}}), {"secretName": 1}),
    (custom("keda.sh/v1alpha1", "TriggerAuthentication", {"secretTargetRef": []}), {"secretTargetRef": {}}),
    (custom("monitoring.coreos.com/v1", "ServiceMonitor", {"endpoints": [], "selector": {}}), {"endpoints": [{"scheme": "FTP"}]}),
    (custom("gateway.networking.k8s.io/v1", "HTTPRoute", {"hostnames": ["a.example.com"]}), {"hostnames": ["A B"]}),
    (custom("traefik.io/v1alpha1", "Middleware", {"redirectScheme": {"scheme": "https"}}), {"redirectScheme": {"scheme": 1}}),
    (custom("cilium.io/v2", "CiliumNetworkPolicy", {"endpointSelector": {}, "egress": [{}]}), {"egress": {}}),
    (custom("projectcontour.io/v1", "HTTPProxy", {"routes": []}), {"routes": {}}),
    (custom("bitnami.com/v1alpha1", "SealedSecret", {"encryptedData": {"a": "b"}}), {"encryptedData": []}),
    (custom("cloud.google.com/v1", "BackendConfig", {"timeoutSec": 30}), {"timeoutSec": "30"}),
    (custom("networking.gke.io/v1beta1", "FrontendConfig", {"redirectToHttps": {"enabled": True}}), {"redirectToHttps": {}}),
    (custom("networking.gke.io/v1", "ManagedCertificate", {"domains": ["a.example.com"]}), {"domains": "a.example.com"}),
    (custom("networking.gke.io/v1", "HealthCheckPolicy", {"targetRef": {"group": "", **SERVICE}}), {"targetRef": {"name": 1}}),
    (custom("networking.istio.io/v1", "VirtualService", {"hosts": ["a"]}), {"hosts": "a"}),
    (custom("route.openshift.io/v1", "Route", {"to": SERVICE, "tls": {"termination": "edge"}}), {"tls": {"termination": "none"}}),
    (custom("route.openshift.io/v1", "Route", {"to": SERVICE, "path": "/"}), {"tls": {"termination": "passthrough"}}),
]


class Custom(unittest.TestCase):
    """`judge_custom`."""

    def test_good_passes_and_unknown_fields_and_wrong_values_fail(self) -> None:
        good = [an_object for an_object, _ in CUSTOM]
        unknown = [an_object | {"spec": an_object["spec"] | {"replicaz": 1}} for an_object in good]
        wrong = [an_object | {"spec": an_object["spec"] | change} for an_object, change in CUSTOM]
        faults = judge_custom.judge(good + unknown + wrong)
        for an_object, said, of_unknown, of_wrong in zip(good, faults, faults[len(good) :], faults[2 * len(good) :], strict=False):
            with self.subTest(an_object["kind"]):
                self.assertEqual(said, [])
                self.assertIn("replicaz", "".join(of_unknown))
                self.assertNotEqual(of_wrong, [])

    def test_kind_without_a_schema_fails(self) -> None:
        [[fault]] = judge_custom.judge([custom("boats.dev/v1", "Boat", {})])
        self.assertIn("no schema knows the kind", fault)

    def test_stages(self) -> None:
        with TemporaryDirectory() as folder, redirect_stdout(io.StringIO()) as output:
            stage = Path(folder, "stack", "stage.yaml")
            stage.parent.mkdir()
            monitor = "apiVersion: monitoring.coreos.com/v1\nkind: PodMonitor\nmetadata:\n  name: m\nspec:\n  selectr: {}\n"
            stage.write_text(f"{POD}---\n{monitor}{POD.replace('v1', 'acme.dev/v1')}")
            with patch("sys.argv", ["", folder]):
                self.assertEqual(judge_custom.main(), 1)
        self.assertIn("PodMonitor/m (monitoring.coreos.com/v1)", output.getvalue())
        self.assertIn("selectr", output.getvalue())
        self.assertIn("1 custom resources of 1 kinds", output.getvalue())


class Checkov(unittest.TestCase):
    """`judge_checkov`."""

    FINDING = {
        "check_id": "CKV_1", "check_name": "Be good", "resource": "Pod.shop.a", "file_line_range": [1, 9],
    }

    def judged(self, skips: str, stage: str = "shop/local") -> tuple[list[str], Counter]:
        """Findings left over, and the use of the skips."""
        used: Counter = Counter()
        report = {"results": {"failed_checks": [self.FINDING]}}
        return judge_checkov.judge(stage, report, judge_checkov.read_skips(skips), used), used

    def test_finding_without_a_skip_fails(self) -> None:
        findings, _ = self.judged("skips: []")
        self.assertEqual(findings, ["CKV_1 Be good: Pod.shop.a (lines 1-9 of the stage)"])

    def test_skip_holds_only_where_it_says(self) -> None:
        skips = "groups: {soft: ['*/local']}\nskips: [{check: CKV_1, reason: because, stages: soft, resources: ['Pod.*']}]"
        self.assertEqual(self.judged(skips), ([], Counter({0: 1})))
        self.assertEqual(len(self.judged(skips, "shop/aws-rds")[0]), 1)
        self.assertEqual(len(self.judged(skips.replace("Pod.*", "Job.*"))[0]), 1)

    def test_skip_needs_a_reason(self) -> None:
        with self.assertRaisesRegex(SystemExit, "a check and a reason"):
            self.judged("skips: [{check: CKV_1}]")

    def test_real_run_tells_of_findings_and_of_rot(self) -> None:
        with TemporaryDirectory() as folder, redirect_stdout(io.StringIO()) as output:
            stage = Path(folder, "stack", "stage.yaml")
            stage.parent.mkdir()
            stage.write_text(POD)
            with patch("sys.argv", ["", folder]):
                self.assertEqual(judge_checkov.main(), 1)
        self.assertIn("stack/stage: CKV_K8S_20 ", output.getvalue())
        self.assertIn("is needed by no stage any more", output.getvalue())


class Rendered(unittest.TestCase):
    """`stages`."""

    def test_nothing_to_judge_is_an_error(self) -> None:
        with TemporaryDirectory() as folder:
            with self.assertRaisesRegex(SystemExit, "no <stack>/<stage>.yaml"):
                stages([folder])
            with self.assertRaisesRegex(SystemExit, "no such folder"):
                stages([f"{folder}/none"])
            Path(folder, "stack", "stage").mkdir(parents=True)
            with self.assertRaisesRegex(SystemExit, "neither a YAML file"):
                stages([folder])


if __name__ == "__main__":
    unittest.main()
