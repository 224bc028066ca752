#!/bin/sh
# Starts exactly this machine again. Its serial line is this terminal: Ctrl-A X ends it,
# Ctrl-A C reaches QEMU's monitor. The medium is not written.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cp /firmware/VARS.fd vars.fd
chmod u+w vars.fd
qemu-img create -q -f qcow2 -F raw -b '/media/it'\''s here.iso' overlay.qcow2
qemu-system-x86_64 \
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
