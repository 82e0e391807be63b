exec bash
ip netns add ximenqing-ns
ip netns add panjinlian-ns
ip link add wangpo up type bridge
ip link add wp2xmq master wangpo up type veth peer name xmq2wp netns ximenqing-ns
ip link add wp2pjl master wangpo up type veth peer name pjl2wp netns panjinlian-ns
exec bash --norc
ip -n ximenqing-ns addr add 192.168.188.96/24 dev xmq2wp
ip -n ximenqing-ns link set xmq2wp up
exec ip netns exec panjinlian-ns bash
ip addr add 192.168.188.69/24 dev pjl2wp
exec ip link set pjl2wp up
