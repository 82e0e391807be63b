ip netns add eden && ip netns delete eden
ip netns add greenland
ip netns exec greenland ifconfig lo up
