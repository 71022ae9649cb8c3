/* SPDX-License-Identifier: Apache-2.0 */
/* Little-endian values in byte arrays, whatever the alignment and the core's own byte order. */
#ifndef TUSSIS_WIRE_H
#define TUSSIS_WIRE_H

#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

static inline uint8_t tussis_get_u8(const uint8_t *bytes)
{
    return bytes[0];
}

static inline uint16_t tussis_get_u16(const uint8_t *bytes)
{
    return (uint16_t)(bytes[0] | (uint16_t)(bytes[1] << 8));
}

static inline uint32_t tussis_get_u32(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

static inline float tussis_get_f32(const uint8_t *bytes)
{
    const uint32_t bits = tussis_get_u32(bytes);
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static inline void tussis_put_u8(uint8_t *bytes, uint8_t value)
{
    bytes[0] = value;
}

static inline void tussis_put_u16(uint8_t *bytes, uint16_t value)
{
    bytes[0] = (uint8_t)(value & 0xFFU);
    bytes[1] = (uint8_t)(value >> 8);
}

static inline void tussis_put_u32(uint8_t *bytes, uint32_t value)
{
    tussis_put_u16(bytes, (uint16_t)(value & 0xFFFFU));
    tussis_put_u16(bytes + 2, (uint16_t)(value >> 16));
}

static inline void tussis_put_u64(uint8_t *bytes, uint64_t value)
{
    tussis_put_u32(bytes, (uint32_t)(value & 0xFFFFFFFFU));
    tussis_put_u32(bytes + 4, (uint32_t)(value >> 32));
}

static inline void tussis_put_f32(uint8_t *bytes, float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    tussis_put_u32(bytes, bits);
}

#ifdef __cplusplus
}
#endif

#endif
