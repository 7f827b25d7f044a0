# SPDX-License-Identifier: Apache-2.0
#
# Firmware of our own for the tests of what firmware does wrong: flash at 0, data in secure RAM.

FIRMWARE_CFLAGS := -std=gnu11 -O2 -ffreestanding -fno-pie -mgeneral-regs-only -mstrict-align -ffixed-x18 \
	-mno-outline-atomics -fno-stack-protector -fno-asynchronous-unwind-tables \
	-fno-tree-loop-distribute-patterns $(WARNINGS)

$(B)/firmware.elf: test/firmware/firmware.S test/firmware/firmware.c test/firmware/firmware.mk
	@mkdir -p $(@D)
	$(CROSS)gcc $(FIRMWARE_CFLAGS) -nostdlib -static -no-pie -Wl,--build-id=none,-N,--no-warn-rwx-segments \
		-Wl,--section-start=.text=0,-Tbss=0x0e000000 -o $@ $(filter %.S %.c,$^)
$(B)/firmware.bin: $(B)/firmware.elf
	$(CROSS)objcopy -O binary -j .text -j .rodata $< $@
