/* SPDX-License-Identifier: Apache-2.0 */
/* core/pl011.c against Arm DDI 0183, "PrimeCell UART (PL011) Technical Reference Manual". */
#include <stdlib.h>
#include "core/pl011.h"
#include "core/pl011_regs.h"
#include "tap.h"

/* "Summary of registers" and "Interrupts", written out again: the header is under test as well. */
enum {
    DR = 0x00,
    RSR = 0x04,
    FR = 0x18,
    ILPR = 0x20,
    IBRD = 0x24,
    FBRD = 0x28,
    LCRH = 0x2c,
    CR = 0x30,
    IFLS = 0x34,
    IMSC = 0x38,
    RIS = 0x3c,
    MIS = 0x40,
    ICR = 0x44,
    DMACR = 0x48,
    PERIPH_ID2 = 0xfe8
};
enum { FR_RXFE = 1 << 4, FR_TXFF = 1 << 5, FR_RXFF = 1 << 6, FR_TXFE = 1 << 7 };
enum { RX = 1 << 4, TX = 1 << 5, RT = 1 << 6 };
#define FEN (1U << 4)

static u32 get(struct pl011 *p, u32 offset) { return pl011_read(p, offset); }

static bool set(struct pl011 *p, u32 offset, u32 value) {
    u8 out;

    return pl011_write(p, offset, value, &out);
}

/* A UART after reset, FIFOs on or off, all interrupts unmasked. */
static struct pl011 fresh(bool fifos) {
    struct pl011 p;

    pl011_reset(&p);
    set(&p, LCRH, fifos ? FEN | 0x60 : 0x60);
    set(&p, CR, 0x301);
    set(&p, IMSC, 0x7ff);
    return p;
}

static unsigned int fill(struct pl011 *p) {
    unsigned int n = 0;

    while (n < 1000 && pl011_receive(p, (u8)('A' + n))) n++;
    return n;
}

static void test_reset(void) {
    static const struct {
        u32 offset, value;
        const char *name;
    } rows[] = {
        {RSR, 0, "UARTRSR"},
        {FR, 0x90, "UARTFR"},
        {ILPR, 0, "UARTILPR"},
        {IBRD, 0, "UARTIBRD"},
        {FBRD, 0, "UARTFBRD"},
        {LCRH, 0, "UARTLCR_H"},
        {CR, 0x300, "UARTCR"},
        {IFLS, 0x12, "UARTIFLS"},
        {IMSC, 0, "UARTIMSC"},
        {RIS, 0, "UARTRIS"},
        {MIS, 0, "UARTMIS"},
        {DMACR, 0, "UARTDMACR"},
        {0xfe0, 0x11, "UARTPeriphID0"},
        {0xfe4, 0x10, "UARTPeriphID1"},
        {0xfec, 0x00, "UARTPeriphID3"},
        {0xff0, 0x0d, "UARTPCellID0"},
        {0xff4, 0xf0, "UARTPCellID1"},
        {0xff8, 0x05, "UARTPCellID2"},
        {0xffc, 0xb1, "UARTPCellID3"},
    };
    struct pl011 p;

    pl011_reset(&p);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        u32 got = get(&p, rows[i].offset);

        ok(got == rows[i].value, "%s reads 0x%x after reset", rows[i].name, got);
    }
    ok((get(&p, PERIPH_ID2) & 0xf) == 4, "UARTPeriphID2 3:0 is the end of Arm's designer code");
    ok(!pl011_interrupt(&p), "UARTINTR is low after reset");
}

/* "UARTPeriphID2 Register", revision 7:4: 3 is r1p5, which made the FIFOs 32 deep. */
static void test_depth(void) {
    struct pl011 p = fresh(true);
    unsigned int depth = get(&p, PERIPH_ID2) >> 4 < 3 ? 16 : 32, n = fill(&p);

    ok(n == depth, "the receive FIFO of revision %u holds %u characters (it took %u)",
       get(&p, PERIPH_ID2) >> 4, depth, n);
}

/* Bits of each register that can be written; the rest is reserved, "read as zero". */
static void test_writable_bits(void) {
    static const struct {
        u32 offset, bits;
        const char *name;
    } rows[] = {
        {ILPR, 0xff, "UARTILPR"},  {IBRD, 0xffff, "UARTIBRD"}, {FBRD, 0x3f, "UARTFBRD"},
        {LCRH, 0xff, "UARTLCR_H"}, {CR, 0xff87, "UARTCR"},     {IFLS, 0x3f, "UARTIFLS"},
        {IMSC, 0x7ff, "UARTIMSC"}, {DMACR, 0x7, "UARTDMACR"},
    };
    struct pl011 p;
    u32 before[64];
    bool same = true;

    pl011_reset(&p);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        set(&p, rows[i].offset, 0xffffffff);
        ok(get(&p, rows[i].offset) == rows[i].bits, "%s has bits 0x%x", rows[i].name, rows[i].bits);
        set(&p, rows[i].offset, 0);
        ok(get(&p, rows[i].offset) == 0, "%s can be cleared", rows[i].name);
    }
    pl011_reset(&p);
    for (u32 o = 4; o < 0x100; o += 4) before[o / 4] = get(&p, o);
    set(&p, FR, ~0U);
    set(&p, RIS, ~0U);
    set(&p, MIS, ~0U);
    set(&p, RSR, ~0U);
    for (u32 o = 0xfe0; o < 0x1000; o += 4) set(&p, o, ~0U);
    for (u32 o = 4; o < 0x100; o += 4) same = same && get(&p, o) == before[o / 4];
    ok(same, "UARTFR, UARTRIS, UARTMIS and the identification are read-only");
    ok(get(&p, ICR) == 0, "UARTICR is write-only and reads as zero here");
    for (u32 o = 0x4c; o < 0xfe0; o += 4) {
        set(&p, o, ~0U);
        same = same && get(&p, o) == 0;
    }
    ok(same && get(&p, 0x08) == 0 && get(&p, 0x1000) == 0 && get(&p, 0xfffffffc) == 0,
       "what is not a register reads as zero and ignores writes");
}

static void test_transmit(void) {
    struct pl011 p = fresh(true);
    u8 out = 0;

    ok(pl011_write(&p, DR, 0x141, &out) && out == 0x41, "a write to UARTDR sends bits 7:0");
    ok((get(&p, FR) & (FR_TXFE | FR_TXFF)) == FR_TXFE,
       "the transmit FIFO is empty and never full, since characters leave at once");
    ok(!(get(&p, FR) & 8), "and the UART is not BUSY");
    p = fresh(true);
    ok(!(get(&p, RIS) & TX), "UARTTXINTR is about passing a level: nothing was written, it is low");
    set(&p, DR, 'x');
    ok((get(&p, RIS) & TX) && pl011_interrupt(&p),
       "UARTTXINTR is high when what was written has left the FIFO");
    set(&p, ICR, TX);
    ok(!(get(&p, RIS) & TX) && !pl011_interrupt(&p), "UARTICR clears it");
    set(&p, IMSC, 0);
    set(&p, IMSC, TX);
    ok(!pl011_interrupt(&p), "unmasking does not bring it back");
    set(&p, DR, 'y');
    ok(pl011_interrupt(&p), "the next character does");
    ok(!set(&p, CR, 0x301) && !set(&p, LCRH, 0x70) && !set(&p, ICR, 0x7ff) &&
           !set(&p, IMSC, 0x20) && !set(&p, 0x100, 'z'),
       "no other register sends");
}

static void test_receive_order(void) {
    struct pl011 p = fresh(true);
    u8 in = 0, out = 0;
    bool same = true, flags = true;
    unsigned int held = 0;

    srand(1);
    for (int i = 0; i < 10000; i++) {
        if (rand() & 1) {
            bool taken = pl011_receive(&p, in);

            flags = flags && taken == (held < PL011_FIFO);
            in = (u8)(in + taken);
            held += taken;
        } else if (held) {
            same = same && get(&p, DR) == out++;
            held--;
        }
        flags = flags && !(get(&p, FR) & FR_RXFE) == (held > 0) &&
                !(get(&p, FR) & FR_RXFF) == (held < PL011_FIFO);
    }
    ok(same, "characters are read in the order in which they came, without error bits");
    ok(flags, "RXFE says that the FIFO is empty, RXFF that it is full");
    while (held--) get(&p, DR);
    get(&p, DR);
    get(&p, DR);
    ok((get(&p, FR) & FR_RXFE) && pl011_receive(&p, 'q') && get(&p, DR) == 'q',
       "reading an empty FIFO takes nothing from what comes later");
}

static void test_full(void) {
    struct pl011 p = fresh(true);
    unsigned int n = fill(&p);
    bool same = true;

    ok((get(&p, FR) & FR_RXFF) && !pl011_receive(&p, '!'), "a full FIFO takes no more");
    for (unsigned int i = 0; i < n; i++) same = same && get(&p, DR) == (u8)('A' + i);
    ok(same && (get(&p, FR) & FR_RXFE), "its contents remain valid");

    p = fresh(false);
    ok(fill(&p) == 1, "with FEN = 0 the FIFO is a one-byte holding register");
    ok((get(&p, FR) & FR_RXFF) && !(get(&p, FR) & FR_RXFE), "RXFF says that it is full");
    ok(get(&p, RIS) & RX, "UARTRXINTR is high when its location is filled");
    ok(get(&p, DR) == 'A' && !(get(&p, RIS) & RX), "and low after a single read");
    ok((get(&p, FR) & (FR_RXFE | FR_RXFF)) == FR_RXFE && fill(&p) == 1, "it can be used again");
}

/* "UARTIFLS Register", RXIFLSEL 5:3: 1/8, 1/4, 1/2, 3/4, 7/8 full. */
static void test_trigger_levels(void) {
    static const u8 eighths[5] = {1, 2, 4, 6, 7};

    for (u32 sel = 0; sel < 5; sel++) {
        struct pl011 p = fresh(true);
        unsigned int level = PL011_FIFO * eighths[sel] / 8;
        bool low = true;

        set(&p, IFLS, sel << 3);
        for (unsigned int i = 1; i < level; i++) {
            pl011_receive(&p, 'c');
            low = low && !(get(&p, RIS) & RX);
        }
        pl011_receive(&p, 'c');
        ok(low && (get(&p, RIS) & RX), "RXIFLSEL %u: UARTRXINTR rises when the FIFO is %u/8 full",
           sel, eighths[sel]);
        pl011_receive(&p, 'c');
        get(&p, DR);
        ok(get(&p, RIS) & RX, "and stays while reading leaves as much");
        get(&p, DR);
        ok(!(get(&p, RIS) & RX), "and falls when it leaves less");
    }
}

static void test_receive_interrupts(void) {
    struct pl011 p = fresh(true);

    ok(!(get(&p, RIS) & RT), "no receive timeout while the FIFO is empty");
    pl011_receive(&p, 'a');
    ok((get(&p, RIS) & RT) && pl011_interrupt(&p),
       "one character below the trigger level raises the receive timeout");
    get(&p, DR);
    ok(!(get(&p, RIS) & RT) && !pl011_interrupt(&p),
       "which is cleared when the FIFO becomes empty through reading");
    pl011_receive(&p, 'b');
    set(&p, ICR, RT);
    ok(!(get(&p, RIS) & RT), "or by UARTICR");
    ok(!(get(&p, FR) & FR_RXFE) && get(&p, DR) == 'b', "which leaves the character there");

    p = fresh(true);
    fill(&p);
    set(&p, ICR, RX | RT);
    ok(!(get(&p, RIS) & RX), "UARTICR clears UARTRXINTR");
    get(&p, DR);
    ok(!(get(&p, RIS) & RX), "UARTRXINTR rises by what is received, never by reading");
    pl011_receive(&p, 'z');
    ok(get(&p, RIS) & RX, "the next character at or above the level raises it again");
}

static void test_masks(void) {
    struct pl011 p = fresh(true);
    bool same = true;

    set(&p, DR, 'x');
    fill(&p);
    for (u32 mask = 0; mask < 0x800; mask++) {
        set(&p, IMSC, mask);
        same = same && get(&p, MIS) == (get(&p, RIS) & mask) &&
               pl011_interrupt(&p) == (get(&p, MIS) != 0);
    }
    ok(same, "UARTMIS is UARTRIS and UARTIMSC; UARTINTR is the OR of its bits");
    ok((get(&p, RIS) & (RX | TX | RT)) == (RX | TX | RT),
       "masks do not change the raw interrupt status");
    set(&p, ICR, 0);
    ok((get(&p, RIS) & (RX | TX | RT)) == (RX | TX | RT), "a 0 in UARTICR has no effect");
    set(&p, ICR, TX);
    ok((get(&p, RIS) & (RX | TX | RT)) == (RX | RT), "a 1 clears its own interrupt only");
    set(&p, ICR, 0xffffffff);
    ok(get(&p, RIS) == 0, "all can be cleared at once");
}

/* Linux turns the FIFOs off and on again around changing the line's settings. */
static void test_fen_switch(void) {
    struct pl011 p = fresh(true);

    for (u8 c = 'a'; c <= 'e'; c++) pl011_receive(&p, c);
    set(&p, LCRH, 0x60);
    ok(get(&p, FR) & FR_RXFF, "with characters waiting, turning the FIFO off leaves it full");
    ok(!pl011_receive(&p, 'f'), "and it takes no more");
    ok(get(&p, RIS) & RX, "UARTRXINTR is high for one character without FIFO");
    set(&p, LCRH, 0x70);
    ok(!(get(&p, FR) & FR_RXFF) && pl011_receive(&p, 'f'), "turned on, there is room again");
    ok(!(get(&p, RIS) & RX) && (get(&p, RIS) & RT),
       "six of 16 are below the trigger level and wait for the timeout");
}

int main(void) {
    test_reset();
    test_depth();
    test_writable_bits();
    test_transmit();
    test_receive_order();
    test_full();
    test_trigger_levels();
    test_receive_interrupts();
    test_masks();
    test_fen_switch();
    return tap_done();
}
