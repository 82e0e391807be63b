# An innocent mistake: all four ends of the ladders are plugged into wangpo, and one ping is sent
ip link add wangpo type bridge
ip link add wp2xmq type veth peer name xmq2wp
ip link add wp2pjl type veth peer name pjl2wp
for d in wp2xmq xmq2wp wp2pjl pjl2wp; do ip link set $d master wangpo; ip link set $d up; done
ip link set wangpo up
ip addr add 192.168.188.96/24 dev wangpo; ping -c 3 -W 1 192.168.188.69
bridge link | grep -c 'state disabled'
