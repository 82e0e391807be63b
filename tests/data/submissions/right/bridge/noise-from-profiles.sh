set -x
set -v
PS1='student@vm:\w\$ '
PS4='+ '
export PS2='more> '
PROMPT_COMMAND='echo -n'
cd /tmp
clear
history | tail -2
ip netns add ximenqing-ns
ip netns add panjinlian-ns
ip link add wangpo up type bridge
for port in xmq:ximenqing-ns pjl:panjinlian-ns
do
ip link add wp2${port%%:*} master wangpo up type veth peer name ${port%%:*}2wp netns ${port#*:}
done
ip -n ximenqing-ns addr add 192.168.188.96/24 dev xmq2wp
ip -n panjinlian-ns addr add 192.168.188.69/24 dev pjl2wp
ip -n ximenqing-ns link set xmq2wp up
ip -n panjinlian-ns link set pjl2wp up
