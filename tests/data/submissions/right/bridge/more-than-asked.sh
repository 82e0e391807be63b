# What else is there does no harm: other devices, namespaces, sizes, addresses, routes.
ip netns add ximenqing-ns
ip netns add panjinlian-ns
ip netns add wudalang-ns
ip link add wangpo mtu 1400 type bridge stp_state 0 forward_delay 200
ip link add wp2xmq mtu 1400 type veth peer name xmq2wp mtu 1400 netns ximenqing-ns
ip link add wp2pjl type veth peer name pjl2wp netns panjinlian-ns
ip link add wp2wdl type veth peer name wdl2wp netns wudalang-ns
ip link add wangpo2 type bridge
for port in wp2xmq wp2pjl wp2wdl; do ip link set $port master wangpo up; done
ip addr add 192.168.188.1/24 dev wangpo
ip link set wangpo up
ip -n ximenqing-ns addr add 192.168.188.96/24 dev xmq2wp
ip -n ximenqing-ns addr add 10.0.0.96/8 dev xmq2wp
ip -n panjinlian-ns addr add 192.168.188.69/24 dev pjl2wp
ip -n wudalang-ns addr add 192.168.188.7/24 dev wdl2wp
for ns in ximenqing-ns panjinlian-ns wudalang-ns; do ip -n $ns link set lo up; done
ip -n ximenqing-ns link set xmq2wp address 02:00:00:00:00:96 up
ip -n panjinlian-ns link set pjl2wp alias 'to Wang Po' up
ip -n wudalang-ns link set wdl2wp up
ip -n ximenqing-ns route add default via 192.168.188.1
