"""Settings of the shop, from the environment alone.

| variable | meaning | when absent |
| --- | --- | --- |
| SECRET_KEY | Django's signing key | start-up fails |
| DATABASE_URL | `postgresql://user:password@host:5432/name?sslmode=…`, `mysql://user:password@host:3306/name`, `sqlite:////path` | `sqlite:////tmp/shop.sqlite3` |
| CACHE_URL | `redis://`, `rediss://` or `memcached://host:11211` | memory of each process |
| CELERY_BROKER_URL | `redis://`, `rediss://` or `amqp://`; never the Redis database of the cache | tasks run inside the request |
| ALLOWED_HOSTS | hosts, comma separated | every request is refused |
| CSRF_TRUSTED_ORIGINS | `https://host`, comma separated | only same-origin forms |
| DJANGO_LOG_LEVEL | `debug` … `critical`, in any case | `info` |
| SECURE_PROXY_SSL_HEADER | `HTTP_X_FORWARDED_PROTO,https`: the header in which a proxy, and nobody else, says https | no header is believed |
| SECURE_SSL_REDIRECT | answer http with a redirect to https | off |
| SECURE_REDIRECT_EXEMPT | paths that are not redirected, expressions without the first slash, comma separated | none |
| SESSION_COOKIE_SECURE, CSRF_COOKIE_SECURE | cookies over https only | on when one trusted origin is https, or redirecting |
| SECURE_HSTS_SECONDS | Strict-Transport-Security | 0: no header |
| CONN_MAX_AGE | seconds that a database connection is kept; 0 under ASGI or a transaction pooler | 60 |
| DISABLE_SERVER_SIDE_CURSORS | on behind a transaction pooler | off |
| AWS_STORAGE_BUCKET_NAME | bucket of media files | a folder of the pod |
| AWS_S3_REGION_NAME, AWS_S3_ENDPOINT_URL, AWS_S3_CUSTOM_DOMAIN, AWS_LOCATION | region, URL, public host and folder of it | boto3's own, and signed links |
| AWS_STATIC_BUCKET_NAME | bucket of static files; `collectstatic` runs against it before a release | they lie in the image |
| AWS_STATIC_REGION_NAME, AWS_STATIC_ENDPOINT_URL, AWS_STATIC_CUSTOM_DOMAIN, AWS_STATIC_LOCATION | the same of it | |
| HEARTBEAT_SECONDS | interval of the periodic task | 60 |
| TASK_TIME_LIMIT | seconds after which a task is killed | 240 |
| SOFT_SHUTDOWN_SECONDS | how long a cold shutdown (REMAP_SIGTERM=SIGQUIT) waits for tasks; below the grace period | 0: off |
| METRICS_PORTS | `8001-8002`: ports of the metrics of the server processes, one each | no metrics |
| DEBUG | Django's debug pages; never in a cluster | off |

User names and passwords inside a URL are percent-encoded. SECRET_KEY and the URLs can lie in files instead: SECRET_KEY_FILE
has the path of the file that holds SECRET_KEY, and so on.
"""

import os
from pathlib import Path

from environ import Env

import json_logs

BASE_DIR = Path(__file__).resolve().parent.parent
env = Env()
# The scheme that other libraries use; django-environ knows it as `pymemcache`.
Env.CACHE_SCHEMES["memcached"] = Env.CACHE_SCHEMES["pymemcache"]
# Not into os.environ: child processes and crash reports carry that.
env.ENVIRON = os.environ | {
    name: Path(os.environ[f"{name}_FILE"]).read_text()
    for name in ("SECRET_KEY", "DATABASE_URL", "CACHE_URL", "CELERY_BROKER_URL")
    if f"{name}_FILE" in os.environ
}

# Not through Env: it takes a value that starts with `$` for the name of another variable.
SECRET_KEY = env.ENVIRON["SECRET_KEY"]
DEBUG = env.bool("DEBUG", default=False)

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

# TLS ends before the pod. Only where a proxy sets the header itself may it be believed: else any caller could say https.
SECURE_PROXY_SSL_HEADER = env.tuple("SECURE_PROXY_SSL_HEADER", default=None)
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=False)
SECURE_REDIRECT_EXEMPT = env.list("SECURE_REDIRECT_EXEMPT", default=[])
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=0)
BEHIND_TLS = SECURE_SSL_REDIRECT or any(origin.startswith("https://") for origin in CSRF_TRUSTED_ORIGINS)
SESSION_COOKIE_SECURE = env.bool("SESSION_COOKIE_SECURE", default=BEHIND_TLS)
CSRF_COOKIE_SECURE = env.bool("CSRF_COOKIE_SECURE", default=BEHIND_TLS)
# HSTS for subdomains and the browsers' preload list bind hosts that are not ours to decide about.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]

INSTALLED_APPS = [
    "django.contrib.staticfiles",
    "django_prometheus",
    "orders",
]
MIDDLEWARE = [
    # Before what counts requests: probes are not the shop's traffic.
    "shop.health.health",
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]
# A process takes the first free port of these. They are not the server's: what is public never shows metrics.
if "METRICS_PORTS" in env:
    first, last = env.str("METRICS_PORTS").split("-")
    PROMETHEUS_METRICS_EXPORT_PORT_RANGE = range(int(first), int(last) + 1)
ROOT_URLCONF = "shop.urls"
WSGI_APPLICATION = "shop.wsgi.application"
ASGI_APPLICATION = "shop.asgi.application"
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"

DATABASE = env.db_url("DATABASE_URL", default="sqlite:////tmp/shop.sqlite3")
if DATABASE["ENGINE"].endswith("sqlite3"):
    # Several gunicorn threads write: readers must not block writers, and writers queue instead of failing.
    DATABASE["OPTIONS"] = {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL;",
    } | DATABASE.get("OPTIONS", {})
else:
    DATABASE |= {
        "CONN_MAX_AGE": env.int("CONN_MAX_AGE", default=60),
        "CONN_HEALTH_CHECKS": True,
        # Prepared statements of psycopg need nothing behind a pooler: Django leaves them off (`prepare_threshold`).
        "DISABLE_SERVER_SIDE_CURSORS": env.bool("DISABLE_SERVER_SIDE_CURSORS", default=False),
    }
    DATABASE["OPTIONS"] = {"connect_timeout": 5} | DATABASE.get("OPTIONS", {})
DATABASES = {"default": DATABASE}

CACHE = env.cache_url("CACHE_URL", default="locmemcache://")
# A cache that does not answer must cost less than the query that it saves.
if CACHE["BACKEND"].endswith("RedisCache"):
    CACHE["OPTIONS"] = {"socket_connect_timeout": 1, "socket_timeout": 1} | CACHE.get("OPTIONS", {})
elif CACHE["BACKEND"].endswith("PyMemcacheCache"):
    CACHE["OPTIONS"] = {"connect_timeout": 1, "timeout": 1} | CACHE.get("OPTIONS", {})
CACHES = {"default": CACHE}

# collectstatic runs in the image build. Hashed names let two versions serve side by side during a rollout.
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}


def bucket(**variables):
    """The options of a bucket of django-storages: those whose variables are set.

    Keys or a role are boto3's to find. A link is signed unless a host of its own serves the files.
    """
    options = {option: env.str(name) for option, name in variables.items() if name in env}
    return options | {"querystring_auth": "custom_domain" not in options}


if "AWS_STORAGE_BUCKET_NAME" in env:
    STORAGES["default"] = {
        "BACKEND": "storages.backends.s3.S3Storage",
        # Two uploads of one name are two files.
        "OPTIONS": {"file_overwrite": False}
        | bucket(
            bucket_name="AWS_STORAGE_BUCKET_NAME",
            region_name="AWS_S3_REGION_NAME",
            endpoint_url="AWS_S3_ENDPOINT_URL",
            custom_domain="AWS_S3_CUSTOM_DOMAIN",
            location="AWS_LOCATION",
        ),
    }
if "AWS_STATIC_BUCKET_NAME" in env:
    STORAGES["staticfiles"] = {
        "BACKEND": "storages.backends.s3.S3ManifestStaticStorage",
        "OPTIONS": bucket(
            bucket_name="AWS_STATIC_BUCKET_NAME",
            region_name="AWS_STATIC_REGION_NAME",
            endpoint_url="AWS_STATIC_ENDPOINT_URL",
            custom_domain="AWS_STATIC_CUSTOM_DOMAIN",
            location="AWS_STATIC_LOCATION",
        )
        # Static files are public, and browsers keep them by their URL.
        | {"querystring_auth": False},
    }

LOGGING = json_logs.config(env.str("DJANGO_LOG_LEVEL", default="info").upper())

CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default="memory://")
CELERY_TASK_ALWAYS_EAGER = "CELERY_BROKER_URL" not in env
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# Results are rows of ours, not entries of a result backend.
CELERY_TASK_IGNORE_RESULT = True
# A task survives the loss of its worker: it is acknowledged when it ends, and given to another worker when it does not.
# So it may run twice, and every task here is idempotent.
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# When the connection to the broker is lost, the message goes to another worker: the run here ends, or both would overlap.
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_TASK_TIME_LIMIT = env.int("TASK_TIME_LIMIT", default=240)
CELERY_TASK_SOFT_TIME_LIMIT = max(1, CELERY_TASK_TIME_LIMIT - 10)
# Bounds what a request waits for a broker that is away; a worker has a retry policy of its own.
CELERY_BROKER_TRANSPORT_OPTIONS = {"max_retries": 1, "interval_start": 0, "interval_step": 0.2}
if CELERY_BROKER_URL.startswith("amqp"):
    CELERY_BROKER_CONNECTION_TIMEOUT = 2
    # RabbitMQ says that it has a task, so that one which it could not take is an error of the request.
    CELERY_BROKER_TRANSPORT_OPTIONS |= {"confirm_publish": True}
else:
    # Redis hands an unacknowledged task out again after this time, so it outlasts each task and each countdown. The
    # shortest value in use on a broker wins, and kombu and Celery read it in three places.
    CELERY_VISIBILITY_TIMEOUT = env.int("CELERY_VISIBILITY_TIMEOUT", default=max(3600, 2 * CELERY_TASK_TIME_LIMIT))
    CELERY_BROKER_TRANSPORT_OPTIONS |= {
        "visibility_timeout": CELERY_VISIBILITY_TIMEOUT,
        "socket_connect_timeout": 2,
        "socket_keepalive": True,
        "health_check_interval": 30,
    }
    CELERY_RESULT_BACKEND_TRANSPORT_OPTIONS = {"visibility_timeout": CELERY_VISIBILITY_TIMEOUT}
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0, "interval_step": 0.2}
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = env.float("SOFT_SHUTDOWN_SECONDS", default=0.0)
# Flower and the metrics exporter read these events.
CELERY_WORKER_SEND_TASK_EVENTS = True
CELERY_TASK_SEND_SENT_EVENT = True
CELERY_BEAT_SCHEDULE = {
    "heartbeat": {"task": "orders.tasks.heartbeat", "schedule": env.float("HEARTBEAT_SECONDS", default=60.0)},
    "requeue-forgotten": {"task": "orders.tasks.requeue_forgotten", "schedule": 300.0},
}
