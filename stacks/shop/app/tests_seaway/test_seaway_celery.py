"""seaway_celery.py around real workers and beats, with a broker in their own memory."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from unittest import TestCase

from tests_seaway import template

#: An application that is not Django and not ours. `time` beside it shows whose folder is on sys.path first.
APP = """
import os, time
from celery import Celery
import beside
app = Celery("other", broker="memory://")
app.conf.broker_connection_retry_on_startup = True
app.conf.worker_soft_shutdown_timeout = float(os.environ.get("SOFT", 0))
app.conf.beat_schedule = {"rare": {"task": "sleepy", "schedule": 3600.0}}

@app.task(name="sleepy")
def sleepy(seconds=0):
    time.sleep(seconds)
    open("done", "w").close()

if "SEND" in os.environ:
    from celery.signals import worker_ready
    worker_ready.connect(lambda **_: sleepy.delay(float(os.environ["SEND"])), weak=False)
"""


class WrapperTest(TestCase):
    def setUp(self):
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.work, self.state = folder / "work", folder / "state"
        self.work.mkdir()
        (self.work / "other.py").write_text(APP)
        (self.work / "beside.py").touch()
        # As a ConfigMap volume lays its files out: links to links, and neighbours that must not shadow anything.
        version = folder / "opt" / "..2026_11_23"
        version.mkdir(parents=True)
        (version / "seaway_celery.py").write_text(template("celery/seaway_celery.py").read_text())
        (version / "beside.py").write_text("raise SystemExit('imported from the folder of the wrapper')")
        (folder / "opt" / "..data").symlink_to(version.name)
        self.script = folder / "opt" / "seaway_celery.py"
        self.script.symlink_to("..data/seaway_celery.py")

    def environ(self, **extra):
        keep = {name: os.environ[name] for name in ("PATH",)}
        return keep | {"SEAWAY_STATE_DIR": str(self.state), "PYTHONUNBUFFERED": "1"} | extra

    def start(self, *arguments, **extra):
        log = open(self.work / "log", "w")
        self.addCleanup(log.close)
        process = subprocess.Popen(
            [sys.executable, self.script, "run", "--app=other", *arguments],
            cwd=self.work,
            env=self.environ(**extra),
            stdout=log,
            stderr=log,
        )
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def worker(self, *arguments, **extra):
        arguments = arguments or ("--pool=threads", "--concurrency=1")
        return self.start("worker", "--loglevel=INFO", "--without-gossip", "--without-mingle", *arguments, **extra)

    def probe(self, *arguments):
        done = subprocess.run([sys.executable, self.script, *arguments], env=self.environ(), capture_output=True, text=True)
        return done.returncode, (done.stdout + done.stderr).strip()

    def wait_for(self, what, seconds=20):
        end = time.monotonic() + seconds
        while not what():
            self.assertLess(time.monotonic(), end, (self.work / "log").read_text())
            time.sleep(0.05)

    def wait_ready(self):
        self.wait_for(lambda: self.probe("ready") == (0, "ready"))

    def test_probes_before_any_run(self):
        code, why = self.probe("ready")
        self.assertEqual(code, 1)
        self.assertIn("`run` has not started here", why)
        self.assertEqual(self.probe("live")[0], 1)

    def test_probes_do_not_import_celery(self):
        code = f"import runpy, sys; sys.argv = ['x', 'ready']\ntry: runpy.run_path({str(self.script)!r}, run_name='__main__')\n"
        code += "finally: print(sorted(m for m in ('celery', 'django', 'argparse', 'subprocess') if m in sys.modules))"
        done = subprocess.run([sys.executable, "-c", code], env=self.environ(), capture_output=True, text=True)
        self.assertEqual(done.stdout.splitlines()[-1], "[]")

    def test_worker_from_start_to_end(self):
        worker = self.worker(SEND="1.5")
        self.wait_ready()
        first = (self.state / "heartbeat").stat().st_mtime
        self.wait_for(lambda: "sleepy" in (self.work / "log").read_text())
        code, why = self.probe("live", "--max-age=60")
        self.assertEqual(code, 0, why)
        self.assertRegex(why, r"^live: last heartbeat \d s ago, allowed 60 s$")
        worker.send_signal(signal.SIGTERM)
        self.wait_for(lambda: self.probe("ready") == (1, "not ready: shutting down"))
        if worker.poll() is None:
            self.assertEqual(self.probe("live", "--max-age=0"), (0, "live: shutting down"))
        self.assertEqual(worker.wait(20), 0)
        self.assertTrue((self.work / "done").exists(), "the running task did not finish")
        self.assertGreaterEqual((self.state / "heartbeat").stat().st_mtime, first)
        self.assertIn("has ended", self.probe("live")[1])

    def test_heartbeat_is_touched(self):
        self.worker()
        self.wait_ready()
        os.utime(self.state / "heartbeat", (1, 1))
        self.assertEqual(self.probe("live")[0], 1)
        self.wait_for(lambda: self.probe("live", "--max-age=60")[0] == 0)

    def test_prefork_children_leave_the_state_alone(self):
        worker = self.worker("--pool=prefork", "--concurrency=2", "--max-tasks-per-child=1", SEND="0")
        self.wait_ready()
        self.wait_for(lambda: (self.work / "done").exists())
        time.sleep(0.5)
        self.assertEqual(self.probe("ready"), (0, "ready"))
        worker.send_signal(signal.SIGTERM)
        self.assertEqual(worker.wait(20), 0)

    def test_soft_shutdown_is_not_ready_at_once(self):
        worker = self.worker("--pool=prefork", "--concurrency=1", SEND="2", SOFT="5", REMAP_SIGTERM="SIGQUIT")
        self.wait_ready()
        self.wait_for(lambda: "received" in (self.work / "log").read_text())
        time.sleep(0.5)
        worker.send_signal(signal.SIGTERM)
        self.wait_for(lambda: self.probe("ready") == (1, "not ready: shutting down"), 1.5)
        worker.wait(20)
        self.assertTrue((self.work / "done").exists(), "the running task did not finish")

    def test_beat(self):
        beat = self.start("beat", "--loglevel=INFO", "--pidfile=", f"--schedule={self.work}/schedule", "--max-interval=3600")
        self.wait_ready()
        self.wait_for(lambda: self.probe("live", "--max-age=5")[0] == 0)
        beat.send_signal(signal.SIGTERM)
        beat.wait(10)
        self.assertEqual(self.probe("ready")[0], 1)

    def test_state_of_an_earlier_process_is_not_trusted(self):
        worker = self.worker()
        self.wait_ready()
        worker.kill()
        worker.wait()
        self.assertTrue((self.state / "ready").exists())
        for probe in ("ready", "live"):
            code, why = self.probe(probe)
            self.assertEqual(code, 1)
            self.assertIn("has ended", why)
        self.worker()
        self.wait_for(lambda: self.probe("live")[0] == 0)
        self.wait_ready()

    def test_stops_at_once_while_the_application_is_imported(self):
        (self.work / "beside.py").write_text("import time; open('importing', 'w').close(); time.sleep(60)")
        worker = self.worker()
        self.wait_for(lambda: (self.work / "importing").exists())
        self.assertEqual(self.probe("ready")[1].split(" (")[0], "not ready: still starting")
        self.assertEqual(self.probe("live", "--max-age=600")[0], 0)
        worker.send_signal(signal.SIGTERM)
        self.assertEqual(worker.wait(5), 143)

    def test_hangup_restarts_in_place(self):
        worker = self.worker()
        self.wait_ready()
        before = (self.state / "process").stat().st_mtime_ns
        worker.send_signal(signal.SIGHUP)
        self.wait_for(lambda: (self.state / "process").stat().st_mtime_ns != before)
        self.wait_ready()

    def test_wrong_calls(self):
        for arguments in ((), ("run",), ("live", "--max-age=x"), ("ready", "x"), ("run", "worker", "--without-heartbeat")):
            self.assertEqual(self.probe(*arguments)[0], 2, arguments)
