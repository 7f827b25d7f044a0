# SPDX-License-Identifier: Apache-2.0
"""A second opinion on device trees: read by other code than Muster's, as the specification says."""
import struct

GICS = {"arm,gic-v3": 3, "arm,gic-400": 2, "arm,cortex-a15-gic": 2, "arm,cortex-a7-gic": 2,
        "qcom,msm-qgic2": 2}
PSCIS = {"arm,psci", "arm,psci-0.2", "arm,psci-1.0"}
TIMERS = {"arm,armv8-timer", "arm,armv7-timer"}


class Node:
    def __init__(self, name, up):
        self.name, self.up, self.props, self.children = name, up, {}, []

    def all(self):
        yield self
        for child in self.children:
            yield from child.all()

    def cells(self, name):
        value = self.props.get(name, b"")
        return struct.unpack(f">{len(value) // 4}I", value[:len(value) // 4 * 4])

    def strings(self, name):
        return self.props.get(name, b"").rstrip(b"\0").decode(errors="replace").split("\0")

    def inherited(self, name, otherwise):
        node = self
        while node:
            if name in node.props:
                return node.cells(name)[0]
            node = node.up
        return otherwise

    def enabled(self):
        own = "status" not in self.props or self.strings("status")[0] in ("okay", "ok")
        return own and (not self.up or self.up.enabled())

    def widths(self):
        """Cells of an address and of a size on the bus that the node is."""
        return self.inherited("#address-cells", 2), self.inherited("#size-cells", 1)

    def regs(self):
        """(address on its bus, size) of each entry of reg."""
        address, size = self.up.widths()
        value, step = self.cells("reg"), address + size
        return [(number(value[i:i + address]), number(value[i + address:i + step]))
                for i in range(0, len(value) - step + 1, step)]


def number(cells):
    return int.from_bytes(struct.pack(f">{len(cells)}I", *cells), "big")


def reservations(blob):
    """(address, size) of each entry of the memory reservation block."""
    at, = struct.unpack_from(">I", blob, 16)
    while any(entry := struct.unpack_from(">QQ", blob, at)):
        yield entry
        at += 16


def read(blob):
    """The root of a flattened tree (Devicetree Specification, chapter 5)."""
    at, strings = struct.unpack_from(">II", blob, 8)
    stack, root = [], None
    while True:
        token, = struct.unpack_from(">I", blob, at)
        at += 4
        if token == 1:
            end = blob.index(b"\0", at)
            node = Node(blob[at:end].decode(), stack[-1] if stack else None)
            root = root or node
            if stack:
                stack[-1].children.append(node)
            stack.append(node)
            at = end + 4 & ~3
        elif token == 2:
            stack.pop()
        elif token == 3:
            size, name = struct.unpack_from(">II", blob, at)
            name = blob[strings + name:blob.index(b"\0", strings + name)].decode()
            stack[-1].props[name] = blob[at + 8:at + 8 + size]
            at += 8 + size + 3 & ~3
        elif token == 9:
            return root


def physical(bus, address):
    """An address of that bus as the CPU has it; None: it cannot be reached."""
    while bus.up:
        value, found = bus.cells("ranges"), "ranges" in bus.props and not bus.cells("ranges")
        child, size = bus.widths()
        parent, step = bus.up.widths()[0], sum(bus.widths()) + bus.up.widths()[0]
        for i in range(0, len(value), step):
            low, high = number(value[i:i + child]), number(value[i + child:i + child + parent])
            if not found and low <= address < low + number(value[i + step - size:i + step]):
                address, found = address - low + high, True
        if not found:
            return None
        bus = bus.up
    return address


def intid(node, index, cells):
    """Of specifiers of that many cells; behind a phandle each, with interrupts-extended."""
    value = node.cells("interrupts")
    if "interrupts-extended" in node.props:
        value, cells = node.cells("interrupts-extended"), cells + 1
        value = value[cells * index + 1:cells * (index + 1)]
    else:
        value = value[cells * index:cells * (index + 1)]
    return value[1] + (16 if value[0] else 32) if value else 0


def machine(blob):
    """What Muster must find: a dict."""
    root = read(blob)
    nodes = [node for node in root.all() if node.enabled()]

    def one(names):
        return [node for node in nodes if names & set(node.strings("compatible"))]

    found = {
        "mpidrs": [n.regs()[0][0] for n in nodes if n.strings("device_type") == ["cpu"]],
        "ram": [(physical(n.up, at), size) for n in nodes if n.strings("device_type") == ["memory"]
                for at, size in n.regs() if size],
        "reserved": [*reservations(blob), *(
            (physical(n.up, at), size) for n in nodes
            if n.up and n.up.name == "reserved-memory" and not n.up.up.up
            for at, size in n.regs() if size)],
        "conduit": one(PSCIS)[0].strings("method")[0].upper() if one(PSCIS) else "nothing",
        "GICv": 0, "frames": [], "redistributors": [], "intids": [0, 0, 0]}
    for gic in one(set(GICS)):
        version = next(GICS[name] for name in gic.strings("compatible") if name in GICS)
        frames = [(physical(gic.up, address), size) for address, size in gic.regs()]
        if version == 2 and len(frames) < 4:
            continue
        cells, timer = gic.cells("#interrupt-cells")[0], one(TIMERS)[0]
        regions = gic.inherited("#redistributor-regions", 1) if version == 3 else 0
        found |= {"GICv": version, "frames": [at for at, _ in frames[:4 if version == 2 else 2]],
                  "redistributors": frames[1:1 + regions],
                  "intids": [intid(gic, 0, cells) or 25, intid(timer, 2, cells),
                             intid(timer, 1, cells)]}
    return found
