ip addr add 192.0.2.20/24 dev eth0
ip link set eth0 down
ip link set eth0 up
ip route add default via 192.0.2.1
