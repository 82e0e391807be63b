ip -b - <<E
netns add ximenqing-ns
netns add panjinlian-ns
link add ximenqing netns ximenqing-ns type veth peer name panjinlian netns panjinlian-ns
E
for who in ximenqing:96 panjinlian:69; do ip -n ${who%:*}-ns -b - <<E
addr add 192.168.188.${who#*:}/24 dev ${who%:*}
link set ${who%:*} up
E
done
