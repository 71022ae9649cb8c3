/* SPDX-License-Identifier: Apache-2.0 */
#include "../detector/model_blob.h"

#if TUSSIS_MODEL_IN == TUSSIS_MODEL_IN_FLASH_BLOB

#include <string.h>

#include "tussis/tussis.h"

#if TUSSIS_HAS_AUDIO
#include "../detector/audio_stage.h"
#endif
#if TUSSIS_HAS_IMU
#include "../detector/imu_stage.h"
#endif

enum { /* words of the block */
    MAGIC,
    FORMAT,
    ABI,
    BYTES,
    INPUTS,
    DETECTOR,
    GATE_MARGIN,
    HOLD_TICKS,
    MAX_CONSECUTIVE,
    BUSY_MARGIN,
    BUSY_START,
    FOLLOW,
    AUDIO_WORDS,
    IMU_WORDS,
    HEAD_WORDS
};

enum { /* words of a section */
    OPEN_MARGIN,
    CONTINUE_MARGIN,
    HIGH_DROP,
    LOW_DROP,
    MERGE_MIN,
    MAX_REGION,
    UNUSED,
    SHARE_LOW,
    SHARE_HIGH,
    WIDE,
    BASE,
    UNIT,
    TREES,
    NODES,
    SECTION_WORDS
};

#define MODEL_MAGIC 0x4D535554U /* "TUSM" */
#define MODEL_FORMAT 2U
#define LEAST_HOLD_TICKS (TUSSIS_IMU_HOP * (TUSSIS_TICK_HZ / TUSSIS_IMU_RATE_HZ)) /* or it closes between hits */
#define MOST_HOLD_TICKS (10U * TUSSIS_TICK_HZ)
#define EXACT_SUM 16777216U /* 2^24: a float holds every integer up to here */

static float float_of(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static bool is_finite(uint32_t bits)
{
    return (bits & 0x7F800000U) != 0x7F800000U;
}

static float size_of(uint32_t bits)
{
    return float_of(bits & 0x7FFFFFFFU);
}

/* --- margins ------------------------------------------------------------------------------------------------ */

/* Unsigned integers in the order of the floats; both zeros are one. */
static uint32_t key_of(float x)
{
    const float value = x + 0.0F;
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits ^ ((0U - (bits >> 31U)) | 0x80000000U);
}

static float narrow_margin(const uint32_t *section, const uint32_t *key)
{
    const uint32_t *roots = section + SECTION_WORDS;
    const uint32_t *end = roots + section[TREES];
    int32_t sum = (int32_t)section[BASE];
    for (const uint32_t *root = roots; root != end; root++) {
        const uint32_t *node = end + *root;
        uint32_t bits = *node;
        while (bits >> 24U != 0U) {
            node += (bits >> 24U) + (uint32_t)(key[bits >> 16U & 0xFFU] >> 16U >= (bits & 0xFFFFU));
            bits = *node;
        }
        sum += (int16_t)(bits & 0xFFFFU);
    }
    return (float)sum * float_of(section[UNIT]);
}

static float wide_margin(const uint32_t *section, const uint32_t *key)
{
    const uint32_t *roots = section + SECTION_WORDS;
    const uint32_t *end = roots + section[TREES];
    float sum = float_of(section[BASE]);
    for (const uint32_t *root = roots; root != end; root++) {
        const uint32_t *node = end + 2U * *root;
        while ((node[1] & 0xFFFFU) != 0U) {
            node += 2U * ((node[1] & 0xFFFFU) + (uint32_t)(key[node[1] >> 16U] >= node[0]));
        }
        sum += float_of(node[0]);
    }
    return sum;
}

static inline float margin(const uint32_t *section, const float *x, uint32_t *key, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        key[i] = key_of(x[i]);
    }
    return section[WIDE] != 0U ? wide_margin(section, key) : narrow_margin(section, key);
}

#if TUSSIS_HAS_AUDIO
float tussis_audio_margin(const uint32_t *section, const float x[TUSSIS_AUDIO_FEATURES])
{
    uint32_t key[TUSSIS_AUDIO_FEATURES];
    return margin(section, x, key, TUSSIS_AUDIO_FEATURES);
}
#endif

#if TUSSIS_HAS_IMU
float tussis_imu_margin(const uint32_t *section, const float x[TUSSIS_IMU_FEATURES])
{
    uint32_t key[TUSSIS_IMU_FEATURES];
    return margin(section, x, key, TUSSIS_IMU_FEATURES);
}
#endif

/* --- checks ------------------------------------------------------------------------------------------------- */

/* CRC-32 of IEEE 802.3, four bits at a time. */
static uint32_t crc32_of(const uint8_t *bytes, size_t n)
{
    static const uint32_t STEP[16] = {0x00000000U, 0x1DB71064U, 0x3B6E20C8U, 0x26D930ACU, 0x76DC4190U, 0x6B6B51F4U,
                                      0x4DB26158U, 0x5005713CU, 0xEDB88320U, 0xF00F9344U, 0xD6D6A3E8U, 0xCB61B38CU,
                                      0x9B64C2B0U, 0x86D3D2D4U, 0xA00AE278U, 0xBDBDF21CU};
    uint32_t crc = 0xFFFFFFFFU;
    for (size_t i = 0; i < n; i++) {
        crc ^= bytes[i];
        crc = crc >> 4U ^ STEP[crc & 15U];
        crc = crc >> 4U ^ STEP[crc & 15U];
    }
    return ~crc;
}

tussis_status_t tussis_model_check_frame(const void *blob, size_t bytes)
{
    const uint32_t *words = (const uint32_t *)blob;
    if (blob == NULL) {
        return TUSSIS_ERROR_NULL;
    }
    if ((uintptr_t)blob % sizeof *words != 0U) {
        return TUSSIS_ERROR_MODEL_MAGIC;
    }
    if (bytes < (HEAD_WORDS + 1U) * sizeof *words || bytes % sizeof *words != 0U || bytes / 2U > INT32_MAX) {
        return TUSSIS_ERROR_MODEL_LENGTH;
    }
    if (words[MAGIC] != MODEL_MAGIC) {
        return TUSSIS_ERROR_MODEL_MAGIC;
    }
    if (words[FORMAT] != MODEL_FORMAT) {
        return TUSSIS_ERROR_MODEL_FORMAT;
    }
    if (words[ABI] != TUSSIS_ABI) {
        return TUSSIS_ERROR_MODEL_ABI;
    }
    if (words[BYTES] != bytes) {
        return TUSSIS_ERROR_MODEL_LENGTH;
    }
    const size_t checked = bytes - sizeof *words;
    return crc32_of((const uint8_t *)blob, checked) == words[checked / sizeof *words] ? TUSSIS_OK
                                                                                    : TUSSIS_ERROR_MODEL_CRC;
}

static bool gate_in_range(const uint32_t *blob)
{
    if (!is_finite(blob[GATE_MARGIN]) || blob[HOLD_TICKS] < LEAST_HOLD_TICKS || blob[HOLD_TICKS] > MOST_HOLD_TICKS ||
        blob[MAX_CONSECUTIVE] > UINT8_MAX) {
        return false;
    }
    return is_finite(blob[BUSY_MARGIN]) && is_finite(blob[BUSY_START]) && float_of(blob[FOLLOW]) >= 0.0F &&
           float_of(blob[FOLLOW]) <= 1.0F;
}

static bool events_in_range(const uint32_t *s, uint32_t window_frames, uint32_t most_region_frames)
{
    const uint32_t merge = s[MERGE_MIN] & 0xFFFFU;
    const uint32_t least = s[MERGE_MIN] >> 16U;
    const uint32_t most = s[MAX_REGION] & 0xFFFFU;
    const uint32_t region = s[MAX_REGION] >> 16U;
    if (!is_finite(s[OPEN_MARGIN]) || !is_finite(s[CONTINUE_MARGIN]) ||
        float_of(s[CONTINUE_MARGIN]) > float_of(s[OPEN_MARGIN]) || s[UNUSED] != 0U) {
        return false;
    }
    if (!is_finite(s[HIGH_DROP]) || !is_finite(s[LOW_DROP]) || float_of(s[HIGH_DROP]) < 0.0F ||
        float_of(s[LOW_DROP]) < float_of(s[HIGH_DROP])) {
        return false;
    }
    if (s[SHARE_HIGH] > 256U || (s[SHARE_HIGH] == 256U && s[SHARE_LOW] != 0U)) {
        return false;
    }
    return least >= 1U && least <= most && most + window_frames <= region && region <= most_region_frames &&
           merge <= region;
}

/* Whether node i of a tree that ends before node `end` leads on inside it, or is a leaf that is finite; *largest grows to
 * the largest leaf. */
static bool node_sound(const uint32_t *section, const uint32_t *nodes, uint32_t i, uint32_t end, uint32_t n_features,
                       float *largest)
{
    const bool wide = section[WIDE] != 0U;
    const uint32_t distance = wide ? nodes[2U * i + 1U] & 0xFFFFU : nodes[i] >> 24U;
    const uint32_t column = wide ? nodes[2U * i + 1U] >> 16U : nodes[i] >> 16U & 0xFFU;
    if (distance != 0U) {
        return column < n_features && distance + 1U < end - i;
    }
    float size;
    if (wide) {
        size = is_finite(nodes[2U * i]) ? size_of(nodes[2U * i]) : -1.0F;
    } else {
        const int32_t units = (int16_t)(nodes[i] & 0xFFFFU);
        size = (float)(units < 0 ? -units : units);
    }
    *largest = size > *largest ? size : *largest;
    return size >= 0.0F;
}

/* Whether sums of leaves up to `most` stay finite, and in whole units exact. */
static bool sum_sound(const uint32_t *section, float most)
{
    const float all = section[WIDE] != 0U ? most : most * float_of(section[UNIT]);
    uint32_t bits;
    memcpy(&bits, &all, sizeof bits);
    return is_finite(bits) && (section[WIDE] != 0U || most <= (float)EXACT_SUM);
}

static bool trees_sound(const uint32_t *section, uint32_t n_features)
{
    const uint32_t *roots = section + SECTION_WORDS;
    const uint32_t n_trees = section[TREES];
    const uint32_t n_nodes = section[NODES];
    const int32_t base = (int32_t)section[BASE];
    float most = section[WIDE] != 0U ? size_of(section[BASE]) : (float)(base < 0 ? -(float)base : (float)base);
    if (section[WIDE] != 0U ? !is_finite(section[BASE])
                            : !is_finite(section[UNIT]) || !(float_of(section[UNIT]) > 0.0F)) {
        return false;
    }
    if (n_trees > 0U && roots[0] != 0U) {
        return false;
    }
    for (uint32_t tree = 0; tree < n_trees; tree++) {
        const uint32_t end = tree + 1U < n_trees ? roots[tree + 1U] : n_nodes;
        float largest = 0.0F;
        if (end > n_nodes || roots[tree] >= end) {
            return false;
        }
        for (uint32_t i = roots[tree]; i < end; i++) {
            if (!node_sound(section, roots + n_trees, i, end, n_features, &largest)) {
                return false;
            }
        }
        most += largest;
    }
    return sum_sound(section, most);
}

static tussis_status_t check_section(const uint32_t *section, uint32_t words, uint32_t n_features,
                                     uint32_t window_frames, uint32_t most_region_frames)
{
    if (words < SECTION_WORDS || section[WIDE] > 1U || section[TREES] > words || section[NODES] > words ||
        SECTION_WORDS + section[TREES] + section[NODES] * (1U + section[WIDE]) != words) {
        return TUSSIS_ERROR_MODEL_LAYOUT;
    }
    if (!events_in_range(section, window_frames, most_region_frames)) {
        return TUSSIS_ERROR_MODEL_EVENTS;
    }
    return trees_sound(section, n_features) ? TUSSIS_OK : TUSSIS_ERROR_MODEL_TREES;
}

tussis_status_t tussis_model_check_content(const uint32_t *blob)
{
    const uint32_t words = blob[BYTES] / (uint32_t)sizeof *blob;
    tussis_status_t status = TUSSIS_OK;
    if (blob[INPUTS] != TUSSIS_MODEL_INPUTS) {
        return TUSSIS_ERROR_MODEL_INPUTS;
    }
    if (blob[AUDIO_WORDS] > words || blob[IMU_WORDS] > words ||
        HEAD_WORDS + blob[AUDIO_WORDS] + blob[IMU_WORDS] + 1U != words ||
        (blob[AUDIO_WORDS] != 0U) != TUSSIS_HAS_AUDIO || (blob[IMU_WORDS] != 0U) != TUSSIS_HAS_IMU) {
        return TUSSIS_ERROR_MODEL_LAYOUT;
    }
    if (!gate_in_range(blob)) {
        return TUSSIS_ERROR_MODEL_GATE;
    }
#if TUSSIS_HAS_AUDIO
    status = check_section(tussis_model_audio_section(blob), blob[AUDIO_WORDS], TUSSIS_AUDIO_FEATURES,
                           TUSSIS_WINDOW_FRAMES, TUSSIS_AUDIO_MAX_REGION_FRAMES);
#endif
#if TUSSIS_HAS_IMU
    if (status == TUSSIS_OK) {
        status = check_section(tussis_model_imu_section(blob), blob[IMU_WORDS], TUSSIS_IMU_FEATURES,
                               TUSSIS_IMU_WINDOW / TUSSIS_IMU_FRAME, TUSSIS_IMU_MAX_REGION_FRAMES);
    }
#endif
    return status;
}

/* --- parts -------------------------------------------------------------------------------------------------- */

const uint32_t *tussis_model_audio_section(const uint32_t *blob)
{
    return blob + HEAD_WORDS;
}

const uint32_t *tussis_model_imu_section(const uint32_t *blob)
{
    return blob + HEAD_WORDS + blob[AUDIO_WORDS];
}

tussis_gate_rule_t tussis_model_gate_rule(const uint32_t *blob)
{
    const tussis_gate_rule_t rule = {float_of(blob[GATE_MARGIN]), float_of(blob[BUSY_MARGIN]),
                                     float_of(blob[BUSY_START]), float_of(blob[FOLLOW])};
    return rule;
}

uint32_t tussis_model_hold_ticks(const uint32_t *blob)
{
    return blob[HOLD_TICKS];
}

uint8_t tussis_model_max_consecutive(const uint32_t *blob)
{
    return (uint8_t)blob[MAX_CONSECUTIVE];
}

uint64_t tussis_model_continue_share(const uint32_t *section)
{
    return (uint64_t)section[SHARE_HIGH] << 32U | section[SHARE_LOW];
}

void tussis_model_adopt(tussis_path_model_t *model, const uint32_t *section, const tussis_event_plan_t *plan)
{
    model->section = section;
    model->plan = *plan;
    model->plan.open_margin = float_of(section[OPEN_MARGIN]);
    model->plan.continue_margin = float_of(section[CONTINUE_MARGIN]);
    model->plan.high_drop = float_of(section[HIGH_DROP]);
    model->plan.low_drop = float_of(section[LOW_DROP]);
    model->plan.merge_frames = (uint16_t)(section[MERGE_MIN] & 0xFFFFU);
    model->plan.min_frames = (uint16_t)(section[MERGE_MIN] >> 16U);
    model->plan.max_frames = (uint16_t)(section[MAX_REGION] & 0xFFFFU);
    model->plan.max_region_frames = (uint16_t)(section[MAX_REGION] >> 16U);
}

#endif
