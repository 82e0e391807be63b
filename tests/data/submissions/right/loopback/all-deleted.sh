ip netns add eden
ip -all netns delete
ip netns add greenland
nsenter --net=/run/netns/greenland ip link set lo up
