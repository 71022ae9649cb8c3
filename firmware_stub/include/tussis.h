/* SPDX-License-Identifier: Apache-2.0 */
/* The same as "tussis/tussis.h", for firmware that includes it without its folder. */
#include "tussis/tussis.h"
