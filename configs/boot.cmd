# U-Boot's script that starts Muster with the guests of @config@.
#
# scripts/mkdisk makes boot.scr of it, and U-Boot's distro boot runs that from the disk it finds it
# on: ${devtype} ${devnum}:${distro_bootpart}. The words between @ signs are filled in by
# scripts/config; everything else here may be changed.

# get loads ${file} to the next free place, ${at}. Then ${start} and ${filesize} say where it is,
# and ${at} is behind it, at a multiple of 2 MiB again. Above ${limit} is what U-Boot and firmware use.
setenv missing
setenv limit @limit@
setenv align 'setexpr at ${at} + 1fffff; setexpr at ${at} "&" ffffffe00000'
setenv get 'setenv start ${at}; if load ${devtype} ${devnum}:${distro_bootpart} ${at} ${file}; then setexpr at ${at} + ${filesize}; run align; if itest ${at} -gt ${limit}; then echo "boot.scr: ${file} ends at ${at}, beyond ${limit}"; setenv missing "${missing} ${file}"; fi; else setenv missing "${missing} ${file}"; setenv filesize 0; fi'

# The machine's tree is copied to where it has room, below everything that is loaded. U-Boot must
# not move it again: it does not know what is in use. The machine's bootargs are not for Muster.
setenv at @first@; run align; setenv tree ${at}
setexpr at ${at} + 200000
if test -z "${fdt_addr}"; then setenv fdt_addr ${fdtcontroladdr}; fi
fdt addr ${fdt_addr}
fdt move ${fdt_addr} ${tree} 200000
fdt resize @room@
fdt chosen
setenv fdt_high ffffffffffffffff
setenv bootargs
fdt set /chosen bootargs [00]

@guests@

# Muster is the last: it takes more memory than its file is long.
file='@image@'; run get

if test -z "${missing}"; then booti ${start} - ${tree}; else echo "boot.scr: cannot load:${missing}"; fi
echo "boot.scr: Muster is not started: put what is missing onto the disk, or make it anew"
