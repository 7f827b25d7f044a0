# SPDX-License-Identifier: Apache-2.0
#
# Harnesses for libFuzzer: test/fuzz/fuzz_X.c with the files of hyp/ that it calls.
#
#   make fuzz           each for FUZZ_TIME seconds, from its corpus on; FUZZ="X..." only these of FUZZERS
#   make fuzz-corpus    makes the corpus anew: few inputs, old or found since, that reach all they reach
#
# The corpus is test/fuzz/corpus/X; what is found lands in $(B)/fuzz/X, and an input that breaks
# something in $(B)/fuzz/X-crash-*: $(B)/fuzz/fuzz_X FILE shows it again. make test replays the
# corpus under the sanitizers of the other unit tests.

FUZZ_TIME ?= 60
FUZZERS   := guest_fdt image machine options
FUZZ      ?= $(FUZZERS)

FUZZ_guest_fdt := $(UNIT_guest_fdt)
FUZZ_image     := $(UNIT_image)
FUZZ_machine   := $(MACHINE_SRC) core/memmap.c core/resolve.c
FUZZ_options   := core/options.c lib/print.c

FUZZ_WITH_guest_fdt := test/fuzz/mutate_tree.c
FUZZ_WITH_machine   := test/fuzz/mutate_tree.c

FUZZ_DICT_guest_fdt := test/fuzz/tree.dict
FUZZ_DICT_image     := test/fuzz/image.dict
FUZZ_DICT_machine   := test/fuzz/tree.dict
FUZZ_DICT_options   := test/fuzz/options.dict

# libfdt is watched as well, so it is built from source: without our warnings, as in the image. It
# copies nothing from NULL.
FUZZ_FDT   := fdt.c fdt_check.c fdt_ro.c fdt_rw.c fdt_sw.c fdt_wip.c
FUZZ_FLAGS := -std=gnu11 -g -O2 -fsanitize=address,undefined -fno-sanitize-recover=all \
	      -fno-omit-frame-pointer -Ihyp -Iinclude -Itest -isystem $(FDT)

$(B)/fuzz/libfdt/%.o: $(FDT)/.origin test/fuzz/fuzz.mk
	@mkdir -p $(@D)
	clang $(FUZZ_FLAGS) -fsanitize=fuzzer-no-link -fno-sanitize=nonnull-attribute -c -o $@ $(FDT)/$*

define fuzz_rules
$(B)/fuzz/fuzz_$(1): test/fuzz/fuzz_$(1).c test/fuzz/said.c $(FUZZ_WITH_$(1)) $(FUZZ_$(1):%=hyp/%) \
		$(FUZZ_FDT:%=$(B)/fuzz/libfdt/%.o) $(wildcard test/fuzz/*.h hyp/core/*.h hyp/lib/*.h)
	@mkdir -p $$(@D)
	clang $(FUZZ_FLAGS) $(WARNINGS) -fsanitize=fuzzer -o $$@ $$(filter %.c %.o,$$^)

$(B)/unit/test_fuzz_$(1): test/fuzz/replay.c test/fuzz/said.c test/fuzz/fuzz_$(1).c $(FUZZ_$(1):%=hyp/%) \
		$(wildcard test/fuzz/*.h hyp/core/*.h hyp/lib/*.h)
	@mkdir -p $$(@D)
	gcc $(HOSTFLAGS) -DCORPUS='"test/fuzz/corpus/$(1)"' -o $$@ $$(filter %.c,$$^) -lfdt
endef
$(foreach one,$(FUZZERS),$(eval $(call fuzz_rules,$(one))))

.PHONY: fuzz fuzz-corpus
fuzz:
	@scripts/packages build fuzz
	@$(MAKE) --no-print-directory $(FUZZ:%=$(B)/fuzz/fuzz_%)
	set -e; $(foreach one,$(FUZZ),mkdir -p $(B)/fuzz/$(one); $(B)/fuzz/fuzz_$(one) \
		-max_total_time=$(FUZZ_TIME) -timeout=5 -max_len=16384 -print_final_stats=1 \
		-artifact_prefix=$(B)/fuzz/$(one)- -dict=$(FUZZ_DICT_$(one)) \
		$(B)/fuzz/$(one) test/fuzz/corpus/$(one);)

fuzz-corpus: $(FUZZ:%=$(B)/fuzz/fuzz_%)
	set -e; $(foreach one,$(FUZZ),rm -rf $(B)/fuzz/new; mkdir -p $(B)/fuzz/new $(B)/fuzz/$(one); \
		$(B)/fuzz/fuzz_$(one) -set_cover_merge=1 -use_counters=0 -max_len=3000 \
		$(B)/fuzz/new test/fuzz/corpus/$(one) $(B)/fuzz/$(one); \
		rm -rf test/fuzz/corpus/$(one); mv $(B)/fuzz/new test/fuzz/corpus/$(one);)
