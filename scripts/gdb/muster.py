# SPDX-License-Identifier: Apache-2.0
"""Muster in gdb, attached to QEMU: make gdb loads this. Adds the commands

    muster-symbols [BASE]   Muster's symbols, at BASE or where the image is found in memory
    muster-vcpus            each vCPU: PSCI state, where its core is now, what was posted to it
    muster-trace [N]        the last N (40) events of all cores' trace rings, in the order of time
    muster-vgic [VM [VCPU]] interrupts as the virtual GIC knows them

All but the first need the machine stopped (Ctrl-c), and load the symbols if need be.
"""
import contextlib

import gdb

PAGE = 1 << 21  # where an image may begin
SEARCH = range(0x40000000, 0x50000000, PAGE)
STATES = ["OFF", "CLAIMED", "ON_PENDING", "ON"]
POSTS = {16: "SPI", 17: "CALL", 18: "STOP", 19: "REPORT"}
NO_VCPU = 0xffff
NO_INTID = 96


@contextlib.contextmanager
def physical_memory():
    """EL2 maps memory where it is, and a stopped core may be in a guest, with its translation."""
    gdb.execute("maintenance packet Qqemu.PhyMemMode:1", to_string=True)
    try:
        yield
    finally:
        gdb.execute("maintenance packet Qqemu.PhyMemMode:0", to_string=True)


def evaluate(expression):
    return gdb.parse_and_eval(expression)


def number(expression):
    return int(evaluate(expression))


def elf():
    files = gdb.objfiles()
    if not files:
        raise gdb.GdbError("give gdb build/muster.elf")
    return files[0].filename


def load_symbols(base):
    gdb.execute(f"symbol-file {elf()} -o {base:#x}", to_string=True)
    gdb.set_convenience_variable("muster_base", base)


def find_image():
    """The image's first bytes, as the file has them, in memory."""
    with open(elf(), "rb") as file:
        data = file.read()
    at = data.index(b"ARM\x64") - 56  # the header of an arm64 Image: 64 bytes
    header = data[at:at + 64]
    inferior = gdb.selected_inferior()
    for base in SEARCH:
        with contextlib.suppress(gdb.MemoryError):
            if inferior.read_memory(base, 64).tobytes() == header:
                return base
    raise gdb.GdbError("the image is not in memory: muster-symbols BASE")


def need_symbols():
    if gdb.convenience_variable("muster_base") is None:
        load_symbols(find_image())


def bits(word):
    return [n for n in range(32) if word >> n & 1]


def listed(numbers):
    return ", ".join(map(str, numbers)) or "none"


def vcpus():
    """(VM's number, its name, a struct vcpu) of each."""
    for n in range(number("nr_vms")):
        vm = evaluate(f"vms[{n}]").dereference()
        for i in range(int(vm["nr_vcpus"])):
            yield n, vm["config"]["name"].string(), vm["vcpu"][i].dereference()


def places():
    """{address of a struct percpu: where that core is now}."""
    found, selected = {}, gdb.selected_thread()
    for thread in gdb.selected_inferior().threads():
        thread.switch()
        pc, level = number("$pc"), number("$cpsr") >> 2 & 3
        where = f"EL{level}, PC {pc:#x}"
        if level == 2:
            function = gdb.decode_line(f"*{pc:#x}")[1]
            block = gdb.block_for_pc(pc)
            while block and not block.function:
                block = block.superblock
            where += f" {block.function}" if block else ""
            where += f" ({function[0].symtab}:{function[0].line})" if block and function else ""
        found[number("$TPIDR_EL2")] = where
    if selected:
        selected.switch()
    return found


class Command(gdb.Command):
    """One of the commands above."""

    def __init__(self, name, run):
        super().__init__(name, gdb.COMMAND_STATUS)
        self.run = run

    def invoke(self, argument, from_tty):
        with physical_memory():
            self.run([int(word, 0) for word in argument.split()])


def symbols(arguments):
    load_symbols(arguments[0] if arguments else find_image())
    print(f"Muster's image is at {number('$muster_base'):#x}")


def posted(v):
    word = int(v["box"]["bits"])
    return listed([POSTS.get(n, f"SGI {n}") for n in bits(word)])


def show_vcpus(_):
    need_symbols()
    where = places()
    for vm, name, v in vcpus():
        state = STATES[int(v["psci"]["state"])]
        state += ", suspended" if v["life"]["asleep"] else ""
        exits = sum(int(v["exits"][i]) for i in range(number("NR_EXITS")))
        print(f"vm{vm} {name} vcpu{int(v['id'])} on cpu{int(v['cpu']['index'])}: {state}; "
              f"{where.get(int(v['cpu']), 'its core is not known')}")
        print(f"    entry {int(v['psci']['entry']):#x}, context {int(v['psci']['context']):#x}; "
              f"{exits} exits; posted: {posted(v)}")


def kept_events(ring):
    """What a ring holds, part by part: include/muster/trace.h."""
    first, later, guest = int(ring["first"]), int(ring["later"]), int(ring["guest"])
    written, guests = int(ring["written"]), int(ring["guest_written"])
    places = list(range(min(written, first)))
    places += [first + (n - first) % later for n in range(max(first, written - later), written)]
    places += [first + later + n % guest for n in range(max(0, guests - guest), guests)]
    return [ring["event"][place] for place in places]


def trace(arguments):
    need_symbols()
    kinds, events = gdb.lookup_type("enum trace_kind"), []
    for n in range(number("nr_cpus")):
        events += kept_events(evaluate(f"cpus[{n}]")["trace"].dereference())
    if not events:
        print("the rings are empty: trace=on?")
    start, hz = number("con.start_ticks"), number("$CNTFRQ_EL0")
    events.sort(key=lambda event: int(event["ticks"]))
    for event in events[-(arguments[0] if arguments else 40):]:
        vcpu = int(event["vcpu"])
        owner = "" if vcpu == NO_VCPU else f" vm{int(event['vm'])} vcpu{vcpu}"
        kind = str(event["kind"].cast(kinds)).removeprefix("TRACE_")
        print(f"{(int(event['ticks']) - start) / hz:.6f} cpu{int(event['core'])}{owner} {kind} "
              f"{int(event['a']):#x} {int(event['b']):#x}")


def show_bank(bank, first, who):
    pending = int(bank["pending"]) | int(bank["line"]) & ~int(bank["edge"])
    for n in bits(int(bank["enabled"]) | pending | int(bank["active"])):
        words = [word for word, mask in (("pending", pending), ("active", int(bank["active"])))
                 if mask >> n & 1]
        words.insert(0, "enabled" if int(bank["enabled"]) >> n & 1 else "disabled")
        if first or words != ["enabled"]:
            priority, group = int(bank["priority"][n]), int(bank["group"]) >> n & 1
            print(f"    INTID {first + n}: {', '.join(words)}, priority {priority:#x}, "
                  f"group {group}{who(n)}")


def vgic(arguments):
    need_symbols()
    lrs = number("gic_found.nr_lrs")
    for vm, name, v in vcpus():
        if arguments != [vm, int(v["id"])][:len(arguments)]:
            continue
        g = v["vm"]["vgic"]
        if int(v["id"]) == 0:
            print(f"vm{vm} {name}: GICD_CTLR {int(g['ctlr']):#x}")
            for b in range(2):
                show_bank(g["spi"][b], 32 * (b + 1),
                          lambda n, b=b: f", for vcpu{int(g['route'][32 * b + n])}")
        enabled = listed(bits(int(v["own"]["enabled"])))
        print(f"vm{vm} {name} vcpu{int(v['id'])}: enabled: {enabled}; posted: {posted(v)}")
        if int(v["psci"]["state"]) == STATES.index("ON"):
            held = [(n, int(v["lr_intid"][n])) for n in range(lrs)]
            print("    list registers last held: "
                  + listed(f"INTID {intid} in {n}" for n, intid in held if intid < NO_INTID))
        show_bank(v["own"], 0, lambda n: "")


for command, function in (("muster-symbols", symbols), ("muster-vcpus", show_vcpus),
                          ("muster-trace", trace), ("muster-vgic", vgic)):
    Command(command, function)
