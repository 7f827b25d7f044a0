/* SPDX-License-Identifier: Apache-2.0 */
/* For libfdt, which includes it by this name; the parts of libfdt that we build need nothing of it.
 */
#include <stddef.h>
