# The document's own lines, its slips put right.
ip link add wangpo type bridge	# not a namespace
ip netns ls
ip netns add ximenqing-ns
ip netns add panjinlian-ns

ip link add wp2xmq type veth peer name xmq2wp
ip link
ip link add pjl2wp type veth peer name wp2pjl
ip link
ip link set xmq2wp netns ximenqing-ns
ip netns exec ximenqing-ns ip link
ip link set pjl2wp netns panjinlian-ns
ip netns exec panjinlian-ns ip link

ip link set wp2xmq master wangpo
ip link set wp2pjl master wangpo
ip link
bridge link
ip netns exec ximenqing-ns ip addr add dev xmq2wp 192.168.188.96/24
ip netns exec ximenqing-ns ip addr
ip netns exec panjinlian-ns ip addr add dev pjl2wp 192.168.188.69/24
ip netns exec panjinlian-ns ip addr
ip netns exec ximenqing-ns ip link set xmq2wp up
ip netns exec ximenqing-ns ip link
ip netns exec panjinlian-ns ip link set pjl2wp up
ip netns exec panjinlian-ns ip link

ip link set wangpo up
ip link set wp2xmq up
ip link set wp2pjl up
bridge link
ip netns exec ximenqing-ns ping -c 3 -i 0.2 192.168.188.69
ip netns exec panjinlian-ns ping -c 3 -i 0.2 192.168.188.96
