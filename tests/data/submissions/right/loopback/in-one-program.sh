bash -ec 'ip netns add eden; ip netns delete eden; ip netns add greenland; ip -n greenland link set lo up'
