/* SPDX-License-Identifier: Apache-2.0 */
/* Taking a model as data into use. */
#ifndef TUSSIS_MODEL_LOAD_H
#define TUSSIS_MODEL_LOAD_H

#include "../detector/model_blob.h"
#include "../detector/tussis_state.h"

#ifdef __cplusplus
extern "C" {
#endif

#if TUSSIS_MODEL_IN == TUSSIS_MODEL_IN_FLASH_BLOB

/* Run on a block that was checked. */
void tussis_model_use(tussis_state_t *s, const uint32_t *blob);

/* TUSSIS_OK where the detector has what a mode needs. */
tussis_status_t tussis_mode_possible(tussis_mode_t mode);

#endif

#ifdef __cplusplus
}
#endif

#endif
