ip a a 192.0.2.20/24 dev eth0
ip l s eth0 down
ip l s eth0 up
ip r a default via 192.0.2.1
