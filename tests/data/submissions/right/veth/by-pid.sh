ip netns add ximenqing-ns
ip netns add panjinlian-ns
ip link add ximenqing type veth peer name panjinlian
ip netns exec ximenqing-ns sleep 60 &
until [ "$(ip netns pids ximenqing-ns)" ]; do :; done
ip link set ximenqing netns $!
kill %1
ip link set panjinlian netns panjinlian-ns
nsenter --net=/run/netns/ximenqing-ns bash -c 'ip address add 192.168.188.96/24 dev ximenqing && ip link set ximenqing up'
nsenter --net=/run/netns/panjinlian-ns sh <<< 'ip address add 192.168.188.69/24 dev panjinlian; ip link set panjinlian up'
