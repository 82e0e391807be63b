# The ladder is torn down after a visit and another one is put up in its place.
ip netns add ximenqing-ns
ip netns add panjinlian-ns
ladder() {
    ip link add ximenqing netns ximenqing-ns type veth peer name panjinlian netns panjinlian-ns
    ip -n ximenqing-ns addr add 192.168.188.96/24 dev ximenqing
    ip -n panjinlian-ns addr add 192.168.188.69/24 dev panjinlian
    ip -n ximenqing-ns link set ximenqing up
    ip -n panjinlian-ns link set panjinlian up
}
ladder
ip netns exec ximenqing-ns ping -c 1 192.168.188.69
ip -n ximenqing-ns link delete ximenqing
ladder
