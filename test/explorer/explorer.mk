# SPDX-License-Identifier: Apache-2.0
#
# The explorer (docs/explorer.md): files of hyp/ as they are, each of whose accesses calls hooks.c.
# What of them no scenario reaches may call what is not there.
#
#   make explore        without make test's bounds: minutes

EXPLORED := core/psci.c core/vgic.c vm/sched.c vm/trap.c vm/vcpu.c vm/vgic.c vm/vgic_lr.c vm/vm.c vm/vpsci.c
EXPLORER_OBJ   := $(EXPLORED:%=$(B)/explorer/hyp/%.o) $(patsubst %,$(B)/explorer/%.o,$(wildcard test/explorer/*.c))
EXPLORER_FLAGS := -std=gnu11 -g -O2 -fno-pie -Itest/explorer -Itest -Itest/unit -Ihyp -Iinclude $(WARNINGS)

$(B)/explorer/%.c.o: %.c test/explorer/explorer.mk
	@mkdir -p $(@D)
	gcc $(EXPLORER_FLAGS) $(if $(filter hyp/%,$<),-fsanitize=thread) -MMD -MP -c -o $@ $<

$(B)/unit/test_explorer: $(EXPLORER_OBJ) hyp/lib/print.c
	@mkdir -p $(@D)
	gcc $(EXPLORER_FLAGS) -no-pie -Wl,--unresolved-symbols=ignore-all -o $@ $^

.PHONY: explore
explore:
	@scripts/packages test
	@$(MAKE) --no-print-directory -j2 $(B)/unit/test_explorer
	@$(B)/unit/test_explorer full

-include $(EXPLORER_OBJ:.o=.d)
