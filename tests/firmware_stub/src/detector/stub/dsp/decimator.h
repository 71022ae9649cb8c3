#ifndef TUSSIS_DECIMATOR_H
#define TUSSIS_DECIMATOR_H
#include <stddef.h>
#include <stdint.h>
typedef struct {
    uint32_t phase;
} tussis_decimator_t;
void tussis_decimator_reset(tussis_decimator_t *d);
size_t tussis_decimator_skip(tussis_decimator_t *d, size_t n);
size_t tussis_decimate(tussis_decimator_t *d, const int16_t *pcm, size_t n, int16_t *out);
size_t tussis_decimate_whole(const int16_t *x, size_t n, int16_t *out);
void tussis_decimator_remember(tussis_decimator_t *d, const int16_t *x, size_t n);
void tussis_decimator_recall(const tussis_decimator_t *d, int16_t *x);
#endif
