sudo ip netns add ximenqing-ns
sudo ip netns add panjinlian-ns
sudo ip link add wangpo type bridge
sudo ip link add wp2xmq type veth peer name xmq2wp
sudo ip link add wp2pjl type veth peer name pjl2wp
sudo ip link set xmq2wp netns ximenqing-ns
sudo ip link set pjl2wp netns panjinlian-ns
sudo ip link set wp2xmq master wangpo
sudo ip link set wp2pjl master wangpo
sudo -E ip netns exec ximenqing-ns ip addr add 192.168.188.96/24 dev xmq2wp
sudo ip netns exec ximenqing-ns ip link set xmq2wp up
sudo -i
ip -n panjinlian-ns addr add 192.168.188.69/24 dev pjl2wp
ip -n panjinlian-ns link set pjl2wp up
exit
sudo sh -c 'ip link set wangpo up; ip link set wp2xmq up; ip link set wp2pjl up'
