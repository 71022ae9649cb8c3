/* SPDX-License-Identifier: Apache-2.0 */
/* Whether calls check their pointers, and that tussis_init came first: TUSSIS_CHECKED, 0 or 1 when the library is
 * compiled. It changes no layout and no result of a right call. */
#ifndef TUSSIS_CHECKS_H
#define TUSSIS_CHECKS_H

#include "../detector/tussis_state.h"

#ifndef TUSSIS_CHECKED
#if defined(NDEBUG) || (defined(__arm__) && defined(__OPTIMIZE__))
#define TUSSIS_CHECKED 0
#else
#define TUSSIS_CHECKED 1
#endif
#endif

/* TUSSIS_OK, or what is wrong with a detector. */
static inline tussis_status_t tussis_checked(const tussis_t *t)
{
#if TUSSIS_CHECKED
    if (t == NULL) {
        return TUSSIS_ERROR_NULL;
    }
    return tussis_const_state_of(t)->initialised == TUSSIS_INITIALISED ? TUSSIS_OK : TUSSIS_ERROR_STATE;
#else
    (void)t;
    return TUSSIS_OK;
#endif
}

/* The same, or TUSSIS_ERROR_NULL where a pointer that is needed is missing. */
static inline tussis_status_t tussis_checked_with(const tussis_t *t, bool there)
{
#if TUSSIS_CHECKED
    return there ? tussis_checked(t) : TUSSIS_ERROR_NULL;
#else
    (void)t;
    (void)there;
    return TUSSIS_OK;
#endif
}

#endif
