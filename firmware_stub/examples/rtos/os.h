/* SPDX-License-Identifier: Apache-2.0 */
/* The four things that main.c asks of an RTOS, so that it can be read without knowing one. In yours they are called
 *
 *     here                    FreeRTOS                         Zephyr               ThreadX
 *     os_start                xTaskCreateStatic, scheduler     K_THREAD_DEFINE      tx_thread_create
 *     os_lock, os_unlock      xSemaphoreTake/Give of a mutex   k_mutex_lock/unlock  tx_mutex_get/put (TX_INHERIT)
 *     os_take                 ulTaskNotifyTake                 k_sem_take           tx_semaphore_get
 *     os_give                 vTaskNotifyGiveFromISR           k_sem_give           tx_semaphore_put
 *
 * FreeRTOS needs configENABLE_FPU and Zephyr CONFIG_FPU_SHARING, for the detector uses the FPU in two threads.
 * os_cortex_m.c is a preemptive kernel of this much and no more; posix/os_posix.c does it with POSIX threads. */
#ifndef TUSSIS_OS_H
#define TUSSIS_OS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A thread that runs for ever. The first in the table is the most urgent. */
typedef struct {
    void (*run)(void);
    uint64_t *stack;
    size_t stack_words; /* of 8 bytes */
} os_thread_t;

typedef struct {
    const void *owner; /* NULL: free */
} os_mutex_t;

typedef struct {
    volatile uint32_t count;
} os_semaphore_t;

/* Run n threads, at most OS_THREADS. Does not return on a board. */
enum { OS_THREADS = 4 };
void os_start(const os_thread_t *threads, size_t n);

/* Hold a mutex. Its holder runs as urgently as the most urgent thread that waits for it. */
void os_lock(os_mutex_t *mutex);
void os_unlock(os_mutex_t *mutex);

/* Wait until the semaphore was given, and take it. An interrupt may give. */
void os_take(os_semaphore_t *semaphore);
void os_give(os_semaphore_t *semaphore);

/* Keep interrupts out, for a few instructions. Does not nest. */
void os_mask(void);
void os_unmask(void);

#ifdef __cplusplus
}
#endif

#endif
