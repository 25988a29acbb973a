"""Tasks may run twice, and the beat schedule names tasks that exist."""

from datetime import timedelta
from unittest import mock

from django.conf import settings
from django.db import OperationalError
from django.test import TestCase
from django.utils import timezone

from orders.models import Heartbeat, Order
from orders.tasks import FORGOTTEN_AFTER, KEEP_HEARTBEATS, heartbeat, pack, requeue_forgotten
from shop import celery_app


class PackTest(TestCase):
    def test_packs_once(self):
        order = Order.objects.create(item="tea", quantity=2)
        pack(order.pk)
        pack(order.pk)
        order.refresh_from_db()
        self.assertEqual((order.status, order.result, order.attempts), ("packed", "2 x tea packed", 1))
        self.assertTrue(order.packed_by and order.packed_at)

    def test_finishes_what_a_lost_worker_began(self):
        order = Order.objects.create(item="tea", status=Order.Status.PACKING, attempts=1)
        pack(order.pk)
        order.refresh_from_db()
        self.assertEqual((order.status, order.attempts), ("packed", 2))

    def test_runs_again_when_the_database_is_away(self):
        order = Order.objects.create(item="tea")
        filtered = mock.Mock(side_effect=[OperationalError("the database system is shutting down"), Order.objects.filter()])
        with mock.patch.object(Order.objects, "filter", filtered):
            pack.apply((order.pk,))
        order.refresh_from_db()
        self.assertEqual((filtered.call_count, order.status), (2, "packed"))

    def test_an_order_that_is_gone(self):
        pack(4711)

    def test_takes_the_seconds_asked_for(self):
        order = Order.objects.create(item="tea", work_seconds=7)
        with mock.patch("orders.tasks.time.sleep") as sleep:
            pack(order.pk)
        sleep.assert_called_once_with(7)


class BeatTest(TestCase):
    def test_schedule_names_tasks(self):
        celery_app.loader.import_default_modules()
        for name, entry in settings.CELERY_BEAT_SCHEDULE.items():
            self.assertIn(entry["task"], celery_app.tasks, name)

    def test_heartbeat_counts_and_cleans_up(self):
        Order.objects.create(item="tea")
        old = Heartbeat.objects.create(pending=0)
        Heartbeat.objects.filter(pk=old.pk).update(at=timezone.now() - 2 * KEEP_HEARTBEATS)
        heartbeat()
        self.assertEqual([row.pending for row in Heartbeat.objects.all()], [1])

    def test_requeue_finds_old_orders_that_are_not_packed(self):
        old, young = Order.objects.create(item="old"), Order.objects.create(item="young")
        taken = Order.objects.create(item="taken", status=Order.Status.PACKING, attempts=1)
        done = Order.objects.create(item="done", status=Order.Status.PACKED, attempts=1)
        long_ago = timezone.now() - FORGOTTEN_AFTER - timedelta(seconds=1)
        Order.objects.exclude(pk=young.pk).update(created_at=long_ago)
        requeue_forgotten()
        for order in (old, young, taken, done):
            order.refresh_from_db()
        self.assertEqual([old.status, young.status, taken.status], ["packed", "pending", "packed"])
        self.assertEqual((taken.attempts, done.attempts), (2, 1))
