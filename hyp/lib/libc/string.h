/* SPDX-License-Identifier: Apache-2.0 */
/* For libfdt, which includes it by this name. */
#include "lib/string.h"
