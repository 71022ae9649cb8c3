/* SPDX-License-Identifier: Apache-2.0 */
#include "tussis/tussis_front_end.h"

#if TUSSIS_HAS_AUDIO

#include "../dsp/envelope.h"

#include "../dsp/dual.h"
#include "../dsp/elementary.h"

float tussis_deviation(int32_t sum, uint32_t square, int n, int scale)
{
    const uint64_t all = (uint64_t)square * (uint32_t)n;
    const uint64_t scatter = (all - (uint64_t)((int64_t)sum * sum)) >> TUSSIS_VARIANCE_SHIFT;
    const float unit = (float)(1U << TUSSIS_VARIANCE_SHIFT) / (float)((n * scale) * (n * scale));
    return tussis_sqrt((float)(uint32_t)scatter * unit);
}

static int32_t total(const int16_t *s, int n)
{
    int32_t sum = n % 2 ? s[n - 1] : 0;
    const int16_t *const end = s + n - 1;
    for (; end - s >= 7; s += 8) {
        sum = tussis_dual_sum(tussis_pair(s), sum);
        sum = tussis_dual_sum(tussis_pair(s + 2), sum);
        sum = tussis_dual_sum(tussis_pair(s + 4), sum);
        sum = tussis_dual_sum(tussis_pair(s + 6), sum);
    }
    for (; s < end; s += 2) {
        sum = tussis_dual_sum(tussis_pair(s), sum);
    }
    return sum;
}

float tussis_mean(const int16_t *s, int n, int scale)
{
    return tussis_scaled(total(s, n), scale * n);
}

float tussis_std(const int16_t *s, int n, int scale)
{
    int32_t sum = n % 2 ? s[n - 1] : 0;
    int32_t square = sum * sum;
    for (int i = 0; i + 1 < n; i += 2) {
        const int32_t pair = tussis_pair(&s[i]);
        sum = tussis_dual_sum(pair, sum);
        square = tussis_dual_mac(pair, pair, square);
    }
    return tussis_deviation(sum, (uint32_t)square, n, scale);
}

int32_t tussis_largest(const int16_t *s, int n)
{
    int32_t pair = tussis_join(s[0], s[n - 1]);
    for (int i = 0; i + 1 < n; i += 2) {
        pair = tussis_dual_max(pair, tussis_pair(&s[i]));
    }
    return tussis_higher(pair);
}

int32_t tussis_smallest(const int16_t *s, int n)
{
    int32_t pair = tussis_join(s[0], s[n - 1]);
    for (int i = 0; i + 1 < n; i += 2) {
        pair = tussis_dual_min(pair, tussis_pair(&s[i]));
    }
    return tussis_lower(pair);
}

int32_t tussis_argmax(const int16_t *s, int n)
{
    const int32_t max = tussis_largest(s, n);
    int32_t at = 0;
    while (s[at] != max) {
        at++;
    }
    return at;
}

/* Largest of later[i] - earlier[i] for i < n. */
static int32_t most(const int16_t *later, const int16_t *earlier, int n)
{
    const int32_t last = later[n - 1] - earlier[n - 1];
    int32_t pair = tussis_join(last, last);
    for (int i = 0; i + 1 < n; i += 2) {
        pair = tussis_dual_max(pair, tussis_dual_sub(tussis_pair(&later[i]), tussis_pair(&earlier[i])));
    }
    return tussis_higher(pair);
}

int32_t tussis_rise(const int16_t *s, int n, int frames)
{
    return most(s + frames, s, n - frames);
}

int32_t tussis_fall(const int16_t *s, int n, int frames)
{
    return most(s, s + frames, n - frames);
}

int32_t tussis_rise_position(const int16_t *s, int n, int frames)
{
    const int32_t rise = tussis_rise(s, n, frames);
    int32_t at = frames;
    while (s[at] - s[at - frames] != rise) {
        at++;
    }
    return at;
}

int32_t tussis_above(const int16_t *s, int n, int32_t at, int drop)
{
    const int32_t limit = s[at] - drop;
    const int32_t limits = tussis_join(limit, limit);
    int32_t counts = n % 2 && s[n - 1] >= limit ? 1 : 0; /* two counters, one per half */
    for (int i = 0; i + 1 < n; i += 2) {
        counts += tussis_dual_select(tussis_pair(&s[i]), limits, 0x00010001, 0);
    }
    return tussis_low(counts) + tussis_high(counts);
}

int32_t tussis_run(const int16_t *s, int n, int32_t at, int drop)
{
    const int32_t limit = s[at] - drop;
    int32_t first = at;
    int32_t last = at;
    while (first > 0 && s[first - 1] >= limit) {
        first--;
    }
    while (last < n - 1 && s[last + 1] >= limit) {
        last++;
    }
    return last - first + 1;
}

int32_t tussis_peaks(const int16_t *s, int n)
{
    const int16_t *const end = s + n;
    int32_t count = 0;
    int32_t edge = *s; /* the highest value since the last valley, then the lowest since the last peak */
    while (s != end) {
        int32_t value = edge;
        for (; s != end && value >= edge - TUSSIS_DB3; s++) {
            value = *s;
            edge = value > edge ? value : edge;
        }
        if (value >= edge - TUSSIS_DB3) {
            break; /* the end, without a peak */
        }
        count++;
        edge = value;
        for (; s != end && value <= edge + TUSSIS_DB3; s++) {
            value = *s;
            edge = value < edge ? value : edge;
        }
        edge = value;
    }
    return count;
}

float tussis_prominence(const int16_t *s, int n, int32_t at)
{
    return tussis_octaves(s[at]) - tussis_mean(s, n, 256);
}

int32_t tussis_drop(const int16_t *s, int n, int32_t at, int frames)
{
    int32_t other = at + frames;
    other = other < 0 ? 0 : other;
    other = other > n - 1 ? n - 1 : other;
    return s[at] - s[other];
}

float tussis_decay(const int16_t *s, int n, int32_t at)
{
    const int32_t frames = n - 1 - at;
    return tussis_octaves(s[at] - s[n - 1]) / (float)(frames > 1 ? frames : 1);
}

float tussis_late_minus_early(const int16_t *s, int n, int scale)
{
    const int half = n / 2;
    return tussis_scaled(total(s + half, half) - total(s, half), scale * half);
}

float tussis_quarter(const int16_t *s, int n, int quarter)
{
    const int size = n / 4;
    return tussis_scaled(4 * total(s + quarter * size, size) - total(s, n), 256 * n);
}

tussis_second_t tussis_second(const int16_t *s, int n, int32_t at)
{
    tussis_second_t second = {tussis_smallest(s, n), 0};
    for (int32_t i = 0; i <= at - TUSSIS_SECOND_GUARD; i++) {
        if (s[i] > second.value) {
            second = (tussis_second_t){s[i], i - at};
        }
    }
    for (int32_t i = at + TUSSIS_SECOND_GUARD; i < n; i++) {
        if (s[i] > second.value) {
            second = (tussis_second_t){s[i], i - at};
        }
    }
    return second;
}

tussis_power_moments_t tussis_power_moments(const float *power, int n, int32_t at)
{
    float sum = power[0];
    float moment = 0.0F;
    float frame = 1.0F;
    for (int i = 1; i < n; i++) {
        sum += power[i];
        moment += frame * power[i];
        frame += 1.0F;
    }
    const float centroid = moment / sum;
    float spread = 0.0F;
    frame = 0.0F;
    for (int i = 0; i < n; i++) {
        const float d = frame - centroid;
        spread += d * d * power[i];
        frame += 1.0F;
    }
    float before = 1.0F;
    float after = 1.0F;
    for (int i = 0; i < at; i++) {
        before += power[i];
    }
    for (int i = at; i < n; i++) {
        after += power[i];
    }
    return (tussis_power_moments_t){
        .centroid = centroid * TUSSIS_FRAME_S,
        .spread = tussis_sqrt(spread / sum) * TUSSIS_FRAME_S,
        .balance = tussis_log2(after) - tussis_log2(before),
        .mean = tussis_log2(sum * (1.0F / (float)n)),
    };
}

float tussis_rms(const uint32_t *mean_square, int n)
{
    float sum = (float)mean_square[0];
    for (int i = 1; i < n; i++) {
        sum += (float)mean_square[i];
    }
    return tussis_log2(sum * (1.0F / (float)n) + 1.0F);
}

float tussis_group_at_peak(const int16_t *groups, int group, int32_t at)
{
    int32_t all = 0;
    for (int g = 0; g < TUSSIS_GROUPS; g++) {
        all += groups[g * TUSSIS_SERIES_ROW + at];
    }
    const int32_t this_one = groups[group * TUSSIS_SERIES_ROW + at];
    return tussis_octaves(TUSSIS_GROUPS * this_one - all) * (1.0F / (float)TUSSIS_GROUPS);
}

int32_t tussis_group_pos_range(const int16_t *groups, int n)
{
    int32_t first = n;
    int32_t last = 0;
    for (int g = 0; g < TUSSIS_GROUPS; g++) {
        const int32_t at = tussis_argmax(&groups[g * TUSSIS_SERIES_ROW], n);
        first = at < first ? at : first;
        last = at > last ? at : last;
    }
    return last - first;
}

int32_t tussis_joint_attack(const int16_t *groups, int n)
{
    int32_t largest = tussis_join(INT16_MIN, INT16_MIN);
    for (int i = 2; i < n; i += 2) {
        int32_t least = tussis_join(INT16_MAX, INT16_MAX);
        TUSSIS_UNROLL
        for (int g = 0; g < TUSSIS_GROUPS; g++) {
            const int16_t *s = &groups[g * TUSSIS_SERIES_ROW + i];
            least = tussis_dual_min(least, tussis_dual_sub(tussis_pair(s), tussis_pair(s - 2)));
        }
        largest = tussis_dual_max(largest, least);
    }
    return tussis_higher(largest);
}

#endif
