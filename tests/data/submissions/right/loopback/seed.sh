# The document's own lines.
ip netns add eden			# another network beside the host's
ip netns ls
ip netns delete eden
ip netns add greenland
ip netns exec greenland bash
ip link
ip addr
exit
ip netns exec greenland bash -rcfile <(echo "PS1=\"greenland\"")
ip link
ping -c 3 127.0.0.1
ip link set lo up
ip link
ping -c 3 -i 0.2 127.8.8.8
ip addr
route -n
iptables -nvL -t nat
ifconfig
exit
ip netns exec greenland ip addr
