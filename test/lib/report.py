# SPDX-License-Identifier: Apache-2.0
"""Results: TAP version 13 (testanything.org), written and read, and JUnit's XML, written."""
import datetime
import re
import xml.etree.ElementTree as ET

# A '#' may be part of the sentence: only these two words make it a directive.
LINE = re.compile(r"(not )?ok\b(?: (\d+))?(?: - )?(.*?)(?: # *(SKIP|TODO)\b *(.*))?",
                  re.IGNORECASE)

# What XML 1.0 cannot hold (2.2 "Characters"), and a console may.
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


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
    """TAP as results come in; at the end the same as JUnit's XML, which is what CI systems read."""

    def __init__(self, junit):
        self.junit = junit  # a file's path
        self.start = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
        self.passed = self.failed = self.skipped = 0
        self.suites = {}  # [(name, seconds, tag or None, message, text)] of each suite
        print("TAP version 13", flush=True)

    def _add(self, suite, *case):
        self.suites.setdefault(suite, []).append(case)

    def result(self, good, suite, name, *, title="", comment="", seconds=0, diagnostics=()):
        """One line; the diagnostics follow it, each line as a comment. TAP shows title or name, and
        the comment; JUnit suite, name and seconds."""
        self.passed += good
        self.failed += not good
        number = self.passed + self.failed + self.skipped
        lines = list(diagnostics)
        tail = f" # {comment}" if comment else ""
        print(f"{'ok' if good else 'not ok'} {number} - {title or name}{tail}")
        for line in lines:
            print(f"#   {line}".rstrip())
        print(end="", flush=True)
        self._add(suite, name, seconds, None if good else "failure",
                  lines[0] if lines else "not ok", "\n".join(lines))

    def skip(self, suite, name, why, title=""):
        self.skipped += 1
        print(f"ok {self.passed + self.failed + self.skipped} - {title or name} # SKIP {why}",
              flush=True)
        self._add(suite, name, 0, "skipped", why, "")

    def end(self):
        """The plan and the sum, which is the last line. Returns the exit status."""
        self._write_junit()
        print(f"1..{self.passed + self.failed + self.skipped}")
        if self.skipped:
            print(f"# {self.skipped} skipped")
        print(f"{self.passed} passed, {self.failed} failed", flush=True)
        return 1 if self.failed or not self.passed else 0

    def _write_junit(self):
        root = ET.Element("testsuites", _totals(sum(self.suites.values(), [])))
        for suite, cases in self.suites.items():
            parent = ET.SubElement(root, "testsuite", {"name": suite, "timestamp": self.start,
                                                       **_totals(cases)})
            for name, seconds, tag, message, text in cases:
                case = ET.SubElement(parent, "testcase", classname=suite, name=_clean(name),
                                     time=f"{seconds:.3f}")
                if tag:
                    ET.SubElement(case, tag, message=_clean(message)).text = _clean(text)
        ET.indent(root)
        ET.ElementTree(root).write(self.junit, encoding="utf-8", xml_declaration=True)


def _clean(text):
    return NOT_XML.sub("\ufffd", text)


def _totals(cases):
    tags = [tag for _, _, tag, *_ in cases]
    return {"tests": str(len(cases)), "failures": str(tags.count("failure")), "errors": "0",
            "skipped": str(tags.count("skipped")), "time": f"{sum(s for _, s, *_ in cases):.3f}"}
