cat > net.batch <<'END'
netns add ximenqing-ns
netns add panjinlian-ns
link add wangpo type bridge
link add wp2xmq type veth peer name xmq2wp netns ximenqing-ns
link add wp2pjl type veth peer name pjl2wp netns panjinlian-ns
link set wp2xmq master wangpo up
link set wp2pjl master wangpo up
link set wangpo up
END
ip -batch net.batch
ip -n ximenqing-ns -b - <<E
addr add 192.168.188.96/24 dev xmq2wp
link set xmq2wp up
E
printf '%s\n' 'addr add 192.168.188.69/24 dev pjl2wp' 'link set pjl2wp up' | ip -n panjinlian-ns -force -batch -
