house() {
    local ns=$1 port=$2 end=$3 address=$4
    ip netns add "$ns"
    ip link add "$port" type veth peer name "$end"
    ip link set "$end" netns "$ns"
    ip link set "$port" master wangpo
    ip link set "$port" up
    inside "$ns" ip addr add "$address" dev "$end"
    inside "$ns" ip link set "$end" up
}
inside() { ip netns exec "$@"; }

ip link add wangpo type bridge && ip link set wangpo up
house ximenqing-ns wp2xmq xmq2wp 192.168.188.96/24
house panjinlian-ns wp2pjl pjl2wp 192.168.188.69/24
