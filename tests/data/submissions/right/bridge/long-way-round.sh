# Everything is done wrong first and put right after it.
ip netns add ximenqing
ip netns add panjinlian-ns
ip netns delete ximenqing
ip netns add ximenqing-ns
ip link add wangpo type veth
ip link del wangpo
ip link add wangpo type bridge
ip link add wp2xmq type veth peer name pjl2wp
ip link delete wp2xmq
ip link add wp2xmq type veth peer name xmq2wp
ip link add wp2pjl type veth peer name pjl2wp
ip link set xmq2wp netns panjinlian-ns
ip -n panjinlian-ns link set xmq2wp netns ximenqing-ns
ip link set pjl2wp netns panjinlian-ns
ip link set wp2xmq master wangpo
ip link set wp2xmq nomaster
ip addr add 192.168.188.96/24 dev wp2xmq
ip addr flush dev wp2xmq
ip link set wp2xmq master wangpo
ip link set wp2pjl master wangpo
ip -n ximenqing-ns addr add 192.168.188.96 dev xmq2wp
ip -n ximenqing-ns addr del 192.168.188.96/32 dev xmq2wp
ip -n ximenqing-ns addr add 192.168.188.96/24 dev xmq2wp
ip -n panjinlian-ns addr add 192.168.188.69/24 dev pjl2wp
ip link set wangpo up; ip link set wangpo down; ip link set wangpo up
ip link set wp2xmq up
ip link set wp2pjl up
ip -n ximenqing-ns link set xmq2wp up
ip -n panjinlian-ns link set pjl2wp up
