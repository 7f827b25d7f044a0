# SPDX-License-Identifier: Apache-2.0
"""A machine in QEMU with a person at its console: what is typed, and what is then to be seen."""
import os
import re
import signal
import time

import pexpect

from lib.case import ROOT, Failure, check, environment

STEP = 30  # seconds within which the next thing is to be seen
QUIET = 1.5  # seconds of silence that count as having stopped
CTRL_A, CTRL_C = "\x01", "\x03"


class Transcript:
    """Takes all that pexpect reads: into the log, without CR, and for the test to look at."""

    def __init__(self, log):
        self.log = log
        self.text = ""

    def write(self, text):
        text = text.replace("\r", "")
        self.text += text
        self.log.write(text)

    def flush(self):
        self.log.flush()


class Machine:
    """Killed, with its process group, when `limit` seconds have passed or the test ends."""

    def __init__(self, t, command, limit=60, **settings):
        self.limit = limit
        self.deadline = time.monotonic() + limit
        words = " ".join(f"{name}={value!r}" for name, value in settings.items())
        t.note(f"$ {words} {' '.join(command)}\n")
        # The child leads a session of its own, so that its pid is its process group's; when the
        # test dies, the closed terminal hangs it up.
        self.child = pexpect.spawn(command[0], command[1:], cwd=str(ROOT),
                                   env=environment(settings), encoding="utf-8",
                                   codec_errors="replace", echo=False, dimensions=(50, 200))
        self.child.delaybeforesend = None
        self.child.logfile_read = self.transcript = Transcript(t.log)
        t.machines.append(self)

    def _expect(self, patterns, within):
        """The index of the pattern seen."""
        left = self.deadline - time.monotonic()
        try:
            return self.child.expect(patterns, timeout=max(0, min(within, left)))
        except pexpect.TIMEOUT:
            wanted = " or ".join("the end of QEMU" if p is pexpect.EOF else repr(p)
                                 for p in patterns)
            self.kill()
            if left <= within:
                raise Failure(f"time-out: QEMU killed after {self.limit} s, waiting for "
                              f"{wanted}") from None
            raise Failure(f"time-out: not seen within {within} s: {wanted}") from None
        except pexpect.EOF:
            raise Failure(f"QEMU ended ({self._status()}) before this was seen: "
                          f"{' or '.join(map(repr, patterns))}") from None

    def expect(self, pattern, within=STEP, never=None):
        """Waits for a pattern and returns its match; `never` is a pattern that must not come."""
        patterns = [pattern] + ([never] if never else [])
        if self._expect(patterns, within):
            seen = self.child.match.group()
            self.read_on(QUIET)  # what follows explains it to whoever reads the log
            raise Failure(f"seen before {pattern!r}: {seen!r}")
        return self.child.match

    def type(self, text):
        """Types a line, as a person does: the terminal's Return is CR."""
        self.child.send(text + "\r")

    def press(self, keys):
        self.child.send(keys)

    def read_on(self, seconds):
        """Reads for so long, or until QEMU ends. True while it runs."""
        left = min(seconds, self.deadline - time.monotonic())
        return self.child.expect([pexpect.TIMEOUT, pexpect.EOF], timeout=max(0, left)) == 0

    def text(self):
        """All of the console so far, without CR."""
        return self.transcript.text

    def lines(self):
        return self.text().split("\n")

    def count(self, pattern):
        return len(re.findall(pattern, self.text(), re.MULTILINE))

    def _status(self):
        while self.child.isalive() and time.monotonic() < self.deadline:
            time.sleep(0.02)
        if self.child.isalive():
            self.kill()
            return "still running without a console"
        if self.child.signalstatus is not None:
            return signal.Signals(self.child.signalstatus).name
        return f"exit status {self.child.exitstatus}"

    def expect_end(self, within=STEP, status=0):
        """QEMU ends by itself, with this exit status."""
        self._expect([pexpect.EOF], within)
        got = self._status()
        check(got == f"exit status {status}", f"QEMU ended: {got} instead of {status}")

    def end_or_stop(self, within=STEP):
        """QEMU ends, or nothing comes any more: then the last line must be a whole one."""
        end = time.monotonic() + within
        while time.monotonic() < end:
            before = len(self.text())
            if not self.read_on(QUIET):
                check(self._status() == "exit status 0", f"QEMU ended: {self._status()}")
                return
            if len(self.text()) == before:
                check(self.text().endswith("\n"), "the console stops in the middle of a line: "
                      f"{self.lines()[-1]!r}")
                return
        raise Failure(f"time-out: the console does not come to rest within {within} s")

    def kill(self):
        if self.child.isalive():
            os.killpg(self.child.pid, signal.SIGKILL)
            self.child.wait()  # close() is not patient enough for a busy host
        self.child.close(force=True)


def run_qemu(t, *arguments, limit=60, **settings):
    """A machine by scripts/run-qemu, as `make run-qemu` starts it."""
    return Machine(t, ["scripts/run-qemu", *map(str, arguments)], limit, **settings)
