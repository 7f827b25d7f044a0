/* SPDX-License-Identifier: Apache-2.0 */
/* The function that an address is in, static ones too: from this program's own symbol table. */
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include "explorer/inside.h"

static const ElfW(Ehdr) * image(void) {
    int fd = open("/proc/self/exe", O_RDONLY);
    struct stat st;
    void *p;

    if (fd < 0 || fstat(fd, &st)) abort();
    p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    return p == MAP_FAILED ? NULL : p;
}

const char *name_of(const void *pc) {
    static const ElfW(Ehdr) * elf;
    const ElfW(Shdr) * section;

    if (!elf) elf = image();
    if (!elf) abort();
    section = (const void *)((const char *)elf + elf->e_shoff);
    for (unsigned int i = 0; i < elf->e_shnum; i++) {
        const ElfW(Sym) *sym = (const void *)((const char *)elf + section[i].sh_offset);
        const ElfW(Sym) *end = sym + section[i].sh_size / sizeof(*sym);

        for (; section[i].sh_type == SHT_SYMTAB && sym < end; sym++)
            if (ELF64_ST_TYPE(sym->st_info) == STT_FUNC &&
                (uintptr_t)pc - sym->st_value < sym->st_size)
                return (const char *)elf + section[section[i].sh_link].sh_offset + sym->st_name;
    }
    return "?";
}
