# SPDX-License-Identifier: Apache-2.0
"""What a system test is: a function of test/system/, its name, and how it says what is wrong.

    @test("demo-gic{gic}", [{"gic": 2}, {"gic": 3}])
    def demo(t, gic): ...

makes the cases demo-gic2 and demo-gic3. t is a Context.
"""
import dataclasses
import os
import pathlib
import subprocess
from typing import Callable

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = ROOT / os.environ.get("B", "build")
OUT = BUILD / "test"

CASES = []

# Settings of scripts/run-qemu and of make that must not reach a test from the caller's environment.
SETTINGS = ["GIC", "CPUS", "VCPUS", "CPU", "MEM", "GUEST", "GUESTMEM", "APPEND", "INITRD", "TRACE",
            "IMAGE", "CONFIG", "FIT", "DISK", "DRYRUN", "CAPTURE", "OUT", "LIMIT", "SHELL_LINE", "BOARD",
            "FIRMWARE", "UART", "TREE", "KERNEL", "EARLYCON",
            "MAKEFLAGS", "MAKELEVEL", "MFLAGS", "MAKEOVERRIDES"]


class Failure(Exception):
    """What was expected and did not come, in one sentence or more lines."""


class Skip(Exception):
    """Why a test cannot run here."""


@dataclasses.dataclass
class Case:
    name: str
    function: Callable
    arguments: dict
    limit: int  # seconds after which the test is killed, whatever it does

    @property
    def suite(self):
        return self.function.__module__

    @property
    def log(self):
        return OUT / f"{self.name}.log"


def test(name, variants=({},), limit=150):
    def register(function):
        for variant in variants:
            CASES.append(Case(name.format(**variant), function, dict(variant), limit))
        return function
    return register


def environment(settings):
    """The caller's environment without run-qemu's settings, and with those given."""
    env = {name: value for name, value in os.environ.items() if name not in SETTINGS}
    env.update({name: str(value) for name, value in settings.items()})
    return env


def check(condition, sentence):
    if not condition:
        raise Failure(sentence)


class Context:
    """What a running test has: its log, a directory for its files, and its machines."""

    def __init__(self, case):
        self.case = case
        self.machines = []
        case.log.parent.mkdir(parents=True, exist_ok=True)
        self.log = open(case.log, "w", encoding="utf-8")

    def note(self, text):
        self.log.write(text)
        self.log.flush()

    def file(self, name):
        """The path of a file that is this test's own."""
        directory = OUT / self.case.name
        directory.mkdir(exist_ok=True)
        return directory / name

    def run(self, *command, within=60, **settings):
        """Runs a command in the project's root. Returns it with its output, which is logged."""
        self.note(f"$ {' '.join(map(str, command))}\n")
        try:
            done = subprocess.run([str(word) for word in command], cwd=ROOT, text=True,
                                  env=environment(settings), stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=within,
                                  check=False)
        except subprocess.TimeoutExpired as late:
            self.note((late.stdout or b"").decode(errors="replace"))
            raise Failure(f"time-out: {command[0]} took longer than {within} s") from None
        self.note(done.stdout)
        return done

    def must_run(self, *command, **settings):
        done = self.run(*command, **settings)
        check(done.returncode == 0, f"{command[0]} ended with {done.returncode}")
        return done.stdout

    def close(self):
        for machine in self.machines:
            machine.kill()
        self.log.close()
