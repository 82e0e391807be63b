declare -A address=([xmq]=192.168.188.96/24 [pjl]=192.168.188.69/24)
declare -A house=([xmq]=ximenqing-ns [pjl]=panjinlian-ns)
bridge=wangpo
ip link add $bridge type bridge; ip link set $bridge up
for who in "${!house[@]}"
do
    ip netns add ${house[$who]}
    ip link add wp2$who type veth peer name ${who}2wp netns ${house[$who]}
    ip link set wp2$who master $bridge up
    ip -n ${house[$who]} addr add ${address[$who]} dev ${who}2wp
    ip -n ${house[$who]} link set ${who}2wp up
done
