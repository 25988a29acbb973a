"""The Celery app: `celery --app=shop worker`, `celery --app=shop beat`.

All options are the `CELERY_*` names of shop.settings. Worker and beat log as the web process does: JSON on stdout.
"""

import logging.config
import os

from celery import Celery
from celery.signals import setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")

app = Celery("shop")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def configure_logging(loglevel=None, **_):
    """Keep Celery from replacing the root handlers; `--loglevel` still rules Celery's own loggers."""
    from django.conf import settings

    logging.config.dictConfig(settings.LOGGING)
    if loglevel is not None:
        logging.getLogger("celery").setLevel(loglevel)
