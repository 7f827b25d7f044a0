/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A plugin for QEMU 10 that counts what each core executes (QEMU, docs/devel/tcg-plugins.rst). Its
 * arguments, all addresses in hexadecimal:
 *
 *	out=FILE	where the counts go
 *	mark=ADDRESS	a line "mark ADDRESS core count" whenever a core comes by, four times a core
 *	stop=ADDRESS	the same once, then "total core count" for all cores, and the end of QEMU
 *	below=ADDRESS	what lies below is firmware, and not counted
 *
 * A core's first WFI is a line "wfi 0 core count". The count does not have the instruction itself.
 *
 * Under -icount one thread runs all cores, and QEMU 10.0 then gives each of them the number of the
 * core that was first at an instruction. So firmware has left the number in TPIDR_EL3.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_CORES  64
#define MAX_MARKS  16
#define MOST_HITS  4
#define READS_REGS 1 /* enum qemu_plugin_cb_flags */
#define WFI        0xd503207f

/* What we use of QEMU's qemu-plugin.h, which Debian does not package, and of GLib. */
struct qemu_plugin_tb;
struct qemu_plugin_insn;
typedef struct {
    void *handle;
    const char *name, *feature;
} reg_descriptor;
typedef struct {
    char *data;
    unsigned int len;
} GArray;
typedef struct {
    uint8_t *data;
    unsigned int len;
} GByteArray;

size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t i);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);
size_t qemu_plugin_insn_data(const struct qemu_plugin_insn *insn, void *to, size_t len);
GArray *qemu_plugin_get_registers(void);
int qemu_plugin_read_register(void *handle, GByteArray *to);
void qemu_plugin_register_vcpu_init_cb(uint64_t id, void (*cb)(uint64_t id, unsigned int cpu));
void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t id,
                                           void (*cb)(uint64_t id, struct qemu_plugin_tb *tb));
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *tb,
                                          void (*cb)(unsigned int cpu, void *data), int flags,
                                          void *data);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn,
                                            void (*cb)(unsigned int cpu, void *data), int flags,
                                            void *data);
GByteArray *g_byte_array_new(void);
GByteArray *g_byte_array_set_size(GByteArray *array, unsigned int length);

#define EXPORTED __attribute__((visibility("default")))
extern EXPORTED int qemu_plugin_version;
EXPORTED int qemu_plugin_install(uint64_t id, const void *info, int argc, char **argv);
int qemu_plugin_version = 4;

struct mark {
    uint64_t at;
    bool stops;
    unsigned int hits[MAX_CORES];
};

static FILE *out;
static struct mark marks[MAX_MARKS];
static unsigned int nr_marks;
static uint64_t below;
static void *core_register;
static GByteArray *value;
static unsigned int self;
static uint64_t count[MAX_CORES];
static bool waited[MAX_CORES];

static void new_cpu(uint64_t id, unsigned int cpu) {
    GArray *all = qemu_plugin_get_registers();
    const reg_descriptor *r = (const reg_descriptor *)(void *)all->data;

    for (unsigned int i = 0; i < all->len; i++)
        if (strcmp(r[i].name, "TPIDR_EL3") == 0) core_register = r[i].handle;
    if (!value) value = g_byte_array_new();
}

/* Which core it is that runs from here on. */
static void begin(unsigned int cpu, void *data) {
    g_byte_array_set_size(value, 0);
    if (core_register && qemu_plugin_read_register(core_register, value) > 0)
        self = value->data[0] % MAX_CORES;
}

static void executed(unsigned int cpu, void *data) { count[self]++; }

static void idle(unsigned int cpu, void *data) {
    if (!waited[self]) fprintf(out, "wfi 0 %u %lu\n", self, count[self]);
    waited[self] = true;
}

static void passed(unsigned int cpu, void *data) {
    struct mark *m = data;

    if (m->hits[self]++ < MOST_HITS) fprintf(out, "mark %lx %u %lu\n", m->at, self, count[self]);
    if (!m->stops) return;
    for (unsigned int i = 0; i < MAX_CORES; i++) fprintf(out, "total %u %lu\n", i, count[i]);
    fclose(out);
    _exit(0);
}

static void translated(uint64_t id, struct qemu_plugin_tb *tb) {
    qemu_plugin_register_vcpu_tb_exec_cb(tb, begin, READS_REGS, NULL);
    for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
        uint64_t at = qemu_plugin_insn_vaddr(insn);
        uint32_t opcode = 0;

        if (at < below) continue;
        for (unsigned int m = 0; m < nr_marks; m++)
            if (at == marks[m].at)
                qemu_plugin_register_vcpu_insn_exec_cb(insn, passed, 0, &marks[m]);
        qemu_plugin_insn_data(insn, &opcode, sizeof(opcode));
        if (opcode == WFI) qemu_plugin_register_vcpu_insn_exec_cb(insn, idle, 0, NULL);
        qemu_plugin_register_vcpu_insn_exec_cb(insn, executed, 0, NULL);
    }
}

int qemu_plugin_install(uint64_t id, const void *info, int argc, char **argv) {
    for (int i = 0; i < argc; i++) {
        const char *word = strchr(argv[i], '=');

        if (!word) return -1;
        word++;
        if (strncmp(argv[i], "out=", 4) == 0)
            out = fopen(word, "w");
        else if (strncmp(argv[i], "below=", 6) == 0)
            below = strtoull(word, NULL, 16);
        else if (nr_marks < MAX_MARKS)
            marks[nr_marks++] = (struct mark){strtoull(word, NULL, 16), *argv[i] == 's', {0}};
    }
    qemu_plugin_register_vcpu_init_cb(id, new_cpu);
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    return out ? 0 : -1;
}
