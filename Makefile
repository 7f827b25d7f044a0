# SPDX-License-Identifier: Apache-2.0
#
#   make              build/muster.elf and build/muster.img
#   make run-qemu     boot it in QEMU, all cores up, the demo guest on top (GIC= CPUS= VCPUS= GUEST= ...)
#                     CONFIG=name: the guests of configs/name.dts instead
#   make timeline     the same, and its cpu_up as a picture (CAPTURE=file: a board's; see scripts/timeline)
#   make run-uboot    the same from a disk, with U-Boot (CONFIG= GIC= FIT=1 ...)
#   make sdcard       an SD card's image for a Raspberry Pi (BOARD=rpi5|rpi4|rpi4-tfa CONFIG=)
#   make run-raspi4b  such a card in QEMU 10's raspi4b machine, with TF-A or a spin-table (FIRMWARE= UART= CONFIG=)
#   make test         everything that is tested, within minutes
#   make gdb          gdb, attached to a machine that scripts/run-qemu -s has started (docs/debugging.md)
#   make fuzz         hostile input for what reads device trees, options and images (FUZZ_TIME=seconds each)
#   make explore      what vCPUs do at once in every order, without make test's bounds
#   make bench        instructions per operation, on QEMU 10, beside Xen, KVM and bare EL1; DOCS=1 writes
#                     docs/benchmark.md
#   make bench-boot   instructions to bring cores up, each core's own
#   make bench-linux  Debian's Linux bare, on Muster, Xen and KVM
#   make soak         storms of SGIs, and seeded delays: minutes more than make test has
#   make conformance  Muster held against the specifications, a row a rule; build/conformance.md
#   make format       clang-format for the C files that git knows
#   make clean        removes what was built, keeps what was fetched
#
# Settings are variables: those of run-qemu and the like are in the head of the script, and in docs/running.md.
#
# B=dir builds elsewhere; CROSS= another compiler prefix; TOOLCHAIN=clang compiles the hypervisor, not
# its guests, with clang; LIBFDT_SRC=dir uses libfdt's sources from there; EARLYCON=address talks to a
# PL011 at that address before the device tree is read; DEBUG=1 lets a guest ask the hypervisor to
# break its own memory protection, which must end in a panic; PERTURB=seed delays it at locks, barriers
# and kicks. Give each of these a B= of its own.

CROSS ?= aarch64-linux-gnu-
TOOLCHAIN ?= gcc
B     ?= build
EARLYCON ?= 0
DEBUG    ?= 0
PERTURB  ?= 0
export B CROSS

# V=1 shows every command.
$(V).SILENT:

SRC_lib     := print.c string.c
SRC_core    := config.c dt.c esr.c guest_fdt.c idregs.c image.c machine.c memmap.c mitigation.c options.c pgtable.c \
	       pl011.c psci.c resolve.c seed.c symbols.c symptoms.c vgic.c
SRC_arch    := el2.c head.S perturb.c trace.c vectors.S
SRC_mm      := el2.c heap.c
SRC_drivers := console.c gic.c gicv3.S panic.c psci.c uart.c
SRC_vm      := hypercall.c inject.c load.c mmio.c postmortem.c sched.c stage2.c stats.c trap.c vcpu.c vgic.c vgic_lr.c vgic_mmio.c \
	       vgic_regs.c vm.c vpsci.c vtrng.c vuart.c
SRC_boot    := guest.S guests.c main.c smp.c
LAYERS      := lib core arch mm drivers vm boot
SRC         := $(foreach l,$(LAYERS),$(SRC_$(l):%=hyp/$(l)/%))
FDT_SRC     := fdt.c fdt_ro.c fdt_sw.c

FDT    := $(B)/src/libfdt
OBJ    := $(SRC:%=$(B)/%.o)
FDTOBJ := $(FDT_SRC:%=$(B)/libfdt/%.o)

# memset() and memcpy() themselves must not become calls of memset() and memcpy(): clang is told by
# -ffreestanding.
CC_gcc    := $(CROSS)gcc -fno-tree-loop-distribute-patterns
CC_clang  := clang --target=$(CROSS:%-=%)
TARGET_CC := $(or $(CC_$(TOOLCHAIN)),$(error TOOLCHAIN=$(TOOLCHAIN): gcc or clang))

# Small, but fast where a guest that runs comes by: no padding either way. string.c: -Os would make
# memcpy() of its copies.
SMALL_gcc := -fno-move-loop-invariants -fno-expensive-optimizations
OPTIMIZE := -Os $(SMALL_$(TOOLCHAIN))
FAST     := core/vgic.c core/pl011.c drivers/uart.c lib/print.c lib/string.c vm/trap.c vm/vgic.c vm/vgic_mmio.c vm/vpsci.c vm/vuart.c
$(FAST:%=$(B)/hyp/%.o): OPTIMIZE := -O2 -falign-functions=4 -falign-loops=1

# Compiled as one when they are linked, which makes them smaller: what reads trees and configuration, and
# the slow half of what guests ask for. Not what a person steps through to see cores and vCPUs come up.
AS_ONE := $(addprefix core/,config.c dt.c esr.c guest_fdt.c idregs.c image.c machine.c memmap.c options.c \
	    pgtable.c resolve.c seed.c) mm/el2.c mm/heap.c drivers/console.c drivers/panic.c drivers/psci.c \
	  $(addprefix vm/,hypercall.c inject.c load.c mmio.c postmortem.c stage2.c stats.c vgic_lr.c vgic_regs.c vtrng.c)
LTO_gcc := -flto -flto-partition=one
$(AS_ONE:%=$(B)/hyp/%.o) $(FDTOBJ): LTO := $(LTO_$(TOOLCHAIN))

# FP and SIMD registers belong to guests; strict alignment, because memory is Device memory until the
# MMU is on; no outlined atomics, because they need run-time set-up; tiny, because all of the image
# is within reach of one ADR.
ARCHFLAGS := -march=armv8-a -mcmodel=tiny -mgeneral-regs-only -mstrict-align -mno-outline-atomics \
	     -mfix-cortex-a53-835769
CFLAGS     = -std=gnu11 $(OPTIMIZE) -g -ffreestanding -fpie -fvisibility=hidden -fno-common \
	     -ffunction-sections -fdata-sections -fno-stack-protector -fno-omit-frame-pointer \
	     -momit-leaf-frame-pointer -fno-asynchronous-unwind-tables $(ARCHFLAGS)
WARNINGS  := -Wall -Wextra -Wno-unused-parameter -Wshadow -Wconversion -Wmissing-prototypes \
	     -Wenum-conversion -Werror
CPPFLAGS  := -include hyp/lib/hidden.h -Ihyp -Iinclude -I$(B)/include -isystem hyp/lib/libc \
	     -isystem $(FDT) -DEARLYCON=$(EARLYCON) -DDEBUG=$(DEBUG) -DPERTURB=$(PERTURB)
LDFLAGS   := --no-dynamic-linker -z norelro -z notext -z separate-code \
	     -z max-page-size=4096 --gc-sections --build-id=none --fatal-warnings --fix-cortex-a53-843419=adr \
	     -T hyp/muster.lds
LINK       = $(CROSS)gcc $(CFLAGS) $(LTO_gcc) -nostdlib -static-pie $(LDFLAGS:%=-Wl,%)

# What a check refuses is not there the next time either.
.DELETE_ON_ERROR:

.PHONY: all FORCE run-qemu run-uboot sdcard run-raspi4b timeline gdb test soak bench bench-boot \
	bench-linux conformance clean format
all: $(B)/muster.img compile_commands.json

include guest/guest.mk

$(FDT)/.origin:
	scripts/packages build
	scripts/fetch libfdt

$(B)/include/asm-offsets.h: hyp/arch/asm-offsets.c $(FDT)/.origin Makefile
	@mkdir -p $(@D)
	$(TARGET_CC) $(CPPFLAGS) $(CFLAGS) $(WARNINGS) -MMD -MT $@ -MF $(B)/asm-offsets.d -S -o - $< | \
		sed -n 's/^.*\.ascii[^"]*"\(#define .*\)"$$/\1/p' > $@

$(B)/hyp/%.c.o: hyp/%.c $(B)/include/asm-offsets.h
	@mkdir -p $(@D)
	$(TARGET_CC) $(CPPFLAGS) $(CFLAGS) $(LTO) $(WARNINGS) -MMD -MP -c -o $@ $<

$(B)/hyp/%.S.o: hyp/%.S $(B)/include/asm-offsets.h
	@mkdir -p $(@D)
	$(TARGET_CC) $(CPPFLAGS) $(ARCHFLAGS) -g -Wa,-I$(B) -MMD -MP -c -o $@ $<

$(B)/hyp/boot/guest.S.o: $(B)/guest/demo.img

# Another seed needs no other object than these.
$(B)/.perturb: FORCE
	@mkdir -p $(@D)
	echo $(PERTURB) | cmp -s - $@ || echo $(PERTURB) > $@
$(B)/hyp/arch/perturb.c.o $(B)/hyp/boot/main.c.o: $(B)/.perturb

# Its own libfdt_env.h lies beside its sources, where they find it first: ours comes before all.
$(B)/libfdt/%.c.o: $(FDT)/.origin hyp/lib/libc/libfdt_env.h Makefile
	@mkdir -p $(@D)
	$(TARGET_CC) -include hyp/lib/libc/libfdt_env.h $(CPPFLAGS) $(CFLAGS) $(LTO) -c -o $@ $(FDT)/$*.c

# Linked twice: the tables of functions' names and of pointers lie behind all code and all pointers, so
# that nothing moves.
$(B)/ksyms0.S: scripts/ksyms
	@mkdir -p $(@D)
	scripts/ksyms < /dev/null > $@
$(B)/relocs0.S: scripts/relocs
	@mkdir -p $(@D)
	scripts/relocs < /dev/null > $@
$(B)/muster0.elf: $(OBJ) $(FDTOBJ) $(B)/ksyms0.o $(B)/relocs0.o hyp/muster.lds
	$(LINK) -o $@ $(filter %.o,$^)
$(B)/ksyms1.S: $(B)/muster0.elf scripts/ksyms
	$(CROSS)nm -n $< | scripts/ksyms > $@
$(B)/relocs1.S: $(B)/muster0.elf scripts/relocs
	$(CROSS)readelf -rSW $< | scripts/relocs > $@
$(B)/ksyms%.o: $(B)/ksyms%.S
	$(TARGET_CC) -c -o $@ $<
$(B)/relocs%.o: $(B)/relocs%.S
	$(TARGET_CC) -c -o $@ $<
# Without the nameless symbols that link-time optimization leaves.
$(B)/muster.elf: $(OBJ) $(FDTOBJ) $(B)/ksyms1.o $(B)/relocs1.o hyp/muster.lds
	$(LINK) -o $@ $(filter %.o,$^)
	$(CROSS)objcopy --wildcard --strip-symbol= $@
	scripts/check-image $@

$(B)/muster.img: $(B)/muster.elf
	$(CROSS)objcopy -O binary $< $@

compile_commands.json: Makefile scripts/compile-commands
	scripts/compile-commands "$(TARGET_CC) $(CPPFLAGS) $(CFLAGS) $(WARNINGS)" $(SRC) > $@

# Host unit tests: test/unit/test_X.c with the files of hyp/ that it tests, under sanitizers.
MACHINE_SRC := core/config.c core/dt.c core/machine.c lib/print.c
UNIT_boards      := $(MACHINE_SRC) core/memmap.c core/resolve.c
UNIT_config      := $(MACHINE_SRC)
UNIT_esr         := core/esr.c lib/print.c
UNIT_guest_fdt   := core/guest_fdt.c core/dt.c lib/print.c
UNIT_idregs      := core/idregs.c
UNIT_image       := core/image.c lib/print.c
UNIT_machine     := $(MACHINE_SRC)
UNIT_machine_bad := $(MACHINE_SRC)
UNIT_memmap      := core/memmap.c
UNIT_mitigation  := core/mitigation.c
UNIT_options     := core/options.c lib/print.c
UNIT_pgtable     := core/pgtable.c
UNIT_pl011       := core/pl011.c
UNIT_print       := lib/print.c
UNIT_psci        := core/psci.c
UNIT_resolve     := $(MACHINE_SRC) core/memmap.c core/resolve.c
UNIT_seed        := core/seed.c
UNIT_symbols     := core/symbols.c
UNIT_symptoms    := core/symptoms.c core/esr.c lib/print.c
UNIT_trace       :=
UNIT_vgic        := core/vgic.c
UNITS := boards config esr guest_fdt idregs image machine machine_bad memmap mitigation options pgtable pl011 print psci \
	 resolve seed symbols symptoms trace vgic

HOSTFLAGS := -std=gnu11 -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -pthread \
	     -Ihyp -Iinclude -Itest -Itest/unit $(WARNINGS)

define unit_rule
$(B)/unit/test_$(1): test/unit/test_$(1).c $(UNIT_$(1):%=hyp/%) $(wildcard test/unit/*.h hyp/core/*.h hyp/lib/*.h include/muster/*.h)
	@mkdir -p $$(@D)
	gcc $(HOSTFLAGS) -o $$@ $$(filter %.c,$$^) -lfdt
endef
$(foreach unit,$(UNITS),$(eval $(call unit_rule,$(unit))))

include test/fuzz/fuzz.mk
include test/explorer/explorer.mk
include test/firmware/firmware.mk

# Three more images: what each is made of only its own make knows.
#
# The same image for machines whose device tree cannot be read: it talks to QEMU virt's UART at once.
$(B)/earlycon/muster.img: FORCE
	@$(MAKE) --no-print-directory B=$(B)/earlycon LIBFDT_SRC=$(abspath $(FDT)) \
		EARLYCON=0x09000000 $(B)/earlycon/muster.img

# Another compiler's.
$(B)/clang/muster.img: FORCE
	@$(MAKE) --no-print-directory B=$(B)/clang LIBFDT_SRC=$(abspath $(FDT)) TOOLCHAIN=clang \
		$(B)/clang/muster.img

# And one that breaks its own rules when asked to.
$(B)/debug/muster.img: FORCE
	@$(MAKE) --no-print-directory B=$(B)/debug LIBFDT_SRC=$(abspath $(FDT)) DEBUG=1 \
		$(B)/debug/muster.img

# The same checks of boards and of guests' configuration as on the target, on the host: scripts/preflight,
# and for many boards at once scripts/board-report. Tests that run side by side may each make them.
PREFLIGHT_SRC := $(MACHINE_SRC) core/guest_fdt.c core/image.c core/memmap.c core/options.c core/resolve.c
$(B)/preflight: scripts/preflight.c scripts/board.c $(PREFLIGHT_SRC:%=hyp/%) \
		$(wildcard scripts/*.h hyp/core/*.h hyp/lib/*.h include/muster/*.h)
	@mkdir -p $(@D)
	gcc -std=gnu11 -g -O1 -Ihyp -Iinclude $(WARNINGS) -o $@.$$$$ $(filter %.c,$^) -lfdt && mv $@.$$$$ $@
$(B)/boards: scripts/boards.c scripts/board.c $(MACHINE_SRC:%=hyp/%) $(wildcard scripts/*.h hyp/core/*.h hyp/lib/*.h)
	@mkdir -p $(@D)
	gcc $(HOSTFLAGS) -o $@.$$$$ $(filter %.c,$^) -lfdt && mv $@.$$$$ $@

# A static program for Linux on arm64: the init that runs a guest on KVM, for make bench.
KVM_VMM := $(B)/kvm-vmm
$(KVM_VMM): scripts/kvm-vmm.c
	@mkdir -p $(@D)
	$(CROSS)gcc -std=gnu11 -O2 $(filter-out -Wno-unused-parameter,$(WARNINGS)) -static -s \
		-Wl,--build-id=none -pthread -o $@ $<

test:
	@scripts/packages build run uboot test
	@$(MAKE) --no-print-directory -j2 all guests $(UNITS:%=$(B)/unit/test_%) \
		$(FUZZERS:%=$(B)/unit/test_fuzz_%) $(B)/unit/test_explorer $(B)/firmware.bin
	@$(MAKE) --no-print-directory $(B)/earlycon/muster.img $(B)/debug/muster.img $(B)/clang/muster.img
	@scripts/fetch linux xen uboot
	@scripts/fetch trees || { [ "$(CI)" != true ] && echo "without the boards' device trees, whose tests are skipped"; }
	@scripts/fetch qemu10 || echo "without QEMU 10, whose tests are skipped"
	@scripts/fetch rpi || echo "without a Raspberry Pi's firmware, whose tests are skipped"
	@scripts/mkinitramfs
	@test/run

soak:
	@scripts/packages build run
	@$(MAKE) --no-print-directory -j2 all guests
	@scripts/fetch qemu10
	@scripts/soak

bench:
	@scripts/packages build run bench
	@$(MAKE) --no-print-directory -j2 all guests $(KVM_VMM)
	@scripts/fetch qemu10
	@for peer in xen linux; do scripts/fetch $$peer || echo "without $$peer, whose figures are left out"; done
	@scripts/bench $(if $(filter 1,$(DOCS)),--docs)

bench-boot:
	@scripts/packages build run test
	@$(MAKE) --no-print-directory -j2 all guests $(B)/firmware.bin
	@scripts/fetch qemu10 xen
	@scripts/bench-boot --svg docs/boot-cores.svg

bench-linux:
	@scripts/packages build run
	@$(MAKE) --no-print-directory -s all $(KVM_VMM)
	@scripts/fetch qemu10 linux xen
	@scripts/bench-linux

conformance:
	@scripts/packages build run
	@$(MAKE) --no-print-directory -j2 all guests
	@scripts/conformance

run-qemu:
	@scripts/packages build run
	@$(MAKE) --no-print-directory -s all
	@scripts/run-qemu

timeline:
	@scripts/packages build run
	@$(MAKE) --no-print-directory -s all
	@scripts/timeline

# The example in docs/: drawn from a console that was captured once.
docs/timeline/linux.svg: FORCE
	CAPTURE=docs/timeline/linux.log GUEST=linux OUT=$(B)/timeline/example scripts/timeline > /dev/null
	cp $(B)/timeline/example/timeline.svg $@

run-uboot:
	@scripts/packages build run uboot
	@$(MAKE) --no-print-directory -s all
	@scripts/run-uboot

gdb:
	@scripts/packages gdb
	@gdb-multiarch -q $(B)/muster.elf -x scripts/gdb/muster.py -ex "target remote localhost:1234"

sdcard:
	@scripts/packages build run uboot
	@$(MAKE) --no-print-directory -s all guests
	@scripts/mkcard

run-raspi4b:
	@scripts/packages build run uboot
	@$(MAKE) --no-print-directory -s all guests
	@scripts/run-raspi4b

clean:
	rm -rf $(B)/hyp $(B)/guest $(B)/libfdt $(B)/include $(B)/unit $(B)/explorer $(B)/test $(B)/muster* $(B)/ksyms* $(B)/relocs* \
		$(B)/bench $(KVM_VMM) $(B)/config $(B)/uboot/disk* $(B)/sdcard $(B)/rpi/run compile_commands.json

format:
	clang-format -i $$(git ls-files '*.c' '*.h')

-include $(OBJ:.o=.d) $(B)/asm-offsets.d
