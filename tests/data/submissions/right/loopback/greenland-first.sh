ip netns add greenland
ip netns exec greenland ip link set dev lo up
ip netns add eden
ip netns d eden
