# SPDX-License-Identifier: Apache-2.0
"""What scripts/bench measured, as text for the terminal and as the tables of docs/benchmark.md."""
import re
import subprocess

import benchchart
from common import ROOT, fail

DOCUMENTS = [ROOT / "docs/benchmark.md", ROOT / "README.md"]
CHART = ROOT / "docs/benchmark.svg"

TITLES = {"muster": "Muster", "xen": "Xen 4.17", "nvhe": "KVM 6.1 nVHE", "vhe": "KVM 6.1 VHE",
          "bare": "bare EL1"}

# The guest's names, in the order of the tables, and what they mean.
OPERATIONS = {
    "counter_read": "read of the virtual counter",
    "hvc": "HVC with a number that is no function",
    "hvc_psci_version": "HVC: PSCI_VERSION",
    "smc_psci_version": "SMC: PSCI_VERSION",
    "smccc_version": "HVC: SMCCC_VERSION",
    "affinity_info": "HVC: AFFINITY_INFO",
    "id_aa64pfr0_read": "ID register read (ID_AA64PFR0_EL1)",
    "gicd_typer_read": "GICD_TYPER read",
    "mmio_read_vgic": "GICD_IIDR read",
    "gicd_isenabler_read": "GICD_ISENABLER1 read",
    "gicd_isenabler_write": "GICD_ISENABLER1 write",
    "gicr_isenabler_read": "GICR_ISENABLER0 read",
    "uart_fr_read": "UART flags read",
    "vtimer_busy": "virtual timer: deadline to handler, busy",
    "vtimer_wfi": "virtual timer: deadline to handler, in WFI",
    "ptimer_busy": "physical timer: deadline to handler, busy",
    "ptimer_wfi": "physical timer: deadline to handler, in WFI",
    "sgi_self_send": "SGI to self: the write",
    "sgi_self": "SGI to self: write to handler",
    "sgi_self_total": "SGI to self: write to seen handled",
    "sgi_busy_send": "SGI to a busy vCPU: the write",
    "sgi_busy": "SGI to a busy vCPU: write to handler",
    "ipi": "SGI to a busy vCPU: write to seen handled",
    "sgi_wfi_send": "SGI to a vCPU in WFI: the write",
    "sgi_wfi": "SGI to a vCPU in WFI: write to handler",
    "sgi_wfi_total": "SGI to a vCPU in WFI: write to seen handled",
    "sgi_ack": "acknowledge of an SGI",
    "sgi_eoi": "end of an SGI",
    "eoi": "end of no interrupt",
    "cpu_on_call": "CPU_ON: the call",
    "cpu_on_first": "CPU_ON: call to the target's first instruction",
    "cpu_off": "CPU_OFF until AFFINITY_INFO says OFF",
    "first_touch": "first touch of a page",
    "tlbi": "TLBI VMALLE1IS, DSB, ISB",
}


# Not in Debian, so not run here: figures of the same operations, measured once on QEMU 10.0.2 with the
# same options, GICv3 and two vCPUs.
BAO = {"hvc_psci_version": 193, "gicd_typer_read": 225, "gicd_isenabler_read": 1290,
       "gicd_isenabler_write": 3563, "vtimer_busy": 203, "vtimer_wfi": 204, "sgi_self": 793,
       "sgi_busy_send": 376, "sgi_busy": 801, "sgi_wfi": 801, "cpu_on_call": 388, "cpu_on_first": 1567}

# What costs Muster's guest less does not exit: a ratio would say nothing.
EXIT_LEAST = 10


def ratio(peer, ours):
    if ours < EXIT_LEAST:
        return ""
    times = peer / ours
    return f"{times:.1f}" if times < 9.95 else f"{times:.0f}"


def footnotes(results):
    """(system, operation, why) for each "-" in the table that has a reason."""
    for system, result in results.items():
        if result.error:
            yield f"{TITLES[system]} could not be run: {result.error}"
    reasons = {}
    for system, result in results.items():
        for name, why in result.missing.items():
            reasons.setdefault((name, why), []).append(TITLES[system])
    for (name, why), systems in reasons.items():
        who = "all" if len(systems) == len(results) else ", ".join(systems)
        yield f"{name}, {who}: {why}"


def table(gic, results):
    """The header and rows of cells; after ours each peer's average and its ratio to ours."""
    peers = [system for system in results if system != "muster"]
    ours = results["muster"].rows if "muster" in results else {}
    header = [f"GICv{gic}"]
    header += ["Muster", "min", "max"] if "muster" in results else []
    for system in peers:
        header += [TITLES[system]] + (["x"] if ours and system != "bare" else [])
    rows = []
    for name in OPERATIONS:
        cells = [name]
        if "muster" in results:
            low, average, high = ours.get(name, ("-", "-", "-"))
            cells += [average, low, high]
        for system in peers:
            row = results[system].rows.get(name)
            cells.append(row[1] if row else "-")
            if ours and system != "bare":
                cells.append(ratio(row[1], ours[name][1]) if row and name in ours else "")
        rows.append([str(cell) for cell in cells])
    return header, rows


def terminal(gic, results):
    header, rows = table(gic, results)
    widths = [max(len(row[i]) for row in [header, *rows]) for i in range(len(header))]
    yield "Instructions per operation, average of 256; min and max for Muster; x: times Muster's"
    for row in [header, *rows]:
        yield "  ".join(cell.ljust(width) if i == 0 else cell.rjust(width)
                        for i, (cell, width) in enumerate(zip(row, widths))).rstrip()
    for note in footnotes(results):
        yield f"  -  {note}"
    for system, result in results.items():
        yield from (f"  counted by {TITLES[system]}: {line}" for line in result.exits)
    yield ""


# What Muster's mitigations make dearer, each in its way: exits of the guest that asks and of its peer.
MITIGATED = ("hvc_psci_version", "id_aa64pfr0_read", "uart_fr_read", "vtimer_busy", "sgi_busy_send",
             "sgi_busy", "cpu_on_call", "cpu_on_first")


def mitigated_rows(off, on):
    """(operation, average without, with)"""
    return [(name, off.rows[name][1], on.rows[name][1]) for name in MITIGATED
            if name in off.rows and name in on.rows]


def mitigation_lines(off, on):
    yield f"With mitigations=on ({on.mitigation or on.error}), GICv3, average:"
    yield from (f"{name}: {without} + {more - without} = {more}" for name, without, more in mitigated_rows(off, on))
    yield ""


def mitigation_table(off, on):
    yield f"| GICv3, average | mitigations=off | on: {on.mitigation} | more |"
    yield "|---|--:|--:|--:|"
    for name, without, more in mitigated_rows(off, on):
        yield f"| {OPERATIONS[name]} (`{name}`) | {without} | {more} | {more - without} |"


def entry_lines(entries, size):
    for (system, cores), ticks in entries.items():
        yield (f"{TITLES[system]}: counter at the guest's first instruction, {cores} core(s), GICv3, its "
               f"{size // 1024} KiB image loaded: {ticks or 'not reached'}")


def markdown(gic, results):
    header, rows = table(gic, results)
    yield "| " + " | ".join([f"GICv{gic}, average", *header[1:]]).replace("| x", "| ×") + " |"
    yield "|---|" + "--:|" * (len(header) - 1)
    for row in rows:
        yield "| " + " | ".join([f"{OPERATIONS[row[0]]} (`{row[0]}`)", *row[1:]]) + " |"
    yield ""
    for note in footnotes(results):
        yield f"- {note}"


def spread(gic, results):
    """Minimum and maximum of all systems."""
    yield f"| GICv{gic}, min to max | " + " | ".join(TITLES[system] for system in results) + " |"
    yield "|---|" + "--:|" * len(results)
    for name in OPERATIONS:
        found = [result.rows.get(name) for result in results.values()]
        yield f"| `{name}` | " + " | ".join(
            (f"{row[0]} to {row[2]}" if row[0] != row[2] else f"{row[0]}") if row else "-"
            for row in found) + " |"


def entry_table(results, entries, size):
    systems = list(dict.fromkeys(system for system, _ in entries))
    yield f"| cores | {' | '.join(TITLES[system] for system in systems)} |"
    yield "|--:|" + "--:|" * len(systems)
    for cores in dict.fromkeys(cores for _, cores in entries):
        ticks = [entries.get((system, cores), 0) for system in systems]
        yield f"| {cores} | {' | '.join(f'{count:,}' if count else '-' for count in ticks)} |"
    yield ""
    yield f"The guest's image of {size:,} bytes is copied in this time."
    if results["vhe"].entry:
        yield "Debian's kernel as KVM's host needs, with its own boot, 2 cores and VHE, "
        yield f"{results['vhe'].entry:,} ticks to the same instruction."


def bao_table(results):
    yield "| GICv3 | Muster | Bao | × |"
    yield "|---|--:|--:|--:|"
    for name, theirs in BAO.items():
        row = results["muster"].rows.get(name)
        if row:
            yield f"| {OPERATIONS[name]} (`{name}`) | {row[1]} | {theirs} | {ratio(theirs, row[1])} |"


def summary(results):
    """The rows of the chart, in short."""
    systems = [system for system in ("muster", "xen", "vhe", "bare") if not results[system].error]
    yield "| GICv3, average | " + " | ".join(TITLES[system] for system in systems) + " |"
    yield "|---|" + "--:|" * len(systems)
    for name in benchchart.CHARTED:
        rows = [results[system].rows.get(name) for system in systems]
        cells = [str(row[1]) if row else "-" for row in rows]
        yield f"| {OPERATIONS[name]} | {' | '.join(cells)} |"


def exits(results):
    for gic, systems in results.items():
        for system, result in systems.items():
            yield from (f"- GICv{gic}, {TITLES[system]}, {line}" for line in result.exits)


def size_report():
    return subprocess.run([ROOT / "scripts/size-report", "--markdown"], text=True, check=True,
                          capture_output=True, cwd=ROOT).stdout.splitlines()


def replace_blocks(blocks):
    """What is between <!-- name: ... --> and <!-- /name --> of the documents."""
    texts = {path: path.read_text(encoding="utf-8") for path in DOCUMENTS}
    for name, lines in blocks.items():
        body, found = "\n".join(lines).strip(), 0
        for path, text in texts.items():
            texts[path], here = re.subn(rf"(<!-- {name}: .*?-->\n).*?(<!-- /{name} -->)",
                                        lambda m, body=body: f"{m[1]}\n{body}\n\n{m[2]}", text,
                                        flags=re.DOTALL)
            found += here
        if not found:
            fail(f"no document has <!-- {name}: ... -->", 1)
    for path, text in texts.items():
        path.write_text(text, encoding="utf-8")


def write(results, entries, size, mitigated):
    blocks = {f"gicv{gic}": markdown(gic, systems) for gic, systems in results.items()}
    blocks |= {f"spread{gic}": spread(gic, systems) for gic, systems in results.items()}
    blocks |= {"entry": entry_table(results[3], entries, size), "exits": exits(results),
               "mitigations": mitigation_table(results[3]["muster"], mitigated),
               "bao": bao_table(results[3]), "costs": summary(results[3]), "size": size_report()}
    replace_blocks(blocks)
    CHART.write_text(benchchart.draw(results[3], OPERATIONS, TITLES), encoding="utf-8")
    print("written:", *(path.relative_to(ROOT) for path in [*DOCUMENTS, CHART]))
