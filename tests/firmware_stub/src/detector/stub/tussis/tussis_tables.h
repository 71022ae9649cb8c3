#ifndef TUSSIS_TABLES_H
#define TUSSIS_TABLES_H
#include <stdint.h>
#include "tussis/tussis_front_end.h"
extern const uint8_t tussis_log2_correction[128];
#endif
