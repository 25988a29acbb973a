"""The tables of versions that the compiler goes by, against the published schemas of every minor we promise."""

import unittest

import kubernetes_versions as versions


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
