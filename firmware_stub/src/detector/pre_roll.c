/* SPDX-License-Identifier: Apache-2.0 */
#include "tussis/tussis_config.h"

#if TUSSIS_HAS_AUDIO

#include "../detector/pre_roll.h"

#include <string.h>

#include "../dsp/dual.h"

enum { R = TUSSIS_DECIMATION };

static int16_t *slot_of(tussis_pre_roll_t *pre_roll, uint32_t number)
{
    return pre_roll->ring[number % TUSSIS_RING_SLOTS];
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* The frame being filled, as far as it has come at TUSSIS_RATE_HZ, and silence after it, into the last slot. */
static void copy_part(tussis_pre_roll_t *pre_roll)
{
    int16_t *aside = pre_roll->ring[TUSSIS_RING_SLOTS - 1];
    const size_t part = tussis_pre_roll_part(pre_roll);
    memmove(aside, slot_of(pre_roll, pre_roll->frames), part * sizeof *aside); /* it may be the same slot */
    memset(aside + part, 0, (TUSSIS_FRAME - part) * sizeof *aside);
}

const int16_t *tussis_pre_roll_aside(tussis_pre_roll_t *pre_roll, bool sound)
{
    int16_t *aside = pre_roll->ring[TUSSIS_RING_SLOTS - 1];
    if (!sound) {
        memset(aside, 0, TUSSIS_FRAME * sizeof *aside);
    }
    return aside;
}

#if TUSSIS_PRE_ROLL == TUSSIS_PRE_ROLL_RAW

enum { LEAD = TUSSIS_SLOT_LEAD, HISTORY = TUSSIS_FRAME_HISTORY };

void tussis_pre_roll_init(tussis_pre_roll_t *pre_roll)
{
    tussis_decimator_reset(&pre_roll->decimator);
    pre_roll->fill = R - 1; /* the first frame needs one sample, and silence before it */
}

/* Put what the frame being filled has so far through the FIR; what comes next goes through the decimator. */
static void make_filtered(tussis_pre_roll_t *pre_roll)
{
    int16_t *slot = slot_of(pre_roll, pre_roll->frames);
    const int16_t *x = slot + LEAD;
    if (!pre_roll->filtered) {
        const size_t left = pre_roll->fill % R;
        tussis_decimator_remember(&pre_roll->decimator, &x[pre_roll->fill - left], HISTORY + left);
        (void)tussis_decimate_whole(x, (size_t)HISTORY + pre_roll->fill, slot);
        pre_roll->filtered = true;
    }
}

/* A frame of which no sample at TUSSIS_RATE_HZ has come can be raw again. */
static void make_raw(tussis_pre_roll_t *pre_roll)
{
    tussis_decimator_recall(&pre_roll->decimator, slot_of(pre_roll, pre_roll->frames) + LEAD);
    pre_roll->filtered = false;
}

#if defined(__clang__) || (TUSSIS_SOUND_LEVEL && defined(__GNUC__))
/* Copy a number of samples that the compiler knows, both on whole words. */
static inline void copy_words(int16_t *to, const int16_t *from, size_t n)
{
    memcpy(__builtin_assume_aligned(to, 4), __builtin_assume_aligned(from, 4), n * sizeof *from);
}

/* Copy n samples. Where the rest sleeps, this is most of what a quiet frame costs: a library's memcpy takes
 * 340 to 430 instructions for 16 ms at 16 kHz, words in blocks of known size, several at once, 110. */
static TUSSIS_APART void copy_samples(int16_t *to, const int16_t *from, size_t n)
{
    enum { LARGE = 128, INLINE = 32, SMALL = 8 };
    if (n > 0 && ((uintptr_t)to & (uintptr_t)from & 2U) != 0U) {
        *to++ = *from++;
        n--;
    }
    if ((((uintptr_t)to | (uintptr_t)from) & 3U) == 0U) {
        TUSSIS_UNROLL_BY(1)
        for (size_t blocks = n / LARGE; blocks > 0; blocks--) {
            TUSSIS_UNROLL
            for (size_t at = 0; at < LARGE; at += INLINE) {
                copy_words(to + at, from + at, INLINE);
            }
            to += LARGE;
            from += LARGE;
        }
        n %= LARGE;
        TUSSIS_UNROLL_BY(1)
        for (size_t blocks = n / SMALL; blocks > 0; blocks--) {
            copy_words(to, from, SMALL);
            to += SMALL;
            from += SMALL;
        }
        n %= SMALL;
    }
    if (n > 0) {
        memcpy(to, from, n * sizeof *from);
    }
}
#else
static inline void copy_samples(int16_t *to, const int16_t *from, size_t n)
{
    memcpy(to, from, n * sizeof *from);
}
#endif

/* Samples into a frame that is kept at TUSSIS_RATE_HZ. */
static TUSSIS_APART void push_filtered(tussis_pre_roll_t *pre_roll, const int16_t *pcm, size_t n)
{
    (void)tussis_decimate(&pre_roll->decimator, pcm, n, &slot_of(pre_roll, pre_roll->frames)[pre_roll->fill / R]);
}

size_t tussis_pre_roll_push(tussis_pre_roll_t *pre_roll, const int16_t *pcm, size_t n)
{
    enum { SPARE = TUSSIS_SLOT_SAMPLES - LEAD - HISTORY - TUSSIS_FRAME_INPUTS }; /* 0 or 1: room behind the frame */
    const size_t fill = pre_roll->fill;
    const size_t taken = least(n, (size_t)TUSSIS_FRAME_INPUTS - fill);
    if (pre_roll->filtered && fill < R) {
        make_raw(pre_roll);
    }
    int16_t *to = &slot_of(pre_roll, pre_roll->frames)[LEAD + HISTORY + fill];
    if (pre_roll->filtered) {
        push_filtered(pre_roll, pcm, taken);
    } else if (taken == 1U) {
        *to = *pcm;
    } else if (pcm != to) { /* where more waits, a sample into the room behind the frame makes whole words; nobody reads it */
        copy_samples(to, pcm, taken < n ? taken + SPARE : taken);
    }
    pre_roll->fill = (uint16_t)(fill + taken);
    return taken;
}

int16_t *tussis_pre_roll_place(tussis_pre_roll_t *pre_roll, bool after, size_t *lacking)
{
    const size_t fill = after ? 0U : pre_roll->fill;
    *lacking = TUSSIS_FRAME_INPUTS - fill;
    if (pre_roll->filtered) {
        *lacking = 0;
        return NULL;
    }
    return &slot_of(pre_roll, pre_roll->frames + after)[LEAD + HISTORY + fill];
}

size_t tussis_pre_roll_push_silence(tussis_pre_roll_t *pre_roll, size_t n)
{
    static const int16_t SILENCE[TUSSIS_DECIMATOR_TAPS];
    if (pre_roll->filtered) {
        return tussis_pre_roll_push(pre_roll, SILENCE, least(n, TUSSIS_DECIMATOR_TAPS));
    }
    const size_t taken = least(n, (size_t)TUSSIS_FRAME_INPUTS - pre_roll->fill);
    memset(&slot_of(pre_roll, pre_roll->frames)[LEAD + HISTORY + pre_roll->fill], 0, taken * sizeof(int16_t));
    pre_roll->fill = (uint16_t)(pre_roll->fill + taken);
    return taken;
}

size_t tussis_pre_roll_push_decimated(tussis_pre_roll_t *pre_roll, const int16_t *pcm, size_t n)
{
    make_filtered(pre_roll);
    const size_t part = tussis_pre_roll_part(pre_roll);
    const size_t taken = least(n, TUSSIS_FRAME - part);
    memcpy(slot_of(pre_roll, pre_roll->frames) + part, pcm, taken * sizeof *pcm);
    pre_roll->fill = (uint16_t)(pre_roll->fill + taken * R);
    return taken;
}

void tussis_pre_roll_open(tussis_pre_roll_t *pre_roll)
{
    if (!pre_roll->filtered) {
        const uint32_t slot = pre_roll->frames % TUSSIS_RING_SLOTS;
        const int16_t *before = pre_roll->ring[slot > 0U ? slot - 1U : TUSSIS_RING_SLOTS - 1U] + LEAD;
        memcpy(pre_roll->ring[slot] + LEAD, &before[TUSSIS_FRAME_INPUTS], HISTORY * sizeof *before);
    }
}

const int16_t *tussis_pre_roll_frame(tussis_pre_roll_t *pre_roll, uint32_t number)
{
    int16_t *slot = slot_of(pre_roll, number);
    bool *decimated = &pre_roll->decimated[number % TUSSIS_RING_SLOTS];
    if (!*decimated) {
        (void)tussis_decimate_whole(slot + LEAD, HISTORY + TUSSIS_FRAME_INPUTS, slot);
        *decimated = true;
    }
    return slot;
}

void tussis_pre_roll_set_aside(tussis_pre_roll_t *pre_roll)
{
    make_filtered(pre_roll);
    copy_part(pre_roll);
}

void tussis_pre_roll_skip(tussis_pre_roll_t *pre_roll, size_t n)
{
    const size_t fill = pre_roll->fill + n % TUSSIS_FRAME_INPUTS;
    pre_roll->frames += (uint32_t)(n / TUSSIS_FRAME_INPUTS + fill / TUSSIS_FRAME_INPUTS);
    pre_roll->fill = (uint16_t)(fill % TUSSIS_FRAME_INPUTS);
    pre_roll->filtered = false;
    memset(slot_of(pre_roll, pre_roll->frames) + LEAD + pre_roll->fill, 0, HISTORY * sizeof(int16_t));
}

#else

void tussis_pre_roll_init(tussis_pre_roll_t *pre_roll)
{
    tussis_decimator_reset(&pre_roll->decimator);
}

size_t tussis_pre_roll_push(tussis_pre_roll_t *pre_roll, const int16_t *pcm, size_t n)
{
    const size_t taken = least(n, (size_t)(TUSSIS_FRAME - pre_roll->fill) * R); /* makes a whole frame at most */
    int16_t *out = slot_of(pre_roll, pre_roll->frames) + pre_roll->fill;
    pre_roll->fill = (uint16_t)(pre_roll->fill + tussis_decimate(&pre_roll->decimator, pcm, taken, out));
    return taken;
}

size_t tussis_pre_roll_push_silence(tussis_pre_roll_t *pre_roll, size_t n)
{
    static const int16_t SILENCE[TUSSIS_DECIMATOR_TAPS];
    const size_t taken = least(n, (size_t)(TUSSIS_FRAME - pre_roll->fill) * R); /* makes a whole frame at most */
    const size_t tail = least(taken, TUSSIS_DECIMATOR_TAPS); /* behind it the FIR remembers silence only */
    int16_t *out = slot_of(pre_roll, pre_roll->frames) + pre_roll->fill;
    const size_t heard = tussis_decimate(&pre_roll->decimator, SILENCE, tail, out);
    /* A skip forgets what the FIR remembers, so there is none while some of that is not silence yet. */
    const size_t silent = taken > tail ? tussis_decimator_skip(&pre_roll->decimator, taken - tail) : 0U;
    memset(out + heard, 0, silent * sizeof *out);
    pre_roll->fill = (uint16_t)(pre_roll->fill + heard + silent);
    return taken;
}

size_t tussis_pre_roll_push_decimated(tussis_pre_roll_t *pre_roll, const int16_t *pcm, size_t n)
{
    const size_t taken = least(n, (size_t)(TUSSIS_FRAME - pre_roll->fill));
    memcpy(slot_of(pre_roll, pre_roll->frames) + pre_roll->fill, pcm, taken * sizeof *pcm);
    pre_roll->fill = (uint16_t)(pre_roll->fill + taken);
    return taken;
}

const int16_t *tussis_pre_roll_frame(tussis_pre_roll_t *pre_roll, uint32_t number)
{
    return slot_of(pre_roll, number);
}

void tussis_pre_roll_set_aside(tussis_pre_roll_t *pre_roll)
{
    copy_part(pre_roll);
}

void tussis_pre_roll_skip(tussis_pre_roll_t *pre_roll, size_t n)
{
    const size_t outputs = tussis_decimator_skip(&pre_roll->decimator, n);
    const size_t fill = outputs % TUSSIS_FRAME + pre_roll->fill;
    pre_roll->frames += (uint32_t)(outputs / TUSSIS_FRAME + fill / TUSSIS_FRAME);
    pre_roll->fill = (uint16_t)(fill % TUSSIS_FRAME);
}

#endif

#endif
