/* SPDX-License-Identifier: Apache-2.0 */
/* os.h with POSIX threads: to run the example on a PC, also under a thread sanitizer. There are no priorities: what holds
 * here holds in any order of the threads. */
#include "os_posix.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "../os.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static size_t n_threads, waiting;
static uint32_t given; /* of all semaphores together */

static void *run(void *thread)
{
    ((const os_thread_t *)thread)->run();
    return NULL;
}

void os_start(const os_thread_t *threads, size_t n)
{
    n_threads = n;
    for (size_t i = 0; i < n; i++) {
        pthread_t id;
        if (pthread_create(&id, NULL, run, (void *)(uintptr_t)&threads[i]) != 0) {
            fputs("no thread could be started\n", stderr);
            exit(2);
        }
        pthread_detach(id);
    }
    posix_board_play();
}

void os_wait_until_idle(void)
{
    pthread_mutex_lock(&lock);
    while (waiting < n_threads || given > 0U) {
        pthread_cond_wait(&changed, &lock);
    }
    pthread_mutex_unlock(&lock);
}

void os_lock(os_mutex_t *mutex)
{
    pthread_mutex_lock(&lock);
    while (mutex->owner != NULL) {
        pthread_cond_wait(&changed, &lock);
    }
    mutex->owner = mutex;
    pthread_mutex_unlock(&lock);
}

void os_unlock(os_mutex_t *mutex)
{
    pthread_mutex_lock(&lock);
    mutex->owner = NULL;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}

void os_take(os_semaphore_t *semaphore)
{
    pthread_mutex_lock(&lock);
    waiting++;
    pthread_cond_broadcast(&changed);
    while (semaphore->count == 0U) {
        pthread_cond_wait(&changed, &lock);
    }
    waiting--;
    semaphore->count = semaphore->count - 1U;
    given--;
    pthread_mutex_unlock(&lock);
}

void os_give(os_semaphore_t *semaphore)
{
    pthread_mutex_lock(&lock);
    semaphore->count = semaphore->count + 1U;
    given++;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}

void os_mask(void)
{
}

void os_unmask(void)
{
}
