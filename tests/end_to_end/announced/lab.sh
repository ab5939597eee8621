#!/bin/bash
# lab.sh SCRATCH PYTHON_PREFIX SOURCE: a computer with a system bus and Avahi, and a neighbour with its own.
#
# Everything is private (network, mounts, processes, host name) and ends with this process. The computer's eth0 leads to
# n0 of the network namespace "neighbour", whose mounts are those of the process in /run/lab/neighbour.pid.
# Writes "ready" and then waits.
set -eu
scratch=$1 prefix=$2 source=$3

mount -t tmpfs -o mode=755 tmpfs "$scratch"
mkdir "$scratch"/{upper,work}
mount -t overlay -o "lowerdir=/etc,upperdir=$scratch/upper,workdir=$scratch/work" overlay /etc
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/dbus /run/lab/{python,source}
# the interpreter and the checkout may lie where only their owner may go
mount --bind "$prefix" /run/lab/python
mount --bind "$source" /run/lab/source
grep -q ^han2x: /etc/passwd || {
    echo "han2x:x:990:990::/nonexistent:/usr/sbin/nologin" >>/etc/passwd
    echo "han2x:x:990:" >>/etc/group
}
install -d -o han2x -g han2x /run/lab/state
hostname han2x-lab

ip link set lo up
ip netns add neighbour
ip link add eth0 type veth peer name n0 netns neighbour
ip address add 192.168.77.10/24 dev eth0
ip link set eth0 up
ip -n neighbour link set lo up
ip -n neighbour address add 192.168.77.1/24 dev n0
ip -n neighbour link set n0 up

cat >/run/lab/bus <<'END'
#!/bin/sh
rm -f /run/dbus/system_bus_socket
dbus-daemon --system --nofork --nopidfile --nosyslog >>"/run/lab/$1-bus.log" 2>&1 &
for _ in $(seq 200); do [ -S /run/dbus/system_bus_socket ] && break || sleep 0.05; done
END
cat >/run/lab/avahi <<'END'
#!/bin/sh
# what makes it fit for a computer in use (another user, a chroot) needs what is not private here
printf '[server]\nhost-name=%s\nuse-iff-running=no\n[publish]\npublish-workstation=no\n' "$1" >"/run/lab/$1.conf"
rm -f /run/avahi-daemon/pid
avahi-daemon --file "/run/lab/$1.conf" --no-drop-root --no-chroot --no-rlimits >>"/run/lab/$1.log" 2>&1 &
echo $! >"/run/lab/$1.pid"
for _ in $(seq 200); do avahi-resolve -4 -n "$1.local" 2>/dev/null | grep -q 192.168 && exit; sleep 0.05; done
exit 1
END
cat >/run/lab/neighbour <<'END'
#!/bin/sh
kept=$(mktemp -d /run/lab/neighbour-XXXXXX)
mount --bind "$kept" /run/dbus
mkdir -p /run/avahi-daemon
mount -t tmpfs tmpfs /run/avahi-daemon
/run/lab/bus neighbour
/run/lab/avahi neighbour
echo $$ >/run/lab/neighbour.pid
exec sleep infinity
END
chmod +x /run/lab/bus /run/lab/avahi /run/lab/neighbour

ip netns exec neighbour unshare --mount --propagation private /run/lab/neighbour &
for _ in $(seq 400); do [ -s /run/lab/neighbour.pid ] && break || sleep 0.05; done
[ -s /run/lab/neighbour.pid ] || { echo "no neighbour"; cat /run/lab/*.log; exit 1; }
/run/lab/bus own
/run/lab/avahi han2x-lab || { echo "no Avahi"; cat /run/lab/*.log; exit 1; }
echo ready
exec sleep infinity
