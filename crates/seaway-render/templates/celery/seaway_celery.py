"""Celery's worker and beat with probes that cost nothing.

    python /opt/seaway/seaway_celery.py run --app=shop worker --loglevel=INFO ...
    python /opt/seaway/seaway_celery.py run --app=shop beat --loglevel=INFO ...
    python /opt/seaway/seaway_celery.py ready
    python /opt/seaway/seaway_celery.py live --max-age=600

`run` is the `celery` command in this very process, so that SIGTERM reaches Celery, with signal handlers that keep three
files in /tmp/seaway (or SEAWAY_STATE_DIR). The probes read those files and do not import Celery or the application:
`celery inspect ping` would import both, which costs seconds of CPU for each probe.

`ready` exits 0 from the moment that the worker takes tasks, or beat starts to tick, until shutdown begins.
`live` exits 0 while the last heartbeat is younger than --max-age seconds. Until the first one it counts from the start,
and during shutdown it always holds: the grace period bounds a shutdown, a probe must not cut a running task short.

Heartbeats come each 2 s from a worker and at least each 30 s from beat. They pause while the broker is away, which no
restart repairs, and in a worker with `--pool=solo` while a task runs: --max-age has to outlast both.

Needs Celery 5.3 or later, Linux, and nothing writable but the state folder. Knows nothing about the application.
"""

import os
import signal
import sys
import time

STATE = os.environ.get("SEAWAY_STATE_DIR", "/tmp/seaway")
#: Pid and start time of the process that `run` runs in. A container that restarts keeps its /tmp.
PROCESS = os.path.join(STATE, "process")
READY = os.path.join(STATE, "ready")
HEARTBEAT = os.path.join(STATE, "heartbeat")
STOPPING = os.path.join(STATE, "stopping")

#: Beat sleeps up to `beat_max_loop_interval` (300 s) between two ticks; a tick too many costs nothing.
LONGEST_SLEEP_OF_BEAT = 30.0


def main(arguments):
    command, rest = (arguments[0], arguments[1:]) if arguments else (None, [])
    if command == "run" and rest:
        return run(rest)
    if command == "ready" and not rest:
        return report(ready())
    if command == "live" and len(rest) <= 1:
        name, _, seconds = (rest or ["--max-age=600"])[0].partition("=")
        if name == "--max-age" and seconds.isdigit():
            return report(live(int(seconds)))
    print("usage: seaway_celery.py run CELERY-ARGUMENTS... | ready | live [--max-age=SECONDS]", file=sys.stderr)
    return 2


def report(verdict):
    """Print why, for the events of the pod, and turn the verdict into an exit code."""
    good, why = verdict
    print(why)
    return 0 if good else 1


# The probes


def ready():
    """Whether the process takes work, and why."""
    problem = problem_of_process()
    if problem:
        return False, f"not ready: {problem}"
    if os.path.exists(STOPPING):
        return False, "not ready: shutting down"
    if not os.path.exists(READY):
        return False, "not ready: still starting (importing the application or waiting for the broker)"
    return True, "ready"


def live(max_age):
    """Whether the process made progress in the last `max_age` seconds, and why."""
    problem = problem_of_process()
    if problem:
        return False, f"not live: {problem}"
    if os.path.exists(STOPPING):
        return True, "live: shutting down"
    for path, what in ((HEARTBEAT, "last heartbeat"), (PROCESS, "no heartbeat yet, started")):
        try:
            age = time.time() - os.stat(path).st_mtime
        except FileNotFoundError:
            continue
        alive = age < max_age
        return alive, f"{'live' if alive else 'not live'}: {what} {age:.0f} s ago, allowed {max_age} s"
    return False, f"not live: {STATE} is empty"


def problem_of_process():
    """Why the state files cannot be trusted, or None."""
    try:
        with open(PROCESS) as file:
            pid, _, born = file.read().partition(" ")
    except OSError as error:
        return f"`run` has not started here: {error}"
    if start_time(pid) != born:
        return f"process {pid} has ended, and {STATE} is what it left"
    return None


def start_time(pid):
    """Clock ticks from boot to the start of a process, which `exec` keeps; empty if there is no such process."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            # The second field is the command in parentheses and may hold spaces and parentheses itself.
            return file.read().rpartition(")")[2].split()[19]
    except OSError:
        return ""


# The process


def run(arguments):
    """Be the `celery` command. Does not return: Celery exits."""
    if "--without-heartbeat" in arguments:
        print("seaway_celery: --without-heartbeat would make `live` fail: leave it out", file=sys.stderr)
        return 2
    clear_state()
    # The kernel drops signals without a handler for PID 1: without this one, a pod that is deleted while Django is still
    # importing would wait for its whole grace period. Celery replaces it when it is up.
    signal.signal(signal.SIGTERM, lambda *_: os._exit(128 + signal.SIGTERM))
    use_working_directory()

    from celery import maybe_patch_concurrency

    # Before anything else is imported, as the `celery` command does: gevent has to patch the standard library first.
    maybe_patch_concurrency(["celery", *arguments])
    connect()

    from celery.bin.celery import celery

    # sys.argv stays as it is: on SIGHUP the worker restarts by running it again.
    return celery.main(args=arguments, prog_name="celery", auto_envvar_prefix="CELERY")


def clear_state():
    os.makedirs(STATE, mode=0o700, exist_ok=True)
    for path in (READY, HEARTBEAT, STOPPING):
        remove(path)
    pid = os.getpid()
    with open(PROCESS, "w") as file:
        file.write(f"{pid} {start_time(pid)}")


def use_working_directory():
    """Let the working directory take the place of this file's folder in sys.path.

    The `celery` command finds the application there, and the names of the files beside this one must not hide modules
    of the application.
    """
    here = os.path.dirname(os.path.realpath(__file__))
    sys.path[:] = [path for path in sys.path if os.path.realpath(path) != here]
    sys.path.insert(0, os.getcwd())


def connect():
    """Keep the state files by Celery's signals."""
    from celery import signals

    main_process = os.getpid()

    def on_worker_ready(**_):
        # Also sent after each reconnection to the broker, and then the handlers are in place already.
        if not os.path.exists(READY):
            watch_stop_signals()
        started()

    def on_beat_init(sender, **_):
        # `worker --beat` starts beat in a child, whose state is not the worker's.
        if os.getpid() == main_process:
            watch_ticks(sender.scheduler)
            started()

    signals.heartbeat_sent.connect(lambda **_: touch(HEARTBEAT), weak=False)
    signals.worker_ready.connect(on_worker_ready, weak=False)
    signals.worker_shutting_down.connect(lambda **_: stopping(), weak=False)
    signals.worker_shutdown.connect(lambda **_: stopping(), weak=False)
    signals.beat_init.connect(on_beat_init, weak=False)


def watch_stop_signals():
    """Note the shutdown when its signal comes.

    Celery sends `worker_shutting_down` only after the wait of a soft shutdown (Celery 5.5 to 5.7, `_shutdown_handler`).
    """

    def note_and_pass_on(handler):
        def handle(*arguments):
            stopping()
            return handler(*arguments)

        return handle

    for number in (signal.SIGTERM, signal.SIGQUIT, signal.SIGINT):
        handler = signal.getsignal(number)
        if callable(handler):
            signal.signal(number, note_and_pass_on(handler))


def watch_ticks(scheduler):
    """Touch the heartbeat after each tick of any scheduler class, and keep the sleep between two ticks short."""
    tick = scheduler.tick

    def tick_and_touch(*arguments, **options):
        wait = tick(*arguments, **options)
        touch(HEARTBEAT)
        return min(wait, LONGEST_SLEEP_OF_BEAT) if wait else wait

    scheduler.tick = tick_and_touch


def started():
    touch(HEARTBEAT)
    if not os.path.exists(STOPPING):
        touch(READY)


def stopping():
    touch(STOPPING)
    remove(READY)


def touch(path):
    try:
        with open(path, "a"):
            os.utime(path)
    except OSError as error:
        # A full /tmp must not stop the work: the probes will tell.
        print(f"seaway_celery: cannot touch {path}: {error}", file=sys.stderr, flush=True)


def remove(path):
    try:
        os.remove(path)
    except FileNotFoundError:
        pass


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
