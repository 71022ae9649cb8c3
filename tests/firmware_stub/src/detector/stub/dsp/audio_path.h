/* A stand-in for the front end: a frame says its own level and its window's margin, so that tests choose both. */
#ifndef TUSSIS_AUDIO_PATH_H
#define TUSSIS_AUDIO_PATH_H
#include <stdint.h>
#include "tussis/tussis_config.h"
#define TUSSIS_WORD_ALIGNED _Alignas(4)
typedef struct {
    uint32_t frames;
    float first[TUSSIS_WINDOW_FRAMES];
} tussis_audio_path_t;
void tussis_audio_path_reset(tussis_audio_path_t *path);
float tussis_audio_path_frame(tussis_audio_path_t *path, const int16_t frame[TUSSIS_FRAME]);
void tussis_audio_path_features(const tussis_audio_path_t *path, float x[TUSSIS_AUDIO_FEATURES]);
#endif
