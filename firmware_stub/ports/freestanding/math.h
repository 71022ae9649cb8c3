/* SPDX-License-Identifier: Apache-2.0 */
/* math.h for compilers that bring no C library (zig cc, -ffreestanding): what the library uses of it.
 * All are correctly rounded or exact, so every compiler gives the same bits. */
#ifndef TUSSIS_FREESTANDING_MATH_H
#define TUSSIS_FREESTANDING_MATH_H

/* As built-ins these become VSQRT, VABS and VSEL on the Cortex-M33: no call is left. */
#define sqrtf __builtin_sqrtf
#define fabsf __builtin_fabsf
#define fminf __builtin_fminf
#define fmaxf __builtin_fmaxf
#define INFINITY __builtin_inff()
#define NAN __builtin_nanf("")

#endif
