ip netns add eden
ip netns add greenland
ip netns add iceland
ip netns del eden
for ns in greenland iceland; do ip -n $ns link set lo up; done
ip -n greenland addr add 10.1.1.1/32 dev lo
ip -n greenland link set lo mtu 1500
ip link set lo down
