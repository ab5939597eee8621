#!/bin/bash
# lab.sh SCRATCH PYTHON_PREFIX SOURCE: a machine with NetworkManager, polkit and a neighbour with a DHCP server.
#
# Everything is private (network, mounts, processes, host name) and ends with this process. The machine's eth0 leads to
# r0 of the network namespace "router", 192.168.77.1. Writes "ready" and then waits.
# Environment: AUTO_DEFAULT=yes lets NetworkManager make its own profile, as Debian and Raspberry Pi OS do.
set -eu
scratch=$1 prefix=$2 source=$3

mount -t tmpfs -o mode=755 tmpfs "$scratch"
mkdir "$scratch"/{upper,work}
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/dbus /run/lock /run/lab/{python,source}
mount -t overlay -o "lowerdir=/etc,upperdir=$scratch/upper,workdir=$scratch/work" overlay /etc
mount -t tmpfs -o mode=755 tmpfs /var/lib/NetworkManager
# NetworkManager waits for udev to name a device unless sysfs is read-only
mount -t sysfs -o ro sysfs /sys
# the interpreter and the checkout may lie where only their owner may go
mount --bind "$prefix" /run/lab/python
mount --bind "$source" /run/lab/source

grep -q ^han2x: /etc/passwd || {
    echo "han2x:x:990:990::/nonexistent:/usr/sbin/nologin" >>/etc/passwd
    echo "han2x:x:990:" >>/etc/group
}
install -d -o han2x -g han2x /run/lab/state
hostname han2x-lab
echo han2x-lab >/etc/hostname
rm -rf /etc/NetworkManager/system-connections/* /etc/NetworkManager/conf.d/*
rm -f /etc/resolv.conf
: >/etc/resolv.conf
mkdir -p /etc/polkit-1/rules.d
rm -f /etc/polkit-1/rules.d/*han2x*
cat >/etc/NetworkManager/NetworkManager.conf <<END
[main]
plugins=keyfile
dns=default
rc-manager=file
$([ "${AUTO_DEFAULT:-}" = yes ] || echo 'no-auto-default=*')
[logging]
level=INFO
END

ip link set lo up
ip netns add router
ip link add eth0 index 7 type veth peer name r0 netns router
ip -n router link set lo up
ip -n router address add 192.168.77.1/24 dev r0
ip -n router link set r0 up

cat >/run/lab/dhcp <<'END'
#!/bin/sh
# a lease is had at once without the ping
ip netns exec router dnsmasq --keep-in-foreground --conf-file=/dev/null --interface=r0 --bind-interfaces --port=0 \
    --dhcp-range=192.168.77.100,192.168.77.150,10m --dhcp-option=3,192.168.77.1 --dhcp-option=6,192.168.77.53 \
    --no-ping --dhcp-leasefile=/run/lab/leases --log-facility=/run/lab/dnsmasq.log --pid-file= --user=root &
echo $! >/run/lab/dhcp.pid
END
cat >/run/lab/manager <<'END'
#!/bin/sh
/usr/sbin/NetworkManager --debug >>/run/lab/manager.log 2>&1 &
echo $! >/run/lab/manager.pid
END
cat >/run/lab/dbus <<'END'
#!/bin/sh
rm -f /run/dbus/system_bus_socket
dbus-daemon --system --nofork --nopidfile --nosyslog >>/run/lab/dbus.log 2>&1 &
echo $! >/run/lab/dbus.pid
for _ in $(seq 200); do [ -S /run/dbus/system_bus_socket ] && break || sleep 0.05; done
/usr/lib/polkit-1/polkitd --no-debug >>/run/lab/polkit.log 2>&1 &
END
chmod +x /run/lab/dhcp /run/lab/manager /run/lab/dbus

wait_for() {
    for _ in $(seq 200); do
        "$@" >/dev/null 2>&1 && return
        sleep 0.05
    done
    echo "not ready: $*" >&2
    exit 1
}

/run/lab/dhcp
/run/lab/dbus
/run/lab/manager
wait_for nmcli -t -f RUNNING general
wait_for sh -c 'nmcli -t -f DEVICE,STATE device | grep -q "^eth0:\(dis\)\?connected"'
echo ready
exec sleep infinity
