# SPDX-License-Identifier: Apache-2.0
"""Entering Muster as a bare loader does: image and device tree put anywhere in memory, then a jump.

QEMU's -kernel chooses the address and repairs the device tree; its generic loader does neither.
"""
import struct

from lib.case import BUILD
from lib.machine import Machine


def _load(register, value):
    """MOVZ and three MOVK (Arm ARM DDI 0487, "MOVZ", "MOVK")."""
    words = [0xD2800000 | (value & 0xFFFF) << 5 | register]
    for half in 1, 2, 3:
        words.append(0xF2800000 | half << 21 | (value >> 16 * half & 0xFFFF) << 5 | register)
    return words


def stub(entry, x0):
    """Sets x0 and jumps. x1 to x3 are zero as the boot protocol wants it; x4 holds the address."""
    words = _load(0, x0)
    for register in 1, 2, 3:
        words += _load(register, 0)[:1]
    words += _load(4, entry) + [0xD61F0000 | 4 << 5]  # br x4
    return struct.pack(f"<{len(words)}I", *words)


def enter(t, image_at, tree_at, tree, *, stub_at=0x40F00000, gic=3, cpus=4, mem="1G",
          cpu="cortex-a76", machine="virtualization=on", image=None, limit=60):
    """Core 0 jumps to the image at image_at with x0 = tree_at, where the file `tree` is put."""
    code = t.file("stub.bin")
    code.write_bytes(stub(image_at, tree_at))
    command = ["qemu-system-aarch64", "-nographic", "-nic", "none",
               "-M", f"virt,gic-version={gic},{machine}", "-cpu", cpu, "-smp", str(cpus), "-m", mem]
    image = image or BUILD / "muster.img"
    for path, address in (image, image_at), (tree, tree_at), (code, stub_at):
        if path:
            command += ["-device", f"loader,file={path},addr={address:#x},force-raw=on"]
    return Machine(t, [*command, "-device", f"loader,addr={stub_at:#x},cpu-num=0"], limit)
