# The document's own lines, and between them what the lesson wants done.
ip addr add 192.0.2.20/24 dev eth0
iptables -nvL
route -n
ping -c 3 -i 0.2 127.0.0.1	# three times
ping -c 3 -i 0.2 127.33.99.11
yum install -y net-tools
yum install -y traceroute
traceroute 127.0.0.1
ip link set eth0 down
ip link set eth0 up
ip route add default via 192.0.2.1
