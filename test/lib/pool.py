# SPDX-License-Identifier: Apache-2.0
"""Runs the cases, some at a time, each in a process of its own that can be killed."""
import ctypes
import multiprocessing
import multiprocessing.connection
import os
import signal
import time
import traceback

from lib.case import Context, Failure, Skip

TAIL = 40  # lines of a failed test's log that are shown
FORK = multiprocessing.get_context("fork")


def _stop(_signal, _frame):
    raise Failure("time-out: the test was told to end, it took longer than its limit")


def _end_with_parent():
    """Whatever ends test/run, SIGKILL too, ends its tests and their machines (Linux's prctl(2))."""
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGTERM)


def _child(case, pipe):
    """Runs one case and sends (outcome, why)."""
    signal.signal(signal.SIGTERM, _stop)
    _end_with_parent()
    t = Context(case)
    try:
        case.function(t, **case.arguments)
        outcome = ("passed", "")
    except Skip as skip:
        outcome = ("skipped", str(skip))
    except Failure as failure:
        outcome = ("failed", str(failure))
    except KeyboardInterrupt:
        outcome = ("failed", "interrupted")
    except Exception:  # a fault of the test itself must not take the others with it
        outcome = ("failed", traceback.format_exc())
    finally:
        t.close()
    pipe.send(outcome)


class Running:
    def __init__(self, case):
        self.case = case
        self.start = time.monotonic()
        self.pipe, other = FORK.Pipe(duplex=False)
        self.process = FORK.Process(target=_child, args=(case, other))
        self.process.start()
        other.close()
        self.warned = False

    def enforce(self):
        """Past its limit the process is asked to end, which kills its machines; then made to."""
        late = time.monotonic() - self.start - self.case.limit
        if late > 10:
            self.process.kill()
        elif late > 0 and not self.warned:
            self.warned = True
            self.process.terminate()

    def outcome(self):
        try:
            return self.pipe.recv()
        except EOFError:
            return "failed", "time-out: the test did not end by itself and was killed"
        finally:
            self.process.join()


def diagnostics(case, why):
    yield from why.splitlines()
    lines = []
    if case.log.exists():
        lines = case.log.read_text(encoding="utf-8", errors="replace").splitlines()
    yield f"the last {min(TAIL, len(lines))} lines of {os.path.relpath(case.log)}:"
    yield from (f"  {line}" for line in lines[-TAIL:])


def _tell(report, running):
    case = running.case
    outcome, why = running.outcome()
    seconds = time.monotonic() - running.start
    if outcome == "skipped":
        report.skip(case.suite, case.name, why)
    else:
        passed = outcome == "passed"
        report.result(passed, case.suite, case.name, comment=f"{seconds:.1f} s", seconds=seconds,
                      diagnostics=() if passed else diagnostics(case, why))


def run(cases, report, jobs, limit):
    """Cases that have not begun when `limit` seconds are over fail without being run."""
    waiting, running = list(cases), []
    end = time.monotonic() + limit
    while waiting or running:
        while waiting and len(running) < jobs:
            case = waiting.pop(0)
            if time.monotonic() > end:
                report.result(False, case.suite, case.name, diagnostics=[
                    f"not run: the {limit} s for all tests were over"])
            else:
                running.append(Running(case))
        multiprocessing.connection.wait([r.pipe for r in running], timeout=1)
        for one in list(running):
            one.enforce()
            if one.pipe.poll() or not one.process.is_alive():
                running.remove(one)
                _tell(report, one)
