# SPDX-License-Identifier: Apache-2.0
"""The boards for which scripts/mkdisk makes an SD card: what their firmware wants to find on it, and
where in their memory U-Boot may put things."""
import dataclasses

RPI = "build/rpi/"

# Raspberry Pi's documentation of config.txt. enable_uart also keeps the clock of the Pi 4's mini-UART
# where it is. Nothing here names a device tree: firmware takes the one that it knows the board by.
CONFIG_TXT = """\
# {title}
arm_64bit=1
kernel=u-boot.bin
enable_uart=1
uart_2ndstage=1
"""
RPI4_FIRMWARE = {"start4.elf": RPI + "start4.elf", "fixup4.dat": RPI + "fixup4.dat",
                 "LICENCE.raspi-firmware": RPI + "LICENCE.raspi-firmware"}


@dataclasses.dataclass
class Board:
    title: str
    tree: str
    files: dict  # name on the card: file; the device tree comes besides
    settings: str = ""  # more of config.txt
    # Everything is loaded from `first` on and ends below `limit`. Below are TF-A or the spin-table,
    # U-Boot's script and its other work areas; above is firmware's device tree (near 0x2efec900 on
    # a Pi 5), and U-Boot itself, which knows of one GiB only.
    first: int = 0x04000000
    limit: int = 0x2e000000

    def config_txt(self):
        return CONFIG_TXT.format(title=self.title) + self.settings


BOARDS = {
    "rpi5": Board("Raspberry Pi 5", "bcm2712-rpi-5-b.dtb", {
        "u-boot.bin": RPI + "u-boot.bin",
        "overlays/bcm2712d0.dtbo": RPI + "bcm2712d0.dtbo",
    }, "# No kernel that knows the board is looked for.\nos_check=0\n"),
    "rpi4": Board("Raspberry Pi 4", "bcm2711-rpi-4-b.dtb", {
        "u-boot.bin": RPI + "u-boot.bin", **RPI4_FIRMWARE,
    }),
    "rpi4-tfa": Board("Raspberry Pi 4 with TF-A", "bcm2711-rpi-4-b.dtb", {
        "u-boot.bin": RPI + "u-boot.bin", "bl31.bin": RPI + "bl31.bin", **RPI4_FIRMWARE,
    }, "# TF-A at EL3 instead of the spin-table: PSCI.\narmstub=bl31.bin\n"),
}
