/* tussis: cough events from a microphone and a 6-axis IMU, on a Cortex-M33.
 *
 *     static tussis_t detector;              // about 20 KB, 33 KB with a raw pre-roll; sizeof is known to the compiler
 *     tussis_init(&detector);
 *     tussis_push_imu(&detector, samples, n); // as they come, in any chunks
 *     tussis_push_audio(&detector, pcm, n);
 *     tussis_event_t event;
 *     while (tussis_next_event(&detector, &event)) { ... }
 *
 * The library has no globals and no heap: everything lives in the caller's tussis_t, several of which may run side by
 * side. It is not re-entrant for one tussis_t: push from one context, or lock. All pointers passed in belong to the
 * caller and are not kept beyond the call.
 *
 * Time is counted in samples since tussis_init, never measured, in ticks of 1/16000 s. Sample 0 of the audio and sample
 * 0 of the IMU are simultaneous. Counters hold for two years. The same samples give the same events in any chunking and
 * any interleaving in which the audio is at most TUSSIS_SKEW_MS ahead of the IMU and the IMU at most 7 s ahead of the
 * audio.
 *
 * Costs are instructions executed on a Cortex-M33 at -O2; `tussis estimate` gives them for the exported detector. */
#ifndef TUSSIS_H
#define TUSSIS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tussis/tussis_meter.h"
#include "detector/tussis_state.h" /* struct tussis, so that it can be allocated statically */
#include "tussis/tussis_types.h"

typedef struct tussis tussis_t;

/* Bytes of a tussis_t, for callers that cannot see its definition (dlopen, another language). */
size_t tussis_state_size(void);

/* Start at time 0 in TUSSIS_MODE_GATED, or in the one mode the detector has. The caller owns *t; it may be uninitialised
 * and is never freed. About 3 k instructions. */
void tussis_init(tussis_t *t);

/* Change what runs. Audio and IMU that were pushed are finished as by tussis_flush, then windows that begin from here on
 * run in the new mode. Returns 0, or -1 and changes nothing where the detector lacks a model that the mode needs. */
int tussis_set_mode(tussis_t *t, tussis_mode_t mode);
tussis_mode_t tussis_mode(const tussis_t *t);

/* Take n samples of the microphone at TUSSIS_INPUT_RATE_HZ, int16 full scale. Any n, 0 included.
 * For every 16 ms it computes at most four frames and one window, so a 16 ms push stays below 60 k instructions, also
 * while it catches up with the sound that preceded an IMU hit. In TUSSIS_MODE_GATED, asleep, it takes some 1,700
 * instructions; 600 in a build with a raw pre-roll (`tussis export --pre-roll raw`), which only copies the samples.
 * Returns the number of events waiting, or a negative TUSSIS_ code. */
int tussis_push_audio(tussis_t *t, const int16_t *pcm, size_t n);

/* The same for samples that went through the library's decimator elsewhere, at TUSSIS_RATE_HZ.
 * A stream may change from one to the other anywhere and loses nothing; the filter remembers only what came raw. */
int tussis_push_audio_decimated(tussis_t *t, const int16_t *pcm, size_t n);

/* Take n IMU samples at TUSSIS_IMU_RATE_HZ. Any n. A window comes due every 25 samples.
 * Returns the number of events waiting, or a negative TUSSIS_ code. */
int tussis_push_imu(tussis_t *t, const tussis_imu_t *samples, size_t n);

/* Fetch the oldest event into *event. Returns 1, or 0 where none waits. An event is final some 0.1 to 2 s after its
 * end: when the sound has died down or the region is full. */
int tussis_next_event(tussis_t *t, tussis_event_t *event);

#if TUSSIS_MICROPHONE == TUSSIS_MICROPHONE_GATED
/* In a build whose microphone follows the gate (`tussis export --microphone gated`): whether it should be on now. Ask
 * after every push, switch it accordingly, and let the first good sample come within TUSSIS_MICROPHONE_START_MS of the
 * time of the IMU sample that made this true. False in TUSSIS_MODE_IMU, true in TUSSIS_MODE_AUDIO. Audio that is pushed
 * while it is false is taken and has no effect, so a recording can be pushed as a whole. About 60 instructions. */
bool tussis_microphone_wanted(const tussis_t *t);

/* Let audio time pass by n samples at TUSSIS_INPUT_RATE_HZ that were not captured: the microphone was off or starting
 * up, or DMA lost them. Keeps the audio on the time base of the IMU: after it and all pushes, the audio's time is that
 * of the next sample. Call it before the first sample after a gap, and while the microphone is off at least every 7 s.
 * What a window lacks from before the microphone could be on is silence; windows that lack more are left out and counted
 * as missed. Does not follow samples of tussis_push_audio_decimated. Returns the number of events waiting, or a negative
 * TUSSIS_ code. Some 30 instructions per 128 ms; after a hit at most four frames for every 16 ms missed. */
int tussis_miss_audio(tussis_t *t, size_t n);
#endif

/* End of the recording, or of a stretch: evaluate every whole window, without waiting for IMU samples, and close open
 * regions. A stream too short for a first window is evaluated as one window, with silence after the sound (of the IMU:
 * with the last sample held); a gate that has seen no IMU window lets it pass. Samples may follow. The cost is that of the backlog: up to one
 * window in steady state. */
void tussis_flush(tussis_t *t);

/* tussis_flush in small steps of at most four frames and one audio window: call until it returns 0. */
int tussis_flush_step(tussis_t *t);

/* The last evaluated window of each path; for telemetry and for `tussis verify`. One 16 ms push of audio evaluates at
 * most one audio window, one push of 25 IMU samples at most one IMU window. */
const tussis_window_t *tussis_audio_window(const tussis_t *t);
const tussis_window_t *tussis_imu_window(const tussis_t *t);

/* Counters since tussis_init. */
const tussis_totals_t *tussis_totals(const tussis_t *t);

/* Charge the work of every later push to the stages of a meter, or to none with NULL, as after tussis_init. */
void tussis_set_meter(tussis_t *t, tussis_meter_t *meter);

/* Probability of a margin: 1 / (1 + exp(-margin)), by the library's own exponential. About 40 instructions. */
float tussis_probability(float margin);

#endif
