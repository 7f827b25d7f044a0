/* SPDX-License-Identifier: Apache-2.0 */
/* Registers of the PrimeCell UART PL011: Arm DDI 0183, "Summary of registers". */
#pragma once

#define PL011_DR    0x000
#define PL011_FR    0x018
#define PL011_ILPR  0x020
#define PL011_IBRD  0x024
#define PL011_FBRD  0x028
#define PL011_LCRH  0x02c
#define PL011_CR    0x030
#define PL011_IFLS  0x034
#define PL011_IMSC  0x038
#define PL011_RIS   0x03c
#define PL011_MIS   0x040
#define PL011_ICR   0x044
#define PL011_DMACR 0x048
#define PL011_ID    0xfe0 /* eight identification registers to 0xffc */

#define PL011_FR_TXFE 0x80U
#define PL011_FR_RXFF 0x40U
#define PL011_FR_TXFF 0x20U
#define PL011_FR_RXFE 0x10U

#define PL011_LCRH_FEN 0x10U

#define PL011_CR_UARTEN 0x001U
#define PL011_CR_TXE    0x100U
#define PL011_CR_RXE    0x200U

/* IMSC, RIS, MIS, ICR. RT: characters wait and none came for a while. */
#define PL011_INT_RX 0x010U
#define PL011_INT_TX 0x020U
#define PL011_INT_RT 0x040U
#define PL011_INTS   0x7ffU
