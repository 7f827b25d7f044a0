# SPDX-License-Identifier: Apache-2.0
"""What the scripts have in common: settings by variables, files, and how they fail."""
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / os.environ.get("B", "build")
MIB = 1 << 20
MODULE_ALIGN = 2 * MIB

CPU_MODELS = ["cortex-a53", "cortex-a55", "cortex-a57", "cortex-a72", "cortex-a76", "neoverse-n1",
              "max"]
CPUS_MAX = {"2": 8, "3": 64}


def fail(text, code=2):
    print(f"{pathlib.Path(sys.argv[0]).name}: {text}", file=sys.stderr)
    sys.exit(code)


def setting(name, default=""):
    return os.environ.get(name, "").strip() or default


def choice(name, default, allowed):
    value = setting(name, default)
    if value not in allowed:
        fail(f"{name}={value}: must be {' or '.join(allowed)}")
    return value


def number(name, default, most, why=""):
    value = setting(name, default)
    if not re.fullmatch(r"[0-9]+", value) or not 1 <= int(value) <= most:
        fail(f"{name}={value}: must be a number from 1 to {most}{why}")
    return int(value)


def size(name, default, least=0):
    """A size in bytes; a bare number counts MiB. None where there is neither value nor default."""
    value = setting(name, default)
    if not value:
        return None
    m = re.fullmatch(r"([0-9]+)([MG]?)", value, re.IGNORECASE)
    if not m or int(m[1]) == 0:
        fail(f"{name}={value}: must be a size in MiB, or with M or G, such as 512M or 2G")
    count = int(m[1]) * MIB * (1024 if m[2] in ("G", "g") else 1)
    if count < least:
        fail(f"{name}={value}: must be at least {least // MIB}M")
    return count


def machine_cpus(gic):
    return number("CPUS", "4", CPUS_MAX[gic], f" with GIC={gic}" + (
        " (GICv2 has 8 CPU interfaces; GIC=3 takes 64)" if gic == "2" else ""))


def cpu_model(qemu):
    value = setting("CPU", "cortex-a76")
    known = subprocess.run([qemu, "-cpu", "help"], capture_output=True, text=True,
                           check=False).stdout.split()
    models = [model for model in CPU_MODELS if model in known]
    if value.split(",")[0] not in models:
        fail(f"CPU={value}: must be one of {', '.join(models)} (what {qemu} has)")
    # The architected pointer authentication of -cpu max takes most of an emulator's time.
    return "max,pauth-impdef=on" if value == "max" else value


def existing(name, path):
    if not os.path.isfile(path):
        fail(f"{name}={path}: no such file")
    return os.path.relpath(path)


def config_path(name):
    """configs/NAME.dts, or a path: what has a / or ends in .dts."""
    if "/" in name or name.endswith(".dts"):
        return existing("CONFIG", name)
    path = ROOT / f"configs/{name}.dts"
    if not path.is_file():
        names = ", ".join(sorted(file.stem for file in (ROOT / "configs").glob("*.dts")))
        fail(f"CONFIG={name}: no configs/{name}.dts; there are {names}; or give a path")
    return os.path.relpath(path)


def project_file(name):
    """A file that a configuration names: relative to the project, build/ being $B."""
    return BUILD / name[len("build/"):] if name.startswith("build/") else ROOT / name


def provide(names):
    """Fetches or makes what of these files is named and not there yet."""
    commands = {"build/rpi/version": ["fetch", "rpi"], "build/xen/xen": ["fetch", "xen"],
                "build/qemu10/qemu-system-aarch64": ["fetch", "qemu10"],
                "build/linux/Image": ["fetch", "linux"], "build/uboot/u-boot.bin": ["fetch", "uboot"],
                "build/linux/initramfs.cpio.gz": ["mkinitramfs"]}
    for name, (script, *arguments) in commands.items():
        if name in names and subprocess.run([ROOT / "scripts" / script, *arguments],
                                            check=False).returncode:
            fail(f"{name}: scripts/{' '.join([script, *arguments])} failed", 1)


def align_up(value, to):
    return -(-value // to) * to


# Conformance rows that QEMU's own GIC does not let a hypervisor keep, by GIC: its GICv2 loses what is
# written to ISPENDR for a PPI (bare, too: scripts/conformance --native). On GICv3 they pass.
QEMU_GAPS = {2: ("PPI: pending set, both registers read 1", "PPI: pending, writing 0 has no effect"),
             3: ()}
