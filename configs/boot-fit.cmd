# U-Boot's script that starts Muster with the guests of @config@ out of one file, muster.itb.
#
# A FIT image has a hash of everything in it, which bootm checks, and the places in memory where
# everything belongs. The words between @ signs are filled in by scripts/config, which writes the
# source of muster.itb at the same time; everything else here may be changed.

# The machine's tree is copied to where it has room. U-Boot must not move it again: it does not
# know what is in use. The machine's bootargs are not for Muster.
if test -z "${fdt_addr}"; then setenv fdt_addr ${fdtcontroladdr}; fi
fdt addr ${fdt_addr}
fdt move ${fdt_addr} @tree@ 200000
fdt resize @room@
fdt chosen
setenv fdt_high ffffffffffffffff
setenv bootargs
fdt set /chosen bootargs [00]

@guests@

if load ${devtype} ${devnum}:${distro_bootpart} @fit@ muster.itb; then bootm @fit@#muster - @tree@; else echo "boot.scr: cannot load: muster.itb"; fi
echo "boot.scr: Muster is not started"
