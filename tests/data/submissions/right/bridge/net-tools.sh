ip netns add ximenqing-ns
ip netns add panjinlian-ns
brctl addbr wangpo
ip link add wp2xmq type veth peer name xmq2wp
ip link add wp2pjl type veth peer name pjl2wp
ip link set xmq2wp netns ximenqing-ns
ip link set pjl2wp netns panjinlian-ns
brctl addif wangpo wp2xmq wp2pjl
ip netns exec ximenqing-ns ifconfig xmq2wp 192.168.188.96/24 up
ip netns exec panjinlian-ns ifconfig pjl2wp 192.168.188.69 netmask 255.255.255.0
ifconfig wangpo up
ifconfig wp2xmq up
ifconfig wp2pjl 0.0.0.0 up
