/* SPDX-License-Identifier: Apache-2.0 */
/* Prints each cough. The main thread alone touches the detector; a second one reads the motion sensor at its rate and
 * hands samples over by a queue. Your devicetree names the parts: aliases dmic0 and imu0. */
#include <zephyr/audio/dmic.h>
#include <zephyr/drivers/sensor.h>
#include <zephyr/kernel.h>
#include <zephyr/sys/printk.h>

#include "tussis.h"

#if !TUSSIS_HAS_AUDIO || !TUSSIS_HAS_IMU || TUSSIS_MICROPHONE != TUSSIS_MICROPHONE_ALWAYS
#error "this sample is for a detector with both models and a microphone that is always on"
#endif

#define BLOCK_MS 16
#define BLOCK_BYTES (TUSSIS_INPUT_RATE_HZ / 1000 * BLOCK_MS * (int)sizeof(int16_t))
#define BLOCKS 8

K_MEM_SLAB_DEFINE_STATIC(blocks, BLOCK_BYTES, BLOCKS, 4);
K_MSGQ_DEFINE(motion, sizeof(tussis_imu_t), 64, 4);

static const struct device *const microphone = DEVICE_DT_GET(DT_ALIAS(dmic0));
static const struct device *const imu = DEVICE_DT_GET(DT_ALIAS(imu0));
static tussis_t detector;

static void read_motion(void *a, void *b, void *c)
{
    ARG_UNUSED(a);
    ARG_UNUSED(b);
    ARG_UNUSED(c);
    const float degrees = 57.2957795F; /* Zephyr gives rad/s */
    struct k_timer tick;
    k_timer_init(&tick, NULL, NULL);
    k_timer_start(&tick, K_NO_WAIT, K_USEC(1000000 / TUSSIS_IMU_RATE_HZ));
    for (;;) {
        k_timer_status_sync(&tick);
        struct sensor_value acc[3];
        struct sensor_value gyro[3];
        tussis_imu_t sample;
        if (sensor_sample_fetch(imu) != 0 || sensor_channel_get(imu, SENSOR_CHAN_ACCEL_XYZ, acc) != 0 ||
            sensor_channel_get(imu, SENSOR_CHAN_GYRO_XYZ, gyro) != 0) {
            printk("motion sensor: no sample\n");
            continue;
        }
        for (int axis = 0; axis < 3; axis++) {
            sample.acc_ms2[axis] = sensor_value_to_float(&acc[axis]);
            sample.gyro_dps[axis] = sensor_value_to_float(&gyro[axis]) * degrees;
        }
        if (k_msgq_put(&motion, &sample, K_NO_WAIT) != 0) {
            printk("motion sensor: a sample was lost\n");
        }
    }
}

K_THREAD_DEFINE(motion_thread, 1024, read_motion, NULL, NULL, NULL, K_PRIO_PREEMPT(1), K_FP_REGS, K_TICKS_FOREVER);

static int start_microphone(void)
{
    struct pcm_stream_cfg stream = {
        .pcm_rate = TUSSIS_INPUT_RATE_HZ, .pcm_width = 16, .block_size = BLOCK_BYTES, .mem_slab = &blocks};
    struct dmic_cfg config = {
        .io = {.min_pdm_clk_freq = 1000000, .max_pdm_clk_freq = 3500000, .min_pdm_clk_dc = 40, .max_pdm_clk_dc = 60},
        .streams = &stream,
        .channel = {.req_num_streams = 1, .req_num_chan = 1},
    };
    config.channel.req_chan_map_lo = dmic_build_channel_map(0, 0, PDM_CHAN_LEFT);
    const int refused = dmic_configure(microphone, &config);
    return refused != 0 ? refused : dmic_trigger(microphone, DMIC_TRIGGER_START);
}

static void push(tussis_status_t status, const char *what)
{
    if (status != TUSSIS_OK) {
        printk("%s: %s %d\n", what, TUSSIS_IS_LOSS(status) ? "loss" : "error", status);
    }
}

/* Push the motion that has come. Its stamp is the audio time now, which is the end of a block of n samples that has just
 * come: by it the library follows the motion sensor's clock. A block that waited says nothing of the time now. */
static void take_motion(size_t n, bool just_come)
{
    const uint64_t now = tussis_audio_ticks(&detector) + (uint64_t)n * TUSSIS_TICK_HZ / TUSSIS_INPUT_RATE_HZ;
    tussis_imu_t sample;
    while (k_msgq_get(&motion, &sample, K_NO_WAIT) == 0) {
        push(just_come ? tussis_push_imu_at(&detector, &sample, 1, now) : tussis_push_imu(&detector, &sample, 1),
             "motion");
    }
}

static unsigned int milliseconds(uint64_t ticks)
{
    return (unsigned int)(ticks * 1000U / TUSSIS_TICK_HZ);
}

int main(void)
{
    const tussis_status_t status = tussis_init(&detector);
    if (status != TUSSIS_OK || !device_is_ready(microphone) || !device_is_ready(imu)) {
        printk("cannot start: detector %d, or a sensor is not ready\n", status);
        return 0;
    }
    const int refused = start_microphone();
    if (refused != 0) {
        printk("microphone: %d\n", refused);
        return 0;
    }
    k_thread_start(motion_thread);
    for (;;) {
        void *block;
        size_t bytes;
        const bool waits = dmic_read(microphone, 0, &block, &bytes, 0) == 0;
        if (!waits && dmic_read(microphone, 0, &block, &bytes, 1000) != 0) {
            printk("microphone: no block\n");
            continue;
        }
        take_motion(bytes / sizeof(int16_t), !waits); /* motion first: the gate decides by it */
        push(tussis_push_audio(&detector, block, bytes / sizeof(int16_t)), "audio");
        k_mem_slab_free(&blocks, block);
        tussis_event_t event;
        while (tussis_next_event(&detector, &event)) {
            printk("cough at %u ms, %u ms long, confidence %u %%\n", milliseconds(event.onset_ticks),
                   milliseconds(event.offset_ticks - event.onset_ticks), (unsigned int)(event.confidence * 100.0F));
        }
    }
}
