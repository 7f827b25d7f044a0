# SPDX-License-Identifier: Apache-2.0
"""scripts/timeline: the steps that are in the trace, and the files that are made of them."""
import collections
import json
import os
import re
import shutil
import xml.etree.ElementTree

from lib.case import BUILD, ROOT, Skip, check, test

GICS = [{"gic": 2}, {"gic": 3}]
CPUS = 4
BROWSERS = ["chromium-headless-shell", "chromium"]
DOCS = ROOT / "docs/timeline"
FIRST, LATER, GUESTS = 144, 128, 32  # include/muster/trace.h: events that a ring keeps


def draw(t, **settings):
    """Runs scripts/timeline. Returns the directory of its files, and what it printed."""
    out = t.file("out")
    return out, t.must_run("scripts/timeline", OUT=out, within=100, **settings)


def rows(out):
    return json.loads((out / "timeline.json").read_text(encoding="utf-8"))["traceEvents"]


def steps(trace, pid, tid):
    """{kind: time of the first} of a lane."""
    found = {}
    for row in trace:
        if row["ph"] == "i" and (row["pid"], row["tid"]) == (pid, tid):
            found.setdefault(row["cat"], row["ts"])
            found.setdefault(row["name"], row["ts"])
    return found


def check_order(lane, found, names):
    missing = [name for name in names if name not in found]
    check(not missing, f"{lane} has no step {', '.join(missing)}: {sorted(found)}")
    times = [found[name] for name in names]
    check(times == sorted(times), f"{lane}: {dict(zip(names, times))} are not in this order")


@test("timeline-gic{gic}", GICS)
def every_step_is_there_in_its_order(t, gic):
    out, _ = draw(t, GIC=gic, CPUS=CPUS)
    trace = rows(out)
    asked = {row["args"]["a"]: row["ts"] for row in trace if row.get("cat") == "CPU_ON" and
             row["ph"] == "i"}
    check(set(asked) == {hex(n) for n in range(1, CPUS)}, f"CPU_ON went to {sorted(asked)}")
    kicked = collections.defaultdict(list)
    for row in trace:
        if row["ph"] == "i" and row["cat"] in ("VCPU_CLAIM", "VCPU_KICK"):
            kicked[row["args"]["a"]].append(row["ts"])
    for n in range(CPUS):
        core, vcpu = steps(trace, 1, n), steps(trace, 2, n)
        check_order(f"cpu{n}", core, ["CPU_ENTRY", "CPU_MMU", "CPU_GIC", "CPU_ONLINE"])
        check_order(f"vcpu{n}", vcpu, ["VCPU_RESET", "VCPU_ENTER", "VCPU_FIRST_EXIT",
                                       "VCPU_FIRST_SGI", "VCPU_FIRST_TICK", "VCPU_OFF"])
        if n:
            check(asked[hex(n)] <= core["CPU_ENTRY"], f"cpu{n} came before it was asked for")
            check(min(kicked[hex(n)]) <= vcpu["VCPU_RESET"], f"vcpu{n} came before its CPU_ON")
            check_order(f"vcpu{n}", vcpu, ["VCPU_ENTER", "MMU on", "GIC ready", "online"])
            arrows = [row["ts"] for row in trace if row["ph"] == "f" and row["cat"] == "sgi" and
                      row["pid"] == 2 and row["tid"] == n]
            check(vcpu["VCPU_FIRST_SGI"] in arrows, f"no sender of vcpu{n}'s first SGI")


@test("timeline-format")
def perfetto_can_open_it(t):
    """The fields that the Trace Event Format requires of each kind of row."""
    out, _ = draw(t, CAPTURE=DOCS / "linux.log", GUEST="linux")
    flows = collections.defaultdict(list)
    for row in rows(out):
        need = {"name", "ph", "pid", "tid"} | ({"args"} if row["ph"] == "M" else {"ts", "cat"}) | {
            "X": {"dur"}, "i": {"s"}, "s": {"id"}, "f": {"id"}}.get(row["ph"], set())
        check(need <= set(row), f"{row} lacks {need - set(row)}")
        check(row["ph"] in "MXisf", f"a row of the unknown phase {row['ph']}")
        check(row["ph"] != "X" or row["dur"] > 0, f"{row} lasts no time")
        if row["ph"] in "sf":
            flows[row["id"]].append((row["ph"], row["ts"]))
    check(flows and all([ph for ph, _ in flow] == ["s", "f"] and flow[0][1] <= flow[1][1]
                        for flow in flows.values()), f"arrows without two ends: {dict(flows)}")


@test("timeline-example")
def the_example_is_what_the_script_draws(t):
    """Of a Linux console in docs/: the picture, its texts, and the guest's own lines on the axis."""
    out, said = draw(t, CAPTURE=DOCS / "linux.log", GUEST="linux")
    picture = (out / "timeline.svg").read_text(encoding="utf-8")
    check(picture == (DOCS / "linux.svg").read_text(encoding="utf-8"),
          "docs/timeline/linux.svg is not of these sources: make docs/timeline/linux.svg")
    places = collections.defaultdict(list)
    for text in xml.etree.ElementTree.fromstring(picture).iter("{http://www.w3.org/2000/svg}text"):
        if text.get("class") in ("core", "vcpu", "says"):
            places[text.get("x")].append(float(text.get("y")))
    check(sum(len(ys) >= 4 for ys in places.values()) == 4,
          f"not four columns of texts: {dict(places)}")
    for ys in places.values():
        close = [b - a for a, b in zip(sorted(ys), sorted(ys)[1:]) if b - a < 12]
        check(not close, f"texts above each other: {close}")
    trace = rows(out)
    for cpu in range(1, 4):
        lane = steps(trace, 2, cpu)
        check_order(f"vcpu{cpu}", lane, ["VCPU_ENTER", "“Booted secondary processor”"])
    check("“CPU1 killed”" in said, "the guest's own words are not among the steps")


@test("timeline-page")
def a_browser_shows_the_page(t):
    browser = next((name for name in BROWSERS if shutil.which(name)), None)
    if not browser and os.environ.get("CI") != "true":
        raise Skip("no chromium-headless-shell; scripts/packages test installs it")
    check(browser, "no chromium-headless-shell")
    out, _ = draw(t, CAPTURE=DOCS / "linux.log", GUEST="linux")
    page = t.must_run(browser, "--no-sandbox", "--disable-gpu", "--dump-dom",
                      f"--user-data-dir={t.file('profile')}", "--window-size=1400,2000",
                      (out / "timeline.html").resolve().as_uri(), within=60)
    events = sum(row["ph"] == "i" for row in rows(out))
    shown = len(re.findall(r"<circle data-step=\"\d+\"", page))
    check(shown == events, f"the page shows {shown} of {events} steps")
    for words in ("CPU_ON vcpu1", "Booted secondary processor", "the machine's cpu_up"):
        check(re.search(rf"<t(?:ext|span)[^>]*>[^<]*{words}", page), f"the page does not say {words!r}")
    check(not re.search(r'(?:src|href)="(?!data:)', page), "the page needs other files")


@test("timeline-storm")
def the_bring_up_outlasts_what_comes_later(t):
    """A vCPU goes off and on 100 times, and its guest writes an event each time."""
    out, said = draw(t, CPUS=2, GUEST=BUILD / "guest/cycle.img")
    written, lost, guests, guests_lost = map(int, re.search(
        r"trace: cpu0 wrote (\d+), lost (\d+); its guests wrote (\d+), lost (\d+)",
        (out / "console.log").read_text(encoding="utf-8")).groups())
    check(lost == written - FIRST - LATER > 0, f"{lost} of {written} events are lost")
    check((guests, guests_lost) == (100, 100 - GUESTS), f"{guests_lost} of {guests} of the guest's")
    check(f"cpu0 lost {lost} of {written} events" in said, "the lost events are not told of")
    trace = rows(out)
    of_cpu0 = [row for row in trace if row["ph"] == "i" and row["args"]["core"] == 0]
    check(len(of_cpu0) == FIRST + LATER + GUESTS, f"{len(of_cpu0)} events of cpu0 are there")
    check_order("cpu0", steps(trace, 1, 0), ["CPU_ENTRY", "CPU_ONLINE", "CPU_ON"])
    check_order("vcpu0", steps(trace, 2, 0), ["VM_START", "VCPU_ENTER", "VCPU_ON_CALL", "VM_STOP"])
    told = [int(row["args"]["a"], 16) for row in of_cpu0 if row["cat"] == "GUEST"]
    check(told == list(range(100 - GUESTS, 100)), f"of the guest's events there are {told}")


@test("timeline-wrong-input")
def what_is_wrong_is_named(t):
    empty, old = t.file("empty.log"), t.file("old.log")
    empty.write_text("nothing\n", encoding="utf-8")
    old.write_text("trace: version 1, 62500000 Hz\n", encoding="utf-8")
    for path, code, words in [(empty, 1, "has no trace"), (old, 1, "version 1"),
                              ("/nonexistent", 2, "no such file")]:
        done = t.run("scripts/timeline", CAPTURE=path, OUT=t.file("out"))
        check(done.returncode == code and words in done.stdout and
              done.stdout.startswith(f"timeline: CAPTURE={path}"),
              f"CAPTURE={path}: {done.returncode}, {done.stdout!r}")
