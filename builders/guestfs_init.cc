#include "builders/guestfs_init.h"

namespace bootproof {

std::string_view appliance_initrd_init() {
  return R"(#!/bin/sh
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
echo "bootproof: initrd"
for module in virtio_pci virtio_mmio virtio_scsi sd_mod virtio_console virtio_rng ext4; do
  modprobe -q "$module"
done
root=
init=/init
for word in $(cat /proc/cmdline); do
  case $word in
    root=*) root=${word#root=} ;;
    bootproof_quick=1) init=/init.quick ;;
  esac
done
mkdir -p /newroot
# Disks are probed in the background: 400 looks are 20 s, many times what a slow host needs.
looks=0
while [ $looks -lt 400 ]; do
  case $root in
    *=*) device=$(busybox findfs "$root" 2>/dev/null) ;;
    *) device=$root ;;
  esac
  [ -b "$device" ] && break
  sleep 0.05
  looks=$((looks + 1))
done
mount -t ext4 "$device" /newroot || {
  echo "bootproof: no root file system: $root"
  busybox reboot -f
}
umount /proc
umount /sys
umount /dev
exec busybox switch_root /newroot $init
)";
}

std::string_view appliance_quick_init() {
  return R"(#!/bin/bash
export PATH=/sbin:/usr/sbin:/bin:/usr/bin
mkdir -p /proc /sys /sysroot
mount -t proc /proc /proc
mount -t sysfs /sys /sys
mount -t devtmpfs /dev /dev
mount -t tmpfs -o nosuid,mode=0755 tmpfs /run
ln -s /proc/self/fd /dev/fd
mkdir -p /run/lock /dev/pts /dev/shm /dev/disk/guestfs /dev/disk/by-path /dev/mapper /dev/virtio-ports
test -e /etc/mtab || ln -s /proc/mounts /etc/mtab
for disk in /sys/block/sd*; do
  name=${disk##*/}
  address=$(readlink "$disk/device")
  IFS=: read -r host channel target lun <<<"${address##*/}"
  # The daemon sorts these by name and takes the first for /dev/sda.
  printf -v path 'scsi-%04d-%04d-%04d-%04d' "$host" "$channel" "$target" "$lun"
  ln -s "../../$name" "/dev/disk/by-path/$path"
  # SPC-4, 7.8.15, unit serial number page: four bytes, then the serial number.
  serial=$(tail -c +5 "$disk/device/vpd_pg80" 2>/dev/null | tr -d '\0 ')
  test -n "$serial" && ln -s "../../$name" "/dev/disk/guestfs/$serial"
done
for port in /sys/class/virtio-ports/*; do
  read -r name <"$port/name" && ln -s "../${port##*/}" "/dev/virtio-ports/$name"
done
channel=
for word in $(</proc/cmdline); do
  case $word in guestfs_channel=*) channel=${word#guestfs_channel=} ;; esac
done
guestfsd ${channel:+--channel "$channel"}
sync
reboot -f
)";
}

}  // namespace bootproof
