ip netns add ximenqing-ns
ip netns add panjinlian-ns
ip link add wangpo type bridge
ip link add wp2xmq type veth peer name xmq2wp
ip link add wp2pjl type veth peer name pjl2wp
ip link set xmq2wp netns ximenqing-ns
ip link set pjl2wp netns /run/netns/panjinlian-ns
ip link set wp2xmq master wangpo up
ip link set wp2pjl master wangpo up
ip link set wangpo up
nsenter --net=/run/netns/ximenqing-ns ip addr add 192.168.188.96/24 dev xmq2wp
nsenter --net=/var/run/netns/ximenqing-ns ip link set xmq2wp up
nsenter -n/run/netns/panjinlian-ns
ip addr add 192.168.188.69/24 dev pjl2wp
ip link set pjl2wp up
exit
