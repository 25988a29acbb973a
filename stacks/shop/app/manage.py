#!/usr/bin/env python
"""Django's command line for the shop: `python manage.py migrate`, `check`, `test` ..."""

import os
import sys


def main():
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
    if sys.argv[1:2] == ["test"]:
        # SECRET_KEY has no default, so that no deployment can run on a public one. Tests need any.
        os.environ.setdefault("SECRET_KEY", "only-for-tests-" + "x" * 50)
        os.environ.setdefault("DJANGO_LOG_LEVEL", "critical")

    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
