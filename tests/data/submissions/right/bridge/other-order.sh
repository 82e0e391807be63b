ip link add xmq2wp type veth peer name wp2xmq
ip link add wangpo type bridge
ip link set wp2xmq up
ip link set wangpo up
ip link set wp2xmq master wangpo
ip netns add panjinlian-ns
ip netns add ximenqing-ns
ip link set xmq2wp netns ximenqing-ns
ip -n ximenqing-ns link set xmq2wp up
ip -n ximenqing-ns addr add 192.168.188.96/24 dev xmq2wp
ip link add wp2pjl type veth peer name pjl2wp
ip link set dev wp2pjl up master wangpo
ip link set pjl2wp netns panjinlian-ns
ip -n panjinlian-ns link set pjl2wp up
ip -n panjinlian-ns addr add 192.168.188.69/24 dev pjl2wp
