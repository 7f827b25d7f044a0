# SPDX-License-Identifier: Apache-2.0
"""What the tests themselves report: the XML says what the TAP says."""
import contextlib
import io
import xml.etree.ElementTree as ET

from lib.case import check, test
from lib.report import Report


@test("report-junit")
def junit_says_what_tap_says(t):
    path, tap = t.file("junit.xml"), io.StringIO()
    with contextlib.redirect_stdout(tap):
        report = Report(path)
        report.result(True, "one", "holds", title="one: holds", seconds=1.25)
        report.result(False, "one", "does <not> hold", diagnostics=["why", "\x1b[31m\0 & more"])
        report.skip("two", "cannot run", "no time")
        status = report.end()
    t.note(tap.getvalue() + path.read_text(encoding="utf-8"))
    check(status == 1 and tap.getvalue().endswith("1 passed, 1 failed\n"), "the sum is wrong")
    root = ET.parse(path).getroot()
    for suite, counts in {None: (3, 1, 1), "one": (2, 1, 0), "two": (1, 0, 1)}.items():
        found = root.find(f"testsuite[@name='{suite}']") if suite else root
        said = tuple(int(found.get(kind)) for kind in ("tests", "failures", "skipped"))
        check(said == counts, f"{suite or 'all suites'}: {said} instead of {counts}")
    good, bad, skipped = root.iter("testcase")
    check(good.get("classname") == "one" and good.get("time") == "1.250" and not len(good),
          "the good result is wrong")
    check(bad.get("name") == "does <not> hold" and bad[0].get("message") == "why"
          and "& more" in bad[0].text, "the failure is wrong")
    check(skipped[0].tag == "skipped" and skipped[0].get("message") == "no time",
          "the skipped result is wrong")
