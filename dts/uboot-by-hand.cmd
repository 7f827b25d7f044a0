# A Linux with two vCPUs, by what one may type at U-Boot's prompt, a line at a time: on QEMU's virt
# machine, with a disk that scripts/mkdisk has made (make run-uboot, and any key before U-Boot boots
# by itself). configs/boot.cmd does the same with more care.

# The machine's tree, copied to where it has room, and not to be moved again.
virtio scan
fdt addr ${fdt_addr}
fdt move ${fdt_addr} 42000000 200000
fdt resize 4000
setenv fdt_high ffffffffffffffff

# The guest, and its files. ${filesize} is the length of what was loaded last.
fdt mknode /chosen linux
fdt set /chosen/linux compatible xen,domain
fdt set /chosen/linux '#address-cells' <2>
fdt set /chosen/linux '#size-cells' <2>
fdt set /chosen/linux memory <0 0x40000>
fdt set /chosen/linux cpus <2>

load virtio 0 44000000 build/linux/Image
fdt mknode /chosen/linux module@44000000
fdt set /chosen/linux/module@44000000 compatible multiboot,kernel multiboot,module
fdt set /chosen/linux/module@44000000 reg <0 0x44000000 0 0x${filesize}>
fdt set /chosen/linux/module@44000000 bootargs 'console=ttyAMA0'

load virtio 0 48000000 build/linux/initramfs.cpio.gz
fdt mknode /chosen/linux module@48000000
fdt set /chosen/linux/module@48000000 compatible multiboot,ramdisk multiboot,module
fdt set /chosen/linux/module@48000000 reg <0 0x48000000 0 0x${filesize}>

load virtio 0 4a000000 build/muster.img
booti 4a000000 - 42000000
