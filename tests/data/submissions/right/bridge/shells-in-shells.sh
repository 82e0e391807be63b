ip netns add ximenqing-ns
ip netns add panjinlian-ns
ip link add wangpo up type bridge
ip link add wp2xmq master wangpo up type veth peer name xmq2wp netns ximenqing-ns
ip link add wp2pjl master wangpo up type veth peer name pjl2wp netns panjinlian-ns
sh
bash
ip netns exec ximenqing-ns sh
ip addr add 192.168.188.96/24 dev xmq2wp
ip link set xmq2wp up
nsenter --net=/run/netns/panjinlian-ns bash
ip addr add 192.168.188.69/24 dev pjl2wp
ip link set pjl2wp up
exit
exit
exit
exit
ip netns exec ximenqing-ns ping -c 1 192.168.188.69
