# The last words of a script may still be at work when it ends.
ip netns add ximenqing-ns
ip netns add panjinlian-ns
ip link add wp2xmq type veth peer name xmq2wp netns ximenqing-ns
ip link add wp2pjl type veth peer name pjl2wp netns panjinlian-ns
ip -n ximenqing-ns addr add 192.168.188.96/24 dev xmq2wp
ip -n panjinlian-ns addr add 192.168.188.69/24 dev pjl2wp
ip -n ximenqing-ns link set xmq2wp up
ip -n panjinlian-ns link set pjl2wp up
(sleep 0.3; ip link add wangpo up type bridge; ip link set wp2xmq master wangpo up; ip link set wp2pjl master wangpo up) &
