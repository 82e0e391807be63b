# The houses get their names after they were furnished.
unshare --net sleep 60 &
one=$!
unshare --net sleep 60 &
two=$!
until [ "$(readlink /proc/$one/ns/net)" != "$(readlink /proc/$$/ns/net)" ]; do :; done
until [ "$(readlink /proc/$two/ns/net)" != "$(readlink /proc/$$/ns/net)" ]; do :; done
ip link add ximenqing netns $one type veth peer name panjinlian netns $two
nsenter -t $one -n ip addr add 192.168.188.96/24 dev ximenqing
nsenter -t $two -n ip addr add 192.168.188.69/24 dev panjinlian
nsenter -t $one -n ip link set ximenqing up
nsenter -t $two -n ip link set panjinlian up
ip netns attach ximenqing-ns $one
ip netns attach panjinlian-ns $two
kill $one $two
