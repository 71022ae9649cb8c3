/* Runs a sample: its threads by ucontext, its sensors from the recording that AUDIO (int16) and IMU (rows of six floats) name
 * in the environment. Time is the recording's: it goes on while the main thread waits for sound. Not a kernel. */
#include <zephyr/audio/dmic.h>
#include <zephyr/drivers/sensor.h>
#include <zephyr/kernel.h>
#include <zephyr/sys/printk.h>

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

const struct device dmic0_device = {"dmic0"}, imu0_device = {"imu0"};

enum { RATE_HZ = 16000, ROW = 6 };
static int16_t *sound;
static float *motion;
static size_t samples, rows, given, row;
static int64_t now_us, due_us, period_us;
static size_t block_bytes;
static ucontext_t main_thread, other_thread;
static char other_stack[1 << 18];
static int other_runs;

static void *whole(const char *name, size_t *bytes)
{
    FILE *file = fopen(getenv(name), "rb");
    void *content = malloc(1 << 24);
    *bytes = file == NULL ? 0 : fread(content, 1, 1 << 24, file);
    return content;
}

void k_thread_start(k_tid_t thread)
{
    getcontext(&other_thread);
    other_thread.uc_stack.ss_sp = other_stack;
    other_thread.uc_stack.ss_size = sizeof other_stack;
    makecontext(&other_thread, (void (*)(void))(size_t)thread->entry, 0);
    other_runs = 1;
    swapcontext(&main_thread, &other_thread);
}

void k_timer_init(struct k_timer *timer, void (*expiry)(struct k_timer *), void (*stop)(struct k_timer *))
{
    (void)expiry;
    (void)stop;
    timer->running = 0;
}
void k_timer_start(struct k_timer *timer, k_timeout_t duration, k_timeout_t period)
{
    timer->running = 1;
    due_us = now_us + duration.ticks;
    period_us = period.ticks;
}
uint32_t k_timer_status_sync(struct k_timer *timer)
{
    (void)timer;
    swapcontext(&other_thread, &main_thread); /* until time has come to due_us */
    due_us += period_us;
    return 1;
}

/* A queue of a ring; its definition gives its size. */
int k_msgq_put(struct k_msgq *queue, const void *data, k_timeout_t timeout)
{
    (void)timeout;
    if (queue->used == queue->count) {
        return -ENOMSG;
    }
    memcpy(queue->place + (queue->first + queue->used++) % queue->count * queue->bytes, data, queue->bytes);
    return 0;
}
int k_msgq_get(struct k_msgq *queue, void *data, k_timeout_t timeout)
{
    (void)timeout;
    if (queue->used == 0) {
        return -ENOMSG;
    }
    memcpy(data, queue->place + queue->first * queue->bytes, queue->bytes);
    queue->first = (queue->first + 1) % queue->count;
    queue->used--;
    return 0;
}
void k_mem_slab_free(struct k_mem_slab *slab, void *mem)
{
    (void)slab;
    free(mem);
}

_Bool device_is_ready(const struct device *dev)
{
    size_t bytes;
    if (sound == NULL) {
        sound = whole("AUDIO", &bytes);
        samples = bytes / sizeof *sound;
        motion = whole("IMU", &bytes);
        rows = bytes / sizeof *motion / ROW;
    }
    return dev == &dmic0_device || dev == &imu0_device;
}

int dmic_configure(const struct device *dev, struct dmic_cfg *config)
{
    (void)dev;
    block_bytes = config->streams->block_size;
    return config->streams->pcm_rate == RATE_HZ && config->channel.req_num_chan == 1 ? 0 : -EINVAL;
}
int dmic_trigger(const struct device *dev, enum dmic_trigger command)
{
    (void)dev;
    return command == DMIC_TRIGGER_START ? 0 : -EINVAL;
}
int dmic_read(const struct device *dev, uint8_t stream, void **buffer, size_t *size, int32_t timeout)
{
    (void)dev;
    (void)stream;
    const size_t n = block_bytes / sizeof *sound;
    const int64_t ready_us = (int64_t)(given + n) * 1000000 / RATE_HZ;
    if (timeout == 0 && now_us < ready_us) {
        return -EAGAIN;
    }
    if (given + n > samples) {
        exit(0);
    }
    while (other_runs && due_us < ready_us) {
        now_us = due_us;
        swapcontext(&main_thread, &other_thread);
    }
    now_us = ready_us;
    *buffer = malloc(block_bytes);
    memcpy(*buffer, sound + given, block_bytes);
    *size = block_bytes;
    given += n;
    return 0;
}

int sensor_sample_fetch(const struct device *dev)
{
    (void)dev;
    return row++ < rows ? 0 : -EIO;
}
int sensor_channel_get(const struct device *dev, enum sensor_channel channel, struct sensor_value *value)
{
    (void)dev;
    const int gyro = channel == SENSOR_CHAN_GYRO_XYZ;
    for (int axis = 0; axis < 3; axis++) {
        double si = (double)motion[(row - 1) * ROW + (size_t)(3 * gyro + axis)];
        si = gyro ? si / 57.29577951308232 : si; /* Zephyr gives rad/s */
        value[axis].val1 = (int32_t)si;
        value[axis].val2 = (int32_t)lround((si - value[axis].val1) * 1e6);
    }
    return 0;
}
float sensor_value_to_float(const struct sensor_value *value)
{
    return (float)value->val1 + (float)value->val2 / 1000000.0F;
}

void printk(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
}
