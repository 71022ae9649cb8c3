/* SPDX-License-Identifier: Apache-2.0 */
/* string.h for compilers that bring no C library (zig cc, -ffreestanding): what the library uses of it.
 * The functions come from the compiler's own runtime; small copies of known size become loads and stores. */
#ifndef TUSSIS_FREESTANDING_STRING_H
#define TUSSIS_FREESTANDING_STRING_H
#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t n);
void *memmove(void *to, const void *from, size_t n);
void *memset(void *to, int value, size_t n);
int memcmp(const void *a, const void *b, size_t n);

#define memcpy __builtin_memcpy
#define memmove __builtin_memmove
#define memset __builtin_memset

#endif
