/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "types.h"

void *memset(void *to, int value, size_t size);
void *memcpy(void *restrict to, const void *restrict from, size_t size);
int strcmp(const char *a, const char *b);
size_t strlen(const char *text);
const char *string_find(const char *text, const char *part);
/* A number in hexadecimal (0x...) or decimal; stops at the first other character. */
u64 string_number(const char *text);
