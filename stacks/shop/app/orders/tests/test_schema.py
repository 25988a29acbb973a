"""Migrations match the models and `migrate --check` tells the truth: every pod's start depends on it."""

from io import StringIO

from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.test import TestCase, TransactionTestCase


class SchemaTest(TestCase):
    def test_no_migration_is_missing(self):
        call_command("makemigrations", check=True, dry_run=True, stdout=StringIO())

    def test_a_migrated_database_passes(self):
        call_command("migrate", check_unapplied=True, stdout=StringIO())


class BehindTest(TransactionTestCase):
    def tearDown(self):
        call_command("migrate", verbosity=0)

    def test_a_database_behind_the_code_fails(self):
        call_command("migrate", "orders", "0002", verbosity=0)
        with self.assertRaises(SystemExit) as raised:
            call_command("migrate", check_unapplied=True, stdout=StringIO())
        self.assertEqual(raised.exception.code, 1)

    def test_the_release_before_can_insert(self):
        old = MigrationExecutor(connection).loader.project_state(("orders", "0001_initial")).apps
        order = old.get_model("orders", "Order").objects.create(item="tea")
        with connection.cursor() as cursor:
            cursor.execute("SELECT work_seconds, attempts, packed_by FROM orders_order WHERE id = %s", [order.pk])
            self.assertEqual(cursor.fetchone(), (0, 0, ""))
