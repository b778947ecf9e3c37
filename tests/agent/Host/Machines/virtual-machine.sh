#!/bin/bash
# A machine of the tests' own: a virtual one with control groups of version 2 only, that can lose its power.
#
#   virtual-machine.sh make DISK KERNEL DIRECTORY   a disk with the programs of this machine that tests use, the .NET runtime, and a
#                                                   copy of DIRECTORY as /d
#   virtual-machine.sh run DISK KERNEL COMMAND      starts it, runs COMMAND as root in /d, prints what that prints and VM-EXIT STATUS
#
# KERNEL holds an unpacked Linux package with drivers for NVMe and ext4 built in: boot/vmlinuz-VERSION and lib/modules/VERSION.
# This machine is 10.0.2.2 to the virtual one; FORWARD=PORT makes a port of that one (5051) one of this one's. MEM in MiB.
set -euo pipefail
verb=$1 disk=$2 kernel=$3
shift 3

# Software of this machine with its libraries, at the same places.
add() {
  local file
  for file in "$@"; do
    [[ -e $file && ! -e $root$file ]] || continue
    mkdir -p "$root$(dirname "$file")"
    cp -L "$file" "$root$file"
    { ldd "$file" 2>/dev/null || true; } | { grep -o '/[^ ]*' || true; } | while read -r library; do
      [[ -e $root$library ]] || { mkdir -p "$root$(dirname "$library")"; cp -L "$library" "$root$library"; }
    done
  done
}

make() {
  root=$(mktemp -d)
  trap 'rm -rf "$root"' EXIT
  mkdir -p "$root"/usr/{bin,sbin,local/bin,lib/modules,lib64} "$root"/{dev,proc,sys,tmp,run,etc,root,var,d,mnt}
  for path in bin sbin lib lib64; do ln -s "usr/$path" "$root/$path"; done
  ln -s ../run "$root/var/run"
  chmod 1777 "$root/tmp"
  local program path applet
  for program in sh bash busybox setpriv unshare mount umount nsenter runc tini-static skopeo umoci docker-registry iptables ip; do
    if path=$(command -v "$program"); then add "$path"; fi
  done
  # The programs of Debian's alternatives under the names they are called by.
  if command -v iptables >/dev/null; then
    for path in /usr/sbin/xtables-nft-multi /usr/lib/x86_64-linux-gnu/xtables/*.so /usr/lib/cni/*; do add "$path"; done
    for applet in iptables ip6tables iptables-save iptables-restore; do ln -sf xtables-nft-multi "$root/usr/sbin/$applet"; done
  fi
  for applet in $("$(command -v busybox)" --list); do
    [[ -e $root/bin/$applet || -e $root/sbin/$applet ]] || ln -s busybox "$root/bin/$applet"
  done
  ln -s ../bin/busybox "$root/usr/sbin/modprobe"   # by which the kernel asks for modules
  local dotnet library
  dotnet=$(dirname "$(readlink -f "$(command -v dotnet)")")
  mkdir -p "$root$dotnet/shared"
  cp -a "$dotnet/dotnet" "$dotnet/host" "$root$dotnet/"
  cp -a "$dotnet/shared/Microsoft.NETCore.App" "$dotnet/shared/Microsoft.AspNetCore.App" "$root$dotnet/shared/"
  ln -s "$dotnet/dotnet" "$root/usr/local/bin/dotnet"
  add "$dotnet/dotnet"
  for library in "$dotnet"/shared/Microsoft.NETCore.App/*/*.so; do
    ldd "$library" | { grep -o '=> /[^ ]*' || true; } | cut -c4- | while read -r needed; do add "$needed"; done
  done
  for library in /usr/lib/x86_64-linux-gnu/lib{ssl,crypto}.so.3 /lib/x86_64-linux-gnu/libnss_files.so.2; do add "$library"; done
  cp -a "$kernel"/lib/modules/* "$root/lib/modules/"
  "$(command -v busybox)" depmod -b "$root" "$(basename "$kernel"/lib/modules/*)"
  printf 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n' >"$root/etc/passwd"
  printf 'root:x:0:\nnogroup:x:65534:\n' >"$root/etc/group"
  printf '127.0.0.1 localhost\n' >"$root/etc/hosts"
  cat >"$root/init" <<'I'
#!/bin/sh
export PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 DOTNET_gcServer=0 DOTNET_TieredPGO=0
mount -t proc proc /proc
mount -t sysfs sys /sys
[ -e /dev/null ] || mount -t devtmpfs dev /dev
mkdir -p /dev/pts /dev/shm
mount -t devpts -o ptmxmode=666 pts /dev/pts
mount -t tmpfs tmp /dev/shm
mount -t tmpfs run /run
mount -t cgroup2 cgroup2 /sys/fs/cgroup
hostname virtual
ip link set lo up
for module in virtio_pci virtio_net overlay bridge veth nf_tables nft_compat; do modprobe $module; done
ip link set eth0 up && ip address add 10.0.2.15/24 dev eth0 && ip route add default via 10.0.2.2
command=$(sed -n 's/.*run=\([^ ]*\).*/\1/p' /proc/cmdline | busybox base64 -d)
cd /d
echo VM-BEGIN
setsid sh -c "$command"
echo "VM-EXIT $?"
sync
busybox poweroff -f
I
  chmod +x "$root/init"
  cp -a "$1/." "$root/d/"
  rm -f "$disk"
  truncate -s "${SIZE:-3G}" "$disk"
  mke2fs -q -t ext4 -E lazy_itable_init=1 -d "$root" "$disk"
}

run() {
  local image
  image=$(echo "$kernel"/boot/vmlinuz-*)
  # exec: whoever started this holds the machine's power by its process id.
  exec qemu-system-x86_64 -M q35 -accel tcg,thread=multi -cpu max -smp 2 -m "${MEM:-2048}" -nographic -no-reboot \
    -drive "file=$disk,if=none,id=root,format=raw,cache=writeback" -device nvme,drive=root,serial=root \
    -netdev "user,id=net${FORWARD:+,hostfwd=tcp:127.0.0.1:$FORWARD-:5051}" -device virtio-net-pci,netdev=net,romfile= \
    -kernel "$image" -append "console=ttyS0 quiet panic=-1 root=/dev/nvme0n1 rw init=/init run=$(printf '%s' "$1" | base64 -w0)" </dev/null
}

"$verb" "$@"
