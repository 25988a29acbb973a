"""Hold a pod back until the database has the schema that its code needs.

    python /opt/seaway/wait_for_schema.py --timeout=300 -- python manage.py migrate --check

Init container of web, worker and beat, in the application's image. Runs the command again and again until it passes,
and prints one line for each attempt that does not: a pod that waits says for what. Changes nothing itself.

Guaranteed: exits 0 as soon as the command passes; 1 after --timeout seconds (300), with the place to look at; 2 when it
is called wrongly or the command cannot be run; 3 at once, with the traceback, on an error that no wait heals: code that
cannot be imported, settings that cannot be read; 143 at once on SIGTERM. An attempt that hangs is killed, with its
children, after --attempt-timeout seconds, or at the end of --timeout: a large project takes more than a minute to
import. Attempts are 1 to 5 s apart, the last one begins within --timeout.
"""

import argparse
import os
import re
import signal
import subprocess
import sys
import time

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 5.0
#: The last attempt gets this long even when it begins right before the end.
SHORTEST_ATTEMPT = 5.0
#: An attempt that takes long says so this often.
SILENCE = 60.0

#: The line of a traceback that names the exception, or of Django's `CommandError: ...`.
EXCEPTION_LINE = re.compile(r"^[A-Za-z_][\w.]*(Error|Exception|ImproperlyConfigured|Timeout|Warning)\b.*")

#: Exceptions that are there again at each attempt: the code of an image and the environment of a pod do not change.
FINAL = {
    "ImportError",
    "ModuleNotFoundError",
    "ImproperlyConfigured",
    "SyntaxError",
    "IndentationError",
    "TabError",
    "NameError",
}
#: What another server has to do with: an exception that follows from it may be gone at the next attempt.
PASSING = re.compile(r"OperationalError|InterfaceError|ConnectionError|Connection\w*Error|TimeoutError|gaierror")


def main(arguments):
    parser = argparse.ArgumentParser(prog="wait_for_schema.py", description="Wait until a schema check passes.")
    parser.add_argument("--timeout", type=float, default=300.0, metavar="SECONDS")
    parser.add_argument("--attempt-timeout", type=float, metavar="SECONDS")
    parser.add_argument("command", nargs="+", help="for example: -- python manage.py migrate --check")
    options = parser.parse_args(arguments)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    start = time.monotonic()
    pause = FIRST_PAUSE
    while True:
        left = options.timeout - (time.monotonic() - start)
        limit = max(left, SHORTEST_ATTEMPT)
        problem, final = attempt(options.command, min(options.attempt_timeout or limit, limit))
        elapsed = time.monotonic() - start
        if final:
            say(f"the check cannot pass, and is not tried again: {problem}")
            sys.stderr.write(final)
            sys.stderr.flush()
            return 3
        if problem is None:
            say(f"schema is ready after {elapsed:.0f} s")
            return 0
        say(f"waiting for the schema, {elapsed:.0f} of {options.timeout:.0f} s: {problem}")
        if elapsed >= options.timeout:
            say(f"gave up after {elapsed:.0f} s: look at the migrate Job and its logs, and at the way to the database")
            return 1
        time.sleep(min(pause, options.timeout - elapsed))
        pause = min(2 * pause, LONGEST_PAUSE)


#: The attempt that runs, for the signal handler.
running = None


def attempt(command, timeout):
    """Run the command once: what is wrong in one line, or None if it passed; and the traceback of what no wait heals."""
    global running
    try:
        # A session of its own, so that the kill reaches whatever the command started.
        running = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        say(f"cannot run {command[0]}: {error}")
        sys.exit(2)
    answer = output_within(timeout)
    if answer is None:
        kill()
        running.communicate()
        return f"the check did not answer within {timeout:.0f} s and was killed (is the database reachable?)", None
    out, err = answer
    if running.returncode == 0:
        return None, None
    problem = explain(running.returncode, lines_of(out), lines_of(err))
    return problem, err.decode(errors="replace") if is_final(lines_of(err)) else None


def is_final(err):
    """Whether an attempt ended with a traceback of an error that each further attempt would end with."""
    exceptions = [line for line in err if EXCEPTION_LINE.match(line)]
    if not exceptions or any(PASSING.search(line) for line in exceptions):
        return False
    name = exceptions[-1].split(":")[0].strip().rsplit(".", 1)[-1]
    return name in FINAL and any(line.startswith("Traceback ") or "SyntaxError" in line for line in err)


def output_within(timeout):
    """Standard output and error of the attempt that runs; None if it has not ended in time."""
    start = time.monotonic()
    while True:
        left = timeout - (time.monotonic() - start)
        try:
            return running.communicate(timeout=max(min(left, SILENCE), 0))
        except subprocess.TimeoutExpired:
            elapsed = time.monotonic() - start
            if elapsed >= timeout:
                return None
            say(f"the check has run for {elapsed:.0f} s, and may take {timeout:.0f} s")


def explain(code, out, err):
    """What a failed check means.

    `migrate --check` exits 1 without a traceback when migrations are unapplied, and 1 with one when it cannot tell.
    """
    exceptions = [line for line in err if EXCEPTION_LINE.match(line) and "Warning" not in line.split(":")[0]]
    if exceptions:
        what = "database unreachable or refusing" if "OperationalError" in exceptions[-1] else "the check failed"
        return f"{what}: {exceptions[-1]}"
    if code == 1:
        last = (out or err)[-1:]
        return "unapplied migrations" + "".join(f" ({line.strip()})" for line in last)
    last = (err or out)[-1:]
    return f"the check ended with {code}" + "".join(f": {line.strip()}" for line in last)


def lines_of(output):
    return [line for line in output.decode(errors="replace").splitlines() if line.strip()]


def stop(number, _frame):
    if running is not None and running.poll() is None:
        kill()
    # Not sys.exit: it would wait for the pipes of the attempt.
    os._exit(128 + number)


def kill():
    try:
        os.killpg(running.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def say(message):
    print(message, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
