"""settings.py under other environments: each case is a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path
from unittest import TestCase
from urllib.parse import quote

ROOT = Path(__file__).resolve().parents[2]
AWKWARD = "a/b ?c@d#e:f%g+h&i$j=é"
SECRET = "k" * 25 + "0123456789abcdefghijklmnopqrstuvwxyz"


def run(*arguments, **environ):
    """Run Python in the project with these variables and nothing else."""
    environ = {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1", "DJANGO_SETTINGS_MODULE": "shop.settings"} | environ
    return subprocess.run([sys.executable, *arguments], cwd=ROOT, env=environ, capture_output=True, text=True)


def evaluate(expression, **environ):
    code = f"import json, django; django.setup(); from django.conf import settings; print(json.dumps({expression}))"
    done = run("-c", code, **{"SECRET_KEY": SECRET} | environ)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


class SettingsTest(TestCase):
    def test_secret_key_is_required_and_taken_as_it_is(self):
        self.assertIn("KeyError: 'SECRET_KEY'", run("manage.py", "check").stderr)
        self.assertEqual(evaluate("settings.SECRET_KEY", SECRET_KEY="$HOME" + SECRET), "$HOME" + SECRET)

    def test_defaults_need_no_server(self):
        self.assertEqual(
            evaluate(
                "[settings.DATABASES['default']['NAME'], settings.CACHES['default']['BACKEND'],"
                " settings.CELERY_TASK_ALWAYS_EAGER, settings.DEBUG, settings.ALLOWED_HOSTS]"
            ),
            ["/tmp/shop.sqlite3", "django.core.cache.backends.locmem.LocMemCache", True, False, []],
        )

    def test_passwords_of_any_characters(self):
        password = quote(AWKWARD, safe="")
        environ = {
            "DATABASE_URL": f"postgresql://us%40er:{password}@db:5432/shop?sslmode=verify-full&sslrootcert=/etc/ca.pem",
            "CACHE_URL": f"redis://:{password}@cache:6379/1",
            "CELERY_BROKER_URL": f"redis://:{password}@broker:6379/0",
        }
        database = evaluate("settings.DATABASES['default']", **environ)
        self.assertEqual((database["USER"], database["PASSWORD"], database["NAME"]), ("us@er", AWKWARD, "shop"))
        self.assertEqual(database["OPTIONS"]["sslmode"], "verify-full")
        self.assertEqual(database["OPTIONS"]["sslrootcert"], "/etc/ca.pem")
        self.assertEqual((database["CONN_MAX_AGE"], database["CONN_HEALTH_CHECKS"]), (60, True))
        cache = (
            "(lambda o: [o['password'], o['host'], o['db']])(__import__('django.core.cache').core.cache.cache._cache"
            "._get_connection_pool(True).connection_kwargs)"
        )
        self.assertEqual(evaluate(cache, **environ), [AWKWARD, "cache", 1])
        broker = "(lambda c: [c.password, c.hostname, c.virtual_host])(__import__('shop').celery_app.connection())"
        self.assertEqual(evaluate(broker, **environ), [AWKWARD, "broker", "0"])

    def test_other_servers_of_any_passwords(self):
        password = quote(AWKWARD, safe="")
        environ = {
            "DATABASE_URL": f"mysql://app:{password}@db:3306/app?charset=utf8mb4",
            "CACHE_URL": "memcached://cache:11211",
            "CELERY_BROKER_URL": f"amqp://app:{password}@broker:5672//",
        }
        parameters = evaluate(
            "{name: value for name, value in __import__('django.db').db.connection.get_connection_params().items()"
            " if isinstance(value, (str, int))}",
            **environ,
        )
        wanted = {"user": "app", "password": AWKWARD, "host": "db", "port": 3306, "database": "app", "charset": "utf8mb4"}
        self.assertEqual({name: parameters[name] for name in wanted}, wanted)
        self.assertEqual(parameters["connect_timeout"], 5)
        cache = "(lambda c: [c._servers, c._options['timeout']])(__import__('django.core.cache').core.cache.caches['default'])"
        self.assertEqual(evaluate(cache, **environ), [["cache:11211"], 1])
        broker = "(lambda c: [c.password, c.hostname, c.virtual_host, c.transport_cls])(__import__('shop').celery_app.connection())"
        self.assertEqual(evaluate(broker, **environ), [AWKWARD, "broker", "/", "amqp"])
        # What only Redis understands is not told to others.
        options = evaluate("settings.CELERY_BROKER_TRANSPORT_OPTIONS", **environ)
        self.assertNotIn("visibility_timeout", options)

    def test_rediss_keeps_its_options(self):
        cache = evaluate("settings.CACHES['default']", CACHE_URL="rediss://:x@cache:6379/0?ssl_cert_reqs=required")
        self.assertEqual(cache["LOCATION"].partition("?")[0], "rediss://:x@cache:6379/0")
        self.assertEqual(cache["OPTIONS"]["ssl_cert_reqs"], "required")

    def test_rediss_verifies_the_server_in_all_of_its_readers(self):
        url = "rediss://app:x@h:6379/1?ssl_cert_reqs=required&ssl_check_hostname=true&ssl_ca_certs=/etc/ca.pem"
        environ = {"CACHE_URL": url, "CELERY_BROKER_URL": url, "CELERY_RESULT_BACKEND": url}
        wanted = [True, True, "/etc/ca.pem"]
        cache = "__import__('django.core.cache').core.cache.cache._cache._get_connection_pool(True).make_connection()"
        seen = f"(lambda c: [c.cert_reqs == 2, bool(c.check_hostname), c.ca_certs])({cache})"
        self.assertEqual(evaluate(seen, **environ), wanted)
        seen = "(lambda s: [s['ssl_cert_reqs'] == 2, bool(s['ssl_check_hostname']), s['ssl_ca_certs']])({})"
        self.assertEqual(evaluate(seen.format("__import__('shop').celery_app.connection().ssl"), **environ), wanted)
        backend = "__import__('celery.backends.redis').backends.redis.RedisBackend"
        backend = f"{backend}(url=settings.CELERY_BROKER_URL, app=__import__('shop').celery_app).connparams"
        self.assertEqual(evaluate(seen.format(backend), **environ), wanted)

    def test_a_pooler_shares_connections(self):
        environ = {"CONN_MAX_AGE": "0", "DISABLE_SERVER_SIDE_CURSORS": "true", "DATABASE_URL": "postgres://u:p@pooler:6432/shop"}
        database = evaluate("settings.DATABASES['default']", **environ)
        self.assertEqual((database["CONN_MAX_AGE"], database["DISABLE_SERVER_SIDE_CURSORS"]), (0, True))
        threshold = "__import__('django.db').db.connection.get_connection_params()['prepare_threshold']"
        self.assertIsNone(evaluate(threshold, **environ))

    def test_buckets_are_bound_apart(self):
        self.assertIn("FileSystemStorage", evaluate("settings.STORAGES['default']['BACKEND']"))
        storages = evaluate(
            "settings.STORAGES",
            AWS_STORAGE_BUCKET_NAME="media",
            AWS_S3_REGION_NAME="eu-central-1",
            AWS_LOCATION="shop/media",
            AWS_STATIC_BUCKET_NAME="assets",
            AWS_STATIC_CUSTOM_DOMAIN="assets.example.com",
        )
        self.assertEqual(
            storages["default"]["OPTIONS"],
            {
                "file_overwrite": False,
                "bucket_name": "media",
                "region_name": "eu-central-1",
                "location": "shop/media",
                "querystring_auth": True,
            },
        )
        self.assertEqual(
            storages["staticfiles"]["OPTIONS"],
            {"bucket_name": "assets", "custom_domain": "assets.example.com", "querystring_auth": False},
        )

    def test_a_link_is_signed_unless_a_host_of_its_own_serves_it(self):
        try:
            import storages  # noqa: F401
        except ImportError:
            self.skipTest("django-storages is not installed")
        keys = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_S3_REGION_NAME": "eu-central-1"}
        url = "__import__('django.core.files.storage').core.files.storage.default_storage.url('a b.png')"
        signed = evaluate(url, AWS_STORAGE_BUCKET_NAME="media", **keys)
        self.assertIn("media", signed)
        self.assertIn("Signature=", signed)
        plain = evaluate(url, AWS_STORAGE_BUCKET_NAME="media", AWS_S3_CUSTOM_DOMAIN="cdn.example.com", AWS_LOCATION="m", **keys)
        self.assertEqual(plain, "https://cdn.example.com/m/a%20b.png")

    def test_cookies_are_secure_where_tls_is(self):
        both = "[settings.SESSION_COOKIE_SECURE, settings.CSRF_COOKIE_SECURE]"
        self.assertEqual(evaluate(both), [False, False])
        self.assertEqual(evaluate(both, CSRF_TRUSTED_ORIGINS="https://shop.example.com"), [True, True])
        self.assertEqual(evaluate(both, SESSION_COOKIE_SECURE="true", CSRF_COOKIE_SECURE="true"), [True, True])

    def test_a_header_is_believed_only_where_a_proxy_sets_it(self):
        self.assertIsNone(evaluate("settings.SECURE_PROXY_SSL_HEADER"))
        header = evaluate("settings.SECURE_PROXY_SSL_HEADER", SECURE_PROXY_SSL_HEADER="HTTP_X_FORWARDED_PROTO,https")
        self.assertEqual(header, ["HTTP_X_FORWARDED_PROTO", "https"])

    def test_what_is_bound_behind_a_load_balancer(self):
        """The variables of a stage with `expose = { type = "alb", … }`, and requests as they come in there."""
        code = (
            "import django; django.setup()\n"
            "from django.test import Client\n"
            "client = Client(enforce_csrf_checks=True)\n"
            "proxied = {'headers': {'x-forwarded-proto': 'https', 'host': 'shop.example.com'}}\n"
            "checked = client.get('/readyz', headers={'host': '10.1.2.3'})\n"
            "ready = client.get('/readyz', **proxied)\n"
            "page = client.get('/nothing-here', **proxied)\n"
            "print(checked.status_code, ready.status_code, page.headers['Strict-Transport-Security'])\n"
        )
        done = run(
            "-c",
            code,
            SECRET_KEY=SECRET,
            POD_IP="10.1.2.3",
            ALLOWED_HOSTS="shop.example.com,10.1.2.3",
            CSRF_TRUSTED_ORIGINS="https://shop.example.com",
            SECURE_PROXY_SSL_HEADER="HTTP_X_FORWARDED_PROTO,https",
            SECURE_HSTS_SECONDS="3600",
            SECURE_REDIRECT_EXEMPT="^livez$,^readyz$",
            SESSION_COOKIE_SECURE="true",
            CSRF_COOKIE_SECURE="true",
        )
        self.assertEqual(done.stdout.splitlines()[-1:], ["200 200 max-age=3600"], done.stderr)

    def test_check_deploy_is_clean_in_production(self):
        done = run(
            "manage.py",
            "check",
            "--deploy",
            "--fail-level=WARNING",
            SECRET_KEY=SECRET,
            ALLOWED_HOSTS="shop.example.com",
            CSRF_TRUSTED_ORIGINS="https://shop.example.com",
            SECURE_SSL_REDIRECT="on",
            SECURE_HSTS_SECONDS="31536000",
        )
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_log_lines_are_json(self):
        done = run(
            "-c",
            "import django, logging; django.setup(); logging.getLogger('orders').info('two\\nlines')",
            SECRET_KEY=SECRET,
            DJANGO_LOG_LEVEL="INFO",
        )
        self.assertEqual(json.loads(done.stdout)["message"], "two\nlines")
