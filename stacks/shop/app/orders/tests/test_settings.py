"""Secrets come as variables, or as files that variables name."""

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from django.test import SimpleTestCase

SHOW = """
import os
from django.conf import settings
print(settings.SECRET_KEY, settings.CELERY_BROKER_URL, settings.CELERY_TASK_ALWAYS_EAGER, sorted(os.environ))
"""


class FilesTest(SimpleTestCase):
    def test_values_are_read_from_files_and_not_put_into_the_environment(self):
        with TemporaryDirectory() as folder:
            files = {"SECRET_KEY": "$key", "CELERY_BROKER_URL": "redis://:a%2Fb@h:6379/0"}
            for name, value in files.items():
                Path(folder, name).write_text(value)
            named = {f"{name}_FILE": f"{folder}/{name}" for name in files}
            environment = named | {"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "shop.settings"}
            run = subprocess.run(
                [sys.executable, "-c", SHOW], env=environment, capture_output=True, text=True, check=True
            )
        self.assertTrue(run.stdout.startswith("$key redis://:a%2Fb@h:6379/0 False "), run.stdout)
        self.assertNotIn("'SECRET_KEY'", run.stdout)
