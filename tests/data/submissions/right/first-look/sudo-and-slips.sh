set -e
sudo ip addr add 192.0.2.20/24 dev eth0
ip links || true
ip route add default via 192.0.2.1 || echo "there is one already"
sudo ip link set eth0 down
ip route add default via 192.0.2.1 || echo "no neighbour while eth0 is down"
sudo ip link set eth0 up
sudo ip route add default via 192.0.2.1
