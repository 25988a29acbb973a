"""What gunicorn reads from its working directory by itself: its log lines become JSON as the rest.

Everything else (bind, workers, timeouts) comes from the command line, which wins over this file. Each global here is
taken for a setting of gunicorn, hence the imports of modules alone.
"""

import os

import json_logs

logconfig_dict = json_logs.config(os.environ.get("DJANGO_LOG_LEVEL", "info").upper())
logconfig_dict["loggers"] |= {
    # Handlers of their own and no propagation: uvicorn-worker copies just the handlers to uvicorn's loggers.
    "gunicorn.error": {"handlers": ["stdout"], "level": "INFO", "propagate": False},
    "gunicorn.access": {"handlers": ["stdout"], "level": "INFO", "propagate": False},
}
