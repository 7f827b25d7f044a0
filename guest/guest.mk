# SPDX-License-Identifier: Apache-2.0
#
# Our guests: guest/lib is the small kernel they share, each other folder is one guest with a
# guest_main() of its own. To add one: its name to GUESTS, its sources to GUEST_SRC_<name>.
# Variables: CROSS (tool prefix), B (build directory).

CROSS ?= aarch64-linux-gnu-
B ?= build

GUESTS := demo bench bad stuck cores storm cycle conformance hostile

GUEST_LIB_SRC := start.S vectors.S boot.c exception.c fdt.c gic.c gicv2.c gicv3.c mmu.c \
	pl011.c platform.c printf.c psci.c smp.c string.c tap.c timer.c
GUEST_SRC_demo := main.c bringup.c psci_checks.c ipi.c call.c timers.c uart.c hotplug.c
GUEST_SRC_bench := main.c calls.c memory.c timers.c sgis.c power.c
GUEST_SRC_bad := main.c
GUEST_SRC_stuck := main.c entry.S
GUEST_SRC_storm := main.c
GUEST_SRC_cycle := main.c
GUEST_SRC_hostile := main.c run.c run.S calls.c sysregs.c mmio.c
GUEST_SRC_cores := main.c bti.c features.c probe.c state.c
GUEST_SRC_conformance := main.c rows.c calls.c calls.S agent.c try.c resume.S fault_vectors.S smccc.c \
	psci_calls.c psci_cpu.c psci_race.c psci_suspend.c psci_system.c gicx.c gic_registers.c gicv2.c \
	gicv3.c gic_priority.c gic_sgi.c gic_remote.c timers.c idregs.c sysregs.c faults.c

GUEST_CFLAGS := -std=gnu11 -O2 -g -ffreestanding -mgeneral-regs-only -mstrict-align \
	-march=armv8-a -mno-outline-atomics -fPIE -fvisibility=hidden -fno-common \
	-fno-stack-protector -fno-asynchronous-unwind-tables -fno-tree-loop-distribute-patterns \
	-ffunction-sections -fdata-sections \
	-Wall -Wextra -Wshadow -Wconversion -Wmissing-prototypes -Werror -Iguest/lib -Iinclude
GUEST_LDFLAGS := -nostdlib -pie -Wl,--no-dynamic-linker,-z,norelro,-z,text,-z,max-page-size=4096 \
	-Wl,--build-id=none,--gc-sections,--fatal-warnings,-T,guest/lib/guest.lds

GUEST_LIB_OBJ := $(GUEST_LIB_SRC:%=$(B)/guest/lib/%.o)
GUEST_IMAGES := $(GUESTS:%=$(B)/guest/%.img)

.PHONY: guests
guests: $(GUEST_IMAGES)

$(B)/guest/%.o: guest/%
	@mkdir -p $(@D)
	$(CROSS)gcc $(GUEST_CFLAGS) -MMD -MP -c -o $@ $<

define guest_rules
$(B)/guest/$(1).elf: $(GUEST_LIB_OBJ) $(GUEST_SRC_$(1):%=$(B)/guest/$(1)/%.o) guest/lib/guest.lds
	$(CROSS)gcc $(GUEST_LDFLAGS) -o $$@ $$(filter %.o,$$^)
$(B)/guest/$(1).img: $(B)/guest/$(1).elf
	$(CROSS)objcopy -O binary $$< $$@
-include $(GUEST_SRC_$(1):%=$(B)/guest/$(1)/%.d)
endef
$(foreach guest,$(GUESTS),$(eval $(call guest_rules,$(guest))))
-include $(GUEST_LIB_OBJ:.o=.d)
