ip netns add panjinlian-ns
ip netns add ximenqing-ns
ip netns exec panjinlian-ns ip link add panjinlian type veth peer name ximenqing netns ximenqing-ns
ip netns exec panjinlian-ns ip link set panjinlian up
ip netns exec ximenqing-ns ip link set ximenqing up
ip netns exec panjinlian-ns ip a r 192.168.188.69/24 dev panjinlian
ip netns exec ximenqing-ns ip a replace 192.168.188.96/24 dev ximenqing
