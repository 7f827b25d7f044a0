# SPDX-License-Identifier: Apache-2.0
"""What the events of a trace mean: lanes, the states that a lane goes through, who caused what."""
import bisect
import dataclasses

from timelines.capture import MACHINE

# Exception classes of ESR_ELx, Arm DDI 0487, "ESR_EL2".
CLASSES = {0x01: "WFI", 0x16: "HVC", 0x17: "SMC", 0x18: "system register", 0x20: "instruction abort",
           0x24: "MMIO"}
STOPS = {1: "SYSTEM_OFF", 2: "SYSTEM_RESET", 3: "crash"}
# What begins with this event on its lane; None: nothing, the lane is empty.
STATES = {"CPU_ENTRY": "starting", "CPU_ONLINE": "online", "CPU_LATE": None, "VCPU_RESET": "starting",
          "VCPU_ENTER": "online", "VCPU_OFF": None}
# The legend's order and words.
STATE_WORDS = {"asked": "asked for, not there yet", "starting": "on its way: MMU off, being set up",
               "online": "core online", "on": "vCPU in the guest"}
ARROW_WORDS = {"on": "CPU_ON and its target", "sgi": "the first SGI that a vCPU gets"}
CAPTIONS = {"boots": "the boot core", "CPU_ON": "the machine's cpu_up",
            "VM_START": "{guest} is started",
            "up": "{guest}'s cpu_up", "self": "CPU_OFF", "again": "CPU_ON again",
            "VM_STOP": "{guest}'s end"}


@dataclasses.dataclass
class Bar:
    lane: tuple
    start: int
    end: int
    state: str


@dataclasses.dataclass
class Arrow:
    kind: str  # on, sgi
    start: int
    source: tuple
    end: int
    target: tuple


class Story:
    def __init__(self, trace):
        self.trace = trace
        self.events = trace.events
        self.end = self.events[-1].ns
        cores = sorted(set(trace.rings) | {e.core for e in self.events})
        self.columns = [[("cpu", core)] for core in cores]
        self.home = {("cpu", core): i for i, core in enumerate(cores)}
        # A vCPU stands beside the core on which it is seen first; its VM is started on another.
        for event in sorted(self.events, key=lambda e: e.kind in ("VM_START", "SAYS")):
            if event.vcpu is not MACHINE and event.lane() not in self.home:
                self.home[event.lane()] = cores.index(event.core)
                self.columns[cores.index(event.core)].append(event.lane())
        self.by_kind, self.claims = {}, {}
        self._index()
        self.words = {id(e): self._words(e) for e in self.events}
        first = [e.ns for e in self.events if e.kind == "CPU_ON"][:1]
        self.phases = set(first) | {e.ns for e in self.events if e.kind == "VM_START"}
        self.bars = self._bars()
        self.arrows = self._arrows()

    def name(self, lane):
        if lane[0] == "cpu":
            return f"cpu{lane[1]}"
        return f"{self.trace.vms.get(lane[0], f'vm{lane[0]}')} vcpu{lane[1]}"

    def _index(self):
        """Events by kind and lane; the claim that each CPU_ON call led to, if it was not refused."""
        last = {}
        for e in self.events:
            lane = e.lane()
            self.by_kind.setdefault((e.kind, lane), []).append(e)
            call = last.get(lane)
            if e.kind == "VCPU_CLAIM" and call and call.kind == "VCPU_ON_CALL":
                self.claims[id(call)] = e
            if e.kind != "SAYS":
                last[lane] = e

    def _next(self, after, kind, lane):
        found = self.by_kind.get((kind, lane), [])
        at = bisect.bisect_left(found, after, key=lambda e: e.ns)
        return found[at] if at < len(found) else None

    def _words(self, e):
        if e.kind == "VCPU_ON_CALL":
            claim = self.claims.get(id(e))
            return f"CPU_ON vcpu{claim.a}" if claim else f"CPU_ON {e.a:#x} refused"
        return {
            "CPU_ON": lambda: f"CPU_ON cpu{e.a}", "CPU_ENTRY": lambda: "first instruction",
            "CPU_MMU": lambda: "MMU on", "CPU_GIC": lambda: "GIC ready",
            "CPU_ONLINE": lambda: "online", "CPU_LATE": lambda: "too late",
            "VM_START": lambda: "VM started", "VCPU_CLAIM": lambda: "claim",
            "VCPU_KICK": lambda: "kick", "VCPU_RESET": lambda: "reset",
            "VCPU_ENTER": lambda: "entry",
            "VCPU_FIRST_EXIT": lambda: "first exit: " + (
                CLASSES.get(e.a >> 26, f"class {e.a >> 26:#x}") if e.a else "interrupt"),
            "VCPU_SGI_OUT": lambda: f"SGI {e.a} to " + (
                "itself" if e.b == e.vcpu else f"vcpu{e.b}"),
            "VCPU_FIRST_SGI": lambda: f"first SGI: {e.a}", "VCPU_FIRST_TICK": lambda: "first tick",
            "VCPU_SUSPEND": lambda: "CPU_SUSPEND",
            "VCPU_OFF": lambda: "off: the VM stops" if e.a else "CPU_OFF",
            "VM_STOP": lambda: STOPS.get(e.a, f"stop {e.a}"),
            "GUEST": lambda: e.name.replace("_", " ") + (f" {e.a:#x}" if e.a else ""),
            "SAYS": lambda: f"“{e.name}”",
        }.get(e.kind, lambda: e.kind)()

    def _bars(self):
        bars, open_bars = [], {}

        def turn(lane, ns, state):
            before = open_bars.pop(lane, None)
            if before and ns > before[0]:
                bars.append(Bar(lane, before[0], ns, before[1]))
            if state:
                open_bars[lane] = (ns, state)

        for e in self.events:
            if e.kind == "CPU_ON":
                turn(("cpu", e.a), e.ns, "asked")
            elif e.kind == "VCPU_CLAIM":
                turn((e.vm, e.a), e.ns, "asked")
            elif e.kind == "VM_START":
                turn(e.lane(), e.ns, "asked")
            elif e.kind in STATES:
                state = STATES[e.kind]
                turn(e.lane(), e.ns, "on" if state == "online" and e.vcpu is not MACHINE else state)
        for lane in list(open_bars):
            turn(lane, self.end, None)
        return bars

    def _arrows(self):
        arrows = []
        for e in self.events:
            if e.kind == "CPU_ON":
                target = self._next(e.ns, "CPU_ENTRY", ("cpu", e.a))
            elif e.kind == "VCPU_KICK":
                target = self._next(e.ns, "VCPU_RESET", (e.vm, e.a))
            elif e.kind == "VCPU_SGI_OUT" and e.b != e.vcpu:
                target = self._next(e.ns, "VCPU_FIRST_SGI", (e.vm, e.b))
            else:
                continue
            if target:
                kind = "sgi" if e.kind == "VCPU_SGI_OUT" else "on"
                arrows.append(Arrow(kind, e.ns, e.lane(), target.ns, target.lane()))
        return arrows

    def caption(self, events):
        """What a stretch of events is about."""
        seen = {}
        for e in events:
            again = e.kind == "VCPU_RESET" and self.by_kind["VCPU_RESET", e.lane()][0] is not e
            boots = e.kind == "VCPU_RESET" and any(
                a.target == e.lane() and a.end == e.ns for a in self.arrows)
            kind = ("again" if again else "up" if boots else
                    "self" if e.kind == "VCPU_OFF" and not e.a else
                    "boots" if e.kind == "CPU_ENTRY" and e is self.events[0] else e.kind)
            name = "the guest" if len(self.trace.vms) == 1 else self.trace.vms.get(e.vm, "")
            seen.setdefault(kind, {})[name] = True
        return ", ".join(words.format(guest=" and ".join(seen[kind]))
                         for kind, words in CAPTIONS.items() if kind in seen)

    def shortened(self, lives=2):
        """Without refused calls, and of each vCPU its first lives only, and its end: what a picture
        has room for. Returns events."""
        kept, life, starts = [], {}, {}
        for e in self.events:
            lane = e.lane()
            if e.kind == "VCPU_RESET":
                life[lane] = life.get(lane, 0) + 1
        many = any(count > lives for count in life.values())
        limit = 1 if many else lives
        called = {}
        for e in self.events:
            lane = e.lane()
            if e.kind == "VCPU_ON_CALL":
                claim = self.claims.get(id(e))
                if not claim:
                    continue
                target = (e.vm, claim.a)
                called[target] = called.get(target, 0) + 1
                if called[target] > limit:
                    continue
            elif e.kind in ("VCPU_CLAIM", "VCPU_KICK"):
                if called.get((e.vm, e.a), 0) > limit:
                    continue
            elif e.kind == "VCPU_RESET":
                starts[lane] = starts.get(lane, 0) + 1
            if (e.kind not in ("VM_STOP", "VCPU_ON_CALL", "VCPU_CLAIM", "VCPU_KICK") and
                    starts.get(lane, 0) > limit and not (e.kind == "VCPU_OFF" and e.a)):
                continue
            if e.kind == "VCPU_SGI_OUT" and starts.get((e.vm, e.b), 0) > limit:
                continue
            kept.append(e)
        return kept
