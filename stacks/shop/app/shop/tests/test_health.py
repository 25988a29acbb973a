"""The health endpoints answer under every Host and scheme, and touch no shared dependency."""

from unittest import mock

from django.test import AsyncClient, SimpleTestCase, override_settings


@override_settings(ALLOWED_HOSTS=["shop.example.com"], SECURE_SSL_REDIRECT=True)
class HealthTest(SimpleTestCase):
    # SimpleTestCase forbids database queries: a health endpoint that makes one fails here.

    def test_pod_ip_and_plain_http(self):
        for path in ("/livez", "/readyz"):
            for host in ("10.1.2.3:8000", "shop.example.com"):
                with self.subTest(path=path, host=host):
                    response = self.client.get(path, headers={"host": host})
                    self.assertEqual((response.status_code, response.content), (200, b"ok\n"))

    def test_other_paths_keep_the_rules(self):
        self.assertEqual(self.client.get("/", headers={"host": "10.1.2.3"}).status_code, 400)
        response = self.client.get("/", headers={"host": "shop.example.com"})
        self.assertRedirects(response, "https://shop.example.com/", status_code=301, fetch_redirect_response=False)

    def test_head_but_no_post(self):
        self.assertEqual(self.client.head("/livez", headers={"host": "10.1.2.3"}).status_code, 200)
        self.assertEqual(self.client.post("/livez", headers={"host": "10.1.2.3"}).status_code, 400)

    def test_not_ready_when_the_views_do_not_import(self):
        self.client.raise_request_exception = False
        with mock.patch("shop.health.get_resolver", side_effect=ImportError("no such view")):
            with self.assertLogs("django.request"):
                self.assertEqual(self.client.get("/readyz", headers={"host": "10.1.2.3"}).status_code, 500)
            self.assertEqual(self.client.get("/livez", headers={"host": "10.1.2.3"}).status_code, 200)

    async def test_asgi(self):
        response = await AsyncClient().get("/readyz", headers={"host": "10.1.2.3"})
        self.assertEqual(response.status_code, 200)
