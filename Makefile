# SPDX-License-Identifier: Apache-2.0
#
#   make              build/muster.elf and build/muster.img
#   make run-qemu     boot it in QEMU, all cores up, the demo guest on top (GIC= CPUS= VCPUS= GUEST= ...)
#   make test         everything that is tested, within minutes
#   make bench        instructions per operation, on QEMU 10
#
# B=dir builds elsewhere; CROSS= another compiler prefix; LIBFDT_SRC=dir uses libfdt's sources from
# there; EARLYCON=address talks to a PL011 at that address before the device tree is read.

CROSS ?= aarch64-linux-gnu-
B     ?= build
EARLYCON ?= 0
export B CROSS

# V=1 shows every command.
$(V).SILENT:

SRC_lib     := print.c string.c
SRC_core    := dt_value.c dt_walk.c esr.c guest_fdt.c idregs.c image.c machine.c machine_console.c \
	       machine_irq.c machine_nodes.c memmap.c options.c pgtable.c pl011.c psci.c symbols.c vgic.c
SRC_arch    := el2.c head.S trace.c vectors.S
SRC_mm      := el2.c heap.c
SRC_drivers := console.c gic.c gicv2.c gicv3.c panic.c pl011.c psci.c
SRC_vm      := inject.c load.c mmio.c sched.c stage2.c trap.c vcpu.c vgic.c vgic_lr.c vgic_mmio.c \
	       vgic_regs.c vm.c vpsci.c vuart.c
SRC_boot    := early.c guest.S main.c smp.c
LAYERS      := lib core arch mm drivers vm boot
SRC         := $(foreach l,$(LAYERS),$(SRC_$(l):%=hyp/$(l)/%))
FDT_SRC     := fdt.c fdt_ro.c fdt_sw.c

FDT    := $(B)/src/libfdt
OBJ    := $(SRC:%=$(B)/%.o)
FDTOBJ := $(FDT_SRC:%=$(B)/libfdt/%.o)

# FP and SIMD registers belong to guests; strict alignment, because memory is Device memory until the
# MMU is on; no outlined atomics, because they need run-time set-up.
ARCHFLAGS := -march=armv8-a -mgeneral-regs-only -mstrict-align -mno-outline-atomics \
	     -mfix-cortex-a53-835769
CFLAGS    := -std=gnu11 -O2 -g -ffreestanding -fpie -fvisibility=hidden -fno-common \
	     -fno-stack-protector -fno-omit-frame-pointer -momit-leaf-frame-pointer \
	     -fno-asynchronous-unwind-tables -fno-tree-loop-distribute-patterns $(ARCHFLAGS)
WARNINGS  := -Wall -Wextra -Wshadow -Wconversion -Wmissing-prototypes -Werror
CPPFLAGS  := -include hyp/lib/hidden.h -Ihyp -Iinclude -I$(B)/include -isystem hyp/lib/libc -isystem $(FDT) -DEARLYCON=$(EARLYCON)
LDFLAGS   := -nostdlib -pie --no-dynamic-linker -z norelro -z notext -z separate-code \
	     -z max-page-size=4096 --build-id=none --fatal-warnings --fix-cortex-a53-843419 \
	     -T hyp/muster.lds

.PHONY: all run-qemu test bench clean format
all: $(B)/muster.img compile_commands.json

include guest/guest.mk

$(FDT)/.origin:
	scripts/packages build
	scripts/fetch libfdt

$(B)/include/asm-offsets.h: hyp/arch/asm-offsets.c $(FDT)/.origin Makefile
	@mkdir -p $(@D)
	$(CROSS)gcc $(CPPFLAGS) $(CFLAGS) $(WARNINGS) -MMD -MT $@ -MF $(B)/asm-offsets.d -S -o - $< | \
		sed -n 's/^.*\.ascii[^"]*"\(#define .*\)"$$/\1/p' > $@

$(B)/hyp/%.c.o: hyp/%.c $(B)/include/asm-offsets.h
	@mkdir -p $(@D)
	$(CROSS)gcc $(CPPFLAGS) $(CFLAGS) $(WARNINGS) -MMD -MP -c -o $@ $<

$(B)/hyp/%.S.o: hyp/%.S $(B)/include/asm-offsets.h
	@mkdir -p $(@D)
	$(CROSS)gcc $(CPPFLAGS) $(ARCHFLAGS) -g -Wa,-I$(B) -MMD -MP -c -o $@ $<

$(B)/hyp/boot/guest.S.o: $(B)/guest/demo.img

$(B)/libfdt/%.c.o: $(FDT)/.origin
	@mkdir -p $(@D)
	$(CROSS)gcc $(CPPFLAGS) $(CFLAGS) -c -o $@ $(FDT)/$*.c

# Linked twice: the symbol table for backtraces lies behind all code, so that nothing moves.
$(B)/ksyms0.S: scripts/ksyms
	@mkdir -p $(@D)
	scripts/ksyms < /dev/null > $@
$(B)/muster0.elf: $(OBJ) $(FDTOBJ) $(B)/ksyms0.o hyp/muster.lds
	$(CROSS)ld $(LDFLAGS) -o $@ $(filter %.o,$^)
$(B)/ksyms1.S: $(B)/muster0.elf scripts/ksyms
	$(CROSS)nm -n $< | scripts/ksyms > $@
$(B)/ksyms%.o: $(B)/ksyms%.S
	$(CROSS)gcc -c -o $@ $<
$(B)/muster.elf: $(OBJ) $(FDTOBJ) $(B)/ksyms1.o hyp/muster.lds
	$(CROSS)ld $(LDFLAGS) -o $@ $(filter %.o,$^)
	scripts/check-image $@

$(B)/muster.img: $(B)/muster.elf
	$(CROSS)objcopy -O binary $< $@

compile_commands.json: Makefile scripts/compile-commands
	scripts/compile-commands "$(CROSS)gcc $(CPPFLAGS) $(CFLAGS) $(WARNINGS)" $(SRC) > $@

run-qemu:
	@scripts/packages build run
	@$(MAKE) --no-print-directory -s all
	@scripts/run-qemu

clean:
	rm -rf $(B)/hyp $(B)/guest $(B)/libfdt $(B)/include $(B)/unit $(B)/test $(B)/muster* $(B)/ksyms* \
		compile_commands.json

format:
	clang-format -i $$(git ls-files '*.c' '*.h')

-include $(OBJ:.o=.d) $(B)/asm-offsets.d
