/* SPDX-License-Identifier: Apache-2.0 */
/* A model as data (`tussis export --model-in flash-blob`): trees, thresholds and event parameters in one block of 32-bit
 * words, low byte first, that tussis_load_model takes. Python writes it (export/codegen/model_blob.py).
 *
 *     word 0      magic            5  CRC-32 of the detector                10 gate: mean log-odds of motion
 *          1      format           6  gate: log-odds of a hit               11 gate: weight of a window in that mean
 *          2      TUSSIS_ABI       7  gate: hold time [ticks]               12 words of the audio section, 0: none
 *          3      bytes in all     8  gate: windows in a row without a hit  13 words of the IMU section, 0: none
 *          4      CRC-32 of        9  gate: log-odds of a hit while the
 *                 features, plans     wearer moves
 *     then the sections, and a CRC-32 of all before it. A gate whose threshold is always the same has it in words 6 and 9,
 *     and 0 in 10 and 11. The weight is from 0 to 1.
 *
 *     section 0   log-odds from which a window opens a region        7  odds of the continue threshold as a share of those
 *             1   and continues one                                  8  of the threshold, 2^-40, low word first
 *             2   high drop, 3 low drop: log2 of power               9  form of the nodes: 0 narrow, 1 wide
 *             4   merge frames, and shortest event in the high half  10 margin before the first tree
 *             5   longest event, and longest region                  11 unit of narrow leaves
 *             6   0                                                  12 trees, 13 nodes
 *     then the number of each tree's root, and the nodes. A node holds the distance to its left child, behind which the
 *     right one follows; 0: it is a leaf.
 *     narrow: threshold key's high half or leaf in units | column << 16 | distance << 24
 *     wide:   threshold key or leaf as a float; then distance | column << 16 */
#ifndef TUSSIS_MODEL_BLOB_H
#define TUSSIS_MODEL_BLOB_H

#include "../detector/control.h"
#include "../detector/events.h"
#include "tussis/tussis_types.h"

#ifdef __cplusplus
extern "C" {
#endif

#if TUSSIS_MODEL_IN == TUSSIS_MODEL_IN_FLASH_BLOB

/* The model of one path: its section, which stays where it is, and its event parameters, which may be changed. */
typedef struct {
    const uint32_t *section;
    tussis_event_plan_t plan;
} tussis_path_model_t;

/* Generated: the model that the firmware was exported with, in section .tussis_model. */
extern const uint32_t tussis_model_blob[];
extern const size_t tussis_model_blob_bytes;

/* TUSSIS_OK, or what is wrong with a block from outside: its frame (lengths, CRC), and what is in it. */
tussis_status_t tussis_model_check_frame(const void *blob, size_t bytes);
tussis_status_t tussis_model_check_content(const uint32_t *blob);

/* Parts of a block that was checked. */
const uint32_t *tussis_model_audio_section(const uint32_t *blob);
const uint32_t *tussis_model_imu_section(const uint32_t *blob);
tussis_gate_rule_t tussis_model_gate_rule(const uint32_t *blob);
uint32_t tussis_model_hold_ticks(const uint32_t *blob);
uint8_t tussis_model_max_consecutive(const uint32_t *blob);
uint64_t tussis_model_continue_share(const uint32_t *section);

/* Take a section that was checked into use; `plan` holds the geometry of the windows. */
void tussis_model_adopt(tussis_path_model_t *model, const uint32_t *section, const tussis_event_plan_t *plan);

#endif

#ifdef __cplusplus
}
#endif

#endif
