# SPDX-License-Identifier: Apache-2.0
"""A machine that is started by our own firmware (test/firmware), which does wrong what it is told."""
import dataclasses
import re
import struct

from lib import tree
from lib.case import BUILD, check
from lib.machine import Machine

NOT_SUPPORTED = -1
GOOD, NEVER, AT_EL1, RENDEZVOUS, SPIN_TABLE = range(5)
CONFIG_AT, MAX_CORES = 64, 64
IMAGE_AT, TREE_AT, PEN_AT = 0x40200000, 0x48000000, 0x47F00000


@dataclasses.dataclass
class Core:
    """What becomes of CPU_ON for this core: the answer, then what the core does if it is 0."""
    behaviour: int = GOOD
    result: int = 0
    delay_us: int = 0
    method: str = "psci"

    def pack(self):
        return struct.pack("<IIi", self.behaviour, self.delay_us, self.result)


def mailbox(core):
    return PEN_AT + 256 + 8 * core


def source(t, cores, gic):
    """QEMU's tree, with the spin-table cores' method, and their loop reserved."""
    text = tree.dump(t, gic=gic, cpus=len(cores))
    nodes = sorted(tree.names(text, "cpu@[0-9a-f]+"), key=lambda name: int(name[4:], 16))
    for number, (node, core) in enumerate(zip(nodes, cores)):
        if core.method == "spin-table":
            text = tree.edited(text, rf'({node} {{[^}}]*enable-method = )"psci";',
                               rf'\1"spin-table"; cpu-release-addr = <0 {mailbox(number):#x}>;')
    return text.replace("/dts-v1/;", f"/dts-v1/;\n/memreserve/ {PEN_AT:#x} 0x1000;", 1)


def configured(cores, gic, smc_undefined=False, workarounds=(NOT_SUPPORTED, NOT_SUPPORTED)):
    """The firmware, with its struct config filled in; workarounds: answers for WORKAROUND_1 and _3."""
    padded = cores + [Core()] * (MAX_CORES - len(cores))
    image = bytearray((BUILD / "firmware.bin").read_bytes())
    config = struct.pack("<IIIIiiQQQ", 8 if gic == 2 else 16, gic, len(cores), smc_undefined, *workarounds,
                         IMAGE_AT, TREE_AT, PEN_AT) + b"".join(core.pack() for core in padded)
    image[CONFIG_AT:CONFIG_AT + len(config)] = config
    return bytes(image)


def start(t, cores, text=None, *, gic=3, smc_undefined=False, options=(), limit=60,
          qemu="qemu-system-aarch64", cpu="cortex-a76", **firmware):
    """Core 0 enters Muster at EL2 with the tree; the rest is as `cores` says, which begins with it."""
    blob = tree.compile(t, text or source(t, cores, gic))
    bios = t.file("firmware.bin")
    bios.write_bytes(configured(cores, gic, smc_undefined, **firmware))
    command = [str(qemu), "-nographic", "-nic", "none",
               "-M", f"virt,secure=on,virtualization=on,gic-version={gic}", "-cpu", cpu,
               "-smp", str(len(cores)), "-m", "1G", "-bios", str(bios), *options]
    for path, address in (BUILD / "muster.img", IMAGE_AT), (blob, TREE_AT):
        command += ["-device", f"loader,file={path},addr={address:#x},force-raw=on"]
    return Machine(t, command, limit)


def calls(machine, function="CPU_ON"):
    """How often it was called for each core, or by it, which the firmware says when it switches off."""
    said = re.search(rf"^firmware: {function} calls((?: \d+)+)$", machine.text(), re.M)
    check(said, "the firmware was not asked to switch the machine off")
    return [int(n) for n in said[1].split()]
