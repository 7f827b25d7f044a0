# SPDX-License-Identifier: Apache-2.0
"""The image that is built: no FP or SIMD, nothing writable and executable, small."""
from lib.case import BUILD, check, test


@test("image-rules")
def rules_of_the_image(t):
    done = t.run("scripts/check-image", "--limit", "96", BUILD / "muster.elf")
    check(done.returncode == 0, "scripts/check-image finds a fault")
