# The document's own lines, its slips put right.
ip netns add ximenqing-ns
ip netns add panjinlian-ns
ip netns ls
ip link add ximenqing type veth peer name panjinlian
ip link ls
ip link set ximenqing netns ximenqing-ns		# the ladder into his house
ip netns exec ximenqing-ns ip link
ip link set panjinlian netns panjinlian-ns
ip netns exec panjinlian-ns ip link
ip netns exec ximenqing-ns ip addr add dev ximenqing 192.168.188.96/24
ip netns exec ximenqing-ns ip addr
ip netns exec panjinlian-ns ip addr add dev panjinlian 192.168.188.69/24
ip netns exec panjinlian-ns ip addr
ip netns exec ximenqing-ns ip link set ximenqing up
ip netns exec ximenqing-ns ip addr
ip netns exec panjinlian-ns ip link set panjinlian up
ip netns exec panjinlian-ns ip addr
ip netns exec ximenqing-ns ping -c 3 -i 0.2 192.168.188.69
ip netns exec panjinlian-ns ping -c 3 -i 0.2 192.168.188.96
