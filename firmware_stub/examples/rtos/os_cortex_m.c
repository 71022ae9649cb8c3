/* SPDX-License-Identifier: Apache-2.0 */
/* A preemptive kernel for a Cortex-M33 with FPU, as small as it gets: fixed priorities, semaphores, mutexes with priority
 * inheritance. It is there so that the example runs and is tested without somebody else's code; a product takes a real one.
 *
 * PendSV, the least urgent exception, changes threads. Whatever makes a thread ready sets it pending; it runs when all
 * interrupts are done and no mask is set. Interrupts run on the main stack, threads on their own. */
#include "os.h"

#define ICSR (*(volatile uint32_t *)0xE000ED04U)
#define SHPR3 (*(volatile uint32_t *)0xE000ED20U)
#define PENDSVSET (1U << 28)
/* Return to a thread on its own stack, without FPU registers in the frame; in the secure state, where mps2-an505 begins. A
 * core without TrustZone, or a program in the non-secure state: 0xFFFFFFBC. */
#define EXC_RETURN 0xFFFFFFFDU

enum { FRAME = 8, SAVED = 9, IDLE_WORDS = 64 };

typedef struct {
    uint32_t *stack;           /* where it was left */
    const void *volatile waits; /* semaphore or mutex; NULL: ready */
    const os_mutex_t *mutex;   /* the same if it is a mutex */
} context_t;

static context_t contexts[OS_THREADS + 1]; /* in order of urgency; the idle thread is the last */
static size_t n_contexts;
static context_t *volatile current;

void mps2_pend_sv(void);
uint32_t *os_switch(uint32_t *stack);

static uint32_t mask(void)
{
    uint32_t before;
    __asm volatile("mrs %0, primask\n cpsid i" : "=r"(before)::"memory");
    return before;
}

static void unmask(uint32_t before)
{
    __asm volatile("msr primask, %0\n isb" ::"r"(before) : "memory");
}

/* The most urgent thread that is ready, or the holder of the mutex that it waits for. */
static context_t *most_urgent(void)
{
    context_t *chosen = &contexts[n_contexts - 1U];
    for (size_t i = n_contexts; i-- > 0;) {
        context_t *thread = &contexts[i];
        if (thread->waits == NULL) {
            chosen = thread;
        } else if (thread->mutex != NULL && thread->mutex->owner != NULL) {
            for (size_t k = 0; k < n_contexts; k++) {
                if (&contexts[k] == thread->mutex->owner && contexts[k].waits == NULL) {
                    chosen = &contexts[k];
                }
            }
        }
    }
    return chosen;
}

/* Called by PendSV: keep where the present thread was left, and return where the next one was. */
uint32_t *os_switch(uint32_t *stack)
{
    const uint32_t before = mask();
    if (stack != NULL) {
        current->stack = stack;
    }
    current = most_urgent();
    unmask(before);
    return current->stack;
}

/* The core saved r0-r3, r12, lr, pc, xpsr and makes room for s0-s15; here follow r4-r11, EXC_RETURN and, if the thread used
 * the FPU (bit 4 of EXC_RETURN is 0), s16-s31. */
__attribute__((naked)) void mps2_pend_sv(void)
{
    __asm volatile("mrs r0, psp\n"
                   "cbz r0, 1f\n" /* the first time no thread is left */
                   "tst lr, #16\n"
                   "it eq\n"
                   "vstmdbeq r0!, {s16-s31}\n"
                   "stmdb r0!, {r4-r11, lr}\n"
                   "1: bl os_switch\n"
                   "ldmia r0!, {r4-r11, lr}\n"
                   "tst lr, #16\n"
                   "it eq\n"
                   "vldmiaeq r0!, {s16-s31}\n"
                   "msr psp, r0\n"
                   "bx lr\n");
}

static void idle(void)
{
    for (;;) {
        __asm volatile("dsb\n wfi" ::: "memory"); /* nothing to look at before: whoever makes a thread ready leaves this one */
    }
}

/* A stack as if the thread had been left before its first instruction. */
static void prepare(context_t *thread, void (*run)(void), uint64_t *stack, size_t words)
{
    uint32_t *top = (uint32_t *)(stack + words) - FRAME - SAVED;
    for (size_t i = 0; i < FRAME + SAVED; i++) {
        top[i] = 0;
    }
    top[SAVED - 1] = EXC_RETURN;
    top[SAVED + 6] = (uint32_t)(uintptr_t)run & ~1U; /* pc */
    top[SAVED + 7] = 0x01000000U;                    /* xpsr: Thumb */
    thread->stack = top;
    thread->waits = NULL;
    thread->mutex = NULL;
}

void os_start(const os_thread_t *threads, size_t n)
{
    static uint64_t idle_stack[IDLE_WORDS];
    const uint32_t before = mask();
    for (size_t i = 0; i < n; i++) {
        prepare(&contexts[i], threads[i].run, threads[i].stack, threads[i].stack_words);
    }
    prepare(&contexts[n], idle, idle_stack, IDLE_WORDS);
    n_contexts = n + 1U;
    SHPR3 = (SHPR3 & 0xFF00FFFFU) | 0x00FF0000U; /* PendSV: least urgent */
    __asm volatile("msr psp, %0" ::"r"(0) : "memory");
    ICSR = PENDSVSET;
    unmask(before);
    for (;;) {
    }
}

static void wait_for(const void *what, const os_mutex_t *mutex, uint32_t before)
{
    current->waits = what;
    current->mutex = mutex;
    ICSR = PENDSVSET;
    unmask(before); /* PendSV comes here */
}

static void wake(const void *what)
{
    for (size_t i = 0; i < n_contexts; i++) {
        if (contexts[i].waits == what) {
            contexts[i].waits = NULL;
            contexts[i].mutex = NULL;
        }
    }
    ICSR = PENDSVSET;
}

void os_lock(os_mutex_t *mutex)
{
    for (;;) {
        const uint32_t before = mask();
        if (mutex->owner == NULL) {
            mutex->owner = current;
            unmask(before);
            return;
        }
        wait_for(mutex, mutex, before);
    }
}

void os_unlock(os_mutex_t *mutex)
{
    const uint32_t before = mask();
    mutex->owner = NULL;
    wake(mutex);
    unmask(before);
}

void os_take(os_semaphore_t *semaphore)
{
    for (;;) {
        const uint32_t before = mask();
        if (semaphore->count > 0U) {
            semaphore->count = semaphore->count - 1U;
            unmask(before);
            return;
        }
        wait_for(semaphore, NULL, before);
    }
}

void os_give(os_semaphore_t *semaphore)
{
    const uint32_t before = mask();
    semaphore->count = semaphore->count + 1U;
    wake(semaphore);
    unmask(before);
}

void os_mask(void)
{
    (void)mask();
}

void os_unmask(void)
{
    unmask(0);
}
