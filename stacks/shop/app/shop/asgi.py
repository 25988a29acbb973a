"""ASGI entry point: `gunicorn shop.asgi:application --worker-class=uvicorn_worker.UvicornWorker`.

Set CONN_MAX_AGE=0 with it: under ASGI each request may run on another thread, and persistent connections pile up.
"""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")

application = get_asgi_application()
