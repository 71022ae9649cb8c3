/* SPDX-License-Identifier: Apache-2.0 */
/* Events from windows and levels: the C twin of selection/detector/events.py, which states the rules.
 *
 * Windows come in order. Positive ones form a region, which is cut into events by the levels of its frames. The same
 * code serves audio (frames of 16 ms) and motion (50 ms); a plan holds the difference. */
#ifndef TUSSIS_EVENTS_H
#define TUSSIS_EVENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "../dsp/dual.h"
#include "tussis/tussis_size.h"
#include "tussis/tussis_types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Constants of one segmenter. Frames are its own; levels are log2 of power. */
typedef struct {
    float open_margin;         /* log-odds from which a window opens a region, and continues one */
    float continue_margin;
    float high_drop;           /* a segment reaches top - high_drop and grows while at or above top - low_drop */
    float low_drop;
    uint16_t merge_frames;     /* peaks closer than this are one cough */
    uint16_t min_frames;       /* shortest and longest event */
    uint16_t max_frames;
    uint16_t max_region_frames; /* a region this long is segmented while it stays open */
    uint16_t hop_frames;       /* window w covers frames w * hop_frames .. + window_frames - 1 */
    uint16_t window_frames;
    uint16_t level_slots;      /* size of the ring of levels, at least TUSSIS_LEVEL_SLOTS of the above */
    uint16_t frame_ticks;      /* length of a frame [1/16000 s] */
} tussis_event_plan_t;

/* Events that wait to be fetched. A ring: the oldest makes room for the newest. */
typedef struct {
    tussis_event_t events[TUSSIS_EVENT_QUEUE];
    uint16_t first;
    uint16_t count;
    uint32_t lost; /* overwritten before they were fetched */
    uint32_t made; /* all events so far: the id of the next */
    uint8_t mode;  /* tussis_mode_t that they are found in */
} tussis_event_queue_t;

/* One segmenter, all zero at the start. The levels lie beside it: level of frame f in slot f % level_slots, written by
 * the caller before the window that holds the frame is passed on. */
typedef struct {
    uint32_t start;        /* region: frames start .. end - 1 */
    uint32_t end;
    uint32_t first_window; /* windows whose margins are kept: first_window .. first_window + windows - 1 */
    uint32_t windows;
    uint32_t last_end;     /* end and peak of the last event */
    uint32_t last_peak;
    bool open;             /* the last window was positive */
    bool any_event;        /* last_peak is valid */
    float margins[TUSSIS_MARGIN_SLOTS]; /* margin of window w in slot w % TUSSIS_MARGIN_SLOTS */
    uint64_t origin_ticks; /* time of frame 0 */
} tussis_segmenter_t;

/* Take an evaluated window. Finished events go into the queue. A few instructions while nothing is positive; about
 * 25 per frame of the region when it is segmented. */
void tussis_segmenter_window(tussis_segmenter_t *s, const tussis_event_plan_t *plan, const float *levels,
                             uint32_t window, float margin, tussis_event_queue_t *queue);

/* The next window was not evaluated, or the input ended. */
void tussis_segmenter_close(tussis_segmenter_t *s, const tussis_event_plan_t *plan, const float *levels,
                            tussis_event_queue_t *queue);

/* Count frames and windows from a later one on: `frames` and `windows` are whole turns of the rings. */
TUSSIS_SELDOM void tussis_segmenter_forget(tussis_segmenter_t *s, uint32_t frames, uint32_t windows, uint32_t frame_ticks);

/* Numbers of samples and frames from which stages count again from a later one. Tests set it low. */
#ifndef TUSSIS_FORGET_AT
#define TUSSIS_FORGET_AT 0x40000000U
#endif

/* Take the oldest event. Returns false where there is none. */
bool tussis_event_queue_take(tussis_event_queue_t *queue, tussis_event_t *event);

#ifdef __cplusplus
}
#endif

#endif
