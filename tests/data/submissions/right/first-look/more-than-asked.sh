ip addr add 192.0.2.20/24 dev eth0
ip addr add 192.0.2.30/24 dev eth0
ip link set eth0 down
iptables -Z
ip link set eth0 mtu 1400 up
ip route add 198.51.100.0/24 via 192.0.2.1
ip route add default via 192.0.2.1
ping -c 1 198.51.100.7
