/* What elementary.h takes from the generated tables. */
#ifndef TUSSIS_TABLES_H
#define TUSSIS_TABLES_H
#include <stdint.h>
#include "tussis_config.h"
#define TUSSIS_LOG2_C0 0.442587604F
#define TUSSIS_LOG2_C1 -0.275941809F
#define TUSSIS_LOG2_C2 0.182647316F
#define TUSSIS_LOG2_C3 -0.0962564941F
#define TUSSIS_LOG2_C4 0.0256912629F
#define TUSSIS_EXP2_C0 0.306848668F
#define TUSSIS_EXP2_C1 0.0666918546F
#define TUSSIS_EXP2_C2 0.010852972F
#define TUSSIS_EXP2_C3 0.00189646109F
#define TUSSIS_LOG2_E 1.44269504F
#define TUSSIS_FRAME_S 0.016F
extern const uint8_t tussis_log2_correction[128];
#endif
