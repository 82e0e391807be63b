ip netns add ximenqing-ns
ip netns add panjinlian-ns
ip link add br0 type bridge
ip link set br0 name wangpo
ip link add veth0 type veth peer name veth1
ip link add veth2 type veth peer name veth3
ip link set veth1 netns ximenqing-ns name xmq2wp
ip link set veth3 netns panjinlian-ns
ip -n panjinlian-ns link set veth3 name pjl2wp
ip link set veth0 name wp2xmq
ip link set veth2 name wp2pjl
ip link set wp2xmq master wangpo up
ip link set wp2pjl master wangpo up
ip link set wangpo up
ip -n ximenqing-ns addr replace 192.168.188.96/24 dev xmq2wp
ip -n panjinlian-ns address change 192.168.188.69/24 broadcast + dev pjl2wp
ip -n ximenqing-ns link set xmq2wp up
ip -n panjinlian-ns link set pjl2wp up
