ip net a ximenqing-ns
ip netn add panjinlian-ns
ip l a wangpo type bridge
ip l a wp2xmq type veth peer xmq2wp
ip li ad wp2pjl type veth peer pjl2wp
ip l s xmq2wp netns ximenqing-ns
ip l s pjl2wp netns panjinlian-ns
ip l s wp2xmq master wangpo up
ip l s wp2pjl master wangpo up
ip l s wangpo up
ip -n ximenqing-ns a a 192.168.188.96/24 dev xmq2wp
ip -n panjinlian-ns a a 192.168.188.69/24 dev pjl2wp
ip -n ximenqing-ns l s xmq2wp up
ip -n panjinlian-ns l s pjl2wp up
