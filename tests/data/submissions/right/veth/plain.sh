ip netns add ximenqing-ns
ip netns add panjinlian-ns
ip link add ximenqing type veth peer name panjinlian
ip link set ximenqing netns ximenqing-ns
ip link set panjinlian netns panjinlian-ns
ip -n ximenqing-ns addr add 192.168.188.96/24 dev ximenqing
ip -n panjinlian-ns addr add 192.168.188.69/24 dev panjinlian
ip -n ximenqing-ns link set ximenqing up
ip -n panjinlian-ns link set panjinlian up
