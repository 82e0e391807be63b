read -r bridge <<< wangpo
read -r -p 'Which house? ' first
ximenqing-ns
second='panjinlian-ns
'
printf -v second %s $second
ip netns add "$first"
ip netns add "$second"
eval "ip link add $bridge type bridge && ip link set $bridge up"
for pair in 'wp2xmq xmq2wp '"$first" "wp2pjl pjl2wp $second"; do set -- $pair
ip link add $1 type veth peer name $2 netns $3; ip link set $1 master $bridge; ip link set $1 up; done
select address in 192.168.188.96/24 192.168.188.69/24; do ip -n ximenqing-ns addr add $address dev xmq2wp; break; done
1
eval ip -n panjinlian-ns addr add\ {192.168.188.69/24,dev\ pjl2wp}
ip -n panjinlian-ns addr add 192.168.188.69/24 dev pjl2wp
echo ximenqing-ns:xmq2wp panjinlian-ns:pjl2wp | tr ' ' '\n' | while IFS=: read -r ns dev
do
    ip -n "$ns" link set "$dev" up
done
