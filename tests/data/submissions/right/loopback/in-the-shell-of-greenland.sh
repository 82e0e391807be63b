ip netns add eden
ip netns delete eden
ip netns add greenland
ip netns exec greenland bash
ip link set lo up
ping -c 1 127.8.8.8
