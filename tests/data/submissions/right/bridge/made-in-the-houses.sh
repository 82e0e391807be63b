ip netns add ximenqing-ns
ip netns add panjinlian-ns
ip link add wangpo type bridge
ip -n ximenqing-ns link add xmq2wp type veth peer name wp2xmq
ip -n panjinlian-ns link add pjl2wp type veth peer name wp2pjl
ip -n ximenqing-ns link set wp2xmq netns 1
ip -n panjinlian-ns link set wp2pjl netns 1
ip link set wp2xmq master wangpo
ip link set wp2pjl master wangpo
ip -n ximenqing-ns addr add 192.168.188.96/24 dev xmq2wp
ip -n panjinlian-ns addr add 192.168.188.69/24 dev pjl2wp
ip -n ximenqing-ns link set xmq2wp up
ip -n panjinlian-ns link set pjl2wp up
ip link set wangpo up
ip link set wp2xmq up
ip link set wp2pjl up
