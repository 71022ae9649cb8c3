/* SPDX-License-Identifier: Apache-2.0 */
/* tussis: cough events from a microphone and a 6-axis IMU, on a Cortex-M33.
 *
 *     static tussis_t detector;              // about 20 KB, 33 KB with a raw pre-roll: TUSSIS_STATE_BYTES
 *     if (tussis_init(&detector) != TUSSIS_OK) { ... } // library and application were built with other options
 *     tussis_push_imu(&detector, samples, n); // as they come, in any chunks
 *     tussis_push_audio(&detector, pcm, n);
 *     tussis_event_t event;
 *     while (tussis_next_event(&detector, &event)) { ... }
 *
 * The library has no globals and no heap: everything lives in the caller's tussis_t, several of which may run side by
 * side. All pointers passed in belong to the caller and are not kept beyond the call, but for the meter.
 *
 * Time is counted in samples of the audio since tussis_init, never measured, in ticks of 1/16000 s. Counters hold for ten
 * years. The IMU has a clock of its own: give the audio tick with its samples (tussis_push_imu_at), and the library follows
 * it. Without stamps sample 0 of the IMU and of the audio are simultaneous. The same samples and stamps give the same
 * events in any chunking and any interleaving in which the audio is at most TUSSIS_SKEW_MS ahead of the IMU and the IMU at
 * most 7 s ahead of the audio.
 *
 * Who locks, and what an interrupt may call
 * -----------------------------------------
 * The library never locks and never disables interrupts. Calls on different tussis_t never touch the same memory and
 * need no lock. Of the calls on one tussis_t only one may run at a time: use it from one thread, or hold one mutex around
 * every call, those that take a const tussis_t included. An interrupt must not call anything on a tussis_t that a thread
 * uses, unless the thread masks it: let the interrupt put samples into a ring, and let the thread push them.
 * tussis_info, tussis_probability and the tussis_meter functions touch no tussis_t: any context may call them at any
 * time.
 *
 * Status
 * ------
 * Calls return TUSSIS_OK, a loss (TUSSIS_IS_LOSS: the samples were taken, but something else was dropped; totals count
 * it), or an error (TUSSIS_IS_ERROR: the call did nothing). NULL pointers and a tussis_t that was not initialised are
 * errors in a checked build only, and undefined in another: TUSSIS_CHECKED 1 or 0 when the library is compiled; the
 * default is 1, but 0 where NDEBUG is defined or an Arm compiler optimises. A check costs 3 to 5 instructions per call.
 *
 * Costs are instructions executed on a Cortex-M33 at -O2; `tussis estimate` gives them for the exported detector. */
#ifndef TUSSIS_H
#define TUSSIS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tussis/tussis_meter.h"
#include "tussis/tussis_size.h"
#include "tussis/tussis_telemetry.h"
#include "tussis/tussis_types.h"
#include "tussis/tussis_wake.h"
#include "tussis/tussis_wall.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Number of this interface: what a program was compiled for must be what the library is. */
#define TUSSIS_ABI 3U

/* Options that change what is in a tussis_t or what samples mean, as one number: those that may be changed by compiler
 * options, and by its hash the detector, and so the rates. Application and library must have the same. */
#define TUSSIS_MIXED(hash, value) (((hash) ^ (0U + (value))) * 16777619U)
#define TUSSIS_OPTIONS \
    TUSSIS_MIXED(TUSSIS_MIXED(TUSSIS_MIXED(TUSSIS_MIXED(TUSSIS_MIXED(TUSSIS_DETECTOR_HASH, TUSSIS_SKEW_MS), \
                                                        TUSSIS_EVENT_QUEUE), \
                                           TUSSIS_MICROPHONE), \
                              TUSSIS_MICROPHONE_START_MS), \
                 TUSSIS_PRE_ROLL)

/* A detector. Allocate it where you like; its content is the library's. It may be copied as a whole while no call runs
 * on it: the copy goes on from there by itself. */
typedef struct tussis {
    uint64_t state[TUSSIS_STATE_BYTES / 8U];
} tussis_t;

/* What the library is, as it was compiled. */
typedef struct {
    const char *version;         /* of the tussis that exported it: TUSSIS_VERSION */
    uint32_t abi;                /* TUSSIS_ABI */
    uint32_t options;            /* TUSSIS_OPTIONS */
    uint32_t detector_hash;      /* CRC-32 of the exported detector, as in manifest.json, whatever model is loaded */
    uint32_t state_bytes;        /* sizeof(tussis_t) */
    uint32_t tick_hz;            /* unit of the events' times */
    uint32_t audio_rate_hz;      /* of tussis_push_audio */
    uint32_t imu_rate_hz;        /* of tussis_push_imu */
    uint32_t skew_ms;            /* TUSSIS_SKEW_MS */
    uint32_t microphone_start_ms; /* TUSSIS_MICROPHONE_START_MS */
    uint16_t audio_features;     /* inputs of the audio model; 0: there is none */
    uint16_t imu_features;       /* of the IMU model */
    uint16_t event_queue;        /* TUSSIS_EVENT_QUEUE */
    uint8_t microphone;          /* TUSSIS_MICROPHONE */
    uint8_t pre_roll;            /* TUSSIS_PRE_ROLL */
    uint8_t checked;             /* TUSSIS_CHECKED */
    uint8_t gyroscope;           /* 1: a feature looks at angular rates; 0: an accelerometer is enough */
    uint16_t imu_least_hz;       /* output rate of the slowest motion sensor that it takes, in whole Hz */
} tussis_info_t;

/* Constant, in flash. Any context. Two instructions. */
const tussis_info_t *tussis_info(void);

/* Start at time 0 in TUSSIS_MODE_GATED, or in the one mode the detector has. *t may be uninitialised and is never freed.
 * Returns TUSSIS_ERROR_ABI, TUSSIS_ERROR_OPTIONS or TUSSIS_ERROR_SIZE, and touches nothing, where the caller was compiled
 * with another interface or other options than the library; TUSSIS_ERROR_NULL. Clears *t, which is what it costs: 9 k
 * instructions for 20 KB. Where models are data it also checks that of the firmware, as tussis_load_model does. */
#define tussis_init(t) tussis_init_as((t), sizeof *(t), TUSSIS_ABI, TUSSIS_OPTIONS)

/* What tussis_init calls; for callers that cannot use a macro (dlopen, another language): take the numbers from
 * tussis_info. t must be aligned to 8 bytes. */
tussis_status_t tussis_init_as(tussis_t *t, size_t state_bytes, uint32_t abi, uint32_t options);

/* Change what runs. Audio and IMU that were pushed are finished as by tussis_flush; windows that begin from here on run in
 * the new mode. The work that this leaves is spread: one step here, and one with every 16 ms of audio and with every IMU
 * sample that is pushed, of at most four frames and one window each, so no call is longer than the longest push. The
 * events are those that finishing at once would give. A backlog of 256 ms is finished within 200 ms.
 * Returns TUSSIS_LOST_EVENT where the first step lost one: the mode changes all the same. TUSSIS_ERROR_MODE for what is no
 * mode, TUSSIS_ERROR_MODEL where the detector lacks a model that the mode needs,
 * and TUSSIS_ERROR_BUSY until the change before, or a flush in steps, is finished; nothing changes then.
 * tussis_flush_step goes on with it where no samples come. */
tussis_status_t tussis_set_mode(tussis_t *t, tussis_mode_t mode);

/* The mode that samples pushed now belong to. Three instructions. */
tussis_mode_t tussis_mode(const tussis_t *t);

/* Take n samples of the microphone at TUSSIS_INPUT_RATE_HZ, int16 full scale. Any n, 0 included; pcm may be NULL then.
 * For every 16 ms it computes at most four frames and one window, so a 16 ms push stays below 60 k instructions, also
 * while it catches up with the sound that preceded an IMU hit. In TUSSIS_MODE_GATED, asleep, it takes some 1,700
 * instructions; 600 in a build with a raw pre-roll (`tussis export --pre-roll raw`), which only copies the samples. */
tussis_status_t tussis_push_audio(tussis_t *t, const int16_t *pcm, size_t n);

/* For a microphone's DMA, in a build with a raw pre-roll: where in the detector's own memory the next samples go, *n at most, or
 * with `after` those behind them, which DMA may fill while the first are pushed. tussis_push_audio of samples that lie where
 * this said does not copy them: 16 ms then take some 350 instructions asleep. The two places hold the frame being filled
 * and the next one, of 16 ms. The very first frame is shorter by up to five samples: what it lacks may be copied, or silence.
 * Places are aligned to 2 bytes; a whole frame's to 4 if the library is compiled with TUSSIS_DMA_WORDS=1.
 *
 *     size_t n;
 *     int16_t *next = tussis_audio_ring(&detector, true, &n); // give it to the DMA, which fills `now`
 *     // when the DMA comes to `next`:
 *     tussis_push_audio(&detector, now, n_now);
 *
 * Both places stay what they are until all of the first was pushed. Stop the DMA, and ask again, at tussis_skip_audio,
 * tussis_push_silence, tussis_set_mode and tussis_flush. NULL, and *n 0, with another pre-roll, in TUSSIS_MODE_IMU, behind samples
 * of tussis_push_audio_decimated, and until a change of the mode is finished. 30 instructions. */
int16_t *tussis_audio_ring(tussis_t *t, bool after, size_t *n);

/* As tussis_push_audio, for samples that went through the library's decimator elsewhere, at TUSSIS_RATE_HZ.
 * A stream may change from one to the other anywhere and loses nothing; the filter remembers only what came raw. */
tussis_status_t tussis_push_audio_decimated(tussis_t *t, const int16_t *pcm, size_t n);

/* As tussis_push_audio with n samples of 0, at a fraction of the cost: what a microphone did not hear that sleeps until
 * movement wakes it. Unlike tussis_skip_audio it is sound, and windows that hold it are decided. Some 660 instructions for
 * 16 ms while the audio model sleeps, where samples take 1,900. */
tussis_status_t tussis_push_silence(tussis_t *t, size_t n);

/* Let audio time pass by n samples at TUSSIS_INPUT_RATE_HZ that were not captured: DMA lost them, or the microphone was off
 * or starting up. Keeps the audio on the time base of the IMU: after it and all pushes, the audio's time is that of the
 * next sample. Call it before the first sample after a gap. Windows that lack samples are left out, and counted as missed
 * where they were wanted (TUSSIS_MISSED). Where the microphone follows the gate call it while the microphone is off, at
 * least every 7 s; what a window lacks from before the microphone could be on is silence then. Does not follow samples of
 * tussis_push_audio_decimated. Some 30 instructions per 128 ms up to 16 s, not more for longer gaps; after a hit at most
 * four frames for every 16 ms missed. What a change of the mode left is finished first. */
tussis_status_t tussis_skip_audio(tussis_t *t, size_t n);

/* Ticks of audio so far: pushed and skipped samples. Some 20 instructions. */
uint64_t tussis_audio_ticks(const tussis_t *t);

/* Take n IMU samples, oldest first, and the audio tick at which the last one of them was read from the sensor. The sensor may
 * run at any rate from 25 to 416 Hz, up to 5 % off, and drift: the library finds its rate within two seconds, puts the
 * samples on the audio's time line and makes TUSSIS_IMU_RATE_HZ of them. A stamp may be late, as a FIFO is read late, by
 * tens of ms and now and then by more, but never early: of each stretch of 8 s (1 s at first) the least late ones count.
 * Take the count of the audio DMA when the interrupt of the IMU comes, or tussis_audio_ticks before the call if the audio
 * pushed so far is up to date. A FIFO of up to a second may be read at once, with a TUSSIS_SKEW_MS as long.
 * The stamp belongs to the last sample and is used after it, but for the very first stamp. So a block may be cut: push its
 * first part by tussis_push_imu and the rest by this, with the same results. A stamp that is 0.25 s and more off says that
 * samples were lost (TUSSIS_LOST_IMU). n 0 does nothing. 90 instructions for each sample at TUSSIS_IMU_RATE_HZ that
 * it makes, 250 a call and 80 per stamp. */
tussis_status_t tussis_push_imu_at(tussis_t *t, const tussis_imu_t *samples, size_t n, uint64_t audio_tick);

/* Whether the detector takes a motion sensor of this output rate, in 1/1000 Hz: TUSSIS_OK, or TUSSIS_ERROR_IMU_RATE where it
 * is not within TUSSIS_IMU_LEAST_MILLIHERTZ and TUSSIS_IMU_MOST_MILLIHERTZ, 5 % beyond included. Ask once, with the rate that
 * the sensor is set to. A detector that was taught at an operating point takes no slower sensor. If the stamps say such a rate
 * tussis_push_imu_at takes the samples and returns TUSSIS_IMU_RATE, from the third second on, once they are 10 % beyond. Any
 * context. 10 instructions. */
tussis_status_t tussis_check_imu_rate(uint32_t millihertz);

/* Take n IMU samples at TUSSIS_IMU_RATE_HZ. Any n. A window comes due every 25 samples: some 10 k instructions, and 90 for
 * any other sample. Without any stamp the audio that has come when they come serves as one: a clock up to 0.2 % off is
 * followed, sample by sample, if samples come as they are measured. */
tussis_status_t tussis_push_imu(tussis_t *t, const tussis_imu_t *samples, size_t n);

/* Let n samples of the IMU pass that were lost: its FIFO overflowed, or the bus failed. Up to 30 ms are bridged. More are
 * counted, and in TUSSIS_MODE_GATED the audio decides while a window lacks them. */
tussis_status_t tussis_skip_imu(tussis_t *t, size_t n);

/* How far the newest IMU sample is ahead of the audio, in ticks; negative: behind. In live use it stays where it is: a value
 * that creeps is a drift that nothing follows, and below -TUSSIS_SKEW_MS windows are decided without motion. 40
 * instructions. */
int64_t tussis_imu_lead_ticks(const tussis_t *t);

/* Rate of the IMU by the audio's clock, in 1/1000 Hz, as the stamps say; TUSSIS_IMU_RATE_HZ without any. 200 instructions. */
uint32_t tussis_imu_millihertz(const tussis_t *t);

/* Events that wait to be fetched, at most TUSSIS_EVENT_QUEUE. Three instructions. */
size_t tussis_events_waiting(const tussis_t *t);

/* Fetch the oldest event into *event. Returns false, and leaves *event, where none waits. An event is final some 0.1 to
 * 2 s after its end: when the sound has died down or the region is full. About 60 instructions. */
bool tussis_next_event(tussis_t *t, tussis_event_t *event);

#if TUSSIS_HAS_AUDIO && TUSSIS_HAS_IMU
/* Whether sound is needed now: the gate is open, or opens with what is known. False in TUSSIS_MODE_IMU, true in
 * TUSSIS_MODE_AUDIO. About 60 instructions. Where the microphone follows the gate (`tussis export --microphone gated`) ask
 * after every push, switch it accordingly, and let the first good sample come within TUSSIS_MICROPHONE_START_MS of the
 * time of the IMU sample that made this true; audio that is pushed while it is false is taken and has no effect, so a
 * recording can be pushed as a whole. Else it is one of two things that want the microphone: see tussis_wake.h. */
bool tussis_microphone_wanted(const tussis_t *t);

/* When the gate opened last: the end of the newest IMU window that opens it, in ticks. False, and *tick left open, where none
 * did since the start or the last change of the mode. Some 20 instructions, and four for each IMU window that no audio window has
 * come to. A microphone that movement wakes is asked for then (tussis_wake.h). */
bool tussis_gate_opened(const tussis_t *t, uint64_t *tick);
#endif

/* End of the recording, or of a stretch: evaluate every whole window, without waiting for IMU samples, and close open
 * regions. A stream too short for a first window is evaluated as one window, with silence after the sound (of the IMU:
 * with the last sample held); a gate that has seen no IMU window lets it pass. Samples may follow. The cost is that of
 * the backlog: up to one window in steady state, 130 k instructions in the first half second. */
tussis_status_t tussis_flush(tussis_t *t);

/* tussis_flush in small steps of at most four frames and one audio window: call until it returns false. No longer than
 * the longest tussis_push_audio of 16 ms. Samples that are pushed before it returns false belong to what follows. */
bool tussis_flush_step(tussis_t *t);

/* Copy out the last evaluated window of each path; for telemetry and for `tussis verify`. One 16 ms push of audio
 * evaluates at most one audio window, one push of 25 IMU samples at most one IMU window. Of its features the first
 * `capacity` go to `features`, which may be NULL with capacity 0. TUSSIS_ERROR_MODEL where the detector lacks the path;
 * *window is zero then. About 30 instructions, and 3 per feature. */
tussis_status_t tussis_get_audio_window(const tussis_t *t, tussis_window_t *window, float *features, size_t capacity);
tussis_status_t tussis_get_imu_window(const tussis_t *t, tussis_window_t *window, float *features, size_t capacity);

/* Copy out the counters since tussis_init. About 30 instructions. */
tussis_status_t tussis_get_totals(const tussis_t *t, tussis_totals_t *totals);

/* Sum up the stretch since the last call with the same *since, and begin the next one. For a heartbeat: losses, faults, drift,
 * levels, share of the gate, events per hour. About 2 k instructions; no flash where it is not called. */
tussis_status_t tussis_get_telemetry(const tussis_t *t, tussis_since_t *since, tussis_telemetry_t *telemetry);

/* Charge the work of every later push to the stages of a meter, or to none with NULL, as after tussis_init. The meter
 * stays the caller's, who keeps it for as long. */
void tussis_set_meter(tussis_t *t, tussis_meter_t *meter);

/* Run a known stimulus of about a second through the real code, and compare windows, features and margins with what
 * training computed: rounding mode of the FPU, compiler options, flash. Call it at the start, with the memory of the
 * detector before its tussis_init, which must follow; any tussis_t will do. TUSSIS_OK, or a code from
 * TUSSIS_ERROR_ROUNDING to TUSSIS_ERROR_MARGIN. Under 1 M instructions; about 1 kB of flash where it is called, nothing
 * where it is not, with a linker that drops unused sections. */
tussis_status_t tussis_selftest(tussis_t *scratch);

#if TUSSIS_MODEL_IN == TUSSIS_MODEL_IN_FLASH_BLOB
/* In a build whose models are data (`tussis export --model-in flash-blob`): run on another model of the same features and
 * plan, made by `tussis model`. Call it after tussis_init, which loads the model the firmware was exported with, and before
 * samples. Everything is checked first, so a block that is damaged or made by somebody else leaves the model before in use
 * (TUSSIS_ERROR_MODEL_MAGIC to TUSSIS_ERROR_MODEL_TREES, TUSSIS_ERROR_MODEL_GATE, TUSSIS_ERROR_STARTED). The block stays where it is, in flash or
 * RAM: it is read while samples are pushed and must not change or go as long as *t is used. Aligned to 4 bytes. Some 15
 * instructions per byte; tussis_init takes as many for the model it loads, and returns the same codes. */
tussis_status_t tussis_load_model(tussis_t *t, const void *blob, size_t bytes);

/* Whether somebody the product trusts made this block. The signature is the caller's, by way of `context`. */
typedef bool tussis_verify_t(void *context, const void *blob, size_t bytes);

/* The same, but only if `verify` says true: it is asked once lengths and CRC are right, before anything else in the block is
 * looked at. A CRC alone finds damage, not intent. */
tussis_status_t tussis_load_model_signed(tussis_t *t, const void *blob, size_t bytes, tussis_verify_t *verify,
                                         void *context);

/* Probability from which the model that decides in a mode opens an event: that of audio, or in TUSSIS_MODE_IMU of motion.
 * Rounded to six digits behind the point; the threshold that continues a region keeps its odds ratio to it, as with
 * `--threshold` on the command line. Holds from the next window on, until tussis_init or tussis_load_model. The gate's own
 * thresholds stay. TUSSIS_ERROR_THRESHOLD out of range, TUSSIS_ERROR_MODE, TUSSIS_ERROR_MODEL. About 8 k instructions. */
#define TUSSIS_LEAST_THRESHOLD 0.001F
#define TUSSIS_MOST_THRESHOLD 0.999F
tussis_status_t tussis_set_threshold(tussis_t *t, tussis_mode_t mode, float probability);
#endif

/* Probability of a margin: 1 / (1 + exp(-margin)), by the library's own exponential. About 40 instructions. */
float tussis_probability(float margin);

#ifdef __cplusplus
}
#endif

#endif
