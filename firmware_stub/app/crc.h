/* SPDX-License-Identifier: Apache-2.0 */
/* CRC-32 of IEEE 802.3: polynomial 0x04C11DB7, reflected, initial value and final XOR 0xFFFFFFFF; what zlib's crc32
 * computes. A table of 16 words (64 bytes of flash), about 12 instructions per byte on a Cortex-M33. */
#ifndef TUSSIS_CRC_H
#define TUSSIS_CRC_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* CRC of n bytes, continuing from the CRC of what came before them (0 at the start). The caller owns the bytes. */
uint32_t tussis_crc32(uint32_t before, const uint8_t *bytes, size_t n);

#ifdef __cplusplus
}
#endif

#endif
