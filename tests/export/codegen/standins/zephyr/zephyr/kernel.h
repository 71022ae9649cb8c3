/* What the sample uses of Zephyr's kernel: prototypes and macros of the same shape; zephyr_kernel/kernel.c is behind them. */
#pragma once
#include <stddef.h>
#include <stdint.h>

#define ARG_UNUSED(x) (void)(x)
typedef struct { int64_t ticks; } k_timeout_t;
#define K_NO_WAIT ((k_timeout_t){0})
#define K_USEC(us) ((k_timeout_t){(us)})
#define K_TICKS_FOREVER (-1)
#define K_FP_REGS 2
#define K_PRIO_PREEMPT(x) (x)

struct k_mem_slab { void *free; };
struct k_msgq { char *place; size_t bytes, count, first, used; };
struct k_timer { int running; };
typedef void (*k_thread_entry_t)(void *, void *, void *);
struct k_thread { k_thread_entry_t entry; };
typedef const struct k_thread *k_tid_t;

#define K_MEM_SLAB_DEFINE_STATIC(name, bytes, count, align) static struct k_mem_slab name = {(void *)(size_t)(bytes)}
#define K_MSGQ_DEFINE(name, bytes, count, align) \
    static char name##_place[(bytes) * (count)]; \
    static struct k_msgq name = {name##_place, (bytes), (count), 0, 0}
#define K_THREAD_DEFINE(name, stack, entry_of, a, b, c, priority, options, delay) \
    static const struct k_thread name##_of = {(entry_of)}; \
    static const k_tid_t name = &name##_of

void k_timer_init(struct k_timer *timer, void (*expiry)(struct k_timer *), void (*stop)(struct k_timer *));
void k_timer_start(struct k_timer *timer, k_timeout_t duration, k_timeout_t period);
uint32_t k_timer_status_sync(struct k_timer *timer);
int k_msgq_put(struct k_msgq *queue, const void *data, k_timeout_t timeout);
int k_msgq_get(struct k_msgq *queue, void *data, k_timeout_t timeout);
void k_mem_slab_free(struct k_mem_slab *slab, void *mem);
void k_thread_start(k_tid_t thread);

struct device { const char *name; };
#define DT_ALIAS(alias) alias
#define DEVICE_DT_GET(node) DEVICE_OF(node)
#define DEVICE_OF(node) (&node##_device)
extern const struct device dmic0_device, imu0_device;
_Bool device_is_ready(const struct device *dev);
