"""The page and the API, from a request to the row that a task wrote."""

import tempfile
from unittest import mock

from django.core.cache import cache
from django.core.management import call_command
from django.test import Client, TestCase, override_settings

from orders.models import Heartbeat, Order
from orders.views import AWAY


class PageTest(TestCase):
    @classmethod
    def setUpClass(cls):
        # The real thing: hashed names come from the manifest that collectstatic writes in the image build.
        folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        cls.enterClassContext(override_settings(STATIC_ROOT=folder))
        call_command("collectstatic", interactive=False, verbosity=0)
        super().setUpClass()

    def setUp(self):
        cache.clear()

    def test_lists_orders_and_links_hashed_static_files(self):
        Order.objects.create(item="tea", quantity=3)
        response = self.client.get("/")
        self.assertContains(response, "3 x tea")
        self.assertRegex(response.content.decode(), r'href="/static/orders/shop\.[0-9a-f]{12}\.css"')

    def test_form_places_an_order_with_csrf(self):
        client = Client(enforce_csrf_checks=True)
        client.get("/")
        form = {"item": "tea", "quantity": "2", "csrfmiddlewaretoken": client.cookies["csrftoken"].value}
        with self.captureOnCommitCallbacks(execute=True):
            self.assertRedirects(client.post("/", form), "/")
        self.assertEqual(Order.objects.get().result, "2 x tea packed")
        del form["csrfmiddlewaretoken"]
        with self.assertLogs("django.security.csrf"):
            self.assertEqual(client.post("/", form).status_code, 403)

    def test_refuses_a_bad_form(self):
        response = self.client.post("/", {"item": "", "quantity": "0"})
        self.assertEqual(response.status_code, 400)
        self.assertEqual(Order.objects.count(), 0)

    def test_count_comes_from_the_cache_until_an_order_is_placed(self):
        self.assertContains(self.client.get("/"), "0 orders, counted by the database")
        self.assertContains(self.client.get("/"), "0 orders, counted by the cache")
        self.client.post("/", {"item": "tea"})
        self.assertContains(self.client.get("/"), "1 order, counted by the database")

    def test_a_cache_that_is_away_is_slow_and_no_more(self):
        for away in AWAY:
            with mock.patch("orders.views.cache.get", side_effect=away), self.assertLogs("orders.views"):
                self.assertContains(self.client.get("/"), "counted by the database")


class ApiTest(TestCase):
    def setUp(self):
        cache.clear()

    def test_post_then_get(self):
        client = Client(enforce_csrf_checks=True)
        with self.captureOnCommitCallbacks(execute=True):
            created = client.post("/api/orders", {"item": "tea", "quantity": 2}, content_type="application/json")
        self.assertEqual((created.status_code, created.json()["status"]), (201, "pending"))
        order = client.get(f"/api/orders/{created.json()['id']}").json()
        self.assertEqual((order["status"], order["result"], order["attempts"]), ("packed", "2 x tea packed", 1))

    def test_the_task_starts_after_the_commit(self):
        with mock.patch("orders.views.pack.delay") as delay, self.captureOnCommitCallbacks() as callbacks:
            self.client.post("/api/orders", {"item": "tea"}, content_type="application/json")
            delay.assert_not_called()
        self.assertEqual(len(callbacks), 1)

    def test_a_broker_that_is_away_leaves_the_order_pending(self):
        with mock.patch("orders.views.pack.delay", side_effect=ConnectionError), self.assertLogs("django.test"):
            with self.captureOnCommitCallbacks(execute=True):
                response = self.client.post("/api/orders", {"item": "tea"}, content_type="application/json")
        self.assertEqual((response.status_code, response.json()["status"]), (201, "pending"))

    def test_refuses_what_is_no_order(self):
        for body in ("{", "[]", '{"quantity": 1}', '{"item": "tea", "work_seconds": 31}', '{"item": "x", "quantity": 0}'):
            with self.subTest(body=body):
                response = self.client.post("/api/orders", body, content_type="application/json")
                self.assertEqual((response.status_code, list(response.json())), (400, ["errors"]))

    def test_methods_and_unknown_orders(self):
        self.assertEqual(self.client.get("/api/orders").status_code, 405)
        self.assertEqual(self.client.get("/api/orders/4711").status_code, 404)

    def test_stats(self):
        self.assertEqual(
            self.client.get("/api/stats").json(),
            {"orders": 0, "orders_from": "database", "heartbeats": 0, "last_heartbeat": None},
        )
        beat = Heartbeat.objects.create(pending=0)
        stats = self.client.get("/api/stats").json()
        self.assertEqual((stats["orders_from"], stats["last_heartbeat"]), ("cache", beat.at.isoformat()))
