ip netns add eden; ip netns del eden; ip netns add greenland; ip -n greenland link set lo up
