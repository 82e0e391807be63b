ip link add wangpo type bridge
ip link set wangpo up
for house in ximenqing:xmq:96 panjinlian:pjl:69; do
  IFS=: read -r name short last <<< "$house"
  ip netns add "$name-ns"
  ip link add "wp2$short" type veth peer name "${short}2wp"
  ip link set "${short}2wp" netns "$name-ns"
  ip link set "wp2$short" master wangpo
  ip link set "wp2$short" up
  ip netns exec "$name-ns" ip addr add dev "${short}2wp" "192.168.188.$last/24"
  ip netns exec "$name-ns" ip link set "${short}2wp" up
done
