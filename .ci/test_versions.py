"""The tables of versions that the compiler goes by, against the published schemas of every minor we promise."""

import re
import unittest

import kubernetes_versions as versions


# Fields whose description speaks of a gate or of alpha, and that work in every known minor that has them. Of some it is a
# value, or what becomes of it, that waits for the gate.
WORKING = {
    ("authorization.v1.ResourceAttributes", "fieldSelector"),
    ("authorization.v1.ResourceAttributes", "labelSelector"),
    ("autoscaling.v1.HorizontalPodAutoscalerSpec", "minReplicas"),
    ("autoscaling.v2.HorizontalPodAutoscalerSpec", "minReplicas"),
    ("batch.v1.JobSpec", "managedBy"),
    ("core.v1.PersistentVolumeClaimSpec", "dataSource"),
    ("core.v1.PersistentVolumeSpec", "nodeAffinity"),
    ("core.v1.PodResourceClaim", "resourceClaimTemplateName"),
    ("core.v1.PersistentVolumeClaimSpec", "dataSourceRef"),
    ("core.v1.PodSecurityContext", "seLinuxChangePolicy"),
    ("core.v1.PodSecurityContext", "supplementalGroupsPolicy"),
    ("core.v1.PodSpec", "hostUsers"),
    ("core.v1.Probe", "terminationGracePeriodSeconds"),
    ("core.v1.TopologySpreadConstraint", "matchLabelKeys"),
    ("resource.v1.CELDeviceSelector", "expression"),
    ("resource.v1.DeviceConstraint", "matchAttribute"),
    ("resource.v1.ExactDeviceRequest", "adminAccess"),
    ("resource.v1beta1.CELDeviceSelector", "expression"),
    ("resource.v1beta1.DeviceConstraint", "matchAttribute"),
    ("resource.v1beta2.CELDeviceSelector", "expression"),
    ("resource.v1beta2.DeviceConstraint", "matchAttribute"),
    ("storage.v1.CSIDriverSpec", "attachRequired"),
}
# APIs that are off as a whole until somebody turns them on, and their gates with them.
OFF = ("resource.v1alpha3.", "scheduling.v1alpha", "scheduling.v1beta1.")
GATED = re.compile(r"alpha[ -](?:level|field|feature)|\((?:alpha|beta)\)|alpha, gated|requires enabling|gate .{0,20}enabled", re.IGNORECASE)


class Tables(unittest.TestCase):
    """`fields.rs`, `shapes.rs` and `apis.rs`."""

    maxDiff = None

    def test_every_late_field_is_listed_with_its_minor(self) -> None:
        listed = versions.written_fields()
        self.assertEqual({}, {field: minor for field, minor in versions.late_fields().items() if field not in listed})
        known = versions.first_of_fields()
        self.assertEqual({}, {field: row for field, row in listed.items() if known.get(field) != row[0]})

    def test_a_listed_field_that_is_not_late_was_off_when_its_type_was_young(self) -> None:
        for field, (schema, on, gate) in versions.written_fields().items():
            with self.subTest(field=field):
                self.assertTrue(gate)
                self.assertTrue(on is None or schema <= on <= versions.number(versions.MINORS[-1]))
                self.assertTrue(field in versions.late_fields() or on is None or on > schema)

    def test_every_field_that_speaks_of_a_gate_is_listed_or_works(self) -> None:
        listed = versions.written_fields().keys() | WORKING
        unheard = set()
        for minor in versions.MINORS:
            for name, field in versions.first_of_fields():
                said = versions.schema(versions.definitions(minor), name, field).get("description", "")
                if GATED.search(said) and (name, field) not in listed and not name.startswith(OFF):
                    unheard.add((name, field))
        self.assertEqual(set(), unheard)

    def test_the_ways_to_them_are_those_of_the_schemas(self) -> None:
        self.assertEqual(versions.shapes(), versions.SHAPES.read_text(), "run .ci/kubernetes_versions.py --write")

    def test_late_apis(self) -> None:
        oldest = versions.number(versions.MINORS[0])
        late = {api: minor for api, minor in versions.first_of_kinds().items() if minor > oldest}
        self.assertEqual(late, versions.written_apis("LATE"))

    def test_removed_apis(self) -> None:
        oldest = versions.number(versions.MINORS[0])
        written = versions.written_apis("REMOVED")
        self.assertEqual(versions.removed_kinds(), {api: minor for api, minor in written.items() if minor > oldest})
        for api in written.keys() & versions.first_of_kinds().keys():
            self.assertIn(api, versions.removed_kinds(), "it is there still")

    def test_apis_that_were_removed_before(self) -> None:
        # The schemas begin with 1.25.
        for api, minor in versions.written_apis("REMOVED").items():
            if 26 <= minor <= versions.number(versions.MINORS[0]):
                with self.subTest(api=api):
                    self.assertIn(api, versions.kinds(f"1.{minor - 1}"))
                    self.assertNotIn(api, versions.kinds(f"1.{minor}"))

    def test_deprecated_apis_are_there_still(self) -> None:
        newest = versions.kinds(versions.MINORS[-1])
        for api in versions.written_apis("DEPRECATED"):
            self.assertIn(api, newest)

    def test_the_tables_were_read(self) -> None:
        self.assertGreater(len(versions.written_fields()), 50)
        self.assertGreater(len(versions.written_apis("REMOVED")), 70)
        self.assertEqual(versions.written_apis("DEPRECATED")["v1", "Endpoints"], 33)
        self.assertEqual(versions.static("core.v1.HTTPGetAction"), "CORE_V1_HTTP_GET_ACTION")


if __name__ == "__main__":
    unittest.main()
