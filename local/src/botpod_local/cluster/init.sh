# The first process of a cluster, from its birth to `exec pause`. Everything that a cluster mounts, it
# mounts in here, so that it is gone with this process and never seen outside.
# Arguments: hostname, state directory, the pause program. $CGROUPS: the cgroup.procs files to join.

# Whoever started this has recorded it, or is dead.
read -r go || exit 1
set -e
for procs in $CGROUPS; do echo 0 >"$procs"; done
mount -t proc proc /proc
echo "$1" >/proc/sys/kernel/hostname

# Kubelet would set these for the whole machine; it leaves them alone when they read as it wants them.
fake() {
	echo "$2" >"/run/botpod-sysctl/$1"
	mount --bind "/run/botpod-sysctl/$1" "/proc/sys/$(echo "$1" | tr . /)"
}
mount -t tmpfs -o mode=755 tmpfs /run
mkdir /run/botpod-sysctl /run/lock
fake vm.overcommit_memory 1
fake vm.panic_on_oom 0
fake kernel.panic 10
fake kernel.panic_on_oops 1
fake kernel.keys.root_maxkeys 1000000
fake kernel.keys.root_maxbytes 25000000

# Kubelet and CNI write to fixed places below /var/lib, which must not be the machine's own; what else is
# there stays visible, because the cache may be.
mkdir /run/var-lib
mount --rbind /var/lib /run/var-lib
mount -t tmpfs -o mode=755 tmpfs /var/lib
for directory in /run/var-lib/*/; do
	name=${directory#/run/var-lib/}
	name=${name%/}
	case $name in kubelet | cni) continue ;; esac
	mkdir "/var/lib/$name"
	mount --rbind "/run/var-lib/$name" "/var/lib/$name"
done
umount -l /run/var-lib
mkdir /var/lib/kubelet /var/lib/cni
mount --bind "$2/kubelet" /var/lib/kubelet
mount --bind "$2/log" /var/log
mount --make-rshared /

ip link set lo up
echo 1 >/proc/sys/net/ipv4/ip_forward
exec "$3"
