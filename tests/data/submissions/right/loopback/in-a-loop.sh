set -e
for name in eden greenland
do
    ip netns add $name
    [ $name = greenland ] || ip netns delete $name
done
ip netns exec greenland ip l s lo up
