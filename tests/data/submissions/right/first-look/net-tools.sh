ifconfig eth0:1 192.0.2.20 netmask 255.255.255.0 up
ifconfig eth0 down
ifconfig eth0 up
route add default gw 192.0.2.1
