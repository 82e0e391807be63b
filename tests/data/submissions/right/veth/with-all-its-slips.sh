# The document as it stands: the slips do nothing, and what was meant is typed as well.
ip netns add ximenqing-ns
ip netns add panjinlian-ns
ip netns ls
ip link add ximenqing type veth peer name panjinlian
ip ls
ip link set ximenqing netns ximenqing-ns
ip netns exec ximenqing ip link
ip link set panjinlian netns panjinlian-ns
ip netns exec panjinlian ip link
ip netns exec ximenqing-ns ip addr add dev ximenqing 192.168.188.96/24
ip netns exec panjinlian-ns ip addr add dev panjinlian 192.168.188.69/24
ip netns exec ximenqing-ns ip link set ximenqing up
ip netns exec panjinlian-ns ip link set ximenqing up
ip netns exec panjinlian-ns ip link set panjinlian up
ip netns ximenqing-ns ping -c 3 192.168.188.69
