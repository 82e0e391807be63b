ip netns add ximenqing-ns
ip netns add panjinlian-ns
ip link add wangpo type bridge
ip link add wp2xmq type veth peer name xmq2wp
ip link add wp2pjl type veth peer name pjl2wp
ip link set xmq2wp netns ximenqing-ns
ip link set pjl2wp netns panjinlian-ns
ip netns exec ximenqing-ns bash
ip addr add 192.168.188.96/24 dev xmq2wp
ip link set xmq2wp up
exit
ip netns exec panjinlian-ns bash -rcfile <(echo "PS1=\"panjinlian> \"")
ip addr add 192.168.188.69/24 dev pjl2wp
ip link set pjl2wp up
exit
ip link set wp2xmq master wangpo
ip link set wp2pjl master wangpo
ip link set wangpo up
ip link set wp2xmq up
ip link set wp2pjl up
