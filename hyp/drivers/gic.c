/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/gic.h"
#include "lib/log.h"

struct gic gic;

u64 gicv3_read_lr(unsigned int n) {
    switch (n) {
#define LR_CASE(n, crm, op2) \
    case n: return read_sysreg(s3_4_c12_c##crm##_##op2)
        LR_CASE(0, 12, 0);
        LR_CASE(1, 12, 1);
        LR_CASE(2, 12, 2);
        LR_CASE(3, 12, 3);
        LR_CASE(4, 12, 4);
        LR_CASE(5, 12, 5);
        LR_CASE(6, 12, 6);
        LR_CASE(7, 12, 7);
        LR_CASE(8, 13, 0);
        LR_CASE(9, 13, 1);
        LR_CASE(10, 13, 2);
        LR_CASE(11, 13, 3);
        LR_CASE(12, 13, 4);
        LR_CASE(13, 13, 5);
        LR_CASE(14, 13, 6);
        LR_CASE(15, 13, 7);
#undef LR_CASE
    }
    return 0;
}

bool gic_init(const struct machine *m) {
    gic.v3 = m->gic.version == 3;
    gic.ops = gic.v3 ? &gicv3_ops : &gicv2_ops;
    gic.maintenance_intid = m->gic.maintenance_intid;
    gic.virt_timer_intid = m->timer.virt;
    gic.phys_timer_intid = m->timer.phys;
    if (!gic.ops->init(m)) return false;
    gic.lr_mask = (u32)(BIT(gic.nr_lrs) - 1);
    return true;
}

/* ICH_AP<0,1>R<n>_EL2: as many as the priority bits need (IHI 0069, "ICH_VTR_EL2", PREbits). */
static void reset_active_priorities_v3(void) {
    unsigned int bits = (unsigned int)FIELD(read_sysreg(ICH_VTR_EL2), 28, 26) + 1;

    write_sysreg(ICH_AP0R0_EL2, 0);
    write_sysreg(ICH_AP1R0_EL2, 0);
    if (bits >= 6) {
        write_sysreg(s3_4_c12_c8_1, 0);
        write_sysreg(s3_4_c12_c9_1, 0);
    }
    if (bits >= 7) {
        write_sysreg(s3_4_c12_c8_2, 0);
        write_sysreg(s3_4_c12_c8_3, 0);
        write_sysreg(s3_4_c12_c9_2, 0);
        write_sysreg(s3_4_c12_c9_3, 0);
    }
}

void gic_reset_virtual(void) {
    for (unsigned int n = 0; n < gic.nr_lrs; n++) gic_write_lr(n, 0);
    if (gic.v3) {
        write_sysreg(ICH_VMCR_EL2, 0);
        reset_active_priorities_v3();
    } else {
        mmio_write32(gic.hyp, GICH_VMCR, 0);
        mmio_write32(gic.hyp, GICH_APR, 0);
    }
    gic_set_hcr(ICH_HCR_EN);
}

bool gic_init_cpu(struct percpu *cpu) {
    if (!gic.ops->init_cpu(cpu)) return false;
    gic_reset_virtual();
    gic.ops->ppi_enable(gic.maintenance_intid, true);
    return true;
}
