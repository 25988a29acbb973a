"""wait_for_schema.py with this project on SQLite, and with commands that misbehave."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from unittest import TestCase

from tests_seaway import template

ROOT = Path(__file__).resolve().parents[1]
CHECK = ("manage.py", "migrate", "--check")


class WaitTest(TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def start(self, *arguments, database=None, timeout=2, extra=()):
        environ = {"PATH": os.environ["PATH"], "SECRET_KEY": "x" * 50, "PYTHONDONTWRITEBYTECODE": "1"}
        environ["DATABASE_URL"] = database or f"sqlite:///{self.folder}/db"
        command = [sys.executable, template("django/wait_for_schema.py"), f"--timeout={timeout}", *extra, "--", *arguments]
        return subprocess.Popen(command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def run_it(self, *arguments, **options):
        process = self.start(*arguments, **options)
        out, _ = process.communicate(timeout=60)
        return process.returncode, out.splitlines()

    def test_unapplied_migrations_then_applied(self):
        process = self.start(sys.executable, *CHECK, timeout=60)
        self.assertRegex(process.stdout.readline(), r"^waiting for the schema, \d+ of 60 s: unapplied migrations")
        environ = os.environ | {"DATABASE_URL": f"sqlite:///{self.folder}/db", "SECRET_KEY": "x" * 50}
        subprocess.run([sys.executable, "manage.py", "migrate", "--verbosity=0"], cwd=ROOT, env=environ, check=True)
        out, _ = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0)
        self.assertRegex(out.splitlines()[-1], r"^schema is ready after \d+ s$")

    def test_gives_up_and_says_where_to_look(self):
        code, lines = self.run_it(sys.executable, *CHECK)
        self.assertEqual(code, 1)
        self.assertIn("migrate Job", lines[-1])

    def test_database_unreachable(self):
        code, lines = self.run_it(sys.executable, *CHECK, database="postgresql://u:p@127.0.0.1:1/shop", timeout=1)
        self.assertEqual(code, 1)
        self.assertIn("database unreachable or refusing: django.db.utils.OperationalError: ", lines[0])
        self.assertNotIn("unapplied", lines[0])

    def test_other_failures(self):
        fails = (sys.executable, "-c", "raise RuntimeError('no such thing')")
        self.assertIn("the check failed: RuntimeError: no such thing", self.run_it(*fails, timeout=1)[1][0])
        self.assertIn("the check ended with 7: bad", self.run_it("sh", "-c", "echo bad >&2; exit 7", timeout=1)[1][0])

    def test_what_no_wait_heals_ends_at_once_with_its_traceback(self):
        for code, said in (
            ("import no_such_module", "ModuleNotFoundError: No module named 'no_such_module'"),
            ("from os import no_such_name", "ImportError: cannot import name 'no_such_name'"),
            ("compile('a b', 'x.py', 'exec')", "SyntaxError: invalid syntax"),
            ("no_such_name", "NameError: name 'no_such_name' is not defined"),
        ):
            start = time.monotonic()
            status, lines = self.run_it(sys.executable, "-c", code, timeout=60)
            self.assertLess(time.monotonic() - start, 20)
            self.assertEqual(status, 3, lines)
            self.assertIn(said, lines[0])
            self.assertIn("Traceback (most recent call last):", lines[1:])
            self.assertIn(said, lines[-1])
        status, lines = self.run_it(sys.executable, *CHECK, database="nothing://host/name", timeout=60)
        self.assertEqual((status, "ImproperlyConfigured" in lines[0]), (3, True), lines)

    def test_what_follows_from_a_database_that_is_away_is_tried_again(self):
        code = "try:\n raise OSError('away')\nexcept OSError as away:\n class OperationalError(Exception): pass\n"
        code += " try:\n  raise OperationalError('away') from away\n except OperationalError:\n  raise ImportError('no settings')"
        status, lines = self.run_it(sys.executable, "-c", code, timeout=1)
        self.assertEqual(status, 1, lines)

    def test_a_warning_does_not_hide_unapplied_migrations(self):
        noisy = ("sh", "-c", "echo 'x.py:1: RuntimeWarning: y' >&2; exit 1")
        self.assertIn("unapplied migrations", self.run_it(*noisy, timeout=1)[1][0])

    def test_a_hanging_attempt_is_killed_with_its_children(self):
        hangs = ("sh", "-c", f"sleep 60 & echo $! > {self.folder}/pid; wait")
        start = time.monotonic()
        code, lines = self.run_it(*hangs, timeout=3, extra=("--attempt-timeout=1",))
        self.assertLess(time.monotonic() - start, 10)
        self.assertEqual(code, 1)
        self.assertIn("did not answer within 1 s", lines[0])
        self.assert_gone(int((self.folder / "pid").read_text()))

    def test_an_attempt_has_all_the_time_that_is_left(self):
        code, lines = self.run_it("sh", "-c", "sleep 2; exit 0", timeout=4)
        self.assertEqual((code, len(lines)), (0, 1))
        code, lines = self.run_it("sleep", "60", timeout=2)
        self.assertEqual(code, 1)
        self.assertIn("did not answer within 5 s", lines[-2])

    def test_sigterm_ends_it_at_once_with_its_children(self):
        process = self.start("sh", "-c", f"sleep 60 & echo $! > {self.folder}/pid; wait", timeout=60)
        while not (self.folder / "pid").exists() or not (self.folder / "pid").read_text():
            time.sleep(0.02)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(5), 143)
        process.stdout.close()
        self.assert_gone(int((self.folder / "pid").read_text()))

    def test_a_command_that_cannot_run(self):
        code, lines = self.run_it("no-such-command")
        self.assertEqual(code, 2)
        self.assertIn("cannot run no-such-command", lines[0])

    def assert_gone(self, pid):
        for _ in range(100):
            try:
                # An orphan that nobody reaps stays as a zombie.
                if ") Z " in Path(f"/proc/{pid}/stat").read_text():
                    return
            except FileNotFoundError:
                return
            time.sleep(0.02)
        self.fail(f"process {pid} still runs")
