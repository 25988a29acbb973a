"""copy_static.py: settings found as the documentation says, and each way to have nothing to copy."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from unittest import TestCase

from tests_seaway import template


class CopyTest(TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.root = self.folder / "root"
        self.settings(f"STATIC_ROOT = {str(self.root)!r}")

    def settings(self, text):
        (self.folder / "conf.py").write_text("SECRET_KEY = 'x'\n" + text)

    def run_it(self, *arguments, **extra):
        return subprocess.run(
            [sys.executable, template("django/copy_static.py"), self.folder / "target", *arguments],
            cwd=self.folder,
            env={"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"} | extra,
            capture_output=True,
            text=True,
        )

    def test_copies_twice_and_keeps_times(self):
        (self.root / "css").mkdir(parents=True)
        (self.root / "css" / "a.css").write_text("a")
        os.utime(self.root / "css" / "a.css", (1000, 1000))
        for _ in range(2):
            done = self.run_it("--settings=conf")
            self.assertEqual((done.returncode, done.stderr), (0, ""))
        copied = self.folder / "target" / "css" / "a.css"
        self.assertEqual((copied.read_text(), copied.stat().st_mtime), ("a", 1000))

    def test_settings_module_from_the_environment_or_manage_py(self):
        self.root.mkdir()
        (self.root / "a").touch()
        self.assertIn("no settings module", self.run_it().stderr)
        self.assertEqual(self.run_it(DJANGO_SETTINGS_MODULE="conf").returncode, 0)
        (self.folder / "manage.py").write_text("os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'conf')")
        self.assertEqual(self.run_it().returncode, 0)

    def test_nothing_to_copy(self):
        self.assertIn("does not exist: run `manage.py collectstatic`", self.run_it("--settings=conf").stderr)
        self.root.mkdir()
        self.assertIn("is empty", self.run_it("--settings=conf").stderr)
        self.settings("")
        done = self.run_it("--settings=conf")
        self.assertEqual(done.returncode, 1)
        self.assertIn("STATIC_ROOT is not set in conf", done.stderr)
