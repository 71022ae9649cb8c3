/* SPDX-License-Identifier: Apache-2.0 */
#include "../detector/events.h"

#include "../dsp/elementary.h"

/* A run of frames, end excluded, with its first highest frame. Frame numbers are absolute. */
typedef struct {
    uint32_t start;
    uint32_t end;
    uint32_t peak;
} segment_t;

/* Everything that segmenting one region needs, gathered so that the steps below stay short. */
typedef struct {
    tussis_segmenter_t *s;
    const tussis_event_plan_t *plan;
    const float *levels;
    tussis_event_queue_t *queue;
    float high;
    bool forced;   /* the region stays open: what touches its end is kept back */
    uint32_t rest; /* first frame that stays in a region that goes on */
} cutting_t;

static float level_of(const cutting_t *c, uint32_t frame)
{
    return c->levels[frame % c->plan->level_slots];
}

static uint32_t highest(const cutting_t *c, uint32_t start, uint32_t end)
{
    uint32_t best = start;
    for (uint32_t frame = start + 1; frame < end; frame++) {
        if (level_of(c, frame) > level_of(c, best)) {
            best = frame;
        }
    }
    return best;
}

static uint32_t lowest(const cutting_t *c, uint32_t start, uint32_t end)
{
    uint32_t best = start;
    for (uint32_t frame = start + 1; frame < end; frame++) {
        if (level_of(c, frame) < level_of(c, best)) {
            best = frame;
        }
    }
    return best;
}

/* Largest margin among the region's windows that hold the frame. */
static float margin_around(const cutting_t *c, uint32_t frame)
{
    const tussis_segmenter_t *s = c->s;
    const uint32_t hop = c->plan->hop_frames;
    const uint32_t reach = c->plan->window_frames - 1U;
    const uint32_t newest = s->first_window + s->windows - 1U;
    uint32_t window = frame > reach ? (frame - reach + hop - 1U) / hop : 0U;
    uint32_t last = frame / hop;
    if (window < s->first_window) {
        window = s->first_window;
    }
    if (last > newest) {
        last = newest;
    }
    float largest = s->margins[window % TUSSIS_MARGIN_SLOTS];
    while (++window <= last) {
        const float margin = s->margins[window % TUSSIS_MARGIN_SLOTS];
        if (margin > largest) {
            largest = margin;
        }
    }
    return largest;
}

static void enqueue(tussis_event_queue_t *queue, const tussis_event_t *event)
{
    if (queue->count == TUSSIS_EVENT_QUEUE) {
        queue->first = (uint16_t)((queue->first + 1U) % TUSSIS_EVENT_QUEUE);
        queue->count--;
        queue->lost++;
    }
    queue->events[(queue->first + queue->count) % TUSSIS_EVENT_QUEUE] = *event;
    queue->count++;
}

static void emit(cutting_t *c, const segment_t *piece)
{
    tussis_segmenter_t *s = c->s;
    const tussis_event_plan_t *plan = c->plan;
    const bool again = s->any_event && piece->peak - s->last_peak < plan->merge_frames;
    if (piece->end - piece->start < plan->min_frames || again) {
        return;
    }
    const tussis_event_t event = {
        .onset_ticks = s->origin_ticks + (uint64_t)piece->start * plan->frame_ticks,
        .offset_ticks = s->origin_ticks + (uint64_t)piece->end * plan->frame_ticks,
        .peak_ticks = s->origin_ticks + (uint64_t)piece->peak * plan->frame_ticks,
        .id = c->queue->made,
        .confidence = tussis_sigmoid(margin_around(c, piece->peak)),
        .mode = c->queue->mode,
    };
    s->last_end = piece->end;
    s->last_peak = piece->peak;
    s->any_event = true;
    c->queue->made++;
    enqueue(c->queue, &event);
}

/* Cut a segment to pieces of at most max_frames and emit those that reach the high level. */
static void cut(cutting_t *c, const segment_t *segment)
{
    const tussis_event_plan_t *plan = c->plan;
    uint32_t start = segment->start;
    while (start < segment->end) {
        uint32_t end = segment->end;
        if (end - start > plan->max_frames) {
            end = lowest(c, start + plan->min_frames, start + plan->max_frames + 1U);
        }
        const segment_t piece = {start, end, highest(c, start, end)};
        if (level_of(c, piece.peak) >= c->high) {
            if (c->forced && end == c->s->end) {
                c->rest = start;
            } else {
                emit(c, &piece);
            }
        }
        start = end;
    }
}

/* Next run of frames at or above `low`, from frame `from` on. Returns false where there is none. */
static bool next_run(const cutting_t *c, uint32_t from, float low, segment_t *run)
{
    const uint32_t end = c->s->end;
    while (from < end && !(level_of(c, from) >= low)) {
        from++;
    }
    if (from >= end) {
        return false;
    }
    run->start = run->peak = from;
    while (++from < end && level_of(c, from) >= low) {
        if (level_of(c, from) > level_of(c, run->peak)) {
            run->peak = from;
        }
    }
    run->end = from;
    return true;
}

/* Runs that reach the high level, joined where they are close, each cut and emitted once it is complete. */
static void find_segments(cutting_t *c, float low)
{
    segment_t whole = {0, 0, 0};
    segment_t run;
    bool any = false;
    for (uint32_t from = c->s->start; next_run(c, from, low, &run); from = run.end) {
        if (level_of(c, run.peak) < c->high) {
            continue;
        }
        if (any && (run.peak - whole.peak < c->plan->merge_frames || run.start - whole.end <= 1U)) {
            whole.end = run.end;
            if (level_of(c, run.peak) > level_of(c, whole.peak)) {
                whole.peak = run.peak;
            }
            continue;
        }
        if (any) {
            cut(c, &whole);
        }
        whole = run;
        any = true;
    }
    if (any) {
        cut(c, &whole);
    }
}

/* A region that stays open goes on from `rest`; windows that ended by then are forgotten. */
static void go_on(tussis_segmenter_t *s, const tussis_event_plan_t *plan, uint32_t rest)
{
    s->start = rest;
    if (rest >= plan->window_frames) {
        const uint32_t first = (rest - plan->window_frames) / plan->hop_frames + 1U;
        if (first > s->first_window) {
            s->windows -= first - s->first_window;
            s->first_window = first;
        }
    }
}

static TUSSIS_SELDOM void segment_region(tussis_segmenter_t *s, const tussis_event_plan_t *plan, const float *levels,
                           tussis_event_queue_t *queue, bool forced)
{
    cutting_t c = {s, plan, levels, queue, 0.0F, forced, s->end};
    if (s->end > s->start) {
        /* Of all frames of its windows, also those given away: the tail of an event is no event. */
        const float top = level_of(&c, highest(&c, s->first_window * plan->hop_frames, s->end));
        c.high = top - plan->high_drop;
        find_segments(&c, top - plan->low_drop);
    }
    if (forced) {
        go_on(s, plan, c.rest);
    }
}

void tussis_segmenter_window(tussis_segmenter_t *s, const tussis_event_plan_t *plan, const float *levels,
                             uint32_t window, float margin, tussis_event_queue_t *queue)
{
    if (!(margin >= (s->open ? plan->continue_margin : plan->open_margin))) {
        tussis_segmenter_close(s, plan, levels, queue);
        return;
    }
    const uint32_t first_frame = window * plan->hop_frames;
    if (!s->open) {
        s->open = true;
        s->start = first_frame > s->last_end ? first_frame : s->last_end; /* events never overlap */
        s->first_window = window;
        s->windows = 0;
    }
    s->end = first_frame + plan->window_frames;
    s->margins[window % TUSSIS_MARGIN_SLOTS] = margin;
    s->windows++;
    if (s->end - s->start >= plan->max_region_frames) {
        segment_region(s, plan, levels, queue, true);
    }
}

void tussis_segmenter_close(tussis_segmenter_t *s, const tussis_event_plan_t *plan, const float *levels,
                            tussis_event_queue_t *queue)
{
    if (s->open) {
        segment_region(s, plan, levels, queue, false);
        s->open = false;
    }
}

static uint32_t less(uint32_t number, uint32_t by)
{
    return number > by ? number - by : 0U; /* what lies so far back matters no more */
}

void tussis_segmenter_forget(tussis_segmenter_t *s, uint32_t frames, uint32_t windows, uint32_t frame_ticks)
{
    s->start = less(s->start, frames);
    s->end = less(s->end, frames);
    s->last_end = less(s->last_end, frames);
    s->any_event = s->any_event && s->last_peak >= frames;
    s->last_peak = less(s->last_peak, frames);
    s->first_window = less(s->first_window, windows);
    s->origin_ticks += (uint64_t)frames * frame_ticks;
}

bool tussis_event_queue_take(tussis_event_queue_t *queue, tussis_event_t *event)
{
    if (queue->count == 0) {
        return false;
    }
    *event = queue->events[queue->first];
    queue->first = (uint16_t)((queue->first + 1U) % TUSSIS_EVENT_QUEUE);
    queue->count--;
    return true;
}
