ip netns add ximenqing-ns
ip netns add panjinlian-ns
ip link add wangpo type bridge
ip link add wp2xmq type veth peer name xmq2wp
ip link add pjl2wp type veth peer name wp2pjl
ip link set xmq2wp netns ximenqing-ns
ip link set pjl2wp netns panjinlian-ns
ip link set wp2xmq master wangpo
ip link set wp2pjl master wangpo
ip -n ximenqing-ns addr add dev xmq2wp 192.168.188.96/24
ip -n panjinlian-ns addr add dev pjl2wp 192.168.188.69/24
ip -n ximenqing-ns link set xmq2wp up
ip -n panjinlian-ns link set pjl2wp up
ip link set wangpo up
ip link set wp2xmq up
ip link set wp2pjl up
ip -n ximenqing-ns link
