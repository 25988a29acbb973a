"""Copy Django's STATIC_ROOT out of the image.

    python /opt/seaway/copy_static.py /srv/static [--settings=shop.settings]

Init container in the application's image, for a web server beside it that serves the files from a shared emptyDir. The
settings module is --settings, or DJANGO_SETTINGS_MODULE, or the one that `manage.py` of the working directory names.

Guaranteed: copies what `collectstatic` put there in the image build and collects nothing itself; running it again
gives the same files; modification times are kept, so that all pods send the same ETag. Exits 1 with the reason when
STATIC_ROOT is unset, missing or empty.
"""

import argparse
import os
import re
import shutil
import sys


def main(arguments):
    parser = argparse.ArgumentParser(prog="copy_static.py", description="Copy STATIC_ROOT to a folder.")
    parser.add_argument("target")
    parser.add_argument("--settings", metavar="MODULE")
    options = parser.parse_args(arguments)

    use_working_directory()
    module = options.settings or os.environ.get("DJANGO_SETTINGS_MODULE") or module_of_manage_py()
    if not module:
        return fail("no settings module: give --settings=MODULE or set DJANGO_SETTINGS_MODULE")
    os.environ["DJANGO_SETTINGS_MODULE"] = module

    from django.conf import settings

    root = settings.STATIC_ROOT
    if not root:
        return fail(f"STATIC_ROOT is not set in {module}")
    if not os.path.isdir(root):
        return fail(f"STATIC_ROOT {root} does not exist: run `manage.py collectstatic` in the image build")
    count = copy(os.fspath(root), options.target)
    if count == 0:
        return fail(f"STATIC_ROOT {root} is empty: run `manage.py collectstatic` in the image build")
    print(f"copied {count} files from {root} to {options.target}", flush=True)
    return 0


def use_working_directory():
    """Find modules in the working directory, as manage.py does, and not beside this file."""
    here = os.path.dirname(os.path.realpath(__file__))
    sys.path[:] = [path for path in sys.path if os.path.realpath(path) != here]
    sys.path.insert(0, os.getcwd())


def module_of_manage_py():
    try:
        with open("manage.py", encoding="utf-8") as file:
            found = re.search(r"""DJANGO_SETTINGS_MODULE["']\s*,\s*["']([\w.]+)["']""", file.read())
    except OSError:
        return None
    return found and found[1]


def copy(source, target):
    """Copy a tree and return its number of files.

    Not `shutil.copytree`: it copies the times of folders too, and the mount point belongs to root, not to this user.
    """
    count = 0
    for folder, _, names in os.walk(source):
        into = os.path.join(target, os.path.relpath(folder, source))
        os.makedirs(into, exist_ok=True)
        for name in names:
            shutil.copy2(os.path.join(folder, name), os.path.join(into, name))
            count += 1
    return count


def fail(reason):
    print(f"copy_static: {reason}", file=sys.stderr, flush=True)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
