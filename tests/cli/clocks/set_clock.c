/* Another wall clock for a process, as after a lost clock battery or a step of NTP; preloaded, in tests only.
   TUSSIS_TEST_CLOCK: seconds since 1970 at which it starts, or "jumps": ten years ahead and back in turns. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

typedef int (*clock_function)(clockid_t, struct timespec *);

static struct timespec elapsed(clock_function get)
{
    static struct timespec first;
    struct timespec now;
    (void)get(CLOCK_MONOTONIC, &now);
    if (first.tv_sec == 0) {
        first = now;
    }
    now.tv_sec -= first.tv_sec;
    return now;
}

int clock_gettime(clockid_t clock, struct timespec *to)
{
    static clock_function get;
    if (get == NULL) {
        get = (clock_function)dlsym(RTLD_NEXT, "clock_gettime");
    }
    const char *wanted = getenv("TUSSIS_TEST_CLOCK");
    if (wanted == NULL || (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE)) {
        return get(clock, to);
    }
    struct timespec since = elapsed(get);
    if (strcmp(wanted, "jumps") == 0) {
        (void)get(CLOCK_REALTIME, to);
        to->tv_sec += (since.tv_nsec / 250000000) % 2 ? 315360000 : -315360000;
        return 0;
    }
    to->tv_sec = (time_t)atoll(wanted) + since.tv_sec;
    to->tv_nsec = since.tv_nsec;
    return 0;
}

time_t time(time_t *to)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    if (to != NULL) {
        *to = now.tv_sec;
    }
    return now.tv_sec;
}

int gettimeofday(struct timeval *restrict to, void *restrict zone)
{
    struct timespec now;
    (void)zone;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    to->tv_sec = now.tv_sec;
    to->tv_usec = now.tv_nsec / 1000;
    return 0;
}
