#!/bin/sh
# Starts exactly this machine again. Its serial line is this terminal: Ctrl-A X ends it,
# Ctrl-A C reaches QEMU's monitor. The medium is not written.
set -eu
usage() {
  cat >&2 <<'END'
usage: repro.sh [--interactive] [--gdb [--symbols FILE]]
  --interactive   says which keys reach QEMU, then attaches this terminal
  --gdb           waits for gdb before the first instruction, and says how to start it
  --symbols FILE  the kernel's vmlinux with its symbols (default: looked for on this host
                  by the version that the kernel's log names; DEBUG_ROOT stands for /)
END
  exit "$1"
}
interactive= gdb= symbols=
while [ $# -gt 0 ]; do
  case $1 in
    --interactive) interactive=yes ;;
    --gdb) gdb=yes ;;
    --symbols)
      [ $# -gt 1 ] || usage 2
      symbols=$(realpath -- "$2")
      shift ;;
    -h | --help) usage 0 ;;
    *) usage 2 ;;
  esac
  shift
done
here=$(dirname -- "$(realpath -- "$0")")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cp /firmware/VARS.fd vars.fd
chmod u+w vars.fd
qemu-img create -q -f qcow2 -F raw -b '/media/it'\''s here.iso' overlay.qcow2
set -- qemu-system-x86_64 \
  -nodefaults \
  -no-user-config \
  -sandbox on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny \
  -machine q35,accel=tcg,graphics=off,pflash0=code,pflash1=vars \
  -m 512M \
  -smp 1 \
  -display none \
  -vga std \
  -nic none \
  -boot strict=on \
  -blockdev '{"driver":"raw","node-name":"code","read-only":true,"file":{"driver":"file","filename":"/firmware/CODE.fd"}}' \
  -blockdev '{"driver":"raw","node-name":"vars","file":{"driver":"file","filename":"vars.fd"}}' \
  -blockdev '{"driver":"qcow2","node-name":"medium","file":{"driver":"file","filename":"overlay.qcow2"},"backing":{"driver":"raw","read-only":true,"file":{"driver":"file","filename":"/media/it'\''s here.iso"}}}' \
  -device qemu-xhci,id=usb \
  -device usb-storage,bus=usb.0,removable=on,id=boot,drive=medium,bootindex=0 \
  -chardev stdio,id=console,mux=on,signal=off \
  -serial chardev:console \
  -mon chardev=console,mode=readline
debugger=gdb
if [ -n "$gdb" ]; then
  set -- "$@" -S -gdb "unix:$folder/gdb.socket,server=on,wait=off"
  version=$(cat "$here/kernel-log.txt" "$here/serial.log" 2>/dev/null | tr -d '\000' |
    LC_ALL=C sed -n -e 's/.*Linux version \([A-Za-z0-9._+~-]*\).*/\1/p' \
      -e 's/^# the log of Linux \([A-Za-z0-9._+~-]*\),.*/\1/p' | head -n 1)
  map=
  if [ -n "$version" ]; then
    root=${DEBUG_ROOT:-}
    for file in "$root/usr/lib/debug/boot/vmlinux-$version" \
      "$root/usr/lib/debug/lib/modules/$version/vmlinux" \
      "$root/lib/modules/$version/build/vmlinux"; do
      if [ -z "$symbols" ] && [ -f "$file" ]; then symbols=$file; fi
    done
    for file in "$root/usr/lib/debug/boot/System.map-$version" "$root/boot/System.map-$version"; do
      if [ -z "$map" ] && [ -f "$file" ]; then map=$file; fi
    done
  fi
  echo "the machine waits for gdb; in another terminal:" >&2
  echo "  $debugger${symbols:+ -ex 'file $symbols'} -ex 'target remote $folder/gdb.socket'" >&2
  if [ -z "$symbols" ]; then
    echo "no symbols of the kernel${version:+ $version} were found: --symbols FILE names them" >&2
  fi
  if [ -n "$map" ]; then echo "its addresses by name: $map" >&2; fi
  echo "the kernel's own command line needs nokaslr, or its addresses are others" >&2
fi
if [ -n "$interactive" ]; then
  echo "the serial line is this terminal; Ctrl-A X ends the machine, Ctrl-A C changes to QEMU's" \
    "monitor and back, Ctrl-A B sends a break" >&2
fi
"$@"
