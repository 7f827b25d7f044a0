# SPDX-License-Identifier: Apache-2.0
"""TAP version 13 (testanything.org), written and read."""
import re

# A '#' may be part of the sentence: only these two words make it a directive.
LINE = re.compile(r"(not )?ok\b(?: (\d+))?(?: - )?(.*?)(?: # *(SKIP|TODO)\b *(.*))?",
                  re.IGNORECASE)


def parse(text):
    """(passed, number or None, sentence, skipped) of each result, and the plan's count or None."""
    results, plan = [], None
    for line in text.splitlines():
        match = LINE.fullmatch(line)
        if match:
            number = int(match[2]) if match[2] else None
            results.append((not match[1], number, match[3].strip(), bool(match[4])))
        elif re.fullmatch(r"1\.\.\d+", line):
            plan = int(line[3:])
    return results, plan


class Report:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0
        print("TAP version 13", flush=True)

    def result(self, good, name, comment="", diagnostics=()):
        """One line; the diagnostics follow it, each line as a comment."""
        self.passed += good
        self.failed += not good
        number = self.passed + self.failed + self.skipped
        tail = f" # {comment}" if comment else ""
        print(f"{'ok' if good else 'not ok'} {number} - {name}{tail}")
        for line in diagnostics:
            print(f"#   {line}".rstrip())
        print(end="", flush=True)

    def skip(self, name, why):
        self.skipped += 1
        print(f"ok {self.passed + self.failed + self.skipped} - {name} # SKIP {why}", flush=True)

    def end(self):
        """The plan and the sum, which is the last line. Returns the exit status."""
        print(f"1..{self.passed + self.failed + self.skipped}")
        if self.skipped:
            print(f"# {self.skipped} skipped")
        print(f"{self.passed} passed, {self.failed} failed", flush=True)
        return 1 if self.failed or not self.passed else 0
